/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/cli.h"

#include "cli/signals.h"
#include "store/lock.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <stdarg.h>

int okb_cli_fail(OkbCli *cli, const GError *error)
{
    g_autofree char *text = okb_text_escape(error->message);
    int code = okb_error_exit_code(error);
    okb_complain(
        &cli->output, "openkb: %s%s", text,
        code == OKB_EXIT_NO_SPACE ? "; make room or make it writable, then run it again" : "");
    bool interrupted = code == OKB_EXIT_INTERRUPTED && okb_signals_exit_code();
    return interrupted ? okb_signals_exit_code() : code;
}

int okb_cli_usage(OkbCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *text = okb_text_escape(message);
    const char *command = cli->command ? cli->command->name : "";
    okb_complain(&cli->output, "openkb%s%s: %s; see `openkb%s%s --help`", *command ? " " : "",
                 command, text, *command ? " " : "", command);
    return OKB_EXIT_USAGE;
}

OkbKb *okb_cli_open_kb(OkbCli *cli, GError **error)
{
    g_autofree char *dir = okb_kb_find(cli->kb_dir, error);
    return dir ? okb_kb_open(dir, error) : NULL;
}

int okb_cli_lock_timeout(const OkbCli *cli)
{
    return cli->lock_timeout ? (int)cli->lock_timeout_ms : -1;
}

/* Whoever waits without end is to know for whom. */
static void tell_whom_we_wait_for(OkbCli *cli, const OkbKb *kb)
{
    okb_autofd int lock = -1;
    if (cli->lock_timeout || okb_lock_try_shared(kb, &lock))
        return;
    g_autofree char *holder = okb_lock_holder(kb);
    g_autofree char *text = okb_text_escape(holder);
    okb_say(&cli->output, "%s is changing the knowledge base; waiting for its turns to end",
            text);
}

OkbStore *okb_cli_open_store(OkbCli *cli, OkbKb *kb, bool read_only, GError **error)
{
    if (!read_only)
        tell_whom_we_wait_for(cli, kb);
    OkbStoreOptions options = {
        .create = !read_only,
        .read_only = read_only,
        .lock_timeout_ms = okb_cli_lock_timeout(cli),
        .command = cli->command->name,
    };
    return okb_store_open(kb, &options, error);
}

void okb_cli_tell_recovery(OkbCli *cli, const OkbRecoveryReport *report)
{
    const struct {
        guint count;
        const char *what;
    } lines[] = {
        {report->intents_applied, "file operations of an interrupted command finished"},
        {report->documents_damaged, "documents damaged; `openkb verify` names them"},
        {report->reaped, "dead staging directories removed"},
        {report->reap_failures, "dead staging entries could not be removed and were left"},
        {report->imported, "documents taken over from hashes.json"},
        {report->removed_outside, "documents were removed by another program"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        if (lines[i].count > 0)
            okb_say(&cli->output, "recovery: %u %s", lines[i].count, lines[i].what);
    for (guint i = 0; i < report->messages->len; i++) {
        g_autofree char *text = okb_text_escape(report->messages->pdata[i]);
        okb_say(&cli->output, "%s", text);
    }
}

json_t *okb_cli_recovery_json(const OkbRecoveryReport *report)
{
    json_t *messages = json_array();
    for (guint i = 0; i < report->messages->len; i++)
        json_array_append_new(messages, okb_json_text(report->messages->pdata[i]));
    return json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "intents_applied", (int)report->intents_applied,
        "documents_damaged", (int)report->documents_damaged, "reaped", (int)report->reaped,
        "reap_failures", (int)report->reap_failures, "imported", (int)report->imported,
        "removed_outside", (int)report->removed_outside, "messages", messages);
}
