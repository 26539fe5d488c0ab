/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the merge of hashes.json (merge.c) knows of the registry: loaded once (merge-rows.c),
 * kept until the merge is over. Rows are owned by `rows`; the tables borrow them.
 */
#pragma once

#include "store/views-private.h"

typedef struct {
    gint64 id;
    char *name, *path, *hash, *entry, *exported_hash;
    bool exported;
    bool gone; /* its key is no more in the file */
} OkbMergeRow;

typedef struct {
    OkbStore *store;
    OkbRecoveryReport *report; /* or NULL */
    json_t *entries;
    GPtrArray *rows;
    GHashTable *by_hash;  /* hash -> row that was not exported */
    GHashTable *by_path;  /* path -> row that was not exported */
    GHashTable *gone;     /* name -> a row whose key is gone from the file */
    GHashTable *seen;     /* keys that belong to a row */
    GHashTable *removals; /* keys we removed and did not export */
    GHashTable *left;     /* names those keys had there */
    GHashTable *listed;   /* names of the documents in the file */
} OkbMerge;

void okb_merge_init(OkbMerge *merge, OkbStore *store, OkbRecoveryReport *report,
                    json_t *entries);
bool okb_merge_load(OkbMerge *merge, GError **error);
void okb_merge_clear(OkbMerge *merge);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbMerge, okb_merge_clear)
