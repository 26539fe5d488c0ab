/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/merge-private.h"

static void free_row(gpointer data)
{
    OkbMergeRow *row = data;
    g_free(row->name);
    g_free(row->path);
    g_free(row->hash);
    g_free(row->entry);
    g_free(row->exported_hash);
    g_free(row);
}

void okb_merge_init(OkbMerge *merge, OkbStore *store, OkbRecoveryReport *report,
                    json_t *entries)
{
    *merge = (OkbMerge){.store = store, .report = report, .entries = entries};
    merge->rows = g_ptr_array_new_with_free_func(free_row);
    GHashTable **tables[] = {&merge->by_hash, &merge->by_path, &merge->gone, &merge->seen};
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
        *tables[i] = g_hash_table_new(g_str_hash, g_str_equal);
    merge->removals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    merge->left = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    merge->listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

void okb_merge_clear(OkbMerge *merge)
{
    GHashTable *tables[] = {merge->by_hash,  merge->by_path, merge->gone,  merge->seen,
                            merge->removals, merge->left,    merge->listed};
    for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_destroy(tables[i]);
    g_ptr_array_unref(merge->rows);
}
static void index_row(OkbMerge *merge, OkbMergeRow *row)
{
    if (!row->exported_hash) {
        g_hash_table_insert(merge->by_hash, row->hash, row);
        if (*row->path)
            g_hash_table_insert(merge->by_path, row->path, row);
    } else if (json_object_get(merge->entries, row->exported_hash)) {
        g_hash_table_insert(merge->seen, row->exported_hash, row);
    } else {
        row->gone = true;
        g_hash_table_insert(merge->gone, row->name, row);
    }
}

static bool load_removals(OkbMerge *merge, GError **error)
{
    OkbDatabase *db = merge->store->db;
    int got = -1;
    sqlite3_stmt *row =
        okb_database_query(db, error, "SELECT hash, entry FROM export_removal", "");
    while (row && (got = okb_database_step(db, row, error)) > 0) {
        json_t *entry = json_loads(okb_database_text(row, 1), JSON_ALLOW_NUL, NULL);
        g_autoptr(OkbDocument) was = okb_hashes_document(okb_database_text(row, 0), entry);
        json_decref(entry);
        g_hash_table_add(merge->removals, okb_database_dup(row, 0));
        if (was)
            g_hash_table_add(merge->left, g_strdup(was->name));
    }
    return got == 0;
}

bool okb_merge_load(OkbMerge *merge, GError **error)
{
    OkbDatabase *db = merge->store->db;
    int got = -1;
    sqlite3_stmt *row = okb_database_query(
        db, error, "SELECT id, name, path, hash, entry, exported_hash, exported FROM document",
        "");
    while (row && (got = okb_database_step(db, row, error)) > 0) {
        OkbMergeRow *one = g_new0(OkbMergeRow, 1);
        one->id = sqlite3_column_int64(row, 0);
        one->name = okb_database_dup(row, 1);
        one->path = okb_database_dup(row, 2);
        one->hash = okb_database_dup(row, 3);
        one->entry = okb_database_dup(row, 4);
        one->exported_hash = okb_database_dup(row, 5);
        one->exported = sqlite3_column_int(row, 6) != 0;
        g_ptr_array_add(merge->rows, one);
        index_row(merge, one);
    }
    return got == 0 && load_removals(merge, error);
}
