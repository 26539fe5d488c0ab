/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Dispatch: copies sources once, feeds the pool, and hands tasks over in input order, however
 * the conversions finish. It never runs more than 4 x jobs tasks, or 1 GiB of copies, ahead of
 * the oldest one not yet handed over.
 *
 * Two questions are asked of whoever knows the registry: before a source is opened, whether it
 * is unchanged; after it was copied, whether its bytes are known.
 *
 * Threads: none. Ownership: tasks belong to the dispatch until okb_dispatch_done().
 */
#pragma once

#include "ingest/task.h"

typedef struct OkbDispatch OkbDispatch;

typedef struct {
    /* Each may make the task READY, by a verdict or okb_task_fail(). False stops the batch. */
    bool (*before_copy)(OkbTask *task, gpointer data, GError **error);
    bool (*after_copy)(OkbTask *task, gpointer data, GError **error);
    gpointer data;
    bool nameless_copies; /* nobody wants the copies as files: small ones stay in memory */
} OkbDispatchHooks;

/* `staging` is the batch's directory, borrowed; raw/ is made in it. */
OkbDispatch *okb_dispatch_new(const OkbPlan *plan, const OkbPlugins *plugins, int staging,
                              const OkbIngestOptions *options, const OkbDispatchHooks *hooks,
                              GError **error);
void okb_dispatch_free(OkbDispatch *dispatch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbDispatch, okb_dispatch_free)

typedef enum {
    OKB_DISPATCH_TASK,        /* the next in input order */
    OKB_DISPATCH_TIMEOUT,     /* it is not ready yet */
    OKB_DISPATCH_INTERRUPTED, /* a signal came */
    OKB_DISPATCH_END,         /* all were handed over */
    OKB_DISPATCH_ERROR,
} OkbDispatchStatus;

/* The next task in input order, READY, within `timeout_ms` (-1: however long it takes). */
OkbDispatchStatus okb_dispatch_next(OkbDispatch *dispatch, int timeout_ms, OkbTask **ret_task,
                                    GError **error);

/* Serves what runs for at most `timeout_ms` and hands nothing over: for a caller that waits for
 * something else. False when nothing runs. */
bool okb_dispatch_serve(OkbDispatch *dispatch, int timeout_ms);

/* The task was handed over and must be prepared anew (its source changed, its group failed): it
 * will be the next one again. Tasks go back in reverse order. */
void okb_dispatch_again(OkbDispatch *dispatch, OkbTask *task);

/* The task is over: what it left in staging is deleted, and it is freed. */
void okb_dispatch_done(OkbDispatch *dispatch, OkbTask *task);

/* Start nothing more; tasks that are ready without a gap are still handed over. */
void okb_dispatch_stop(OkbDispatch *dispatch);

/* The directory of the copies, borrowed. */
int okb_dispatch_raw_dir(const OkbDispatch *dispatch);

/* For progress: tasks running, and what has been in flight longest (borrowed, or NULL). */
guint okb_dispatch_running(const OkbDispatch *dispatch);
const char *okb_dispatch_slowest(const OkbDispatch *dispatch);

/* The level documents are converted at; NULL before anything was. */
const char *okb_dispatch_sandbox(const OkbDispatch *dispatch, int *ret_landlock_abi);
