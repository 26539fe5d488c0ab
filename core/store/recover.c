/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Recovery: run by every command that takes the exclusive lock, before anything else. All of it
 * may be interrupted anywhere and run again.
 *
 *     Python's journals      what another program left half done comes first
 *     read the intents       the registry must be whole; unreadable: stop, touch nothing
 *     merge hashes.json      what the others did since
 *     apply the intents      by content (publish.c); failing: stop, keep everything
 *     append the log lines   again, if need be: at least once
 *     views
 *     barrier                all of that is on the disk
 *     delete the intents
 *     reap                   only now, and only what nothing names
 *
 * R1  Nothing is deleted before the registry was read without an error.
 * R2  No intent is deleted before a barrier that came after it was applied.
 * R3  An intent whose bytes are gone (LOST) costs that document only: it is noted as damaged,
 *     what is there instead is left or kept, and adding the document again repairs it.
 */
#include "store/recover.h"

#include "store/reaper.h"
#include "store/store-private.h"
#include "store/views.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define WAL ".openkb/openkb.db-wal"

/* ---- damaged documents ------------------------------------------------------------------- */

static void write_evidence(OkbStore *store, const OkbIntent *intent)
{
    int root = store->kb->root;
    const char *src, *dst;
    g_autofree char *home =
        g_strdup_printf(OKB_QUARANTINE_DIR "/%s/%s", intent->txid, intent->dst);
    g_autofree char *note = g_strconcat(home, ".txt", NULL);
    g_autofree char *text = g_strdup_printf(
        "%s\n\nThe transaction %s was committed, and then neither this place nor\n%s\nheld the "
        "bytes with the SHA-256\n%s\nThe document is recorded as damaged. Add its source again "
        "to repair it.\n",
        intent->dst, intent->txid, intent->src, intent->hash);
    if (okb_io_make_parents(root, home) != 0 ||
        !okb_io_replace_file(root, note, text, strlen(text), NULL))
        return;
    okb_autofd int src_dir = okb_io_open_parent(root, intent->src, &src);
    okb_autofd int dst_dir = okb_io_open_parent(root, home, &dst);
    if (src_dir >= 0 && dst_dir >= 0)
        (void)!okb_publish_place(src_dir, src, dst_dir, dst);
}

/* Its stat and version are forgotten, so that the next add converts it again. */
static bool note_damaged(OkbStore *store, const OkbIntent *intent, GError **error)
{
    OkbDatabase *db = store->db;
    g_autofree char *now = okb_store_now();
    write_evidence(store, intent);
    okb_store_note(store,
                   "%s is damaged: its bytes are gone; add the document again "
                   "(see " OKB_QUARANTINE_DIR "/%s)",
                   intent->dst, intent->txid);
    return okb_database_run(db, error,
                            "INSERT OR REPLACE INTO damaged SELECT document, path, ?, ?, ? "
                            "FROM artifact WHERE path = ?",
                            "ssss", intent->hash, intent->txid, now, intent->dst) &&
           okb_database_run(db, error,
                            "UPDATE document SET size = -1, output_version = -1 WHERE id = "
                            "(SELECT document FROM artifact WHERE path = ?)",
                            "s", intent->dst);
}

/* ---- intents ----------------------------------------------------------------------------- */

bool okb_store_apply(OkbStore *store, bool replay, GError **error)
{
    bool good = true;
    for (guint i = 0; i < store->intents->len; i++) {
        OkbIntent *intent = store->intents->pdata[i];
        if (intent->done)
            continue;
        GError **first = good ? error : NULL;
        OkbPublishStatus status = okb_publish_apply(store, intent, replay, first);
        if (status == OKB_PUBLISH_LOST) {
            store->damaged++;
            status = note_damaged(store, intent, first) ? OKB_PUBLISH_DONE : OKB_PUBLISH_FAILED;
        }
        intent->done = status == OKB_PUBLISH_DONE;
        good &= intent->done;
    }
    okb_dirs_forget(store->dirs);
    return good;
}

static bool load_intents(OkbStore *store, GError **error)
{
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT txid, dst, src, hash, old_hash FROM intent ORDER BY id", "");
    int got = -1;
    g_ptr_array_set_size(store->intents, 0);
    while (row && (got = okb_database_step(store->db, row, error)) > 0)
        g_ptr_array_add(store->intents,
                        okb_intent_new(okb_database_text(row, 0), okb_database_text(row, 1),
                                       okb_database_text(row, 2), okb_database_text(row, 3),
                                       okb_database_text(row, 4)));
    return got == 0;
}

/* The directories that recovery makes the intents' no longer name. */
static void note_spent(OkbStore *store)
{
    const char *last = "";
    for (guint i = 0; i < store->intents->len; i++) {
        const OkbIntent *intent = store->intents->pdata[i];
        if (strcmp(intent->txid, last) != 0)
            g_ptr_array_add(store->spent, g_strconcat(OKB_COMMIT_DIR "/", intent->txid, NULL));
        last = intent->txid;
    }
}

