/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What was found, for people or as JSON, on standard output.
 */
#pragma once

#include "check.h"

#include <jansson.h>

typedef struct {
    bool json, only_failed;
    guint counts[CHECK_EXCLUDED + 1];
    json_t *list; /* with json */
} Report;

void report_begin(Report *report, const Subject *subject);
/* `reason` is that of an exclusion, or NULL. */
void report_add(Report *report, const Check *check, const Verdict *verdict, const char *reason);
void report_end(Report *report, const Subject *subject);

/* --list */
void report_list(bool json);
