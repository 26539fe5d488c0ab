/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The three-way merge of hashes.json: the file, our rows, and what we last wrote of them
 * (exported_hash and entry). The file is only parsed when its digest is not the one we know.
 *
 *     key in the file       row                           action
 *     --------------------  ----------------------------  -------------------------------
 *     as exported           any                           nothing
 *     entry differs         as exported                   adopt what the file says
 *     entry differs         changed by us, not exported   ours; their unknown keys stay
 *     gone                  as exported                   removed by the other: drop the
 *                                                         row, touch no file
 *     gone, its name under  as exported                   updated by the other: adopt
 *       a new key
 *     gone                  changed by us                 ours: it will be exported
 *     new                   removed by us, not exported   ours: it will go; unless its files
 *                                                         are there again: import
 *     new                   same bytes, not exported      the same document, if it is of that
 *                                                         name or path; else a second one
 *     new                   same source, not exported     ours: it will replace theirs
 *     new                   none                          import
 *
 * "Ours" of a document that they wrote too holds only while all our bytes are somewhere: when
 * they wrote over what we had published, theirs holds (overtaken.c).
 *
 * A file that is missing was not emptied by anybody's removals: it is written again. One that
 * cannot be understood is kept in quarantine/ and written again; when nothing was ever exported
 * it is the only copy of what it says, and nothing goes on until somebody has mended it.
 */
#include "store/merge-private.h"

#include "util/io.h"
#include "util/text.h"

#include <string.h>

/* ---- one entry --------------------------------------------------------------------------- */

static bool set_entry(OkbMerge *merge, gint64 id, const char *key, json_t *entry, bool exported,
                      GError **error)
{
    g_autofree char *text = okb_hashes_entry_text(entry);
    return okb_database_run(merge->store->db, error,
                            "UPDATE document SET entry = ?, exported_hash = ?, exported = ? "
                            "WHERE id = ?",
                            "ssii", text, key, (gint64)exported, id);
}

/* Writes what an entry says into a row (id 0: a new one). */
static bool put_entry(OkbMerge *merge, gint64 id, const char *key, json_t *entry,
                      GError **error)
{
    g_autoptr(OkbDocument) document = okb_hashes_document(key, entry);
    if (!document)
        return true;
    document->id = id;
    if (!okb_hashes_find_artifacts(merge->store, document, entry, error))
        return false;
    okb_summary_read(merge->store, document);
    return okb_registry_put(merge->store, document, error) &&
           okb_database_run(merge->store->db, error,
                            "DELETE FROM export_removal WHERE hash = ?", "s", key) &&
           set_entry(merge, document->id, key, entry, true, error) &&
           okb_merge_abandon(merge->store, document, error);
}

/* Keys that decide what a document is; any other is only kept. */
static bool same_document(json_t *a, json_t *b)
{
    static const char *const keys[] = {"name", "doc_name", "type",
                                       "path", "raw_path", "source_path"};
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
        json_t *left = json_object_get(a, keys[i]), *right = json_object_get(b, keys[i]);
        if (left || right) {
            if (!left || !right || !json_equal(left, right))
                return false;
        }
    }
    return true;
}

static bool merge_known(OkbMerge *merge, OkbMergeRow *row, json_t *entry, GError **error)
{
    g_autofree char *text = okb_hashes_entry_text(entry);
    if (g_strcmp0(text, row->entry) == 0)
        return true;
    json_t *base = row->entry ? json_loads(row->entry, JSON_ALLOW_NUL, NULL) : NULL;
    bool adopt =
        row->exported && json_is_object(entry) && !(base && same_document(base, entry));
    json_decref(base);
    if (adopt)
        return put_entry(merge, row->id, row->exported_hash, entry, error);
    return set_entry(merge, row->id, row->exported_hash, entry, row->exported, error);
}

