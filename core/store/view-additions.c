/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The short way to both views when documents were added and nothing else happened: the file as
 * we left it, and what is new put in. It gives byte for byte what the long way would give, or
 * nothing, and then the long way is taken.
 *
 *     The file is as we left it: its digest is the one that was noted with the rows when it was
 *     written (meta: hashes_written, index_written). A merge of hashes.json, which changes rows
 *     that count as exported, forgets both.
 *     A change of any row since then clears its `exported`; a row that goes leaves a mark in
 *     export_removal or index_removal. So rows that are not exported, all of them new to both
 *     views, and no marks: that is all that happened.
 *     A mark is taken back when its key or name comes again. With a key both notes go too: its
 *     row can change again, and then no row and no mark knows that the file has it. For a name
 *     the file is searched.
 */
#include "store/views-private.h"

#include "util/cleanup.h"

#include <string.h>

enum { ADDITIONS_MAX = 16 };

static bool is_zero(OkbStore *store, const char *sql, gint64 number)
{
    gint64 found = 1;
    return okb_database_number(store->db, &found, NULL, sql, "i", number) && found == 0;
}

static void free_addition(gpointer data)
{
    OkbAddition *addition = data;
    g_free(addition->name);
    g_free(addition->hash);
    g_free(addition->type);
    g_free(addition->description);
    g_free(addition);
}

static OkbAddition *read_addition(sqlite3_stmt *row)
{
    OkbAddition *addition = g_new0(OkbAddition, 1);
    addition->id = sqlite3_column_int64(row, 0);
    addition->name = okb_database_dup(row, 1);
    addition->hash = okb_database_dup(row, 2);
    addition->position = sqlite3_column_int64(row, 3);
    addition->type = okb_database_dup(row, 5);
    addition->description = g_strdup(okb_database_text(row, 6));
    return addition;
}

static int by_position(gconstpointer a, gconstpointer b)
{
    const OkbAddition *left = *(OkbAddition *const *)a, *right = *(OkbAddition *const *)b;
    return (left->position > right->position) - (left->position < right->position);
}

/* NULL when a row is not new to both views, or there are too many. Sorted here: asked in order
 * the database would read them all first, however many there are. */
static GPtrArray *read_additions(OkbStore *store)
{
    g_autoptr(GPtrArray) additions = g_ptr_array_new_with_free_func(free_addition);
    sqlite3_stmt *row = okb_database_query(
        store->db, NULL,
        "SELECT id, name, hash, position, plugin <> '' AND exported_hash IS NULL AND "
        "entry IS NULL AND index_line IS NULL AND NOT EXISTS (SELECT 1 FROM document other "
        "WHERE other.hash = document.hash AND other.id <> document.id), type, description "
        "FROM document WHERE exported = 0",
        "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, NULL)) > 0) {
        if (!sqlite3_column_int(row, 4) || additions->len == ADDITIONS_MAX) {
            sqlite3_reset(row);
            return NULL;
        }
        g_ptr_array_add(additions, read_addition(row));
    }
    g_ptr_array_sort(additions, by_position);
    return got == 0 && additions->len > 0 ? g_steal_pointer(&additions) : NULL;
}

GPtrArray *okb_view_additions(OkbStore *store)
{
    g_autoptr(GPtrArray) additions = read_additions(store);
    if (!additions)
        return NULL;
    const OkbAddition *first = additions->pdata[0];
    if (!is_zero(store,
                 "SELECT EXISTS (SELECT 1 FROM export_removal) OR "
                 "EXISTS (SELECT 1 FROM index_removal) OR "
                 "EXISTS (SELECT 1 FROM foreign_entry WHERE position >= ?1) OR "
                 "EXISTS (SELECT 1 FROM document WHERE position >= ?1 AND exported <> 0)",
                 first->position))
        return NULL;
    return g_steal_pointer(&additions);
}

bool okb_view_is_as_left(OkbStore *store, const char *key, const char *digest)
{
    g_autofree char *left = okb_database_get_meta(store->db, key, NULL);
    return g_strcmp0(left, digest) == 0;
}

