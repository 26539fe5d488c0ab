/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Directories beneath the root, kept open for as long as one group is staged or applied: most
 * of its files go to the same three.
 *
 * A directory that somebody moves meanwhile is still the one that is written to, as if it had
 * been moved a moment later; one that was removed gives ENOENT, and okb_dirs_forget() looks
 * anew.
 */
#pragma once

#include <glib.h>

typedef struct OkbDirs OkbDirs;

/* `root` is borrowed. */
OkbDirs *okb_dirs_new(int root);
void okb_dirs_free(OkbDirs *dirs);

/* As okb_io_open_parent(), but borrowed: those of the last few calls stay open, until
 * okb_dirs_forget(). Nobody needs more than two at a time. */
int okb_dirs_parent(OkbDirs *dirs, const char *path, const char **ret_name);

void okb_dirs_forget(OkbDirs *dirs);
