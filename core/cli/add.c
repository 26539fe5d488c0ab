/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb add PATH...: convert and commit.
 */
#include "cli/commands.h"

#include "cli/add-prune.h"
#include "cli/report.h"
#include "cli/work.h"

typedef struct {
    gboolean retry_failed, allow_duplicates, jsonl;
} Add;

/* A file that moved is added first: so its document finds its new source and need not go. */
static bool add(OkbCli *cli, OkbWork *work, OkbAddPrune *prune, OkbReport *report,
                GError **error)
{
    bool nothing_named = !work->paths[0]; /* an empty --files-from, or only --prune */
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    if (!kb || !okb_add_prune_begin(prune, cli, kb, work->dry_run, report, error))
        return false;
    g_autoptr(OkbStore) store = okb_cli_open_store(cli, kb, work->dry_run, error);
    if (!store)
        return false;
    if (!nothing_named && !okb_ingest_add(kb, store, work->plugins, &work->ingest,
                                          &report->observer, &report->counts, error))
        return false;
    return report->counts.interrupted ||
           okb_add_prune_end(prune, store, work->dry_run, report, error);
}

int okb_command_add(OkbCli *cli, char **argv)
{
    Add flags = {0};
    g_auto(OkbWork) work = {0};
    g_auto(OkbAddPrune) prune = {0};
    const GOptionEntry own[] = {
        {"retry-failed", 0, 0, G_OPTION_ARG_NONE, &flags.retry_failed,
         "Try again what failed before with the same bytes", NULL},
        {"allow-duplicates", 0, 0, G_OPTION_ARG_NONE, &flags.allow_duplicates,
         "Make a document of its own of bytes that another source has too", NULL},
        {"prune", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &prune.directories,
         "Take out the documents whose source vanished from DIR; repeatable", "DIR"},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &prune.yes, "Do what --prune lists, do not ask",
         NULL},
        {"jsonl", 0, 0, G_OPTION_ARG_NONE, &flags.jsonl,
         "Report each event as a line of JSON on stdout when it happens", NULL},
        {NULL},
    };
    g_autofree GOptionEntry *entries = okb_work_entries(&work, own);
    int code = okb_cli_parse(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv);
    if (code != OKB_CLI_GO)
        return code;
    if (flags.jsonl && cli->json)
        return okb_cli_usage(cli, "--json and --jsonl exclude each other");
    g_autoptr(GError) error = NULL;
    work.may_lack_paths = prune.directories != NULL;
    if (!okb_work_prepare(&work, cli, &error))
        return okb_cli_fail(cli, error);
    work.ingest.retry_failed = flags.retry_failed;
    work.ingest.allow_duplicates = flags.allow_duplicates;
    OkbReport report;
    okb_report_init(&report, cli, flags.jsonl);
    bool ok = add(cli, &work, &prune, &report, &error);
    okb_work_tell_set_aside(&work, &report.observer, &report.counts);
    return okb_report_finish(&report, ok ? NULL : error);
}