static bool watch_places(OkbStore *store, GError **error)
{
    static const char *const places[] = {"raw", "wiki", "wiki/sources", "wiki/sources/images",
                                         "wiki/summaries"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) local = NULL;
        if (okb_barrier_watch(store->barrier, places[i], &local))
            continue;
        struct stat st;
        if (okb_io_stat_beneath(store->kb->root, places[i], &st) != 0 && errno == ENOENT)
            continue;
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    return true;
}

static bool replay(OkbStore *store, OkbRecoveryReport *report, GError **error)
{
    guint count = store->intents->len;
    if (count == 0 || okb_fault("no-replay"))
        return true;
    note_spent(store);
    if (!okb_store_begin(store, error))
        return false;
    bool good = okb_store_apply(store, true, error);
    if (!okb_store_commit(store, good ? error : NULL))
        return false;
    report->intents_applied += count - store->damaged;
    return good;
}

static bool append_log(OkbStore *store, GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *row =
        okb_database_query(store->db, error, "SELECT line FROM log ORDER BY id", "");
    int got = -1;
    while (row && (got = okb_database_step(store->db, row, error)) > 0)
        g_ptr_array_add(lines, okb_database_dup(row, 0));
    if (!okb_fault("no-log-replay"))
        okb_views_append_log(store, lines);
    return got == 0;
}

/* 1, 0, or -1 and errno. */
static int has_entry(DIR *dir)
{
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            return 1;
    return errno ? -1 : 0;
}

/* 1, 0, or -1 with `error`: who cannot look has not seen that nothing is there. */
static int has_children(int root, const char *path, GError **error)
{
    int fd = okb_io_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && !okb_error_is_passing(errno))
        return 0;
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    int found = dir ? has_entry(dir) : -1;
    if (found < 0)
        okb_error_errno(error, errno, "cannot look into %s", path);
    if (!dir)
        okb_close_fd(&fd);
    return found;
}

static int is_filled(int root, const char *path, GError **error)
{
    struct stat st;
    if (okb_io_stat_beneath(root, path, &st) == 0)
        return S_ISREG(st.st_mode) && st.st_size > 0;
    if (!okb_error_is_passing(errno))
        return 0;
    okb_error_errno(error, errno, "cannot look at %s", path);
    return -1;
}

static bool keep(int root, const char *path, const char *home, GError **error)
{
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *to = g_build_filename(home, name, NULL);
    struct stat st;
    if (okb_io_stat_beneath(root, path, &st) != 0 && !okb_error_is_passing(errno))
        return true;
    if (okb_io_make_parents(root, to) == 0 && renameat(root, path, root, to) == 0)
        return true;
    return okb_error_errno(error, errno, "cannot keep %s in %s", path, to);
}

/*
 * Intents of the last transactions went with the registry, and what they would have published
 * may be nowhere else. A WAL without its database must not be there when a new one is made:
 * SQLite would take it for that one's.
 */
bool okb_recover_orphans(OkbStore *store, GError **error)
{
    static const char text[] =
        "Kept when .openkb/openkb.db was lost: files of transactions that were committed or\n"
        "were about to be, and what had not been moved into that database yet. Add the "
        "sources\n"
        "again; then delete this.\n";
    int root = store->kb->root;
    int staged = has_children(root, OKB_COMMIT_DIR, error);
    int logged = staged < 0 ? -1 : is_filled(root, WAL, error);
    if (staged < 0 || logged < 0)
        return false;
    if (!staged && !logged)
        return true;
    g_autofree char *home =
        g_strdup_printf(OKB_QUARANTINE_DIR "/lost-registry-%08x", g_random_int());
    g_autofree char *note = g_strconcat(home, "/README.txt", NULL);
    if (!keep(root, OKB_COMMIT_DIR, home, error) || !keep(root, WAL, home, error))
        return false;
    okb_store_note(store, "the registry is gone; what transactions had left is kept in %s",
                   home);
    return okb_io_replace_file(root, note, text, strlen(text), error);
}

bool okb_recover(OkbStore *store, OkbRecoveryReport *report, GError **error)
{
    if (okb_fault("reap-before-recover"))
        okb_reap(store, report);
    store->damaged = 0;
    if (!okb_recover_python(store, error) || !watch_places(store, error) ||
        !load_intents(store, error))
        return false;
    bool interrupted = store->intents->len > 0;
    if (interrupted && !okb_database_check(store->db, error))
        return false;
    if (!okb_views_merge(store, report, error))
        return false;
    if (!load_intents(store, error)) /* the merge may have moved some to other names */
        return false;
    if (okb_fault("delete-intents-early") && !okb_store_delete_intents(store, error))
        return false;
    if (!replay(store, report, error) || !append_log(store, error) ||
        !okb_views_rebuild(store, error))
        return false;
    report->documents_damaged += store->damaged;
    if (interrupted && !okb_fault("no-recovery-barrier") &&
        !okb_barrier_sync(store->barrier, error))
        return false;
    if (!okb_store_delete_intents(store, error))
        return false;
    okb_store_drop_spent(store);
    okb_reap(store, report);
    return true;
}
