/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The options that add and convert share: which files, which plugins, what a conversion may
 * use.
 */
#pragma once

#include "cli/cli.h"
#include "cli/spool.h"
#include "ingest/ingest.h"

/* The flags for limits; the names of the configuration are in the same order. */
enum {
    OKB_WORK_MEMORY,
    OKB_WORK_WALL,
    OKB_WORK_IDLE,
    OKB_WORK_CPU,
    OKB_WORK_OUTPUT,
    OKB_WORK_FILES,
    OKB_WORK_DEPTH,
    OKB_WORK_LIMITS
};

typedef struct {
    OkbIngestOptions ingest; /* complete after okb_work_prepare() */
    OkbPlugins *plugins;
    char **paths;
    OkbSpool spool; /* standard input, when “-” is a path */
    /* as given */
    gint jobs;
    char *plugin, *sandbox, *files_from, *name, *limits[OKB_WORK_LIMITS];
    char **options, **plugin_dirs, **include, **exclude;
    gboolean no_third_party, dry_run;
    bool may_lack_paths; /* set before okb_work_prepare(): the command has something else to do
                          */
} OkbWork;

/* A copy of `own` with the shared entries after it; g_free() it. */
GOptionEntry *okb_work_entries(OkbWork *work, const GOptionEntry *own);

/* After parsing: checks the values, reads --files-from, loads the manifests. */
bool okb_work_prepare(OkbWork *work, OkbCli *cli, GError **error);

/* After the work: tells of plugins that are set aside, if something failed. */
void okb_work_tell_set_aside(const OkbWork *work, const OkbObserver *observer,
                             const OkbCounts *counts);

void okb_work_clear(OkbWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbWork, okb_work_clear)
