/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Documents with their artifacts and siblings. Cost of each operation: a few index look-ups,
 * whatever the number of documents.
 */
#include "store/views-private.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

#define COLUMNS                                                                                \
    "id, name, path, parent, hash, type, source_name, title, description, pages, size, "       \
    "mtime_ns, ctime_ns, inode, plugin, plugin_version, output_version, options, choice, "     \
    "sandbox, "                                                                                \
    "landlock_abi, added, updated, entry"

/* ---- records ----------------------------------------------------------------------------- */

void okb_artifact_free(OkbArtifact *artifact)
{
    if (!artifact)
        return;
    g_free(artifact->path);
    g_free(artifact);
}

static void free_artifact(gpointer artifact)
{
    okb_artifact_free(artifact);
}

static void free_sibling(gpointer data)
{
    OkbSiblingUse *sibling = data;
    g_free(sibling->path);
    g_free(sibling);
}

OkbDocument *okb_document_new(void)
{
    OkbDocument *document = g_new0(OkbDocument, 1);
    document->stat.size = -1;
    document->artifacts = g_ptr_array_new_with_free_func(free_artifact);
    document->siblings = g_ptr_array_new_with_free_func(free_sibling);
    return document;
}

void okb_document_free(OkbDocument *document)
{
    if (!document)
        return;
    char *strings[] = {document->name,
                       document->path,
                       document->type,
                       document->source_name,
                       document->title,
                       document->description,
                       document->provenance.plugin,
                       document->provenance.plugin_version,
                       document->provenance.options,
                       document->provenance.choice,
                       document->provenance.sandbox,
                       document->added,
                       document->updated,
                       document->foreign};
    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_ptr_array_unref(document->artifacts);
    g_ptr_array_unref(document->siblings);
    g_free(document);
}

void okb_document_add_artifact(OkbDocument *document, OkbArtifactKind kind, const char *path,
                               const char *hash, gint64 size)
{
    OkbArtifact *artifact = g_new0(OkbArtifact, 1);
    artifact->kind = kind;
    artifact->path = g_strdup(path);
    artifact->size = size;
    g_strlcpy(artifact->hash, hash, sizeof artifact->hash);
    g_ptr_array_add(document->artifacts, artifact);
}

void okb_document_add_sibling(OkbDocument *document, const char *path, const char *hash,
                              const OkbStat *stat)
{
    OkbSiblingUse *sibling = g_new0(OkbSiblingUse, 1);
    sibling->path = g_strdup(path);
    sibling->stat = *stat;
    g_strlcpy(sibling->hash, hash, sizeof sibling->hash);
    g_ptr_array_add(document->siblings, sibling);
}

/* ---- reading ----------------------------------------------------------------------------- */

static OkbDocument *read_columns(sqlite3_stmt *row)
{
    OkbDocument *document = okb_document_new();
    int column = 0;
    document->id = sqlite3_column_int64(row, column++);
    document->name = okb_database_dup(row, column++);
    document->path = okb_database_dup(row, column++);
    document->parent = sqlite3_column_int64(row, column++);
    g_strlcpy(document->hash, okb_database_text(row, column++), sizeof document->hash);
    document->type = okb_database_dup(row, column++);
    document->source_name = okb_database_dup(row, column++);
    document->title = okb_database_dup(row, column++);
    document->description = okb_database_dup(row, column++);
    document->pages = sqlite3_column_int64(row, column++);
    document->stat.size = sqlite3_column_int64(row, column++);
    document->stat.mtime_ns = sqlite3_column_int64(row, column++);
    document->stat.ctime_ns = sqlite3_column_int64(row, column++);
    document->stat.inode = sqlite3_column_int64(row, column++);
    document->provenance.plugin = okb_database_dup(row, column++);
    document->provenance.plugin_version = okb_database_dup(row, column++);
    document->provenance.output_version = sqlite3_column_int64(row, column++);
    document->provenance.options = okb_database_dup(row, column++);
    document->provenance.choice = okb_database_dup(row, column++);
    document->provenance.sandbox = okb_database_dup(row, column++);
    document->provenance.landlock_abi = sqlite3_column_int64(row, column++);
    document->added = okb_database_dup(row, column++);
    document->updated = okb_database_dup(row, column++);
    document->foreign = okb_database_dup(row, column++);
    return document;
}

