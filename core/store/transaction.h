/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One group commit: the only way to change a knowledge base.
 *
 *     C1  okb_txn_begin()           BEGIN IMMEDIATE; staging/commit/<txid>/ is made
 *         for each document
 *           okb_txn_document_begin()      a savepoint
 *             okb_txn_stage()             our own file, written by us
 *             okb_txn_put() / _remove()   one intent per file operation
 *             okb_registry_put() ...      rows
 *           okb_txn_document_end()        or _abort(): as if it had never begun
 *     C2  okb_txn_commit()          durability barrier: staged bytes and names, and the
 * previous group's renames C3                            COMMIT; deletes the previous group's
 * intents. THE commit point: only now may anyone say "added" C4 applies the intents
 *
 * okb_txn_free() without a commit rolls back; what was staged is left to the reaper.
 *
 * AN INTENT is done only when (a) its target is final - create, replace: the new hash; remove:
 * absent - and (b) what was displaced has been judged: absent, or equal to the hash of what we
 * wrote there earlier: discarded; anything else is a person's and goes to conflicts/<txid>/.
 *
 * There is one live intent for a target, compared under folding. Intents of the previous group
 * that were applied are deleted by this transaction, so they are in nobody's way; a document
 * that needs a target twice in one group gets OKB_TXN_BUSY: abort the document, commit the
 * group, begin anew.
 */
#pragma once

#include "store/registry.h"

typedef struct OkbTxn OkbTxn;

typedef enum {
    OKB_TXN_OK,
    OKB_TXN_ERROR, /* *error is set */
    OKB_TXN_BUSY,  /* another live intent has this target; *error is unset */
} OkbTxnStatus;

/* A file of ours under staging/commit/<txid>/, or in the target's own directory when that is on
 * another device. Close `fd` before okb_txn_put(). */
typedef struct {
    int fd;
    char path[512]; /* relative to the KB */
} OkbStaged;

OkbTxn *okb_txn_begin(OkbStore *store, GError **error);
void okb_txn_free(OkbTxn *txn);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbTxn, okb_txn_free)

bool okb_txn_document_begin(OkbTxn *txn, GError **error);
bool okb_txn_document_end(OkbTxn *txn, GError **error);
bool okb_txn_document_abort(OkbTxn *txn, GError **error);

/* A new empty file for the bytes that will stand at `dst`. */
bool okb_txn_stage(OkbTxn *txn, const char *dst, OkbStaged *staged, GError **error);

/* Moves a file of ours that is already on disk (the raw copy in a batch's staging) into place
 * for `dst`: a rename, or a copy when the devices differ. The file must not be writable by
 * anyone who is not us; it is checked to be a regular file with one link. */
bool okb_txn_stage_move(OkbTxn *txn, int dir, const char *name, const char *dst,
                        OkbStaged *staged, GError **error);

/*
 * Publish `staged`, whose bytes hash to `hash`, at `dst`. `old_hash` is what the registry says
 * we wrote there before, or NULL: anything else that stands there goes to conflicts/. When
 * `dst` already holds `hash` there is nothing to do and no intent is made.
 */
OkbTxnStatus okb_txn_put(OkbTxn *txn, const OkbStaged *staged, const char *dst,
                         const char *hash, const char *old_hash, GError **error);

/* Take `dst` away. A file that does not hash to `old_hash` goes to conflicts/; absent is fine.
 */
OkbTxnStatus okb_txn_remove(OkbTxn *txn, const char *dst, const char *old_hash, GError **error);

/* A line for wiki/log.md, appended after the commit, at least once. */
void okb_txn_log(OkbTxn *txn, const char *operation, const char *description);

/*
 * C2, C3 and C4. True: every document of the group is in, durably; failures to apply intents
 * are kept for release(), which reports them. False: nothing of the group is in, except with
 * OKB_ERROR_UNKNOWN, when the store must be released and acquired anew to learn it.
 * Consumes the transaction either way.
 */
bool okb_txn_commit(OkbTxn *txn, GError **error);

/* Documents and staged bytes so far, to close the group in time. */
guint okb_txn_documents(const OkbTxn *txn);
guint64 okb_txn_bytes(const OkbTxn *txn);
