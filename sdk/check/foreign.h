/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Sources made here: the first bytes of well-known formats, and sources that are meant to hurt.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *name;       /* "png" */
    const char *extensions; /* whose format it is, with blanks around: " png apng " */
    const char *head;
    gsize len;
} Foreign;

extern const Foreign foreign_files[];
extern const gsize n_foreign_files;

/* The n-th hostile source, NULL behind the last. `sample` (may be NULL) is what the plugin
 * reads. g_free() the name, g_bytes_unref() the rest. */
GBytes *foreign_bomb(guint n, GBytes *sample, char **ret_name);
