/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * add --prune: documents whose source vanished from a directory are taken out, and nothing
 * else.
 *
 *     plan = okb_prune_plan()      no lock: what vanished, and what would be done about it
 *     ... shown to a person, who agrees ...
 *     okb_prune_carry_out()        under the lock, each step looked at again
 *
 * GUARANTEES
 *
 *   V1  Only sources below the directories named, and of those only the ones that are gone
 *       (presence.h), are touched.
 *   V2  A document of which another source still has the bytes stays: that source becomes its
 *       own.
 *   V3  Nothing is done that was not in the plan, and what is not so any more when its turn
 * comes is left out. V4  A file that a person edited goes to conflicts/, as with remove.
 */
#pragma once

#include "ingest/ingest.h"

typedef enum {
    OKB_PRUNE_REMOVE,  /* the document, with its files */
    OKB_PRUNE_PROMOTE, /* `heir` becomes its source */
    OKB_PRUNE_FORGET,  /* an alias or a failure of this path */
} OkbPruneAction;

typedef struct {
    OkbPruneAction action;
    gint64 document; /* 0: forget a failure */
    char *name;      /* of the document; NULL with a failure */
    char *path;      /* the registry path that vanished */
    char *heir;      /* promote: the registry path that takes its place */
} OkbPruneStep;

/* A place that leaves sources in doubt: they are kept. */
typedef struct {
    char *place;
    const char *reason;
    char *detail;
    guint sources;
} OkbPruneDoubt;

typedef struct {
    GPtrArray *steps;  /* OkbPruneStep, documents first, in order of path */
    GPtrArray *doubts; /* OkbPruneDoubt */
} OkbPrunePlan;

/*
 * Each of `directories` (NULL-terminated) must be a directory that can be read; when documents
 * came from below it, it must not be empty. Otherwise false, and nothing is pruned anywhere.
 */
OkbPrunePlan *okb_prune_plan(OkbStore *store, const OkbKb *kb, const char *const *directories,
                             GError **error);
void okb_prune_plan_free(OkbPrunePlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPrunePlan, okb_prune_plan_free)

typedef struct {
    bool dry_run; /* only report */
    volatile sig_atomic_t *stop;
} OkbPruneOptions;

/* Carries it out in transactions of many; doubts are reported as failures. True also when it
 * was interrupted in order. */
bool okb_prune_carry_out(OkbStore *store, const OkbPrunePlan *plan,
                         const OkbPruneOptions *options, const OkbObserver *observer,
                         OkbCounts *counts, GError **error);