static bool keep_foreign(OkbMerge *merge, const char *key, json_t *value, gint64 position,
                         GError **error)
{
    g_autofree char *text = okb_hashes_entry_text(value);
    return okb_database_run(merge->store->db, error,
                            "INSERT OR REPLACE INTO foreign_entry VALUES (?, ?, ?)", "ssi", key,
                            text, position);
}

static bool import_entry(OkbMerge *merge, const char *key, json_t *entry, GError **error)
{
    if (merge->report)
        merge->report->imported++;
    return put_entry(merge, 0, key, entry, error);
}

/* Puts what they made of a document of ours (entry NULL: they removed it) in its place, if our
 * version of it is nowhere whole any more. */
static bool overtake(OkbMerge *merge, OkbMergeRow *row, const char *key, json_t *entry,
                     bool *ret_done, GError **error)
{
    OkbStore *store = merge->store;
    g_autoptr(OkbDocument) ours = okb_registry_by_id(store, row->id, error);
    if (!ours || !okb_merge_is_overtaken(store, ours, ret_done, error))
        return false;
    if (!*ret_done)
        return true;
    okb_store_note(store, "%s was %s by another program before it was known there: so be it",
                   row->name, entry ? "changed" : "removed");
    if (!okb_merge_abandon(store, ours, error))
        return false;
    if (!entry)
        return okb_registry_delete(store, row->id, error);
    g_hash_table_remove(merge->gone, row->name);
    row->gone = false;
    return put_entry(merge, row->id, key, entry, error);
}

static bool is_at(const OkbMergeRow *row, const OkbDocument *document)
{
    return *document->path && strcmp(row->path, document->path) == 0;
}

/* The row that is not exported and that a new entry is of, or NULL. */
static OkbMergeRow *find_pending(const OkbMerge *merge, const char *key,
                                 const OkbDocument *document)
{
    OkbMergeRow *row = g_hash_table_lookup(merge->by_hash, key);
    if (row && (strcmp(row->name, document->name) == 0 || is_at(row, document)))
        return row;
    row = g_hash_table_lookup(merge->gone, document->name);
    if (row)
        return row->exported ? NULL : row;
    return *document->path ? g_hash_table_lookup(merge->by_path, document->path) : NULL;
}

/* Both sides wrote it: ours, unless they came after us. */
static bool merge_both(OkbMerge *merge, OkbMergeRow *row, const char *key, json_t *entry,
                       GError **error)
{
    bool done = false;
    if (!overtake(merge, row, key, entry, &done, error))
        return false;
    return done || strcmp(row->hash, key) != 0 || row->exported_hash ||
           set_entry(merge, row->id, key, entry, false, error);
}

/* Of two documents with the same bytes the file lists one: ours, which is older. */
static bool unlist(OkbMerge *merge, const char *key, const OkbDocument *document,
                   GError **error)
{
    return !g_hash_table_contains(merge->by_hash, key) ||
           okb_database_run(merge->store->db, error,
                            "UPDATE document SET exported = 0, exported_hash = NULL "
                            "WHERE name = ?",
                            "s", document->name);
}

static bool make_room_and_import(OkbMerge *merge, const char *key, json_t *entry,
                                 const OkbDocument *document, GError **error)
{
    return okb_merge_make_room(merge->store, document->name, error) &&
           import_entry(merge, key, entry, error) && unlist(merge, key, document, error);
}

/* We removed that key: it will go from the file, unless they added the document again. */
static bool merge_removed(OkbMerge *merge, const char *key, json_t *entry,
                          const OkbDocument *document, GError **error)
{
    bool back = false;
    if (!okb_merge_is_back(merge->store, document, &back, error))
        return false;
    return !back || make_room_and_import(merge, key, entry, document, error);
}

