/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Our lines of index.md are "- [[summaries/NAME]] (short|pageindex)" below "## Documents",
 * whatever follows. hashes.json has an entry under the hash of each document; of several
 * documents with one hash, one has it.
 */
#include "ingest/verify-views.h"

#include "store/facts.h"
#include "util/error.h"
#include "util/io.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define INDEX_PATH   "wiki/index.md"
#define HASHES_PATH  ".openkb/hashes.json"
#define SECTION      "## Documents"
#define ENTRY_PREFIX "- [[summaries/"
#define ENTRY_CLOSE  "]]"

enum { VIEW_MAX = 1 << 30 };

static GBytes *read_view(OkbVerify *verify, const char *path, bool *ret_absent, GError **error)
{
    g_autoptr(GError) failure = NULL;
    errno = 0;
    GBytes *bytes =
        okb_io_read_path(okb_store_kb(verify->store)->root, path, VIEW_MAX, &failure);
    *ret_absent = !bytes && errno == ENOENT;
    if (!bytes && !*ret_absent)
        g_propagate_error(error, g_steal_pointer(&failure));
    return bytes;
}

/* ---- index.md ---------------------------------------------------------------------------- */

/* The name in a line of ours and what follows it; NULL for any other line. */
static char *entry_name(const char *line, const char **ret_rest)
{
    if (!g_str_has_prefix(line, ENTRY_PREFIX))
        return NULL;
    const char *name = line + strlen(ENTRY_PREFIX);
    const char *close = strstr(name, ENTRY_CLOSE);
    if (!close)
        return NULL;
    *ret_rest = close + strlen(ENTRY_CLOSE);
    return g_strndup(name, (gsize)(close - name));
}

static bool has_summary(OkbVerify *verify, const char *name)
{
    struct stat st;
    g_autofree char *path = g_strdup_printf("wiki/summaries/%s.md", name);
    return okb_io_stat_beneath(okb_store_kb(verify->store)->root, path, &st) == 0;
}

static const char *shown_type(const OkbDocument *document)
{
    bool is_long = g_strcmp0(document->type, "long_pdf") == 0 ||
                   g_strcmp0(document->type, "pageindex_cloud") == 0;
    return is_long ? " (pageindex)" : " (short)";
}

/* `missing` maps the names that no line has named yet to their documents. */
static void check_line(OkbVerify *verify, GHashTable *known, GHashTable *missing,
                       const char *line)
{
    const char *rest = NULL;
    g_autofree char *name = entry_name(line, &rest);
    if (!name)
        return;
    const OkbDocument *document = g_hash_table_lookup(known, name);
    if (!document && has_summary(verify, name))
        return;
    if (!document)
        okb_verify_found(verify, name, INDEX_PATH, "index",
                         "lists a document that is not there");
    else if (!g_hash_table_remove(missing, name))
        okb_verify_found(verify, name, INDEX_PATH, "index", "lists this document twice");
    else if (!g_str_has_prefix(rest, shown_type(document)))
        okb_verify_found(verify, name, INDEX_PATH, "index",
                         "the kind of this document is wrong");
}

static void check_lines(OkbVerify *verify, GHashTable *known, GHashTable *missing,
                        const char *text)
{
    bool ours = false;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, "## "))
            ours = strcmp(g_strchomp(*line), SECTION) == 0;
        else if (ours)
            check_line(verify, known, missing, *line);
    }
}

static GHashTable *by_name(OkbVerify *verify)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < verify->documents->len; i++) {
        OkbDocument *document = verify->documents->pdata[i];
        g_hash_table_insert(table, document->name, document);
    }
    return table;
}

static bool check_index(OkbVerify *verify, GError **error)
{
    bool absent = false;
    g_autoptr(GBytes) bytes = read_view(verify, INDEX_PATH, &absent, error);
    if (!bytes && !absent)
        return false;
    g_autoptr(GHashTable) known = by_name(verify), missing = by_name(verify);
    gsize len = 0;
    const char *data = bytes ? g_bytes_get_data(bytes, &len) : "";
    g_autofree char *text = g_strndup(data, len);
    check_lines(verify, known, missing, text);
    for (guint i = 0; i < verify->documents->len; i++) {
        const OkbDocument *document = verify->documents->pdata[i];
        if (g_hash_table_contains(missing, document->name))
            okb_verify_found(verify, document->name, INDEX_PATH, "index",
                             "does not list this document");
    }
    return true;
}

/* ---- hashes.json ------------------------------------------------------------------------- */

static const char *entry_text(const json_t *entry, const char *key)
{
    return json_string_value(json_object_get(entry, key));
}

/* An old entry of Python's has no doc_name: then any document may be meant. */
static bool means(const json_t *entry, const OkbDocument *document)
{
    const char *name = entry_text(entry, "doc_name");
    return !name || strcmp(name, document->name) == 0;
}

static void check_entry(OkbVerify *verify, const json_t *root, GHashTable *owners,
                        const OkbDocument *document)
{
    const json_t *entry = json_object_get(root, document->hash);
    bool shared = GPOINTER_TO_UINT(g_hash_table_lookup(owners, document->hash)) > 1;
    if (!entry)
        okb_verify_found(verify, document->name, HASHES_PATH, "registry",
                         "has no entry for this document");
    else if (!shared && !means(entry, document))
        okb_verify_found(verify, document->name, HASHES_PATH, "registry",
                         "its entry has the name of another document");
}

static void check_entries(OkbVerify *verify, const json_t *root)
{
    g_autoptr(GHashTable) owners = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < verify->documents->len; i++) {
        OkbDocument *document = verify->documents->pdata[i];
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(owners, document->hash));
        g_hash_table_insert(owners, document->hash, GUINT_TO_POINTER(count + 1));
    }
    for (guint i = 0; i < verify->documents->len; i++)
        check_entry(verify, root, owners, verify->documents->pdata[i]);
    const char *hash;
    json_t *entry;
    json_object_foreach ((json_t *)root, hash, entry) {
        const char *name = entry_text(entry, "doc_name");
        if (json_is_object(entry) && !g_hash_table_contains(owners, hash))
            okb_verify_notice(verify, name, HASHES_PATH, "registry",
                              "has an entry of another program, not taken over yet");
    }
}

static bool check_hashes(OkbVerify *verify, GError **error)
{
    bool absent = false;
    if (!okb_store_kb(verify->store)->config.python_compat)
        return true;
    g_autoptr(GBytes) bytes = read_view(verify, HASHES_PATH, &absent, error);
    if (!bytes && !absent)
        return false;
    gsize len = 2;
    const char *data = bytes ? g_bytes_get_data(bytes, &len) : "{}";
    json_error_t problem;
    json_t *root = json_loadb(data, len, 0, &problem);
    if (json_is_object(root))
        check_entries(verify, root);
    else
        okb_verify_found(verify, NULL, HASHES_PATH, "registry",
                         root ? "is no JSON object" : problem.text);
    json_decref(root);
    return true;
}

bool okb_verify_views(OkbVerify *verify, GError **error)
{
    OkbStoreFacts facts;
    if (!okb_store_facts(verify->store, &facts, error))
        return false;
    if (facts.intents > 0 || facts.views_dirty) {
        okb_verify_notice(verify, NULL, ".openkb", "pending",
                          "an interrupted command left work; `openkb recover` finishes it");
        return true;
    }
    return check_index(verify, error) && check_hashes(verify, error);
}