static bool read_artifacts(OkbDatabase *db, OkbDocument *document, GError **error)
{
    sqlite3_stmt *row = okb_database_query(db, error,
                                           "SELECT kind, path, hash, size FROM artifact "
                                           "WHERE document = ? ORDER BY kind, path",
                                           "i", document->id);
    int got = -1;
    while (row && (got = okb_database_step(db, row, error)) > 0)
        okb_document_add_artifact(document, (OkbArtifactKind)sqlite3_column_int(row, 0),
                                  okb_database_text(row, 1), okb_database_text(row, 2),
                                  sqlite3_column_int64(row, 3));
    return got == 0;
}

static bool read_siblings(OkbDatabase *db, OkbDocument *document, GError **error)
{
    sqlite3_stmt *row = okb_database_query(db, error,
                                           "SELECT path, hash, size, mtime_ns, ctime_ns, inode "
                                           "FROM sibling WHERE document = ? ORDER BY path",
                                           "i", document->id);
    int got = -1;
    while (row && (got = okb_database_step(db, row, error)) > 0) {
        OkbStat stat = {sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                        sqlite3_column_int64(row, 4), sqlite3_column_int64(row, 5)};
        okb_document_add_sibling(document, okb_database_text(row, 0), okb_database_text(row, 1),
                                 &stat);
    }
    return got == 0;
}

static OkbDocument *read_one(OkbDatabase *db, sqlite3_stmt *row, GError **error)
{
    if (!row || okb_database_step(db, row, error) <= 0)
        return NULL;
    g_autoptr(OkbDocument) document = read_columns(row);
    sqlite3_reset(row);
    if (!read_artifacts(db, document, error) || !read_siblings(db, document, error))
        return NULL;
    return g_steal_pointer(&document);
}

OkbDocument *okb_registry_by_id(OkbStore *store, gint64 id, GError **error)
{
    return read_one(store->db,
                    okb_database_query(store->db, error,
                                       "SELECT " COLUMNS " FROM document WHERE id = ?", "i",
                                       id),
                    error);
}

OkbDocument *okb_registry_by_name(OkbStore *store, const char *name, GError **error)
{
    g_autofree char *folded = okb_text_fold(name);
    return read_one(store->db,
                    okb_database_query(store->db, error,
                                       "SELECT " COLUMNS " FROM document "
                                       "WHERE folded = ? AND name = ? ORDER BY id LIMIT 1",
                                       "ss", folded, name),
                    error);
}

OkbDocument *okb_registry_by_path(OkbStore *store, const char *path, GError **error)
{
    if (!*path)
        return NULL;
    return read_one(store->db,
                    okb_database_query(store->db, error,
                                       "SELECT " COLUMNS " FROM document "
                                       "WHERE path = ? AND path <> '' ORDER BY id LIMIT 1",
                                       "s", path),
                    error);
}

OkbDocument *okb_registry_by_hash(OkbStore *store, const char *hash, GError **error)
{
    return read_one(store->db,
                    okb_database_query(store->db, error,
                                       "SELECT " COLUMNS " FROM document "
                                       "WHERE hash = ? ORDER BY id LIMIT 1",
                                       "s", hash),
                    error);
}

OkbDocument *okb_registry_legacy(OkbStore *store, const char *stem, GError **error)
{
    g_autofree char *key = okb_text_normalize(stem);
    return read_one(store->db,
                    okb_database_query(store->db, error,
                                       "SELECT " COLUMNS " FROM document "
                                       "WHERE stem = ? AND path = '' ORDER BY id LIMIT 1",
                                       "s", key),
                    error);
}

int okb_registry_name_taken(OkbStore *store, const char *name, gint64 except, GError **error)
{
    g_autofree char *folded = okb_text_fold(name);
    gint64 taken;
    if (!okb_database_number(store->db, &taken, error,
                             "SELECT EXISTS (SELECT 1 FROM document "
                             "WHERE folded = ? AND id <> ?)",
                             "si", folded, except))
        return -1;
    return taken ? 1 : 0;
}

