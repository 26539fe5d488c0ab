/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What can be said of a registry as a whole, for status, doctor and verify. Reads only.
 */
#pragma once

#include "store/registry.h"

typedef struct {
    gint64 documents, aliases, failures;
    gint64 intents;   /* committed file operations that are not known to be applied */
    gint64 damaged;   /* files whose bytes could not be published */
    bool views_dirty; /* index.md or hashes.json are to be rebuilt */
} OkbStoreFacts;

bool okb_store_facts(OkbStore *store, OkbStoreFacts *facts, GError **error);

/* Recorded failures in order of path. `visit` returns false to stop. */
typedef bool (*OkbFailureVisitor)(const OkbFailure *failure, gpointer data);
bool okb_registry_each_failure(OkbStore *store, OkbFailureVisitor visit, gpointer data,
                               GError **error);
