/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Standard input as a file: what comes in is put into a private directory under $TMPDIR, under
 * the name it is to have, so that it can be copied and looked at again like any source.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *dir, *path; /* NULL: nothing is spooled */
} OkbSpool;

/* Reads standard input to its end. `name` is one component of a path. OKB_ERROR_INTERRUPTED
 * when a signal came. okb_spool_clear() it in any case. */
bool okb_spool_stdin(OkbSpool *spool, const char *name, GError **error);

/* Removes what was spooled. */
void okb_spool_clear(OkbSpool *spool);
