/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The two seccomp filters, as lists of system calls by name. What is needed is allowed; what is
 * known and refused answers EPERM; what the lists do not name answers ENOSYS, so that a newer C
 * library falls back to what it did before; primitives of exploits kill the process.
 *
 * A filter is compiled once, into a memfd, by a helper process (see protocol.h, TOKEN). Loading
 * it is one system call. The number of the process that loads it is written into it then, for
 * the calls that may only aim at oneself.
 *
 * Filters add up: a call is judged by each one that was loaded, and the severest word counts.
 * In a worker that forks, a document's filter therefore says only what differs: it is small,
 * and loading it, which each document does, is cheap. tests/unit/seccomp-filter.c holds the two
 * against the worker's with a whole one above it.
 */
#pragma once

#include "worker/protocol.h"

#include <linux/filter.h>
#include <sys/types.h>

typedef enum { OKB_FILTER_WORKER, OKB_FILTER_DOCUMENT } OkbFilterRole;

typedef struct {
    OkbFilterRole role;
    OkbLevel level;      /* reduced: no path may be opened for writing, made or removed */
    bool threads;        /* a runtime that starts threads: exec-per-document */
    bool above_worker;   /* document: the worker's filter holds too, and is not said again */
    bool signals_scoped; /* Landlock keeps signals in (ABI 6) */
    uint64_t fork_token; /* worker: the only value with which clone() works */
} OkbFilterSpec;

/* Writes the program into `memfd`. Uses libseccomp and the heap: for the helper only. */
bool okb_filter_compile(const OkbFilterSpec *spec, int memfd);

typedef struct {
    struct sock_filter *code; /* private mapping of the memfd */
    size_t bytes;
} OkbFilter;

bool okb_filter_map(int memfd, OkbFilter *ret_filter);
void okb_filter_unmap(OkbFilter *filter);

/* Loads it into the calling process. */
bool okb_filter_load(OkbFilter *filter, pid_t self);
