/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One conversion in a process of its own, watched from outside.
 *
 *     run_forked   a fork of this process, which has loaded the plugin: cheap
 *     run_fresh    a new program, under chosen conditions: another environment, another clock,
 *                  confined as openkb's worker confines it, traced
 *
 * Ownership: run_clear() frees what a Run holds.
 */
#pragma once

#include "host.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* What to convert and how the host behaves. */
typedef struct {
    const void *bytes;
    gsize len;
    const char *name, *directory, *media_type;
    const char *const *options; /* "name=value", the manifest's defaults */
    harness_input input;        /* fields for failures; the others are filled in */
    gulong fail_allocation;     /* the n-th from 1 fails; 0: none */
    bool count_allocations;
    bool cut_reads; /* read() gives a few bytes at a time, and EINTR */
    guint seconds;  /* of CPU, then it is killed; 0: 20 */
    guint64 memory; /* address space; 0: any */
    bool keep;      /* the transcript */
} Job;

typedef enum { CONFINE_NOT, CONFINE_REDUCED, CONFINE_FULL } RunLevel;

/* How a new program is started; all 0 is what a worker has. */
typedef struct {
    const char *const *environment; /* NULL: LC_ALL=C.UTF-8, TZ=UTC */
    const char *directory;          /* NULL: "/" */
    mode_t umask;                   /* 0: 077 */
    glong clock_shift;              /* seconds */
    bool other_host_name;
    RunLevel level;
    int landlock_abi;       /* of level full; 0: the kernel's */
    const char *data_paths; /* what a confined one may read, one a line */
    bool threads;           /* ForkSafe=false */
    bool trace;
    const char *valgrind; /* the program to run it under, or NULL */
} Conditions;

typedef enum { RUN_RETURNED, RUN_DIED, RUN_TIMED_OUT, RUN_UNABLE } RunEnd;

/* Plain data, in shared memory. */
typedef struct {
    bool loaded; /* and warm */
    bool returned_at_all;
    char refused[300]; /* why it could not be loaded or confined */
    okb_status returned, status;
    bool misused, injected;
    char message[300];
    unsigned calls[HARNESS_SLOTS], calls_after;
    double cpu_after, longest_silence, cpu;
    gulong allocations;
    gsize body_len;
    guint n_pages, n_warnings;
} RunFacts;

typedef struct {
    RunEnd end;
    int signal;
    int exit_status;
    long peak_kib;
    RunFacts facts;
    GString *transcript; /* or NULL */
    GPtrArray *denied;   /* calls that were refused, when traced: char * */
    GPtrArray *wrote;    /* calls that would change files */
    GPtrArray *spawned;  /* calls that make threads or processes */
} Run;

Run run_forked(const okb_plugin *plugin, const Job *job);
Run run_fresh(const char *module, const Job *job, const Conditions *conditions);
void run_clear(Run *run);

/* The new program's main(), for argv[1] == RUN_WORD. */
#define RUN_WORD "--run-one-conversion"
int run_main(void);

/* Everything a plugin said, as text that compares. g_string_free() it. */
GString *run_transcript(const harness_result *result);

/* Sleeps until the process ended or the seconds passed, then kills it. False when it was. */
bool run_wait(pid_t pid, double seconds, int *ret_status, long *ret_peak_kib);
