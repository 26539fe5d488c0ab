/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/facts.h"

#include "store/store-private.h"

bool okb_store_facts(OkbStore *store, OkbStoreFacts *facts, GError **error)
{
    OkbDatabase *db = store->db;
    gint64 dirty = 0;
    *facts = (OkbStoreFacts){0};
    if (!okb_database_number(db, &facts->documents, error, "SELECT count(*) FROM document",
                             "") ||
        !okb_database_number(db, &facts->aliases, error, "SELECT count(*) FROM alias", "") ||
        !okb_database_number(db, &facts->failures, error, "SELECT count(*) FROM failure", "") ||
        !okb_database_number(db, &facts->intents, error, "SELECT count(*) FROM intent", "") ||
        !okb_database_number(db, &facts->damaged, error, "SELECT count(*) FROM damaged", "") ||
        !okb_database_number(db, &dirty, error, "SELECT count(*) FROM dirty_view", ""))
        return false;
    facts->views_dirty = dirty > 0;
    return true;
}

/* The paths first: a statement is busy while it is stepped, and a visitor may ask for more. */
static GPtrArray *failed_paths(OkbStore *store, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *row =
        okb_database_query(store->db, error, "SELECT path FROM failure ORDER BY path", "");
    if (!row)
        return NULL;
    int step;
    while ((step = okb_database_step(store->db, row, error)) == 1)
        g_ptr_array_add(paths, okb_database_dup(row, 0));
    return step < 0 ? NULL : g_steal_pointer(&paths);
}

bool okb_registry_each_failure(OkbStore *store, OkbFailureVisitor visit, gpointer data,
                               GError **error)
{
    g_autoptr(GPtrArray) paths = failed_paths(store, error);
    if (!paths)
        return false;
    for (guint i = 0; i < paths->len; i++) {
        GError *failure = NULL;
        g_autoptr(OkbFailure) row = okb_registry_failure(store, paths->pdata[i], &failure);
        if (failure) {
            g_propagate_error(error, failure);
            return false;
        }
        if (row && !visit(row, data))
            return true;
    }
    return true;
}
