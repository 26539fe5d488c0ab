/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pool of workers: runs prepare() of documents in confined processes, a bounded number at a
 * time. The caller's process loads no plugin and parses nothing a plugin wrote but fixed-size
 * messages; what a conversion left is read by bundle.h.
 *
 * A pool has `slots` slots; in each one document is converted at a time. The worker of a plugin
 * in a slot is started when first needed and kept; it may write staging/slot-<k>/ and nothing
 * else. The child that converts document n may write its out directory slot-<k>/<i>/, two files
 * in memory for its text and its result, and nothing else. An out directory in which nothing
 * was left is given to the next document.
 *
 *     okb_pool_submit()  while okb_pool_idle() > 0
 *     okb_pool_wait()    the next that is done, in any order
 *
 * Deadlines are the pool's: a child that runs over is killed through its pidfd and is reaped by
 * its worker. Freeing the pool kills what runs and waits for it: no process, descriptor or
 * zombie is left.
 *
 * Threads: none. Signals: a signal ends okb_pool_wait() early, with OKB_POOL_INTERRUPTED; so
 * does one that came before, if it changed `stop` since the last such end.
 */
#pragma once

#include "ingest/bundle.h"
#include "plugins/plugins.h"
#include "util/digest.h"

#include <signal.h>
#include <sys/stat.h>

typedef struct OkbPool OkbPool;

typedef enum { OKB_SANDBOX_AUTO, OKB_SANDBOX_REQUIRE, OKB_SANDBOX_OFF } OkbSandboxPolicy;

typedef struct {
    int staging; /* directory in which slot-<k>/ are made; borrowed */
    guint slots;
    OkbSandboxPolicy sandbox;
    OkbLimits limits;                  /* caps and overrides from flags; 0: the manifest's */
    bool verbose;                      /* pass on the log() of plugins to stderr */
    const volatile sig_atomic_t *stop; /* counts signals; or NULL */
} OkbPoolConfig;

typedef struct {
    guint64 number; /* of the document, unique in the batch */
    const OkbPlugin *plugin;
    int source; /* read-only descriptor of our copy; borrowed until submit returns */
    guint64 size;
    const char *name, *media_type, *charset, *base_url;
    const char *options; /* canonical, of okb_plugin_options() */
    int sibling_dir;     /* directory of the source for siblings, or -1; borrowed likewise */
} OkbJob;

typedef enum {
    OKB_OUTCOME_DONE,      /* it left a result.json: bundle.h says what it is worth */
    OKB_OUTCOME_CRASHED,   /* died by `signal` */
    OKB_OUTCOME_TIMEOUT,   /* wall clock, in total or without progress */
    OKB_OUTCOME_LIMIT,     /* CPU, memory, bytes or files */
    OKB_OUTCOME_VIOLATION, /* the sandbox stopped a forbidden system call */
    OKB_OUTCOME_NO_RESULT, /* ended without leaving a result */
    OKB_OUTCOME_CANCELLED, /* okb_pool_cancel() */
    OKB_OUTCOME_REFUSED,   /* the plugin could not be loaded or warmed; `message` says why */
} OkbOutcomeKind;

typedef struct {
    guint64 number;
    OkbOutcomeKind kind;
    int signal;
    char *message;     /* for people: which limit, what was wrong; NULL when DONE */
    OkbLeft left;      /* the receiver clears it */
    char out_path[64]; /* of left.out, "slot-<k>/<i>", relative to the staging directory; "" */
    GPtrArray *siblings; /* OkbSiblingSeen */
    const char *sandbox; /* "full", "reduced", "none" */
    int landlock_abi;
    guint cpu_ms, wall_ms;
    guint64 peak_bytes; /* resident, of the child */
} OkbOutcome;

/* A sibling that was asked for. `hash` is empty when it was absent or refused. */
typedef struct {
    char *path;
    char hash[OKB_DIGEST_HEX];
    struct stat st; /* when it was opened; undefined when absent */
} OkbSiblingSeen;

void okb_outcome_clear(OkbOutcome *outcome);

/* Finds out what this kernel offers. OKB_ERROR_SANDBOX when the policy requires more. */
OkbPool *okb_pool_new(const OkbPoolConfig *config, GError **error);
void okb_pool_free(OkbPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPool, okb_pool_free)

/* The level that documents get, and the kernel's Landlock ABI (0: none). */
const char *okb_pool_sandbox(const OkbPool *pool, int *ret_landlock_abi);

/* The limits that a document of this plugin gets: the manifest's, capped and overridden. */
OkbLimits okb_pool_limits(const OkbPool *pool, const OkbPlugin *plugin);

guint okb_pool_idle(const OkbPool *pool);
guint okb_pool_running(const OkbPool *pool);
bool okb_pool_submit(OkbPool *pool, const OkbJob *job, GError **error);

typedef enum {
    OKB_POOL_OUTCOME,     /* *outcome is filled */
    OKB_POOL_TIMEOUT,     /* nothing within timeout_ms */
    OKB_POOL_INTERRUPTED, /* a signal came: look at the flag */
    OKB_POOL_ERROR,
} OkbPoolStatus;

/* timeout_ms -1: until something happens. */
OkbPoolStatus okb_pool_wait(OkbPool *pool, int timeout_ms, OkbOutcome *outcome, GError **error);

/* Ask all running conversions to stop, then kill them. */
void okb_pool_cancel(OkbPool *pool);
