/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One source on its way: planned, copied, converted, and handed over in input order.
 *
 *     WAITING ──> RUNNING ──> READY ──> handed over
 *        ^           |           |
 *        |  DECLINED |           | source changed since the copy
 *        +-----------+-----------+
 */
#pragma once

#include "ingest/bundle.h"
#include "ingest/copy.h"
#include "ingest/plan.h"
#include "ingest/pool.h"

typedef enum { OKB_TASK_WAITING, OKB_TASK_RUNNING, OKB_TASK_READY } OkbTaskState;

typedef enum {
    OKB_VERDICT_NONE,      /* not READY yet */
    OKB_VERDICT_CONVERTED, /* `bundle` is whole */
    OKB_VERDICT_UNCHANGED, /* nothing was opened */
    OKB_VERDICT_KNOWN,     /* copied, and the bytes are a document already */
    OKB_VERDICT_FAILED,
} OkbVerdict;

/* Why a source failed. */
typedef struct {
    const char *stage, *reason; /* static */
    char *detail;
    const char *hint; /* static, or NULL */
    int signal;
    bool permanent;  /* a verdict about the bytes */
    bool remembered; /* from an earlier run */
} OkbTaskFailure;

typedef struct {
    const OkbPlanItem *item; /* borrowed from the plan */
    guint64 index;           /* input order */
    char *key;               /* registry path; NULL when there is no knowledge base */
    OkbTaskState state;
    OkbVerdict verdict;
    OkbTaskFailure failure;

    bool copied;
    char raw_name[24]; /* of the copy, in the staging's raw/ */
    int copy_fd;       /* the copy itself when it has no name, else -1 */
    OkbCopy copy;
    guint restarts; /* times the source had changed */
    bool insist;    /* convert even when the bytes are known */
    bool is_alias;  /* UNCHANGED because another path's document has its bytes */

    GPtrArray *candidates; /* const OkbPlugin *, best first */
    guint candidate;
    const OkbPlugin *plugin;
    char *options;

    OkbItemKind result;  /* what the owner made of it */
    char *document_name; /* of the document it is or became */
    guint images;        /* that it brought */

    OkbOutcome outcome;
    OkbBundle *bundle;
    gint64 started_us; /* when it was submitted */
} OkbTask;

OkbTask *okb_task_new(const OkbPlanItem *item, guint64 index);
void okb_task_free(OkbTask *task);

/* Makes the task READY with a failure. Takes `detail`. */
void okb_task_fail(OkbTask *task, const char *stage, const char *reason, char *detail,
                   const char *hint);

/* Forgets copy and conversion: WAITING again. */
void okb_task_restart(OkbTask *task);

/* The last candidate's plugin declined or there is none: the failure says which package helps.
 */
void okb_task_fail_no_plugin(OkbTask *task, const guint8 *head, gsize head_len);

/* Turns an outcome of the pool into a verdict, or WAITING for the next candidate. Takes the
 * outcome. `limits` are those of the job, `staging` is where the pool keeps its directories. */
void okb_task_take_outcome(OkbTask *task, OkbOutcome *outcome, const OkbLimits *limits,
                           int staging);

/* Turns a GError of copying into a failure. */
void okb_task_fail_copy(OkbTask *task, const GError *error);
