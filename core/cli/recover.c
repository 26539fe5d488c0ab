/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb recover: do now what the next command that changes the knowledge base would do first.
 */
#include "cli/commands.h"

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

int okb_command_recover(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL, argv);
    if (code != OKB_CLI_GO)
        return code;
    code = okb_cli_want_arguments(cli, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    g_autoptr(GError) error = NULL;
    OkbRecoveryReport report;
    okb_recovery_report_init(&report);
    bool ok = recover(cli, &report, &error);
    okb_cli_tell_recovery(cli, &report);
    if (ok && cli->json)
        okb_output_json(&cli->output, okb_cli_recovery_json(&report));
    if (ok && !found_anything(&report))
        okb_say(&cli->output, "nothing to recover");
    code = ok ? OKB_EXIT_OK : okb_cli_fail(cli, error);
    okb_recovery_report_clear(&report);
    return code;
}