OkbArtifact *okb_registry_artifact(OkbStore *store, const char *path, gint64 *ret_document,
                                   GError **error)
{
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT document, kind, hash, size FROM artifact WHERE path = ?", "s",
        path);
    if (!row || okb_database_step(store->db, row, error) <= 0)
        return NULL;
    OkbArtifact *artifact = g_new0(OkbArtifact, 1);
    artifact->path = g_strdup(path);
    artifact->kind = (OkbArtifactKind)sqlite3_column_int(row, 1);
    g_strlcpy(artifact->hash, okb_database_text(row, 2), sizeof artifact->hash);
    artifact->size = sqlite3_column_int64(row, 3);
    if (ret_document)
        *ret_document = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return artifact;
}

gint64 okb_registry_count(OkbStore *store, GError **error)
{
    gint64 count;
    return okb_database_number(store->db, &count, error, "SELECT count(*) FROM document", "")
               ? count
               : -1;
}

static bool read_ids(OkbStore *store, GArray *ids, GError **error)
{
    sqlite3_stmt *row =
        okb_database_query(store->db, error, "SELECT id FROM document ORDER BY name, id", "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        gint64 id = sqlite3_column_int64(row, 0);
        g_array_append_val(ids, id);
    }
    return got == 0;
}

/* The ids first, so that the visitor may read and change what it likes. */
static bool visit_all(OkbStore *store, OkbDocumentVisitor visit, gpointer data, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
    if (!read_ids(store, ids, error))
        return false;
    for (guint i = 0; i < ids->len; i++) {
        g_autoptr(GError) local = NULL;
        g_autoptr(OkbDocument) document =
            okb_registry_by_id(store, g_array_index(ids, gint64, i), &local);
        if (local) {
            g_propagate_error(error, g_steal_pointer(&local));
            return false;
        }
        if (document && !visit(document, data))
            return true;
    }
    return true;
}

/* A reader sees one state, and locks once instead of for each row. */
bool okb_registry_each(OkbStore *store, OkbDocumentVisitor visit, gpointer data, GError **error)
{
    bool snapshot = store->options.read_only && !okb_database_in_transaction(store->db);
    if (snapshot && !okb_database_run(store->db, error, "BEGIN", ""))
        return false;
    bool good = visit_all(store, visit, data, error);
    if (snapshot)
        okb_database_run(store->db, NULL, "ROLLBACK", "");
    return good;
}

/* The staged file of a live intent, when it holds the bytes: after an exchange it holds those
 * that were there before. -1 with *error unset when it does not. */
static int open_staged(OkbStore *store, const OkbArtifact *artifact, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    g_autofree char *folded = okb_text_fold(artifact->path);
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT src FROM intent WHERE folded = ? AND dst = ? AND hash <> ''",
        "ss", folded, artifact->path);
    if (!row || okb_database_step(store->db, row, error) <= 0)
        return -1;
    int fd = okb_io_open_beneath(store->kb->root, okb_database_text(row, 0),
                                 O_RDONLY | O_NONBLOCK, 0);
    sqlite3_reset(row);
    if (fd >= 0 && okb_digest_fd(fd, hash) == 0 && strcmp(hash, artifact->hash) == 0)
        return fd;
    okb_close_fd(&fd);
    return -1;
}

/* A writer may apply an intent, or begin another group, between our looks: so there are two. */
int okb_registry_open_artifact(OkbStore *store, const OkbArtifact *artifact, GError **error)
{
    for (int look = 0; look < 2; look++) {
        g_autoptr(GError) local = NULL;
        int fd = open_staged(store, artifact, &local);
        if (local) {
            g_propagate_error(error, g_steal_pointer(&local));
            return -1;
        }
        if (fd < 0)
            fd = okb_io_open_beneath(store->kb->root, artifact->path, O_RDONLY | O_NONBLOCK, 0);
        if (fd >= 0)
            return fd;
    }
    okb_error_errno(error, errno, "cannot open %s/%s", store->kb->path, artifact->path);
    return -1;
}

