/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb recover: do now what the next command that changes the knowledge base would do first.
 */
#include "cli/commands.h"
#include "store/rebuild.h"

static bool found_anything(const OkbRecoveryReport *report)
{
    return report->intents_applied || report->documents_damaged || report->reaped ||
           report->reap_failures || report->imported || report->removed_outside ||
           report->messages->len;
}

static bool recover(OkbCli *cli, OkbRecoveryReport *report, GError **error)
{
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    g_autoptr(OkbStore) store = kb ? okb_cli_open_store(cli, kb, false, error) : NULL;
    return store && okb_store_acquire(store, report, error) && okb_store_release(store, error);
}

static bool rebuild(OkbCli *cli, OkbRecoveryReport *report, GError **error)
{
    OkbRebuild result = {0};
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    const OkbStoreOptions options = {
        .lock_timeout_ms = okb_cli_lock_timeout(cli),
        .command = cli->command->name,
    };
    if (!kb || !okb_store_rebuild(kb, &options, &result, report, error))
        return false;
    okb_say(&cli->output,
            "made the registry anew: %u documents from hashes.json, %u from their "
            "files",
            result.listed, result.unlisted);
    if (result.kept)
        okb_say(&cli->output, "the old one is kept in %s", result.kept);
    g_free(result.kept);
    return true;
}

int okb_command_recover(OkbCli *cli, char **argv)
{
    gboolean anew = FALSE;
    const GOptionEntry entries[] = {
        {"rebuild", 0, 0, G_OPTION_ARG_NONE, &anew,
         "Put the registry aside and make it anew from hashes.json, raw/ and wiki/", NULL},
        {NULL},
    };
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    g_autoptr(GError) error = NULL;
    OkbRecoveryReport report;
    okb_recovery_report_init(&report);
    bool ok = anew ? rebuild(cli, &report, &error) : recover(cli, &report, &error);
    okb_cli_tell_recovery(cli, &report);
    if (ok && cli->json)
        okb_output_json(&cli->output, okb_cli_recovery_json(&report));
    if (ok && !anew && !found_anything(&report))
        okb_say(&cli->output, "nothing to recover");
    code = ok ? OKB_EXIT_OK : okb_cli_fail(cli, error);
    okb_recovery_report_clear(&report);
    return code;
}
