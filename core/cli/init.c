/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb init [DIR]: make a knowledge base, or adopt the one that is there.
 */
#include "cli/commands.h"

#include "util/text.h"

/* Adopting is reading hashes.json into a registry; taking the lock once does it. */
static bool adopt(OkbCli *cli, OkbKb *kb, gint64 *ret_documents, GError **error)
{
    g_autoptr(OkbStore) store = okb_cli_open_store(cli, kb, false, error);
    if (!store)
        return false;
    OkbRecoveryReport report;
    okb_recovery_report_init(&report);
    bool ok = okb_store_acquire(store, &report, error);
    if (ok) {
        okb_cli_tell_recovery(cli, &report);
        *ret_documents = okb_registry_count(store, error);
        ok = *ret_documents >= 0;
        ok = okb_store_release(store, ok ? error : NULL) && ok;
    }
    okb_recovery_report_clear(&report);
    return ok;
}

static void report(OkbCli *cli, const OkbKb *kb, bool adopted, gint64 documents)
{
    if (cli->json) {
        okb_output_json(&cli->output,
                        json_pack("{s:o, s:b, s:I}", "path", okb_json_text(kb->path), "adopted",
                                  adopted, "documents", (json_int_t)documents));
        return;
    }
    g_autofree char *path = okb_text_escape(kb->path);
    if (adopted)
        okb_say(&cli->output,
                "%s is a knowledge base already: kept as it is, %" G_GINT64_FORMAT
                " document%s. Next: openkb add PATH...",
                path, documents, documents == 1 ? "" : "s");
    else
        okb_say(&cli->output, "made a knowledge base in %s. Next: openkb add PATH...", path);
}

int okb_command_init(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL, argv, 0, 1);
    if (code != OKB_CLI_GO)
        return code;
    const char *dir = cli->arguments[0] ? cli->arguments[0] : cli->kb_dir ? cli->kb_dir : ".";
    g_autoptr(GError) error = NULL;
    bool adopted = false;
    gint64 documents = 0;
    if (!okb_kb_create(dir, &adopted, &error))
        return okb_cli_fail(cli, error);
    g_autoptr(OkbKb) kb = okb_kb_open(dir, &error);
    if (!kb || !adopt(cli, kb, &documents, &error))
        return okb_cli_fail(cli, error);
    report(cli, kb, adopted, documents);
    return OKB_EXIT_OK;
}
