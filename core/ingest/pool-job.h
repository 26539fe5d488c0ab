/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One document in a slot: its limits, what its child says over the job socket, its deadlines,
 * and the verdict at its end. Files of the pool only.
 *
 * A verdict that the pool gave (timeout, cancelled) holds unless the result was already whole:
 * a result beats its deadline.
 */
#pragma once

#include "ingest/pool.h"
#include "ingest/siblings.h"
#include "ingest/worker-client.h"

typedef struct {
    guint64 number;
    const OkbPlugin *plugin;
    OkbLimits limits;
    OkbWorkerClient *worker; /* owned by the slot */
    OkbLevel level;
    bool verbose;

    int source, sibling_dir; /* our own duplicates; source until the child has started */
    guint64 size;
    char *strings[5]; /* name, media type, charset, base url, options */
    OkbLeft left;
    int channel;
    char out_path[64];
    OkbSiblings siblings;

    gint64 launched_us, started_us, progress_us, killed_us, cancel_us, watched_us; /* 0: no */
    int child_pidfd;
    pid_t child;  /* as the worker said; for reading /proc only */
    bool retried; /* it was launched again, exec-per-document */

    bool judged;
    OkbOutcomeKind verdict;
    char *message;
} OkbPoolJob;

OkbPoolJob *okb_pool_job_new(const OkbJob *job, const OkbLimits *limits, OkbLevel level,
                             bool verbose);
void okb_pool_job_free(OkbPoolJob *job);

/* Makes the job socket and sends the JOB message. -1 and errno. */
int okb_pool_job_send(OkbPoolJob *job);

/* Takes the STARTED message: the pidfd is checked to be a process of the worker's group. False
 * when it is not. */
bool okb_pool_job_set_child(OkbPoolJob *job, OkbMessage *started);

/* Reads what the child has sent, without blocking; at most some messages a turn. Returns how
 * many. */
guint okb_pool_job_serve(OkbPoolJob *job, OkbMessage *scratch);

/* Looks at clocks and limits and kills what is over. Returns the time (us) at which to look
 * again. False in *ret_alive when the worker itself must be stopped. */
gint64 okb_pool_job_watch(OkbPoolJob *job, gint64 now_us, bool *ret_alive);

/* The pool's own verdict: the first one holds. Kills the child. */
void okb_pool_job_judge(OkbPoolJob *job, OkbOutcomeKind verdict, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Asks the child to stop; it is killed when it does not within a second. */
void okb_pool_job_cancel(OkbPoolJob *job);

/* The outcome of a child that ended with `status`, or of which nothing is known (-1). Moves
 * what is of use out of the job. */
void okb_pool_job_conclude(OkbPoolJob *job, int status, const OkbDone *done,
                           OkbOutcome *ret_outcome);
