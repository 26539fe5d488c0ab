/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb status: what the knowledge base holds, and what wants a person's attention.
 */
#include "cli/commands.h"

#include "cli/policy.h"
#include "ingest/outdated.h"
#include "store/facts.h"
#include "store/lock.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

typedef struct {
    OkbStoreFacts facts;
    GHashTable *types; /* type -> count */
    gint64 pages, bytes, outdated;
    OkbStore *store; /* while it is gathered */
    OkbPlugins *plugins;
    char *latest;         /* the newest `added` or `updated` */
    json_t *failures;     /* of documents, as JSON */
    GPtrArray *conflicts; /* char *: files kept in .openkb/conflicts/ */
    guint quarantined;    /* entries of .openkb/quarantine/ */
    char *holder;         /* who is changing it now, or NULL */
} Status;

static void status_clear(Status *status)
{
    g_clear_pointer(&status->types, g_hash_table_unref);
    g_clear_pointer(&status->conflicts, g_ptr_array_unref);
    g_clear_pointer(&status->failures, json_decref);
    g_clear_pointer(&status->plugins, okb_plugins_free);
    g_free(status->latest);
    g_free(status->holder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Status, status_clear)

static void take_time(Status *status, const char *time)
{
    if (!time || !*time || g_strcmp0(time, status->latest) <= 0)
        return;
    g_free(status->latest);
    status->latest = g_strdup(time);
}

static bool visit(const OkbDocument *document, gpointer data)
{
    Status *status = data;
    const char *type = document->type && *document->type ? document->type : "-";
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(status->types, type));
    g_hash_table_replace(status->types, g_strdup(type), GUINT_TO_POINTER(count + 1));
    status->pages += document->pages;
    status->outdated += okb_outdated(status->store, status->plugins, document);
    for (guint i = 0; i < document->artifacts->len; i++)
        status->bytes += MAX(((OkbArtifact *)document->artifacts->pdata[i])->size, 0);
    take_time(status, document->added);
    take_time(status, document->updated);
    return true;
}

static bool visit_failure(const OkbFailure *failure, gpointer data)
{
    Status *status = data;
    json_array_append_new(
        status->failures,
        json_pack("{s:o, s:o, s:o, s:o, s:I, s:b}", "path", okb_json_text(failure->path),
                  "stage", okb_json_text(failure->stage), "reason",
                  okb_json_text(failure->reason), "detail", okb_json_text(failure->detail),
                  "count", (json_int_t)failure->count, "permanent", failure->permanent));
    return true;
}

/* Entries of a directory below the root that are not hidden; 0 when it is not there. */
static guint count_entries(const OkbKb *kb, const char *path)
{
    guint count = 0;
    int fd = okb_io_open_beneath(kb->root, path, O_RDONLY | O_DIRECTORY, 0);
    g_autoptr(DIR) dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        okb_close_fd(&fd);
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        count += *entry->d_name != '.';
    return count;
}

