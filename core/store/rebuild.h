/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A registry that is lost or damaged, made anew from what the knowledge base itself says: what
 * hashes.json lists, and documents that it does not list yet but whose raw copy and text are
 * there; title and description come from the summaries, the days of adding from log.md.
 * Provenance, aliases, failures and the stat cache are lost, and the paths of sources that
 * nothing listed; no file is changed.
 *
 * The old registry goes to .openkb/quarantine/registry-<id>/, and so do the files of
 * transactions that were under way.
 */
#pragma once

#include "store/store.h"

typedef struct {
    guint listed;   /* documents that hashes.json had */
    guint unlisted; /* documents found by their files */
    char *kept;     /* where the old registry is now; NULL when there was none; g_free() */
} OkbRebuild;

bool okb_store_rebuild(OkbKb *kb, const OkbStoreOptions *options, OkbRebuild *rebuild,
                       OkbRecoveryReport *report, GError **error);
