/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb verify: every file against the registry; exit 5 when something is not as recorded.
 */
#include "cli/commands.h"

#include "cli/signals.h"
#include "ingest/ingest.h"
#include "util/text.h"

typedef struct {
    OkbCli *cli;
    json_t *findings, *notices;
} Verify;

static json_t *finding_json(const OkbFinding *finding)
{
    return json_pack("{s:o, s:o, s:s, s:o}", "document", okb_json_text(finding->document),
                     "path", okb_json_text(finding->path), "problem", finding->problem,
                     "detail", okb_json_text(finding->detail));
}

static void found(const OkbFinding *finding, gpointer data)
{
    Verify *verify = data;
    json_t *array = finding->notice ? verify->notices : verify->findings;
    if (verify->cli->json) {
        json_array_append_new(array, finding_json(finding));
        return;
    }
    g_autofree char *path = okb_text_escape(finding->path);
    g_autofree char *detail = okb_text_escape(finding->detail ? finding->detail : "");
    if (finding->notice)
        okb_say(&verify->cli->output, "note: %s: %s: %s", finding->problem, path, detail);
    else
        okb_data(&verify->cli->output, "%s\t%s\t%s%s%s\n", finding->problem, path,
                 finding->document ? finding->document : "", finding->document ? ": " : "",
                 detail);
}

static bool run(Verify *verify, guint64 *ret_documents, guint64 *ret_findings, GError **error)
{
    OkbCli *cli = verify->cli;
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    g_autoptr(OkbStore) store = kb ? okb_cli_open_store(cli, kb, true, error) : NULL;
    const OkbVerifyOptions options = {
        .lock_timeout_ms = okb_cli_lock_timeout(cli),
        .found = found,
        .data = verify,
        .stop = okb_signals_flag(),
    };
    return store && okb_ingest_verify(store, &options, ret_documents, ret_findings, error);
}

static void report(Verify *verify, guint64 documents, guint64 findings)
{
    if (verify->cli->json) {
        okb_output_json(&verify->cli->output,
                        json_pack("{s:I, s:O, s:O}", "documents", (json_int_t)documents,
                                  "findings", verify->findings, "notices", verify->notices));
        return;
    }
    okb_say(&verify->cli->output,
            "%" G_GUINT64_FORMAT " document%s, %" G_GUINT64_FORMAT " finding%s", documents,
            documents == 1 ? "" : "s", findings, findings == 1 ? "" : "s");
}

int okb_command_verify(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL, argv, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    g_autoptr(GError) error = NULL;
    guint64 documents = 0, findings = 0;
    Verify verify = {cli, json_array(), json_array()};
    bool ok = run(&verify, &documents, &findings, &error);
    if (ok)
        report(&verify, documents, findings);
    json_decref(verify.findings);
    json_decref(verify.notices);
    if (!ok)
        return okb_cli_fail(cli, error);
    return findings ? OKB_EXIT_FINDINGS : OKB_EXIT_OK;
}
