/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What decides, without opening a file, whether sources are unchanged: read for thousands of
 * them out of one index.
 */
#pragma once

#include "store/registry.h"

/* Borrowed strings. */
typedef struct {
    const char *path, *name;
    OkbStat stat;
    const char *plugin, *options, *choice;
    gint64 output_version;
    bool has_siblings;
} OkbStatRow;

typedef bool (*OkbStatVisitor)(const OkbStatRow *row, gpointer data);

/* Primary sources with `from` <= path < `to`, in order of path, as of one moment. `visit`
 * returns false to stop; it must not use the registry. */
bool okb_registry_each_stat(OkbStore *store, const char *from, const char *to,
                            OkbStatVisitor visit, gpointer data, GError **error);

/* A number that is another when another process has changed the registry. */
bool okb_registry_version(OkbStore *store, gint64 *ret_version, GError **error);