static void list_files(const OkbKb *kb, const char *root, GPtrArray *files)
{
    g_autoptr(GPtrArray) dirs = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(dirs, g_strdup(root));
    for (guint i = 0; i < dirs->len; i++) {
        const char *path = dirs->pdata[i];
        int fd = okb_io_open_beneath(kb->root, path, O_RDONLY | O_DIRECTORY, 0);
        g_autoptr(DIR) dir = fd >= 0 ? fdopendir(fd) : NULL;
        if (!dir)
            okb_close_fd(&fd);
        struct dirent *entry;
        while (dir && (entry = readdir(dir))) {
            struct stat st;
            if (*entry->d_name == '.' ||
                fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            g_ptr_array_add(S_ISDIR(st.st_mode) ? dirs : files,
                            g_strdup_printf("%s/%s", path, entry->d_name));
        }
    }
}

static void look_for_holder(const OkbKb *kb, Status *status)
{
    okb_autofd int lock = -1;
    if (!okb_lock_try_shared(kb, &lock))
        status->holder = okb_lock_holder(kb);
}

static bool gather(OkbCli *cli, OkbKb *kb, Status *status, GError **error)
{
    status->types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    status->conflicts = g_ptr_array_new_with_free_func(g_free);
    status->failures = json_array();
    g_autoptr(OkbStore) store = okb_cli_open_store(cli, kb, true, error);
    status->store = store;
    status->plugins = store ? okb_cli_load_plugins(NULL, true, error) : NULL;
    if (!status->plugins || !okb_store_facts(store, &status->facts, error) ||
        !okb_registry_each(store, visit, status, error) ||
        !okb_registry_each_failure(store, visit_failure, status, error))
        return false;
    list_files(kb, ".openkb/conflicts", status->conflicts);
    status->quarantined = count_entries(kb, ".openkb/quarantine");
    look_for_holder(kb, status);
    return true;
}

static json_t *types_json(const Status *status)
{
    json_t *object = json_object();
    GHashTableIter iter;
    gpointer type, count;
    g_hash_table_iter_init(&iter, status->types);
    while (g_hash_table_iter_next(&iter, &type, &count))
        json_object_set_new(object, type, json_integer(GPOINTER_TO_UINT(count)));
    return object;
}

static void put_json(OkbCli *cli, const OkbKb *kb, const Status *status)
{
    const OkbStoreFacts *facts = &status->facts;
    json_t *conflicts = json_array();
    for (guint i = 0; i < status->conflicts->len; i++)
        json_array_append_new(conflicts, okb_json_text(status->conflicts->pdata[i]));
    okb_output_json(
        &cli->output,
        json_pack("{s:o, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:O, s:I, s:b, s:I, s:o, s:i, s:o}",
                  "knowledge_base", okb_json_text(kb->path), "documents",
                  (json_int_t)facts->documents, "types", types_json(status), "pages",
                  (json_int_t)status->pages, "bytes", (json_int_t)status->bytes, "aliases",
                  (json_int_t)facts->aliases, "outdated", (json_int_t)status->outdated,
                  "last_change", okb_json_text(status->latest), "failures", status->failures,
                  "pending_operations", (json_int_t)facts->intents, "views_dirty",
                  facts->views_dirty, "damaged", (json_int_t)facts->damaged, "conflicts",
                  conflicts, "quarantined", (int)status->quarantined, "locked_by",
                  okb_json_text(status->holder)));
}

static char *types_text(const Status *status)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GList) types =
        g_list_sort(g_hash_table_get_keys(status->types), (GCompareFunc)strcmp);
    for (GList *item = types; item; item = item->next) {
        g_autofree char *type = okb_text_escape(item->data);
        g_string_append_printf(
            text, "%s%s %u", text->len ? ", " : "", type,
            GPOINTER_TO_UINT(g_hash_table_lookup(status->types, item->data)));
    }
    return g_strdup(text->str);
}

static void put_attention(OkbCli *cli, const Status *status)
{
    const OkbStoreFacts *facts = &status->facts;
    const struct {
        gint64 count;
        const char *what;
    } lines[] = {
        {facts->intents, "file operations of an interrupted command; run `openkb recover`"},
        {facts->damaged, "files could not be published; run `openkb verify`"},
        {facts->failures, "sources failed; `openkb status --json` lists them, `openkb add "
                          "--retry-failed` tries again"},
        {status->quarantined, "entries in .openkb/quarantine/; each has a text saying why"},
        {status->conflicts->len, "kept in .openkb/conflicts/, edited by you:"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        if (lines[i].count > 0)
            okb_data(&cli->output, "Attention: %" G_GINT64_FORMAT " %s\n", lines[i].count,
                     lines[i].what);
    for (guint i = 0; i < status->conflicts->len; i++) {
        g_autofree char *path = okb_text_escape(status->conflicts->pdata[i]);
        okb_data(&cli->output, "  %s\n", path);
    }
}

static void put_lines(OkbCli *cli, const OkbKb *kb, const Status *status)
{
    OkbOutput *output = &cli->output;
    g_autofree char *path = okb_text_escape(kb->path);
    g_autofree char *size = okb_text_size((guint64)status->bytes);
    g_autofree char *types = types_text(status);
    okb_data(output, "Knowledge base: %s\n", path);
    okb_data(output, "Documents: %" G_GINT64_FORMAT "%s%s%s\n", status->facts.documents,
             *types ? " (" : "", types, *types ? ")" : "");
    okb_data(output, "Pages: %" G_GINT64_FORMAT "\nSize: %s\n", status->pages, size);
    okb_data(output, "Other sources with the same bytes: %" G_GINT64_FORMAT "\n",
             status->facts.aliases);
    if (status->outdated)
        okb_data(output,
                 "Outdated: %" G_GINT64_FORMAT "; adding their sources again converts them "
                 "anew, `openkb list --outdated` names them\n",
                 status->outdated);
    okb_data(output, "Last change: %s\n", status->latest ? status->latest : "none");
    if (status->holder)
        okb_data(output, "Being changed by: %s\n", status->holder);
    put_attention(cli, status);
}

int okb_command_status(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL, argv, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    g_autoptr(GError) error = NULL;
    g_auto(Status) status = {0};
    g_autoptr(OkbKb) kb = okb_cli_open_kb(cli, &error);
    if (!kb || !gather(cli, kb, &status, &error))
        return okb_cli_fail(cli, error);
    if (cli->json)
        put_json(cli, kb, &status);
    else
        put_lines(cli, kb, &status);
    return OKB_EXIT_OK;
}