bool okb_view_forget_left(OkbStore *store, GError **error)
{
    g_clear_pointer(&store->hashes_left, g_bytes_unref);
    return okb_database_run(store->db, error,
                            "DELETE FROM meta WHERE key IN ('hashes_written', "
                            "'index_written')",
                            "");
}

static bool contains(GBytes *bytes, const char *text)
{
    gsize len;
    const void *data = g_bytes_get_data(bytes, &len);
    return memmem(data, len, text, strlen(text)) != NULL;
}

/* ---- hashes.json ------------------------------------------------------------------------- */

static bool ends_open(GBytes *bytes)
{
    gsize len, closing = strlen(OKB_HASHES_CLOSING);
    const char *text = g_bytes_get_data(bytes, &len);
    return len > closing && memcmp(text + len - closing, OKB_HASHES_CLOSING, closing) == 0;
}

static bool append_entry(GString *tail, GBytes *left, const OkbAddition *addition,
                         GHashTable *built)
{
    const char *entry = g_hash_table_lookup(built, &addition->id);
    g_autofree char *key = g_strdup_printf("\n  \"%s\": ", addition->hash);
    if (!entry || !okb_digest_is_hex(addition->hash) || contains(left, key))
        return false;
    g_string_append_printf(tail, ",%s%s", key, entry);
    return true;
}

GString *okb_view_hashes_tail(OkbStore *store, GBytes *left, GHashTable *built)
{
    g_autoptr(GPtrArray) additions = ends_open(left) ? okb_view_additions(store) : NULL;
    if (!additions || additions->len != g_hash_table_size(built))
        return NULL;
    g_autoptr(GString) tail = g_string_new(NULL);
    for (guint i = 0; i < additions->len; i++)
        if (!append_entry(tail, left, additions->pdata[i], built))
            return NULL;
    g_string_append(tail, OKB_HASHES_CLOSING);
    return g_steal_pointer(&tail);
}

/* ---- index.md ---------------------------------------------------------------------------- */

/* The end of the heading's line; NULL when there is none. */
static const char *find_heading(const char *text, const char *end)
{
    for (const char *line = text; line;) {
        const char *newline = memchr(line, '\n', (gsize)(end - line));
        const char *stop = newline ? newline : end;
        g_autofree char *copy = g_strndup(line, (gsize)(stop - line));
        if (okb_view_index_is_heading(copy))
            return stop;
        line = newline ? newline + 1 : NULL;
    }
    return NULL;
}

static int by_id(gconstpointer a, gconstpointer b)
{
    const OkbAddition *left = *(OkbAddition *const *)a, *right = *(OkbAddition *const *)b;
    return (left->id > right->id) - (left->id < right->id);
}

/* The newest row comes first, wherever an update has put it in hashes.json. */
static bool append_lines(GString *text, GBytes *left, const GPtrArray *additions,
                         GHashTable *built)
{
    for (guint i = additions->len; i-- > 0;) {
        const OkbAddition *addition = additions->pdata[i];
        g_autofree char *link = g_strconcat(OKB_INDEX_LINK, addition->name, "]]", NULL);
        if (contains(left, link))
            return false;
        char *line = okb_view_index_line(addition->name, addition->type, addition->description);
        g_string_append_printf(text, "\n%s", line);
        g_hash_table_insert(built, g_memdup2(&addition->id, sizeof addition->id), line);
    }
    return true;
}

GBytes *okb_view_index_insert(OkbStore *store, GBytes *left, GHashTable *built)
{
    gsize len;
    const char *text = g_bytes_get_data(left, &len);
    const char *heading = find_heading(text, text + len);
    g_autoptr(GPtrArray) additions = heading ? okb_view_additions(store) : NULL;
    if (!additions)
        return NULL;
    g_ptr_array_sort(additions, by_id);
    g_autoptr(GString) whole = g_string_sized_new(len + 4096);
    g_string_append_len(whole, text, heading - text);
    if (!append_lines(whole, left, additions, built))
        return NULL;
    g_string_append_len(whole, heading, text + len - heading);
    return g_string_free_to_bytes(g_steal_pointer(&whole));
}
