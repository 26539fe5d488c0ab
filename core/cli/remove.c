/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb remove DOC...: take documents out, whole.
 */
#include "cli/commands.h"

#include "cli/consent.h"
#include "cli/match.h"
#include "cli/record.h"
#include "cli/report.h"
#include "cli/signals.h"
#include "util/text.h"

#include <string.h>

typedef struct {
    gboolean keep_raw, dry_run, yes;
} Remove;

/* The documents that the arguments mean, each once. NULL when one means none or several. */
static GPtrArray *choose(OkbCli *cli, OkbStore *store, GError **error)
{
    g_autoptr(GPtrArray) chosen =
        g_ptr_array_new_with_free_func((GDestroyNotify)okb_document_free);
    for (char **wanted = cli->arguments; *wanted; wanted++) {
        g_autoptr(OkbDocument) document = okb_match_document(store, *wanted, error);
        if (!document)
            return NULL;
        bool known = false;
        for (guint i = 0; i < chosen->len; i++)
            known |= ((OkbDocument *)chosen->pdata[i])->id == document->id;
        if (!known)
            g_ptr_array_add(chosen, g_steal_pointer(&document));
    }
    return g_steal_pointer(&chosen);
}

static void show_plan(OkbCli *cli, const GPtrArray *documents, const Remove *flags)
{
    for (guint d = 0; d < documents->len; d++) {
        const OkbDocument *document = documents->pdata[d];
        for (guint i = 0; i < document->artifacts->len; i++) {
            const OkbArtifact *artifact = document->artifacts->pdata[i];
            if (artifact->kind == OKB_ARTIFACT_RAW && flags->keep_raw)
                continue;
            g_autofree char *path = okb_text_escape(artifact->path);
            if (flags->dry_run)
                okb_data(&cli->output, "delete\t%s\n", path);
            else
                okb_say(&cli->output, "delete %s", path);
        }
    }
}

/* Without a terminal nobody can be asked: -y says it. */
static bool agreed(OkbCli *cli, guint count, const Remove *flags, GError **error)
{
    if (flags->yes || flags->dry_run)
        return true;
    if (!okb_consent_possible(cli))
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "nobody can be asked whether to remove; say it with -y");
    g_autofree char *question =
        g_strdup_printf("remove %u document%s", count, count == 1 ? "" : "s");
    return okb_consent_ask(cli, question) ||
           okb_error_set(error, OKB_ERROR_FAILED, "nothing was removed");
}

static bool remove_chosen(OkbCli *cli, OkbStore *store, const Remove *flags, OkbReport *report,
                          GError **error)
{
    g_autoptr(GPtrArray) documents = choose(cli, store, error);
    if (!documents)
        return false;
    if (!cli->json)
        show_plan(cli, documents, flags);
    if (!agreed(cli, documents->len, flags, error))
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < documents->len; i++)
        g_ptr_array_add(names, ((OkbDocument *)documents->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    const OkbRemoveOptions options = {flags->keep_raw, flags->dry_run, okb_signals_flag()};
    return okb_ingest_remove(store, (const char *const *)names->pdata, &options,
                             &report->observer, &report->counts, error);
}

int okb_command_remove(OkbCli *cli, char **argv)
{
    Remove flags = {0};
    const GOptionEntry entries[] = {
        {"keep-raw", 0, 0, G_OPTION_ARG_NONE, &flags.keep_raw, "Leave the original in raw/",
         NULL},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &flags.dry_run,
         "Only show what would be deleted", NULL},
        {"yes", 'y', 0, G_OPTION_ARG_NONE, &flags.yes, "Do not ask", NULL},
        {NULL},
    };
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv, 1, -1);
    if (code != OKB_CLI_GO)
        return code;
    g_autoptr(GError) error = NULL;
    OkbReport report;
    okb_report_init(&report, cli, false);
    report.plan_shown = true;
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, &error);
    g_autoptr(OkbStore) store = kb ? okb_cli_open_store(cli, kb, flags.dry_run, &error) : NULL;
    bool ok = store && remove_chosen(cli, store, &flags, &report, &error);
    return okb_report_finish(&report, ok ? NULL : error);
}
