/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Another program took the name of a document that we had committed and not yet exported: it
 * ran between our death and our recovery. Its files stay where they are. Ours get a new name:
 *
 *     rows       name, paths and hashes of the artifacts
 *     intents    their targets; what was published under the old name is staged again, and
 *                removed there while it is still ours
 *     text       the links of source and summary, in a new staged file
 *
 * This runs inside the SQL transaction of the merge; new bytes are made durable before it ends.
 */
#include "store/views-private.h"

#include "util/cleanup.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

enum { TEXT_MAX = 1 << 30 };

typedef struct {
    OkbStore *store;
    const OkbDocument *old;
    char *name; /* the new one */
    char *txid; /* of the directory for new files */
    guint next;
} Retarget;

/* wiki/sources/OLD.md -> wiki/sources/NEW.md, wiki/sources/images/OLD/a -> .../NEW/a */
static char *new_path(const Retarget *to, const char *path)
{
    static const char *const homes[] = {"raw/", "wiki/sources/images/", "wiki/sources/",
                                        "wiki/summaries/"};
    gsize len = strlen(to->old->name);
    for (gsize i = 0; i < G_N_ELEMENTS(homes); i++) {
        gsize at = strlen(homes[i]);
        if (g_str_has_prefix(path, homes[i]) && strncmp(path + at, to->old->name, len) == 0 &&
            strchr("./", path[at + len]))
            return g_strconcat(homes[i], to->name, path + at + len, NULL);
    }
    return g_strdup(path);
}

static GBytes *relink(const Retarget *to, GBytes *bytes)
{
    static const char *const before[] = {"images/", "sources/", "summaries/"};
    gsize len;
    const char *text = g_bytes_get_data(bytes, &len);
    GString *out = g_string_new_len(text, (gssize)len);
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++) {
        const char *const after[] = {"/", ".md", ".json", "]]"};
        for (gsize j = 0; j < G_N_ELEMENTS(after); j++) {
            g_autofree char *find = g_strconcat(before[i], to->old->name, after[j], NULL);
            g_autofree char *replace = g_strconcat(before[i], to->name, after[j], NULL);
            g_string_replace(out, find, replace, 0);
        }
    }
    return g_string_free_to_bytes(out);
}

static char *next_path(Retarget *to)
{
    return g_strdup_printf(OKB_COMMIT_DIR "/%s/%u", to->txid, to->next++);
}

static bool write_file(Retarget *to, GBytes *bytes, const char *path, GError **error)
{
    gsize len;
    const void *text = g_bytes_get_data(bytes, &len);
    int root = to->store->kb->root;
    if (okb_io_make_parents(root, path) != 0)
        return okb_error_errno(error, errno, "cannot make the directory of %s", path);
    okb_autofd int fd = okb_io_open_beneath(root, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0 || okb_io_write_all(fd, text, len) != 0 || fsync(fd) != 0)
        return okb_error_errno(error, errno, "cannot write %s", path);
    okb_barrier_directory_of(to->store->barrier, path);
    return true;
}

static bool replace_intent(Retarget *to, const OkbArtifact *old, const char *dst,
                           const char *src, const char *hash, GError **error)
{
    OkbDatabase *db = to->store->db;
    g_autofree char *old_folded = okb_text_fold(old->path);
    g_autofree char *folded = okb_text_fold(dst);
    return okb_database_run(db, error, "DELETE FROM intent WHERE folded = ?", "s",
                            old_folded) &&
           okb_database_run(db, error,
                            "INSERT INTO intent (txid, dst, folded, src, hash, old_hash) "
                            "VALUES (?, ?, ?, ?, ?, '')",
                            "sssss", to->txid, dst, folded, src, hash);
}

/* What we published under the old name goes, when it is still ours. */
static bool remove_old(Retarget *to, const OkbArtifact *old, GError **error)
{
    g_autofree char *folded = okb_text_fold(old->path);
    g_autofree char *out = next_path(to);
    return okb_database_run(to->store->db, error,
                            "INSERT INTO intent (txid, dst, folded, src, hash, old_hash) "
                            "VALUES (?, ?, ?, ?, '', ?)",
                            "sssss", to->txid, old->path, folded, out, old->hash);
}

/* Our bytes are nowhere: the intent will find that out, and damage this document only. */
static bool move_lost(Retarget *to, const OkbArtifact *old, const char *dst,
                      OkbDocument *document, GError **error)
{
    g_autofree char *nothing = next_path(to);
    okb_document_add_artifact(document, old->kind, dst, old->hash, old->size);
    return replace_intent(to, old, dst, nothing, old->hash, error);
}

