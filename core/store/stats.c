/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The index document_path covers every column that is read: the rows themselves, ten times as
 * large, are not touched.
 */
#include "store/stats.h"

#include "store/store-private.h"

static OkbStatRow read_row(sqlite3_stmt *row)
{
    return (OkbStatRow){
        .path = okb_database_text(row, 0),
        .name = okb_database_text(row, 9),
        .stat = {sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2),
                 sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4)},
        .plugin = okb_database_text(row, 5),
        .output_version = sqlite3_column_int64(row, 6),
        .options = okb_database_text(row, 7),
        .choice = okb_database_text(row, 8),
        .has_siblings = sqlite3_column_int(row, 10) != 0,
    };
}

bool okb_registry_each_stat(OkbStore *store, const char *from, const char *to,
                            OkbStatVisitor visit, gpointer data, GError **error)
{
    sqlite3_stmt *row = okb_database_query(
        store->db, error,
        "SELECT path, size, mtime_ns, ctime_ns, inode, plugin, output_version, options, "
        "choice, name, EXISTS (SELECT 1 FROM sibling WHERE document = document.id) "
        "FROM document WHERE path >= ? AND path < ? AND path <> '' ORDER BY path",
        "ss", from, to);
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        OkbStatRow stat = read_row(row);
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
