/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * C1 for one document: what it becomes, decided against the registry as the open transaction
 * sees it, and our own files and rows for it. Everything happens under the document's
 * savepoint: a document that does not come through leaves nothing.
 */
#pragma once

#include "ingest/identity.h"
#include "store/transaction.h"

typedef enum {
    OKB_COMMIT_STAGED, /* in the group; task->result and document_name are set */
    OKB_COMMIT_AGAIN,  /* its source changed, or it must be converted after all: to dispatch */
    OKB_COMMIT_BUSY,   /* needs a target that the group has already: commit first, then dispatch
                        */
    OKB_COMMIT_FAILED, /* its own fault: task->failure is set, nothing is in the group yet */
    OKB_COMMIT_ERROR,  /* the group cannot go on; *error is set */
} OkbCommitStatus;

/*
 * Stages a READY task that is CONVERTED, KNOWN or FAILED. `raw_dir` holds its copy. A FAILED
 * task is recorded; it is STAGED with result OKB_ITEM_FAILED.
 */
OkbCommitStatus okb_commit_task(const OkbIdentity *identity, OkbTxn *txn, OkbTask *task,
                                int raw_dir, GError **error);

/* Whether a task needs a transaction at all. */
bool okb_commit_is_needed(const OkbTask *task);
