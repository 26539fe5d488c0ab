/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The plan: which files a command line means, in path-component order. Nothing is opened but
 * directories, and nothing is decided about contents.
 *
 * Walking a directory skips hidden files, links, FIFOs, devices and sockets, files that no
 * plugin claims, and in a knowledge base its .openkb/, wiki/ and output/. A file that the user
 * names is taken as it is: links are followed, and what is no regular file fails. A file that
 * is named twice is taken once.
 */
#pragma once

#include "ingest/ingest.h"
#include "store/registry.h"

/* One source. */
typedef struct {
    char *display;        /* as the user would name it */
    char *path;           /* absolute, links resolved: what is opened */
    char *key;            /* registry key that is no path, or NULL */
    char *name;           /* file name, points into `path` */
    const char *relative; /* below the directory argument, or its name; points into `path` */
    OkbStat stat;         /* as it was met; size -1: not looked at */
    char *unchanged;      /* the document it is, when it is known to be unchanged (known.h) */
    char *refusal;        /* why it cannot be read ("No such file or directory"), or NULL */
    const char *reason;   /* of the refusal, as records name it: "missing", "not-a-file" */
} OkbPlanItem;

typedef struct {
    GPtrArray *items;    /* OkbPlanItem */
    GPtrArray *roots;    /* char *: real paths of the directories that were walked */
    GPtrArray *named;    /* those of `items` that are files the user named; not without a KB */
    GHashTable *by_path; /* path -> OkbPlanItem; NULL without a knowledge base */
    guint64 skipped_special, skipped_unknown;
} OkbPlan;

/* `kb` may be NULL. A path that does not exist becomes an item with a refusal, so that one bad
 * argument stops nothing. With a plugin chosen by hand every file of a walk is taken. */
OkbPlan *okb_plan_make(const OkbKb *kb, const OkbPlugins *plugins,
                       const OkbIngestOptions *options, GError **error);
void okb_plan_free(OkbPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPlan, okb_plan_free)

/* What the registry calls an item: as okb_kb_source_path(), of a path that is resolved already.
 * Part of the item. */
const char *okb_plan_key(const OkbKb *kb, const OkbPlanItem *item);
