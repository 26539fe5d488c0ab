/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Holding the files that are derived from the registry against it: index.md and hashes.json.
 * The caller holds the shared lock and has listed the documents.
 */
#pragma once

#include "ingest/ingest.h"
#include "store/registry.h"

typedef struct {
    OkbStore *store;
    const OkbVerifyOptions *options;
    GPtrArray *documents; /* OkbDocument: name, hash, type and artifacts only */
    guint64 findings;
} OkbVerify;

void okb_verify_found(OkbVerify *verify, const char *document, const char *path,
                      const char *problem, const char *detail);
void okb_verify_notice(OkbVerify *verify, const char *document, const char *path,
                       const char *problem, const char *detail);

bool okb_verify_views(OkbVerify *verify, GError **error);
