/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the commands do to a knowledge base: add, remove, verify; and convert, which needs none.
 * These functions print nothing: an observer is told what happened to each source, in input
 * order.
 *
 * Threads: none. Signals: the caller sets `*stop` from its handler; 1 finishes what is ready
 * and stops, 2 stops now.
 */
#pragma once

#include "ingest/pool.h"
#include "store/store.h"

#include <signal.h>

typedef enum {
    OKB_ITEM_ADDED,
    OKB_ITEM_UPDATED, /* other bytes, siblings, options, plugin or OutputVersion than before */
    OKB_ITEM_UNCHANGED,
    OKB_ITEM_DUPLICATE, /* same bytes as document `name`; remembered as an alias */
    OKB_ITEM_REMOVED,
    OKB_ITEM_PROMOTED,  /* prune: `path` is the document's source now; `was` vanished */
    OKB_ITEM_FORGOTTEN, /* prune: `path` vanished, which was an alias or had failed */
    OKB_ITEM_FAILED,
    OKB_ITEM_WOULD,     /* dry run: `action` would be done */
    OKB_ITEM_CONVERTED, /* convert: written to `output` */
} OkbItemKind;

/* What became of one source. All strings are borrowed during the call. */
typedef struct {
    OkbItemKind kind;
    const char *path;   /* as the user would name it */
    const char *name;   /* doc_name, when there is a document */
    const char *output; /* file that convert wrote; NULL for stdout */
    const char *was;    /* promoted: the path that vanished */
    const char *action; /* dry run: "add", "remove", ...; NULL otherwise */
    const char *plugin;
    /* failed: */
    const char *stage;  /* "open", "select", "convert", "check", "commit" */
    const char *reason; /* "malformed", "timeout", "no-plugin", "empty", "changing", ... */
    const char *detail; /* the message */
    const char *hint;   /* what to try; may be NULL */
    bool remembered;    /* failed before with the same bytes: not tried again */
    guint warnings;     /* of the conversion */
    const char *first_warning;
    guint first_warning_page; /* 0: it is about the document */
    guint pages, images;
} OkbItem;

typedef struct {
    void (*item)(const OkbItem *item, gpointer data);
    /* May be NULL. `slowest` is the source that has been in flight longest, or NULL. */
    void (*progress)(guint64 done, guint64 total, guint running, const char *slowest,
                     gpointer data);
    /* A line for the user that belongs to no source: recovery, conflicts, sandbox level. */
    void (*notice)(const char *text, gpointer data);
    gpointer data;
} OkbObserver;

typedef struct {
    guint64 added, updated, unchanged, duplicates, removed, failed, would, converted;
    guint64 promoted, forgotten;
    guint64 no_space;        /* of the failed ones: for want of room on the disk */
    guint64 skipped_special; /* FIFOs, devices, sockets and links met on a walk */
    guint64 skipped_unknown; /* files that no plugin claims, met on a walk */
    bool interrupted;
    const char *sandbox; /* level the conversions had, static; NULL when none was needed */
    int landlock_abi;
} OkbCounts;

typedef struct {
    const char *const *paths; /* NULL-terminated: files, directories */
    /* What the path "-" means: a file with the bytes of standard input, under the name that
     * they are to have. Its key is "stdin:NAME". NULL: "-" is a file. */
    const char *stdin_file;
    const char *plugin;         /* --plugin, or NULL */
    const char *const *options; /* --option; NULL-terminated or NULL */
    /*
     * Shell patterns (fnmatch, "*" stops at "/") for what a walk takes; NULL-terminated or
     * NULL. One without "/" is compared with the last component, one with "/" with the path
     * below the directory that was named. With `include`, a file must match one. `exclude`
     * wins, and keeps the walk out of a directory. Files that were named themselves are always
     * taken.
     */
    const char *const *include, *const *exclude;
    const char *skip; /* a directory that no walk goes into (where convert writes), or NULL */
    guint jobs;
    OkbSandboxPolicy sandbox;
    OkbLimits limits;
    bool dry_run, retry_failed, verbose, allow_duplicates;
    volatile sig_atomic_t *stop;
} OkbIngestOptions;

/*
 * Prepare and commit. True when it ran to its end or was interrupted in order, even if
 * documents failed: look at the counts. False: the batch had to stop; what was reported as
 * added is in.
 */
bool okb_ingest_add(OkbKb *kb, OkbStore *store, const OkbPlugins *plugins,
                    const OkbIngestOptions *options, const OkbObserver *observer,
                    OkbCounts *counts, GError **error);

typedef struct {
    bool keep_raw; /* leave the original in raw/ */
    bool dry_run;  /* only report */
    volatile sig_atomic_t *stop;
} OkbRemoveOptions;

/* Remove documents by doc_name, in transactions of many. Unknown names: OKB_ERROR_NOT_FOUND,
 * and nothing is removed. Each is reported when its removal is durable. */
bool okb_ingest_remove(OkbStore *store, const char *const *names,
                       const OkbRemoveOptions *options, const OkbObserver *observer,
                       OkbCounts *counts, GError **error);

typedef struct {
    const char *output;     /* -o FILE, or NULL */
    const char *output_dir; /* --output-dir DIR, or NULL; both NULL: stdout */
    bool front_matter, force;
} OkbConvertTarget;

/* Convert without a knowledge base. Markdown for stdout goes to `stdout_fd`. */
bool okb_ingest_convert(const OkbPlugins *plugins, const OkbIngestOptions *options,
                        const OkbConvertTarget *target, int stdout_fd,
                        const OkbObserver *observer, OkbCounts *counts, GError **error);

/* One thing that verify found. */
typedef struct {
    const char *document; /* or NULL */
    const char *path;
    const char *problem; /* "missing", "changed", "unreadable", "damaged", "index", "registry",
                            "orphan" */
    const char *detail;
    bool notice; /* not a fault: a file of a person's own, or work that recovery will finish */
} OkbFinding;

typedef struct {
    int lock_timeout_ms; /* for writers to finish; as in OkbStoreOptions */
    void (*found)(const OkbFinding *finding, gpointer data);
    gpointer data;
    volatile sig_atomic_t *stop;
} OkbVerifyOptions;

/*
 * Re-hash every artifact against the registry and hold index.md and hashes.json against it.
 * Nothing is written. Files are hashed without a lock and looked at again when they differ,
 * because a writer may have been there; the views are compared under the shared lock. Returns
 * false only when it could not run; OKB_ERROR_INTERRUPTED when `*stop` was set.
 */
bool okb_ingest_verify(OkbStore *store, const OkbVerifyOptions *options, guint64 *ret_documents,
                       guint64 *ret_findings, GError **error);