/* ---- writing ----------------------------------------------------------------------------- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static bool write_artifact(OkbDatabase *db, const OkbDocument *document,
                           const OkbArtifact *artifact, GError **error)
{
    g_autoptr(GError) local = NULL;
    if (okb_database_try(db, &local,
                         "INSERT INTO artifact (path, document, kind, hash, size) "
                         "VALUES (?, ?, ?, ?, ?)",
                         "siisi", artifact->path, document->id, (gint64)artifact->kind,
                         artifact->hash, artifact->size))
        return true;
    if (!local)
        return okb_error_set(error, OKB_ERROR_FAILED, "%s: %s belongs to another document",
                             document->name, artifact->path);
    g_propagate_error(error, g_steal_pointer(&local));
    return false;
}

static bool drop_children(OkbDatabase *db, gint64 id, GError **error)
{
    return okb_database_run(db, error, "DELETE FROM artifact WHERE document = ?", "i", id) &&
           okb_database_run(db, error, "DELETE FROM sibling WHERE document = ?", "i", id) &&
           okb_database_run(db, error, "DELETE FROM damaged WHERE document = ?", "i", id);
}

static bool write_children(OkbDatabase *db, const OkbDocument *document, GError **error)
{
    for (guint i = 0; i < document->artifacts->len; i++)
        if (!write_artifact(db, document, document->artifacts->pdata[i], error))
            return false;
    for (guint i = 0; i < document->siblings->len; i++) {
        const OkbSiblingUse *sibling = document->siblings->pdata[i];
        const OkbStat *stat = &sibling->stat;
        if (!okb_database_run(db, error,
                              "INSERT OR REPLACE INTO sibling VALUES (?, ?, ?, ?, ?, ?, ?)",
                              "issiiii", document->id, sibling->path, sibling->hash, stat->size,
                              stat->mtime_ns, stat->ctime_ns, stat->inode))
            return false;
    }
    return true;
}

/* All of a new row at once: each update of it would go through the indexes again. */
static bool insert_row(OkbDatabase *db, OkbDocument *document, GError **error)
{
    g_autofree char *folded = okb_text_fold(document->name);
    g_autofree char *stem = okb_text_normalize(document->name);
    g_autofree char *now = okb_store_now();
    const OkbStat *stat = &document->stat;
    const OkbProvenance *by = &document->provenance;
    if (!okb_database_run(
            db, error,
            "INSERT INTO document (name, folded, stem, path, parent, hash, type, source_name, "
            "title, description, pages, added, updated, size, mtime_ns, ctime_ns, inode, "
            "plugin, plugin_version, output_version, options, choice, sandbox, landlock_abi, "
            "position) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM document))",
            "ssssisssssissiiiississsi", document->name, folded, stem, or_empty(document->path),
            document->parent, document->hash, or_empty(document->type),
            or_empty(document->source_name), document->title, document->description,
            document->pages, document->added ? document->added : now, document->updated,
            stat->size, stat->mtime_ns, stat->ctime_ns, stat->inode, or_empty(by->plugin),
            or_empty(by->plugin_version), by->output_version, or_empty(by->options),
            or_empty(by->choice), or_empty(by->sandbox), by->landlock_abi))
        return false;
    document->id = okb_database_last_id(db);
    return true;
}

static bool update_identity(OkbDatabase *db, const OkbDocument *document, GError **error)
{
    g_autofree char *folded = okb_text_fold(document->name);
    g_autofree char *stem = okb_text_normalize(document->name);
    g_autofree char *now = okb_store_now();
    return okb_database_run(
        db, error,
        "UPDATE document SET name = ?, folded = ?, stem = ?, path = ?, parent = ?, hash = ?, "
        "type = ?, source_name = ?, title = ?, description = ?, pages = ?, added = ?, "
        "updated = ?, exported = 0 WHERE id = ?",
        "ssssisssssissi", document->name, folded, stem, or_empty(document->path),
        document->parent, document->hash, or_empty(document->type),
        or_empty(document->source_name), document->title, document->description,
        document->pages, document->added ? document->added : now, document->updated,
        document->id);
}

static bool update_provenance(OkbDatabase *db, const OkbDocument *document, GError **error)
{
    const OkbStat *stat = &document->stat;
    const OkbProvenance *by = &document->provenance;
    return okb_database_run(
        db, error,
        "UPDATE document SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, plugin = ?, "
        "plugin_version = ?, output_version = ?, options = ?, choice = ?, sandbox = ?, "
        "landlock_abi = ? "
        "WHERE id = ?",
        "iiiississsii", stat->size, stat->mtime_ns, stat->ctime_ns, stat->inode,
        or_empty(by->plugin), or_empty(by->plugin_version), by->output_version,
        or_empty(by->options), or_empty(by->choice), or_empty(by->sandbox), by->landlock_abi,
        document->id);
}

