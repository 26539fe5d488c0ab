/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/store-private.h"

void okb_failure_free(OkbFailure *failure)
{
    if (!failure)
        return;
    char *strings[] = {failure->path,    failure->reason, failure->detail,
                       failure->stage,   failure->plugin, failure->plugin_version,
                       failure->options, failure->choice};
    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_free(failure);
}

static OkbFailure *read_columns(sqlite3_stmt *row)
{
    OkbFailure *failure = g_new0(OkbFailure, 1);
    failure->path = okb_database_dup(row, 0);
    g_strlcpy(failure->hash, okb_database_text(row, 1), sizeof failure->hash);
    failure->reason = okb_database_dup(row, 2);
    failure->detail = okb_database_dup(row, 3);
    failure->stage = okb_database_dup(row, 4);
    failure->plugin = okb_database_dup(row, 5);
    failure->plugin_version = okb_database_dup(row, 6);
    failure->options = okb_database_dup(row, 7);
    failure->choice = okb_database_dup(row, 8);
    failure->output_version = sqlite3_column_int64(row, 9);
    failure->signal = sqlite3_column_int64(row, 10);
    failure->count = sqlite3_column_int64(row, 11);
    failure->permanent = sqlite3_column_int(row, 12) != 0;
    failure->stat = (OkbStat){sqlite3_column_int64(row, 13), sqlite3_column_int64(row, 14),
                              sqlite3_column_int64(row, 15), sqlite3_column_int64(row, 16)};
    return failure;
}

OkbFailure *okb_registry_failure(OkbStore *store, const char *path, GError **error)
{
    sqlite3_stmt *row = okb_database_query(
        store->db, error,
        "SELECT path, hash, reason, detail, stage, plugin, plugin_version, options, "
        "choice, output_version, signal, count, permanent, size, mtime_ns, ctime_ns, inode "
        "FROM failure WHERE path = ?",
        "s", path);
    if (!row || okb_database_step(store->db, row, error) <= 0)
        return NULL;
    OkbFailure *failure = read_columns(row);
    sqlite3_reset(row);
    return failure;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

bool okb_registry_put_failure(OkbStore *store, const OkbFailure *failure, GError **error)
{
    const OkbStat *stat = &failure->stat;
    return okb_database_run(
        store->db, error,
        "INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?)",
        "sssssssssiiiiiiii", failure->path, failure->hash, or_empty(failure->reason),
        or_empty(failure->detail), or_empty(failure->stage), or_empty(failure->plugin),
        or_empty(failure->plugin_version), or_empty(failure->options),
        or_empty(failure->choice), failure->output_version, failure->signal, failure->count,
        (gint64)failure->permanent, stat->size, stat->mtime_ns, stat->ctime_ns, stat->inode);
}

bool okb_registry_clear_failure(OkbStore *store, const char *path, GError **error)
{
    return okb_database_run(store->db, error, "DELETE FROM failure WHERE path = ?", "s", path);
}
