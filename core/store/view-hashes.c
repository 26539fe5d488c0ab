/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * .openkb/hashes.json as a view: written whole when the lock is released, in the order of the
 * rows' positions; the short way puts new entries behind the text as it was (view-additions.c).
 * Each row keeps the text of its entry, so that only entries that changed are built, and so
 * that the merge knows what others changed.
 *
 * The file is written before the rows are marked: after a crash in between the merge finds our
 * own entries and takes them for what they are.
 */
#include "store/views-private.h"

#include "util/io.h"

#include <string.h>

static char *build_entry(OkbStore *store, gint64 id, const char *base, GError **error)
{
    g_autoptr(OkbDocument) document = okb_registry_by_id(store, id, error);
    if (!document)
        return NULL;
    json_t *old = base ? json_loads(base, JSON_ALLOW_NUL, NULL) : NULL;
    json_t *entry = okb_hashes_entry(document, old);
    char *text = okb_hashes_entry_text(entry);
    json_decref(entry);
    json_decref(old);
    return text;
}

/* Of documents with the same bytes the oldest has the entry: a key is there once. */
#define IS_OLDEST                                                                              \
    "NOT EXISTS (SELECT 1 FROM document older WHERE older.hash = document.hash "               \
    "AND older.id < document.id)"

/* The entries of rows that changed since the file was written: id -> text. */
static GHashTable *build_changed(OkbStore *store, GError **error)
{
    g_autoptr(GHashTable) built =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    sqlite3_stmt *row = okb_database_query(store->db, error,
                                           "SELECT id, entry FROM document WHERE exported = 0 "
                                           "AND plugin <> '' AND " IS_OLDEST,
                                           "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 0);
        g_autofree char *base = okb_database_dup(row, 1);
        char *entry = build_entry(store, id, base, error);
        if (!entry)
            return NULL;
        g_hash_table_insert(built, g_memdup2(&id, sizeof id), entry);
    }
    return got == 0 ? g_steal_pointer(&built) : NULL;
}

static bool is_hex(const char *key)
{
    return key[strspn(key, "0123456789abcdef")] == '\0';
}

static void append_member(GString *text, const char *key, const char *value)
{
    g_string_append(text, text->len > 1 ? ",\n  " : "\n  ");
    if (is_hex(key)) {
        g_string_append_printf(text, "\"%s\": %s", key, value);
        return;
    }
    json_t *name = json_string(key);
    g_autofree char *quoted = okb_hashes_entry_text(name);
    json_decref(name);
    g_string_append_printf(text, "%s: %s", quoted ? quoted : "\"\"", value);
}

/* The ids that IS_OLDEST leaves out, by one walk along the index: asked for each row it costs
 * more than all the rest of the view. */
static GHashTable *find_shadowed(OkbStore *store, GError **error)
{
    char last[OKB_DIGEST_HEX] = "";
    g_autoptr(GHashTable) shadowed =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT hash, id FROM document ORDER BY hash, id", "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 1);
        if (strcmp(okb_database_text(row, 0), last) == 0)
            g_hash_table_add(shadowed, g_memdup2(&id, sizeof id));
        g_strlcpy(last, okb_database_text(row, 0), sizeof last);
    }
    return got == 0 ? g_steal_pointer(&shadowed) : NULL;
}

static GString *render(OkbStore *store, GHashTable *built, GError **error)
{
    g_autoptr(GHashTable) shadowed = find_shadowed(store, error);
    if (!shadowed)
        return NULL;
    GString *text = g_string_new("{");
    int got = -1;
    sqlite3_stmt *row =
        okb_database_query(store->db, error,
                           "SELECT id, hash, entry, position FROM document UNION ALL SELECT 0, "
                           "key, value, position FROM foreign_entry ORDER BY 4",
                           "");
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 0);
        if (g_hash_table_contains(shadowed, &id))
            continue;
        const char *fresh = g_hash_table_lookup(built, &id);
        const char *entry = fresh ? fresh : okb_database_text(row, 2);
        if (*entry)
            append_member(text, okb_database_text(row, 1), entry);
    }
    g_string_append(text, text->len > 1 ? "\n}\n" : "}\n");
    if (got == 0)
        return text;
    g_string_free(text, TRUE);
    return NULL;
}

/* Both ways give a text that is to be freed, and note its digest. */
static char *go_short_way(OkbStore *store, GHashTable *built, gsize *ret_len)
{
    GBytes *left = g_steal_pointer(&store->hashes_left);
    g_autoptr(GString) tail = left ? okb_view_hashes_tail(store, left, built) : NULL;
    if (!tail) {
        g_bytes_unref(left);
        return NULL;
    }
    gsize len;
    char *text = g_bytes_unref_to_data(left, &len);
    len -= strlen(OKB_HASHES_CLOSING);
    text = g_realloc(text, len + tail->len);
    memcpy(text + len, tail->str, tail->len);
    okb_digest_update(&store->hashes_open, tail->str, tail->len);
    okb_digest_hex(&store->hashes_open, store->hashes_digest);
    *ret_len = len + tail->len;
    return text;
}

static char *go_long_way(OkbStore *store, GHashTable *built, gsize *ret_len, GError **error)
{
    GString *text = render(store, built, error);
    if (!text)
        return NULL;
    okb_digest_bytes(text->str, text->len, store->hashes_digest);
    *ret_len = text->len;
    return g_string_free(text, FALSE);
}

bool okb_view_hashes_build(OkbStore *store, GError **error)
{
    gsize len = 0;
    g_autoptr(GHashTable) built = build_changed(store, error);
    g_autofree char *text = built ? go_short_way(store, built, &len) : NULL;
    if (built && !text)
        text = go_long_way(store, built, &len, error);
    if (!text || !okb_io_replace_file(store->kb->root, OKB_HASHES, text, len, error))
        return false;
    g_clear_pointer(&store->hashes_built, g_hash_table_unref);
    store->hashes_built = g_steal_pointer(&built);
    return true;
}

bool okb_view_hashes_clean(OkbStore *store, GError **error)
{
    GHashTableIter iter;
    gpointer id, entry;
    g_hash_table_iter_init(&iter, store->hashes_built);
    while (g_hash_table_iter_next(&iter, &id, &entry))
        if (!okb_database_run(store->db, error,
                              "UPDATE document SET entry = ?, exported_hash = hash, "
                              "exported = 1 WHERE id = ?",
                              "si", (char *)entry, *(gint64 *)id))
            return false;
    return okb_database_run(store->db, error, "DELETE FROM export_removal", "") &&
           okb_database_set_meta(store->db, "hashes_digest", store->hashes_digest, error) &&
           okb_database_set_meta(store->db, "hashes_written", store->hashes_digest, error);
}
