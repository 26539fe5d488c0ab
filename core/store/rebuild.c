/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Three steps, each of which may be the last one before a crash: the old files are moved aside;
 * the next acquire, ours or anybody's, makes a new registry and imports hashes.json; documents
 * that are not listed there are found by their files.
 */
#include "store/rebuild.h"

#include "store/days.h"
#include "store/views-private.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum { PAGES_MAX = 1 << 30 };

/* ---- aside ------------------------------------------------------------------------------- */

static bool move_aside(const OkbKb *kb, const char *name, const char *home, bool *ret_moved,
                       GError **error)
{
    struct stat st;
    g_autofree char *from = g_strconcat(".openkb/", name, NULL);
    g_autofree char *to = g_strconcat(home, "/", name, NULL);
    if (okb_io_stat_beneath(kb->root, from, &st) != 0)
        return errno == ENOENT || okb_error_errno(error, errno, "cannot look at %s", from);
    if (okb_io_make_parents(kb->root, to) != 0 || renameat(kb->root, from, kb->root, to) != 0)
        return okb_error_errno(error, errno, "cannot move %s to %s", from, home);
    *ret_moved = true;
    return true;
}

static bool set_aside(const OkbKb *kb, const OkbStoreOptions *options, char **ret_home,
                      GError **error)
{
    static const char *const names[] = {"openkb.db-wal", "openkb.db-shm", "openkb.db-journal",
                                        "openkb.db"};
    bool moved = false, good = true;
    g_autofree char *home =
        g_strdup_printf(OKB_QUARANTINE_DIR "/registry-%08x", g_random_int());
    int lock = okb_lock_exclusive(kb, options->lock_timeout_ms, options->command, error);
    if (lock < 0)
        return false;
    for (gsize i = 0; good && i < G_N_ELEMENTS(names); i++)
        good = move_aside(kb, names[i], home, &moved, error);
    okb_lock_release(kb, &lock);
    *ret_home = moved ? g_steal_pointer(&home) : NULL;
    return good;
}

/* ---- by their files ---------------------------------------------------------------------- */

/* False with *error unset: it is not there. */
static bool add_artifact(OkbStore *store, OkbDocument *document, OkbArtifactKind kind,
                         const char *path, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    gint64 size;
    if (okb_hashes_look(store, path, hash, &size, error) <= 0)
        return false;
    okb_document_add_artifact(document, kind, path, hash, size);
    return true;
}

/* What only the pages themselves say of a long document. */
static void read_pages(OkbStore *store, OkbDocument *document, const char *path)
{
    g_autoptr(GBytes) bytes = okb_io_read_path(store->kb->root, path, PAGES_MAX, NULL);
    json_t *pages =
        bytes ? json_loadb(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 0, NULL)
              : NULL;
    json_t *last = json_array_get(pages, json_array_size(pages) - 1);
    document->pages = json_integer_value(json_object_get(last, "page"));
    g_free(document->type);
    document->type = g_strdup("long_pdf");
    json_decref(pages);
}

/* raw/NAME.EXT with a text and a summary of that name is a document; anything else in raw/ is
 * what somebody dropped there: NULL with *error unset. */
static OkbDocument *document_of(OkbStore *store, const char *file, GError **error)
{
    g_autoptr(GError) local = NULL;
    const char *dot = strrchr(file, '.');
    g_autoptr(OkbDocument) document = okb_document_new();
    document->name = dot && dot != file ? g_strndup(file, (gsize)(dot - file)) : g_strdup(file);
    document->type = g_strdup(dot ? dot + 1 : "");
    document->source_name = g_strdup(file);
    g_autofree char *raw = g_strconcat("raw/", file, NULL);
    g_autofree char *text = g_strconcat("wiki/sources/", document->name, ".md", NULL);
    g_autofree char *pages = g_strconcat("wiki/sources/", document->name, ".json", NULL);
    g_autofree char *summary = g_strconcat("wiki/summaries/", document->name, ".md", NULL);
    bool is_long = !add_artifact(store, document, OKB_ARTIFACT_SOURCE, text, &local);
    if (local ||
        (is_long && !add_artifact(store, document, OKB_ARTIFACT_SOURCE, pages, &local)) ||
        !add_artifact(store, document, OKB_ARTIFACT_SUMMARY, summary, &local) ||
        !add_artifact(store, document, OKB_ARTIFACT_RAW, raw, &local)) {
        if (local)
            g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    const OkbArtifact *copy = document->artifacts->pdata[2];
    g_strlcpy(document->hash, copy->hash, sizeof document->hash);
    if (is_long)
        read_pages(store, document, pages);
    if (!okb_hashes_add_images(store, document, error))
        return NULL;
    okb_summary_read(store, document);
    return g_steal_pointer(&document);
}

static bool put_unlisted(OkbStore *store, OkbDocument *document, GError **error)
{
    json_t *entry = okb_hashes_entry(document, NULL);
    g_autofree char *text = okb_hashes_entry_text(entry);
    json_decref(entry);
    return okb_registry_put(store, document, error) &&
           okb_database_run(store->db, error,
                            "UPDATE document SET entry = ?, exported_hash = hash, exported = 1 "
                            "WHERE id = ?",
                            "si", text, document->id);
}

/* 1: taken in; 0: known, or no document; -1: failed. */
static int take_in(OkbStore *store, const char *file, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *raw = g_strconcat("raw/", file, NULL);
    g_autoptr(OkbArtifact) known = okb_registry_artifact(store, raw, NULL, &local);
    g_autoptr(OkbDocument) document = known || local ? NULL : document_of(store, file, &local);
    if (!local && (!document || okb_registry_name_taken(store, document->name, 0, &local) == 1))
        return 0;
    if (!local && put_unlisted(store, document, &local))
        return 1;
    g_propagate_error(error, g_steal_pointer(&local));
    return -1;
}

static bool take_in_unlisted(OkbStore *store, OkbRebuild *rebuild, GError **error)
{
    g_autoptr(GPtrArray) files = okb_hashes_list(store, "raw", error);
    if (!files || !okb_store_begin(store, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        int taken = take_in(store, files->pdata[i], error);
        if (taken < 0) {
            okb_store_rollback(store);
            return false;
        }
        rebuild->unlisted += (guint)taken;
    }
    return okb_days_restore(store, error) &&
           okb_database_run(store->db, error,
                            "INSERT OR IGNORE INTO dirty_view VALUES ('index'), ('hashes')",
                            "") &&
           okb_store_commit(store, error);
}

bool okb_store_rebuild(OkbKb *kb, const OkbStoreOptions *options, OkbRebuild *rebuild,
                       OkbRecoveryReport *report, GError **error)
{
    OkbStoreOptions make = *options;
    make.create = true;
    *rebuild = (OkbRebuild){0};
    if (!set_aside(kb, options, &rebuild->kept, error))
        return false;
    g_autoptr(OkbStore) store = okb_store_open(kb, &make, error);
    if (!store || !okb_store_acquire(store, report, error))
        return false;
    rebuild->listed = report->imported;
    if (take_in_unlisted(store, rebuild, error))
        return okb_store_release(store, error);
    okb_store_release(store, NULL);
    return false;
}