/* The bytes are at `from`: staged still, or published under the old name. */
static bool move_from(Retarget *to, const OkbArtifact *old, const char *from, const char *dst,
                      OkbDocument *document, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    bool is_text = old->kind == OKB_ARTIFACT_SOURCE || old->kind == OKB_ARTIFACT_SUMMARY;
    g_autofree char *fresh = next_path(to);
    g_autoptr(GBytes) bytes = okb_io_read_path(to->store->kb->root, from, TEXT_MAX, error);
    g_autoptr(GBytes) linked = !bytes ? NULL : is_text ? relink(to, bytes) : g_bytes_ref(bytes);
    if (!linked || !write_file(to, linked, fresh, error))
        return false;
    gsize len;
    const void *text = g_bytes_get_data(linked, &len);
    okb_digest_bytes(text, len, hash);
    okb_document_add_artifact(document, old->kind, dst, hash, (gint64)len);
    return replace_intent(to, old, dst, fresh, hash, error);
}

static bool move_artifact(Retarget *to, const OkbArtifact *old, OkbDocument *document,
                          GError **error)
{
    OkbStore *store = to->store;
    g_autoptr(GError) local = NULL;
    g_autofree char *dst = new_path(to, old->path);
    g_autofree char *staged = okb_merge_staged_for(store, old->path, &local);
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    int held = okb_merge_holds(store, staged, old->hash, error);
    if (held > 0)
        return move_from(to, old, staged, dst, document, error);
    if (held == 0)
        held = okb_merge_holds(store, old->path, old->hash, error);
    if (held < 0)
        return false;
    if (held == 0)
        return move_lost(to, old, dst, document, error);
    return move_from(to, old, old->path, dst, document, error) && remove_old(to, old, error);
}

/* The name of design: "-" and the first digits of the digest of the source's path. */
static bool choose_name(Retarget *to, GError **error)
{
    char digest[OKB_DIGEST_HEX];
    okb_digest_bytes(to->old->path, strlen(to->old->path), digest);
    for (int digits = 8; digits <= 64; digits *= 2) {
        g_free(to->name);
        to->name = g_strdup_printf("%s-%.*s", to->old->name, digits, digest);
        int taken = okb_registry_name_taken(to->store, to->name, to->old->id, error);
        if (taken <= 0)
            return taken == 0;
    }
    return okb_error_set(error, OKB_ERROR_FAILED, "%s: no free name for it", to->old->name);
}

static bool move_document(Retarget *to, GError **error)
{
    OkbStore *store = to->store;
    g_autoptr(OkbDocument) document = okb_registry_by_id(store, to->old->id, error);
    if (!document || !choose_name(to, error))
        return false;
    g_ptr_array_set_size(document->artifacts, 0);
    for (guint i = 0; i < to->old->artifacts->len; i++)
        if (!move_artifact(to, to->old->artifacts->pdata[i], document, error))
            return false;
    g_free(document->name);
    document->name = g_strdup(to->name);
    okb_store_note(store,
                   "%s: another program took this name meanwhile; our document is %s now",
                   to->old->name, to->name);
    /* The line in index.md under the old name is the other program's from now on. */
    return okb_registry_put(store, document, error) &&
           okb_database_run(store->db, error, "DELETE FROM index_removal WHERE name = ?", "s",
                            to->old->name) &&
           okb_barrier_sync(store->barrier, error);
}

static OkbDocument *find_rival(OkbStore *store, const char *name, GError **error)
{
    gint64 id;
    g_autofree char *folded = okb_text_fold(name);
    if (!okb_database_number(store->db, &id, error,
                             "SELECT id FROM document WHERE folded = ? AND plugin <> '' AND "
                             "exported_hash IS NULL LIMIT 1",
                             "s", folded) ||
        id == 0)
        return NULL;
    return okb_registry_by_id(store, id, error);
}

bool okb_merge_make_room(OkbStore *store, const char *name, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(OkbDocument) rival = find_rival(store, name, &local);
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (!rival)
        return true;
    Retarget to = {.store = store, .old = rival};
    to.txid = g_strdup_printf("retarget-%08x", g_random_int());
    bool good = move_document(&to, error);
    g_free(to.name);
    g_free(to.txid);
    return good;
}
