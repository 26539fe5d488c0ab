/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One live line on a terminal: done, total, rate, time left, the slowest file in flight.
 * Nowhere else, and not with -q: then the lines of the documents themselves are the progress.
 */
#pragma once

#include "cli/output.h"

typedef struct {
    OkbOutput *output;
    gint64 started_us, drawn_us;
} OkbProgress;

void okb_progress_init(OkbProgress *progress, OkbOutput *output);

/* Draws at most ten times a second; `slowest` may be NULL. */
void okb_progress_update(OkbProgress *progress, guint64 done, guint64 total, guint running,
                         const char *slowest);

/* The text of the line; `elapsed_us` since the start. g_free() it. */
char *okb_progress_text(guint64 done, guint64 total, guint running, const char *slowest,
                        gint64 elapsed_us);
