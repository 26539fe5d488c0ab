/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Lines of wiki/log.md, "## [2026-01-31 13:59:59] ingest | FILE", in local time: the first of a
 * file is when its document was added, the last when it was updated. Of several documents with
 * a file of that name each has its own line, in their order, if there are as many lines; else
 * none of them is known to have come later than the first.
 */
#include "store/days.h"

#include "store/store-private.h"
#include "util/io.h"

#include <stdio.h>
#include <string.h>

enum { LOG_MAX = 1 << 28 };

/* Local time to UTC; NULL when it is none. */
static char *utc(const char *text)
{
    int year, month, day, hour, minute, second;
    if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second) !=
        6)
        return NULL;
    g_autoptr(GDateTime) local =
        g_date_time_new_local(year, month, day, hour, minute, (double)second);
    g_autoptr(GDateTime) time = local ? g_date_time_to_utc(local) : NULL;
    return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

static void note_line(GHashTable *all, const char *line)
{
    static const char head[] = "## [", ingest[] = "] ingest | ";
    const char *end = strchr(line, ']');
    if (!g_str_has_prefix(line, head) || !end || !g_str_has_prefix(end, ingest))
        return;
    const char *name = end + strlen(ingest);
    char *time = utc(line + strlen(head));
    GPtrArray *times = g_hash_table_lookup(all, name);
    if (time && !times) {
        times = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(all, g_strdup(name), times);
    }
    if (time)
        g_ptr_array_add(times, time);
}

/* Ids of the documents by the name of their source, in their order; NULL after a failure. One
 * query for all: there is no index of these names, and rebuilding asks once in a lifetime. */
static GHashTable *read_documents(OkbStore *store, GError **error)
{
    g_autoptr(GHashTable) all =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT id, source_name FROM document ORDER BY position", "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 0);
        const char *name = (const char *)sqlite3_column_text(row, 1);
        GArray *ids = g_hash_table_lookup(all, name);
        if (!ids) {
            ids = g_array_new(FALSE, FALSE, sizeof(gint64));
            g_hash_table_insert(all, g_strdup(name), ids);
        }
        g_array_append_val(ids, id);
    }
    return got == 0 ? g_steal_pointer(&all) : NULL;
}

static bool put(OkbStore *store, const GArray *ids, const GPtrArray *times, GError **error)
{
    const char *last = times->pdata[times->len - 1];
    for (guint i = 0; i < ids->len; i++) {
        const char *first = times->pdata[times->len == ids->len ? i : 0];
        bool updated = ids->len == 1 && times->len > 1;
        if (!okb_database_run(store->db, error,
                              "UPDATE document SET added = ?, updated = ? WHERE id = ?", "ssi",
                              first, updated ? last : NULL, g_array_index(ids, gint64, i)))
            return false;
    }
    return true;
}

/* The times of each file that the log names, by its name. */
static GHashTable *read_log(OkbStore *store)
{
    g_autoptr(GBytes) bytes = okb_io_read_path(store->kb->root, "wiki/log.md", LOG_MAX, NULL);
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify)g_ptr_array_unref);
    gsize len = 0;
    const char *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;
    g_autofree char *text = data ? g_strndup(data, len) : g_strdup("");
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));)
        note_line(all, line);
    return all;
}

bool okb_days_restore(OkbStore *store, GError **error)
{
    g_autoptr(GHashTable) times = read_log(store);
    g_autoptr(GHashTable) documents = read_documents(store, error);
    if (!documents)
        return false;
    GHashTableIter iter;
    gpointer name, found;
    g_hash_table_iter_init(&iter, documents);
    while (g_hash_table_iter_next(&iter, &name, &found)) {
        const GPtrArray *lines = g_hash_table_lookup(times, name);
        if (lines && !put(store, found, lines, error))
            return false;
    }
    return true;
}
