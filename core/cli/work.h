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

typedef struct {
    OkbIngestOptions ingest; /* complete after okb_work_prepare() */
    OkbPlugins *plugins;
    char **paths;
    OkbSpool spool; /* standard input, when “-” is a path */
    /* as given */
    gint jobs;
    char *plugin, *sandbox, *memory, *wall, *cpu, *files_from, *name;
    char **options, **plugin_dirs, **include, **exclude;
    gboolean no_third_party, dry_run;
    bool may_lack_paths; /* set before okb_work_prepare(): the command has something else to do
                          */
} OkbWork;

/* A copy of `own` with the shared entries after it; g_free() it. */
GOptionEntry *okb_work_entries(OkbWork *work, const GOptionEntry *own);

/* After parsing: checks the values, reads --files-from, loads the manifests. */
bool okb_work_prepare(OkbWork *work, OkbCli *cli, GError **error);

void okb_work_clear(OkbWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbWork, okb_work_clear)
