/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb list [PATTERN...]: the documents, one a line.
 */
#include "cli/commands.h"

#include "cli/policy.h"
#include "cli/record.h"
#include "ingest/outdated.h"
#include "util/text.h"

#include <fnmatch.h>
#include <string.h>

enum { NAME, TYPE, PAGES, ADDED, SOURCE, COLUMNS };

typedef struct {
    char *type, *plugin;
    char **patterns; /* folded */
    GPtrArray *rows; /* char *[COLUMNS], escaped; or NULL with --json */
    json_t *json;
    OkbPlugins *plugins; /* with --outdated; else NULL */
    OkbStore *store;
} List;

static bool fits(const List *list, const OkbDocument *document)
{
    if (list->type && g_strcmp0(list->type, document->type) != 0)
        return false;
    if (list->plugin && g_strcmp0(list->plugin, document->provenance.plugin) != 0)
        return false;
    if (list->plugins && !okb_outdated(list->store, list->plugins, document))
        return false;
    if (!list->patterns[0])
        return true;
    g_autofree char *name = okb_text_fold(document->name);
    g_autofree char *source = okb_text_fold(document->source_name ? document->source_name : "");
    for (char **pattern = list->patterns; *pattern; pattern++)
        if (fnmatch(*pattern, name, 0) == 0 || fnmatch(*pattern, source, 0) == 0)
            return true;
    return false;
}

static char **row_new(const OkbDocument *document)
{
    char **row = g_new0(char *, COLUMNS + 1);
    row[NAME] = okb_text_escape(document->name);
    row[TYPE] = okb_text_escape(document->type && *document->type ? document->type : "-");
    row[PAGES] = document->pages > 0 ? g_strdup_printf("%" G_GINT64_FORMAT, document->pages)
                                     : g_strdup("-");
    row[ADDED] = g_strndup(document->added && *document->added ? document->added : "-", 10);
    const char *source = document->path && *document->path ? document->path : "-";
    row[SOURCE] = okb_text_escape(source);
    return row;
}

static bool visit(const OkbDocument *document, gpointer data)
{
    List *list = data;
    if (!fits(list, document))
        return true;
    if (list->json)
        json_array_append_new(list->json, okb_record_json(document));
    else
        g_ptr_array_add(list->rows, row_new(document));
    return true;
}

static void measure(const GPtrArray *rows, guint widths[COLUMNS])
{
    for (guint i = 0; i < rows->len; i++)
        for (int column = 0; column < COLUMNS; column++) {
            char **row = rows->pdata[i];
            widths[column] = MAX(widths[column], okb_text_columns(row[column]));
        }
}

static void print_row(OkbCli *cli, char **row, const guint widths[COLUMNS])
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (int column = 0; column < COLUMNS; column++) {
        guint pad = widths[column] - okb_text_columns(row[column]);
        if (column == PAGES)
            g_string_append_printf(line, "%*s%s", (int)pad, "", row[column]);
        else
            g_string_append_printf(line, "%s%*s", row[column], column == SOURCE ? 0 : (int)pad,
                                   "");
        g_string_append(line, column == SOURCE ? "\n" : "  ");
    }
    okb_data(&cli->output, "%s", line->str);
}

static void print_table(OkbCli *cli, GPtrArray *rows)
{
    static const char *const head[] = {"NAME", "TYPE", "PAGES", "ADDED", "SOURCE", NULL};
    if (rows->len == 0) {
        okb_say(&cli->output, "No documents.");
        return;
    }
    guint widths[COLUMNS] = {0};
    g_ptr_array_insert(rows, 0, g_strdupv((char **)head));
    measure(rows, widths);
    for (guint i = 0; i < rows->len; i++)
        print_row(cli, rows->pdata[i], widths);
}

static bool gather(OkbCli *cli, List *list, GError **error)
{
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, error);
    g_autoptr(OkbStore) store = kb ? okb_cli_open_store(cli, kb, true, error) : NULL;
    list->store = store;
    return store && okb_registry_each(store, visit, list, error);
}

static int run(OkbCli *cli, List *list)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    list->rows = rows;
    list->json = cli->json ? json_array() : NULL;
    if (!gather(cli, list, &error)) {
        json_decref(list->json);
        return okb_cli_fail(cli, error);
    }
    bool none = list->patterns[0] && rows->len == 0 && json_array_size(list->json) == 0;
    if (cli->json)
        okb_output_json(&cli->output, json_pack("{s:o}", "documents", list->json));
    else
        print_table(cli, rows);
    return none ? OKB_EXIT_NOT_FOUND : OKB_EXIT_OK;
}

int okb_command_list(OkbCli *cli, char **argv)
{
    g_autofree char *type = NULL, *plugin = NULL;
    gboolean outdated = FALSE;
    const GOptionEntry entries[] = {
        {"type", 0, 0, G_OPTION_ARG_FILENAME, &type, "Only documents of this type", "TYPE"},
        {"plugin", 0, 0, G_OPTION_ARG_FILENAME, &plugin, "Only what this plugin converted",
         "ID"},
        {"outdated", 0, 0, G_OPTION_ARG_NONE, &outdated,
         "Only what add would convert anew although its bytes are the same", NULL},
        {NULL},
    };
    int code = okb_cli_parse(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv);
    if (code != OKB_CLI_GO)
        return code;
    guint n = g_strv_length(cli->arguments);
    g_auto(GStrv) patterns = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++)
        patterns[i] = okb_text_fold(cli->arguments[i]);
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbPlugins) plugins = outdated ? okb_cli_load_plugins(NULL, true, &error) : NULL;
    if (error)
        return okb_cli_fail(cli, error);
    List list = {.type = type, .plugin = plugin, .patterns = patterns, .plugins = plugins};
    return run(cli, &list);
}