static bool merge_new(OkbMerge *merge, const char *key, json_t *entry, gint64 position,
                      GError **error)
{
    g_autoptr(OkbDocument) document = okb_hashes_document(key, entry);
    if (!document)
        return keep_foreign(merge, key, entry, position, error);
    OkbMergeRow *pending = find_pending(merge, key, document);
    g_hash_table_add(merge->listed, g_strdup(document->name));
    if (g_hash_table_contains(merge->removals, key))
        return pending || merge_removed(merge, key, entry, document, error);
    if (pending)
        return merge_both(merge, pending, key, entry, error);
    OkbMergeRow *updated = g_hash_table_lookup(merge->gone, document->name);
    if (updated) {
        g_hash_table_remove(merge->gone, document->name);
        updated->gone = false;
        return put_entry(merge, updated->id, key, entry, error);
    }
    return make_room_and_import(merge, key, entry, document, error);
}

/* ---- the whole --------------------------------------------------------------------------- */

static bool merge_entries(OkbMerge *merge, GError **error)
{
    const char *key;
    json_t *entry;
    gint64 position = 0;
    json_object_foreach (merge->entries, key, entry) {
        OkbMergeRow *row = g_hash_table_lookup(merge->seen, key);
        position++;
        if (!(row ? merge_known(merge, row, entry, error)
                  : merge_new(merge, key, entry, position, error)))
            return false;
    }
    return true;
}

static bool drop_gone(OkbMerge *merge, OkbMergeRow *row, GError **error)
{
    bool done = false;
    if (!row->exported && !overtake(merge, row, NULL, NULL, &done, error))
        return false;
    if (!row->exported && !done) /* we changed it since: it will be exported */
        return okb_database_run(merge->store->db, error,
                                "UPDATE document SET exported_hash = NULL WHERE id = ?", "i",
                                row->id);
    if (merge->report)
        merge->report->removed_outside++;
    return done || okb_registry_delete(merge->store, row->id, error);
}

/* It was listed before our change of it, which is not exported, and is not now. */
static bool is_unlisted(const OkbMerge *merge, const OkbMergeRow *row)
{
    return !row->exported && !row->exported_hash &&
           g_hash_table_contains(merge->left, row->name) &&
           !g_hash_table_contains(merge->listed, row->name);
}

static bool merge_gone(OkbMerge *merge, GError **error)
{
    for (guint i = 0; i < merge->rows->len; i++) {
        OkbMergeRow *row = merge->rows->pdata[i];
        if ((row->gone || is_unlisted(merge, row)) && !drop_gone(merge, row, error))
            return false;
    }
    return true;
}

/* The file's order is everybody's order; what is not in it yet comes after. */
static bool order_rows(OkbMerge *merge, GError **error)
{
    OkbDatabase *db = merge->store->db;
    gint64 position = 0;
    const char *key;
    json_t *entry;
    if (!okb_database_run(db, error,
                          "UPDATE document SET position = position + ? "
                          "WHERE exported_hash IS NULL",
                          "i", (gint64)json_object_size(merge->entries)))
        return false;
    json_object_foreach (merge->entries, key, entry)
        if (!okb_database_run(db, error,
                              "UPDATE document SET position = ?1 WHERE exported_hash = ?2 "
                              "AND hash = ?2 AND position <> ?1",
                              "is", ++position, key))
            return false;
    return true;
}

/* A key that is in the file no more needs not be kept out of it. */
static bool forget_removals(OkbMerge *merge, GError **error)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, merge->removals);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!json_object_get(merge->entries, key) &&
            !okb_database_run(merge->store->db, error,
                              "DELETE FROM export_removal WHERE hash = ?", "s", (char *)key))
            return false;
    return true;
}

/* The file says it all already, unless rows of ours are not in it. */
static bool mark_views(OkbStore *store, GError **error)
{
    return !store->views_changed ||
           (okb_database_run(store->db, error,
                             "INSERT OR IGNORE INTO dirty_view VALUES ('index')", "") &&
            okb_database_run(store->db, error,
                             "INSERT OR IGNORE INTO dirty_view SELECT 'hashes' WHERE EXISTS "
                             "(SELECT 1 FROM document WHERE exported = 0)",
                             ""));
}

