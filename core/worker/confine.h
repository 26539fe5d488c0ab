/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * How a process loses its rights, step by step. A step returns false when it could not be done;
 * the process must end then: nothing of a plugin may run less confined than was asked.
 *
 *     worker               compile, worker, (dlopen, warm), fork ... document, prepare
 *     exec-per-document    compile, worker paths, document, (dlopen, warm, prepare)
 */
#pragma once

#include "worker/seccomp-filter.h"

typedef struct {
    OkbLevel level;
    int landlock_abi; /* 0: none, or not used */
    OkbFilter worker, document;
} OkbConfinement;

/* Compiles both filters in a helper process, which alone reads the TOKEN message from the
 * control socket. Before anything else is read from it. */
bool okb_confine_compile(int control, OkbConfinement *ret_confinement);

/* No capabilities, layer 1: for a process that will load filter 2 at once. */
bool okb_confine_worker_paths(OkbConfinement *confinement, const char *data_paths);

/* No capabilities, layer 1 and filter 1. */
bool okb_confine_worker(OkbConfinement *confinement, const char *data_paths);

/* Layer 2 and filter 2, for the document whose out directory this is. */
bool okb_confine_document(OkbConfinement *confinement, int out);
