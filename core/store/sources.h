/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the registry remembers of source paths, whatever became of them: the primary source of a
 * document, an alias, a failure. Reads only.
 */
#pragma once

#include "store/registry.h"

typedef enum { OKB_SOURCE_PRIMARY, OKB_SOURCE_ALIAS, OKB_SOURCE_FAILURE } OkbSourceRole;

/* One path. A path may have a failure beside another role. Strings are borrowed. */
typedef struct {
    OkbSourceRole role;
    const char *path; /* registry path */
    gint64 document;  /* it is the source of; 0 for a failure */
    const char *name; /* of that document, or NULL */
} OkbSource;

typedef bool (*OkbSourceVisitor)(const OkbSource *source, gpointer data);

/* Those with `from` < path < `to` (bytes compared), in order of path, primary before failure.
 * `visit` returns false to stop; it must not read the registry. */
bool okb_registry_each_source(OkbStore *store, const char *from, const char *to,
                              OkbSourceVisitor visit, gpointer data, GError **error);

/* The aliases of a document in order of path: OkbAlias. g_ptr_array_unref() it. */
GPtrArray *okb_registry_aliases_of(OkbStore *store, gint64 document, GError **error);