/* What the views still show of the row as it was: the old name, and the old key. */
static bool leave_name(OkbDatabase *db, gint64 id, const char *new_name, GError **error)
{
    return okb_database_run(db, error,
                            "INSERT OR IGNORE INTO index_removal "
                            "SELECT name FROM document WHERE id = ? AND name <> ?",
                            "is", id, new_name);
}

static bool leave_key(OkbDatabase *db, gint64 id, const char *new_hash, GError **error)
{
    return (okb_fault("no-removal-mark") ||
            okb_database_run(db, error,
                             "INSERT OR REPLACE INTO export_removal "
                             "SELECT exported_hash, coalesce(entry, '') FROM document "
                             "WHERE id = ? AND exported_hash IS NOT NULL "
                             "AND exported_hash <> ?",
                             "is", id, new_hash)) &&
           okb_database_run(db, error,
                            "UPDATE document SET exported_hash = NULL, position = "
                            "(SELECT max(position) + 1 FROM document) "
                            "WHERE id = ? AND hash <> ?",
                            "is", id, new_hash);
}

/* What the views were to lose is there again. Should its row change once more, nobody would
 * know the key that hashes.json has. */
static bool take_marks(OkbStore *store, const char *name, const char *hash, GError **error)
{
    OkbDatabase *db = store->db;
    gint64 before = okb_database_changes(db);
    return okb_database_run(db, error, "DELETE FROM export_removal WHERE hash = ?", "s",
                            hash) &&
           (okb_database_changes(db) == before || okb_view_forget_left(store, error)) &&
           okb_database_run(db, error, "DELETE FROM index_removal WHERE name = ?", "s", name);
}

static bool note_change(OkbStore *store, gint64 id, const char *op, GError **error)
{
    store->views_changed = true;
    return okb_database_run(store->db, error, "INSERT INTO change (document, op) VALUES (?, ?)",
                            "is", id, op);
}

static bool update_row(OkbDatabase *db, OkbDocument *document, GError **error)
{
    return leave_name(db, document->id, document->name, error) &&
           leave_key(db, document->id, document->hash, error) &&
           update_identity(db, document, error) && update_provenance(db, document, error) &&
           drop_children(db, document->id, error);
}

/* An id is never used twice, so a new row has no children of another. */
bool okb_registry_put(OkbStore *store, OkbDocument *document, GError **error)
{
    OkbDatabase *db = store->db;
    return (document->id == 0 ? insert_row : update_row)(db, document, error) &&
           take_marks(store, document->name, document->hash, error) &&
           write_children(db, document, error) &&
           okb_registry_clear_failure(store, or_empty(document->path), error) &&
           note_change(store, document->id, "put", error);
}

bool okb_registry_delete(OkbStore *store, gint64 id, GError **error)
{
    OkbDatabase *db = store->db;
    return leave_name(db, id, "", error) && leave_key(db, id, "", error) &&
           okb_database_run(db, error, "DELETE FROM damaged WHERE document = ?", "i", id) &&
           okb_database_run(db, error, "DELETE FROM document WHERE id = ?", "i", id) &&
           note_change(store, id, "delete", error);
}

bool okb_registry_touch(OkbStore *store, const char *path, const char *hash,
                        const OkbStat *stat, GError **error)
{
    static const char *const updates[] = {
        "UPDATE document SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? "
        "WHERE path = ? AND path <> '' AND hash = ?",
        "UPDATE alias SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? "
        "WHERE path = ? AND hash = ?",
        "UPDATE failure SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ? "
        "WHERE path = ? AND hash = ?",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(updates); i++)
        if (!okb_database_run(store->db, error, updates[i], "iiiiss", stat->size,
                              stat->mtime_ns, stat->ctime_ns, stat->inode, path, hash))
            return false;
    return true;
}

bool okb_registry_touch_choice(OkbStore *store, const char *path, const char *choice,
                               GError **error)
{
    return okb_database_run(store->db, error,
                            "UPDATE document SET choice = ? WHERE path = ? AND path <> ''",
                            "ss", choice, path);
}

bool okb_registry_touch_sibling(OkbStore *store, gint64 document, const char *path,
                                const OkbStat *stat, GError **error)
{
    return okb_database_run(store->db, error,
                            "UPDATE sibling SET size = ?, mtime_ns = ?, ctime_ns = ?, "
                            "inode = ? WHERE document = ? AND path = ?",
                            "iiiiis", stat->size, stat->mtime_ns, stat->ctime_ns, stat->inode,
                            document, path);
}
