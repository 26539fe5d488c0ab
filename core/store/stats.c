/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The index document_path covers every column that is read: the rows themselves, ten times as
 * large, are not touched.
 */
#include "store/stats.h"

#include "store/store-private.h"

static GHashTable *with_siblings(OkbStore *store, GError **error)
{
    g_autoptr(GHashTable) ids =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    sqlite3_stmt *row =
        okb_database_query(store->db, error, "SELECT DISTINCT document FROM sibling", "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 0);
        g_hash_table_add(ids, g_memdup2(&id, sizeof id));
    }
    return got == 0 ? g_steal_pointer(&ids) : NULL;
}

static OkbStatRow read_row(sqlite3_stmt *row, GHashTable *siblings)
{
    gint64 id = sqlite3_column_int64(row, 10);
    return (OkbStatRow){
        .path = okb_database_text(row, 0),
        .name = okb_database_text(row, 9),
        .stat = {sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                 sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4)},
        .plugin = okb_database_text(row, 5),
        .output_version = sqlite3_column_int64(row, 6),
        .options = okb_database_text(row, 7),
        .choice = okb_database_text(row, 8),
        .has_siblings = g_hash_table_size(siblings) > 0 && g_hash_table_contains(siblings, &id),
    };
}

bool okb_registry_each_stat(OkbStore *store, const char *from, const char *to,
                            OkbStatVisitor visit, gpointer data, GError **error)
{
    g_autoptr(GHashTable) siblings = with_siblings(store, error);
    sqlite3_stmt *row =
        !siblings ? NULL
                  : okb_database_query(
                        store->db, error,
                        "SELECT path, size, mtime_ns, ctime_ns, inode, plugin, output_version, "
                        "options, choice, name, id FROM document "
                        "WHERE path > ? AND path < ? AND path <> '' ORDER BY path",
                        "ss", from, to);
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        OkbStatRow stat = read_row(row, siblings);
        if (!visit(&stat, data)) {
            sqlite3_reset(row);
            return true;
        }
    }
    return got == 0;
}

bool okb_registry_version(OkbStore *store, gint64 *ret_version, GError **error)
{
    return okb_database_number(store->db, ret_version, error, "PRAGMA data_version", "");
}
