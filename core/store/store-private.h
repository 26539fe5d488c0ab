/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the files of the store share. The order of a life is in store.c, the protocol of one
 * group in transaction.c.
 */
#pragma once

#include "store/barrier.h"
#include "store/database.h"
#include "store/dirs.h"
#include "store/fault.h"
#include "store/lock.h"
#include "store/publish.h"
#include "store/store.h"
#include "store/transaction.h"
#include "util/error.h"

#define OKB_COMMIT_DIR     ".openkb/staging/commit"
#define OKB_VIEWS_DIR      ".openkb/staging/views"
#define OKB_CONFLICTS_DIR  ".openkb/conflicts"
#define OKB_QUARANTINE_DIR ".openkb/quarantine"

struct OkbStore {
    OkbKb *kb;
    OkbStoreOptions options;
    bool (*serve)(int ms, gpointer data); /* while waiting for the lock; may be NULL */
    gpointer serve_data;
    OkbDatabase *db;
    OkbBarrier *barrier;
    OkbDirs *dirs; /* empty between groups */
    int lock;      /* -1: not held */
    OkbTxn *txn;
    bool unknown;       /* a COMMIT failed: nothing but release and acquire */
    bool views_changed; /* in the transaction that is open */
    GPtrArray *intents; /* OkbIntent: committed, and not yet deleted from the registry */
    GPtrArray *spent;   /* directories under commit/ to drop when those are deleted */
    GError *pending;    /* why an intent could not be applied */
    guint damaged;      /* documents, in the recovery that runs */
    GHashTable *places; /* directory -> where files for it are staged (transaction.c) */
    GPtrArray *messages;
    GHashTable *hashes_built; /* entries of hashes.json as written: id -> text */
    GHashTable *index_built;  /* lines of index.md that are new: id -> text */
    char hashes_digest[OKB_DIGEST_HEX], index_digest[OKB_DIGEST_HEX]; /* as written */
    GBytes *hashes_left;   /* hashes.json, if it is as we left it (view-additions.c) */
    OkbDigest hashes_open; /* of it, as in OkbHashes */
};

/* A line for the user: what was found, and where it is now. */
void okb_store_note(OkbStore *store, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Outside of a transaction of a caller: BEGIN IMMEDIATE, COMMIT, ROLLBACK for our own steps. */
bool okb_store_begin(OkbStore *store, GError **error);
bool okb_store_commit(OkbStore *store, GError **error);
void okb_store_rollback(OkbStore *store);

/* now, UTC, ISO 8601 */
char *okb_store_now(void);

/* Where a file for `dst` is to be staged: "" for staging/, else a directory on the file system
 * of `dst`. NULL with `error`. Borrowed. */
const char *okb_store_place(OkbStore *store, const char *dst, GError **error);

/* Applies the intents that are not done. False with the first error; the others were tried. */
bool okb_store_apply(OkbStore *store, bool replay, GError **error);

/* The last steps of a lock hold and of recovery, in this order. */
bool okb_store_delete_intents(OkbStore *store, GError **error);
void okb_store_drop_spent(OkbStore *store);
