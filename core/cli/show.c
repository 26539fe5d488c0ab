/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb show DOC: the text of a document, its summary, one page, its raw bytes, or all that is
 * known about it.
 */
#include "cli/commands.h"

#include "cli/match.h"
#include "cli/page.h"
#include "cli/record.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/text.h"

#include <string.h>

enum { TEXT_MAX = 1 << 30, COPY_CHUNK = 1 << 16 };

typedef struct {
    gboolean summary, raw;
    gint64 page; /* NO_PAGE: all of them */
} Show;

#define NO_PAGE G_MININT64

static const OkbArtifact *find_artifact(const OkbDocument *document, OkbArtifactKind kind,
                                        GError **error)
{
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        if (artifact->kind == kind)
            return artifact;
    }
    okb_error_set(error, OKB_ERROR_NOT_FOUND, "%s has no %s file; add its source again",
                  document->name, okb_artifact_kind_name(kind));
    return NULL;
}

/* Escape sequences in a document must not reach a terminal; files and pipes get the bytes. */
static void put_text(OkbCli *cli, const char *text)
{
    if (!isatty(fileno(cli->output.data))) {
        okb_data_bytes(&cli->output, text, strlen(text));
        return;
    }
    for (const char *p = text; *p;) {
        gsize run = strcspn(p, "\n\t");
        g_autofree char *part = g_strndup(p, run);
        g_autofree char *safe = okb_text_escape(part);
        okb_data_bytes(&cli->output, safe, strlen(safe));
        p += run;
        if (*p)
            okb_data_bytes(&cli->output, p++, 1);
    }
}

static char *page_of(const OkbDocument *document, const char *text, gsize len, bool json,
                     guint64 page, GError **error)
{
    if (document->pages <= 0) {
        okb_error_set(error, OKB_ERROR_NOT_FOUND, "%s has no pages; leave --page out",
                      document->name);
        return NULL;
    }
    char *found = NULL;
    if (page <= (guint64)document->pages)
        found = json ? okb_page_of_json(text, len, page, error)
                     : okb_page_of_markdown(text, len, page);
    if (!found && !(error && *error))
        okb_error_set(error, OKB_ERROR_NOT_FOUND,
                      "%s has no page %" G_GUINT64_FORMAT " (pages: %" G_GINT64_FORMAT ")",
                      document->name, page, document->pages);
    return found;
}

static char *text_of(OkbStore *store, const OkbDocument *document, const Show *show,
                     GError **error)
{
    const OkbArtifact *artifact = find_artifact(
        document, show->summary ? OKB_ARTIFACT_SUMMARY : OKB_ARTIFACT_SOURCE, error);
    okb_autofd int fd = artifact ? okb_registry_open_artifact(store, artifact, error) : -1;
    g_autoptr(GBytes) bytes =
        fd >= 0 ? okb_io_read_file(fd, TEXT_MAX, artifact->path, error) : NULL;
    if (!bytes)
        return NULL;
    gsize len = 0;
    const char *text = g_bytes_get_data(bytes, &len);
    bool json = !show->summary && g_str_has_suffix(artifact->path, ".json");
    if (show->page > 0)
        return page_of(document, text, len, json, (guint64)show->page, error);
    return json ? okb_page_all_of_json(text, len, error) : g_strndup(text, len);
}

static bool put_raw(OkbCli *cli, OkbStore *store, const OkbDocument *document, GError **error)
{
    const OkbArtifact *artifact = find_artifact(document, OKB_ARTIFACT_RAW, error);
    okb_autofd int fd = artifact ? okb_registry_open_artifact(store, artifact, error) : -1;
    if (fd < 0)
        return false;
    if (isatty(fileno(cli->output.data)))
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "raw bytes are not for a terminal; send them to a file or a pipe");
    g_autofree char *buffer = g_malloc(COPY_CHUNK);
    for (off_t at = 0;;) {
        ssize_t n = pread(fd, buffer, COPY_CHUNK, at);
        if (n < 0 && errno != EINTR)
            return okb_error_errno(error, errno, "cannot read %s", artifact->path);
        if (n == 0)
            return true;
        if (n > 0) {
            okb_data_bytes(&cli->output, buffer, (gsize)n);
            at += n;
        }
    }
}

static bool put(OkbCli *cli, OkbStore *store, const OkbDocument *document, const Show *show,
                GError **error)
{
    if (show->raw)
        return put_raw(cli, store, document, error);
    g_autofree char *text = text_of(store, document, show, error);
    if (!text)
        return false;
    if (!cli->json) {
        put_text(cli, text);
        return true;
    }
    json_t *object = okb_record_json(document);
    okb_record_add_details(object, document);
    if (show->page > 0)
        json_object_set_new(object, "page", json_integer(show->page));
    json_object_set_new(object, "text", okb_json_text(text));
    okb_output_json(&cli->output, object);
    return true;
}

static bool run(OkbCli *cli, const Show *show, GError **error)
{
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    g_autoptr(OkbStore) store = kb ? okb_cli_open_store(cli, kb, true, error) : NULL;
    g_autoptr(OkbDocument) document =
        store ? okb_match_document(store, cli->arguments[0], error) : NULL;
    return document && put(cli, store, document, show, error);
}

int okb_command_show(OkbCli *cli, char **argv)
{
    Show show = {.page = NO_PAGE};
    const GOptionEntry entries[] = {
        {"summary", 0, 0, G_OPTION_ARG_NONE, &show.summary, "Its summary page", NULL},
        {"raw", 0, 0, G_OPTION_ARG_NONE, &show.raw, "The bytes of its source", NULL},
        {"page", 0, 0, G_OPTION_ARG_INT64, &show.page, "Only page N of its text", "N"},
        {NULL},
    };
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv, 1, 1);
    if (code != OKB_CLI_GO)
        return code;
    if (show.summary + show.raw + (show.page != NO_PAGE) > 1)
        return okb_cli_usage(cli, "--summary, --raw and --page exclude each other");
    if (show.raw && cli->json)
        return okb_cli_usage(cli, "--raw writes bytes, not JSON");
    if (show.page != NO_PAGE && show.page < 1)
        return okb_cli_usage(cli, "pages count from 1");
    g_autoptr(GError) error = NULL;
    return run(cli, &show, &error) ? OKB_EXIT_OK : okb_cli_fail(cli, error);
}
