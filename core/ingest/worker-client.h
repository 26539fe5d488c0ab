/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One openkb-worker process, from the pool's side: finding the program, starting it with
 * nothing but its descriptors, ending it with everything it may have started.
 *
 * A worker leads a process group of its own, which its filter does not let anything leave. The
 * group is killed before the leader is reaped, while its number cannot be another's.
 */
#pragma once

#include "plugins/plugins.h"
#include "worker/protocol.h"

typedef struct {
    const OkbPlugin *plugin;
    bool exec_per_document;
    pid_t pid;
    int pidfd, control;
    guint64 token;
    bool ready;
    int landlock_abi;
} OkbWorkerClient;

typedef struct {
    const OkbPlugin *plugin;
    int slot; /* directory it may write to; borrowed */
    OkbLevel level;
    bool exec_per_document, verbose;
} OkbWorkerConfig;

/* OKB_ERROR_FAILED: the plugin cannot be used (untrusted, data missing); OKB_ERROR_IO: the
 * program cannot be started. */
OkbWorkerClient *okb_worker_client_start(const OkbWorkerConfig *config, GError **error);

/* Kills the group, reaps the leader, frees. Returns its wait status. NULL is fine. */
int okb_worker_client_stop(OkbWorkerClient *worker);
