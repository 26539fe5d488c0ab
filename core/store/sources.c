/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/sources.h"

#include "store/store-private.h"

bool okb_registry_each_source(OkbStore *store, const char *from, const char *to,
                              OkbSourceVisitor visit, gpointer data, GError **error)
{
    sqlite3_stmt *row = okb_database_query(
        store->db, error,
        "SELECT 0, path, id, name FROM document WHERE path > ?1 AND path < ?2 AND path <> '' "
        "UNION ALL "
        "SELECT 1, alias.path, document, name FROM alias JOIN document ON id = document "
        "WHERE alias.path > ?1 AND alias.path < ?2 "
        "UNION ALL "
        "SELECT 2, path, 0, NULL FROM failure WHERE path > ?1 AND path < ?2 ORDER BY 2, 1",
        "ss", from, to);
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        OkbSource source = {(OkbSourceRole)sqlite3_column_int(row, 0),
                            okb_database_text(row, 1), sqlite3_column_int64(row, 2),
                            (const char *)sqlite3_column_text(row, 3)};
        if (!visit(&source, data)) {
            sqlite3_reset(row);
            return true;
        }
    }
    return got == 0;
}

static void free_alias(gpointer alias)
{
    okb_alias_free(alias);
}

GPtrArray *okb_registry_aliases_of(OkbStore *store, gint64 document, GError **error)
{
    g_autoptr(GPtrArray) aliases = g_ptr_array_new_with_free_func(free_alias);
    sqlite3_stmt *row = okb_database_query(store->db, error,
                                           "SELECT path, hash, size, mtime_ns, ctime_ns, inode "
                                           "FROM alias WHERE document = ? ORDER BY path",
                                           "i", document);
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        OkbAlias *alias = g_new0(OkbAlias, 1);
        alias->path = okb_database_dup(row, 0);
        alias->document = document;
        g_strlcpy(alias->hash, okb_database_text(row, 1), sizeof alias->hash);
        alias->stat = (OkbStat){sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                                sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5)};
        g_ptr_array_add(aliases, alias);
    }
    return got == 0 ? g_steal_pointer(&aliases) : NULL;
}
