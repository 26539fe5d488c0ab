/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/store-private.h"

void okb_alias_free(OkbAlias *alias)
{
    if (!alias)
        return;
    g_free(alias->path);
    g_free(alias);
}

OkbAlias *okb_registry_alias(OkbStore *store, const char *path, GError **error)
{
    sqlite3_stmt *row = okb_database_query(store->db, error,
                                           "SELECT document, hash, size, mtime_ns, ctime_ns, "
                                           "inode FROM alias WHERE path = ?",
                                           "s", path);
    if (!row || okb_database_step(store->db, row, error) <= 0)
        return NULL;
    OkbAlias *alias = g_new0(OkbAlias, 1);
    alias->path = g_strdup(path);
    alias->document = sqlite3_column_int64(row, 0);
    g_strlcpy(alias->hash, okb_database_text(row, 1), sizeof alias->hash);
    alias->stat = (OkbStat){sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                            sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5)};
    sqlite3_reset(row);
    return alias;
}

bool okb_registry_put_alias(OkbStore *store, const OkbAlias *alias, GError **error)
{
    const OkbStat *stat = &alias->stat;
    return okb_database_run(store->db, error,
                            "INSERT OR REPLACE INTO alias VALUES (?, ?, ?, ?, ?, ?, ?)",
                            "sisiiii", alias->path, alias->document, alias->hash, stat->size,
                            stat->mtime_ns, stat->ctime_ns, stat->inode) &&
           okb_registry_clear_failure(store, alias->path, error);
}

bool okb_registry_delete_alias(OkbStore *store, const char *path, GError **error)
{
    return okb_database_run(store->db, error, "DELETE FROM alias WHERE path = ?", "s", path);
}