static bool run_merge(OkbStore *store, OkbRecoveryReport *report, const OkbHashes *hashes,
                      GError **error)
{
    g_auto(OkbMerge) merge;
    okb_merge_init(&merge, store, report, hashes->entries);
    store->views_changed = false;
    return okb_view_forget_left(store, error) && okb_merge_load(&merge, error) &&
           okb_database_run(store->db, error, "DELETE FROM foreign_entry", "") &&
           merge_entries(&merge, error) && merge_gone(&merge, error) &&
           order_rows(&merge, error) && forget_removals(&merge, error) &&
           okb_database_set_meta(store->db, "hashes_digest", hashes->digest, error) &&
           mark_views(store, error);
}

static bool in_transaction(OkbStore *store, OkbRecoveryReport *report, const OkbHashes *hashes,
                           GError **error)
{
    if (okb_store_begin(store, error) && run_merge(store, report, hashes, error) &&
        okb_store_commit(store, error))
        return true;
    okb_store_rollback(store);
    return false;
}

static bool mark_dirty(OkbStore *store, GError **error)
{
    return okb_database_run(store->db, error,
                            "INSERT OR IGNORE INTO dirty_view SELECT 'hashes' "
                            "WHERE EXISTS (SELECT 1 FROM document)",
                            "");
}

/* It cannot be understood; the registry has all of it that we ever read or wrote. */
static bool put_aside(OkbStore *store, const OkbHashes *hashes, GError **error)
{
    gsize len;
    const void *text = g_bytes_get_data(hashes->bytes, &len);
    g_autofree char *home =
        g_strdup_printf(OKB_QUARANTINE_DIR "/hashes-%.16s/hashes.json", hashes->digest);
    if (okb_io_make_parents(store->kb->root, home) != 0)
        return okb_error_errno(error, errno, "cannot make the directory of %s", home);
    if (!okb_io_replace_file(store->kb->root, home, text, len, error))
        return false;
    okb_store_note(store,
                   OKB_HASHES " could not be understood (%s): it is kept as %s and written "
                              "again from the registry",
                   hashes->damage, home);
    return mark_dirty(store, error);
}

static bool refuse(const OkbStore *store, const OkbHashes *hashes, GError **error)
{
    return okb_error_set(error, OKB_ERROR_CORRUPT,
                         "%s/" OKB_HASHES " cannot be understood (%s); nothing was touched; "
                         "mend the file, or move it away to begin without what it lists",
                         store->kb->path, hashes->damage);
}

bool okb_views_import(OkbStore *store, GError **error)
{
    g_auto(OkbHashes) hashes = {0};
    if (!okb_hashes_read(store, &hashes, error))
        return false;
    if (!hashes.bytes)
        return true;
    okb_hashes_parse(&hashes);
    return hashes.damage ? refuse(store, &hashes, error)
                         : in_transaction(store, NULL, &hashes, error);
}

/* For the short way to its next text. */
static void keep_left(OkbStore *store, OkbHashes *hashes)
{
    if (!okb_view_is_as_left(store, "hashes_written", hashes->digest))
        return;
    store->hashes_left = g_steal_pointer(&hashes->bytes);
    store->hashes_open = hashes->open;
}

bool okb_views_merge(OkbStore *store, OkbRecoveryReport *report, GError **error)
{
    g_auto(OkbHashes) hashes = {0};
    g_autoptr(GError) local = NULL;
    if (!store->kb->config.python_compat)
        return true;
    g_autofree char *known = okb_database_get_meta(store->db, "hashes_digest", &local);
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (!okb_hashes_read(store, &hashes, error))
        return false;
    if (!hashes.bytes)
        return mark_dirty(store, error);
    if (g_strcmp0(known, hashes.digest) == 0) {
        keep_left(store, &hashes);
        return true;
    }
    if (okb_fault("no-merge"))
        return true;
    okb_hashes_parse(&hashes);
    if (hashes.damage)
        return known ? put_aside(store, &hashes, error) : refuse(store, &hashes, error);
    return in_transaction(store, report, &hashes, error);
}
