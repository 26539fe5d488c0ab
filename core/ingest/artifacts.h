/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The files of one document in a transaction: images, source text, summary, raw copy, and the
 * removal of what its new version lacks. Only bytes that we wrote ourselves are published.
 */
#pragma once

#include "ingest/task.h"
#include "store/transaction.h"

/*
 * Stages the files of a CONVERTED task and lists them in `document`, whose name is set. `old`
 * is the version in the registry, or NULL; `raw_dir` holds the task's copy. Counts
 * task->images. OKB_ERROR_BUNDLE when the conversion's output is at fault.
 */
OkbTxnStatus okb_artifacts_stage(OkbTxn *txn, OkbTask *task, const OkbDocument *old,
                                 OkbDocument *document, bool is_long, int raw_dir,
                                 GError **error);
