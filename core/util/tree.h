/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Deleting a directory tree that somebody hostile may have built.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Deletes `name` in `parent`: a file, a link (never followed) or a whole tree. Directories
 * whose owner's rights were taken away get u+rwx back. Depth is bounded by descriptors only:
 * the walk moves deep trees up instead of recursing. Goes on after a failure; returns the
 * number of entries that could not be removed (0 is success; a missing `name` too), and sets
 * *error for the first.
 */
guint okb_tree_remove(int parent, const char *name, GError **error);
