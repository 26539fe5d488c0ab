/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The states of a group, and what a crash in each leaves behind:
 *
 *     OPEN       C1. Rows in a transaction of SQLite, files under staging/commit/<txid>/.
 *                Nothing official was touched. Crash: no row, no intent names the directory,
 *                the reaper takes it.
 *     BARRIER    C2. The staged bytes and names are on the disk, and so are the renames of the
 *                group before. Crash: as OPEN.
 *     COMMITTED  C3. One COMMIT makes rows and intents durable and deletes the intents of the
 *                group before, whose work C2 made durable. Crash: recovery applies the intents.
 *     APPLIED    C4. Every intent done in the page cache; durable with the next C2 or the end
 *                barrier. Crash: each rename is there or not; recovery looks and repeats.
 *
 * T1  No name in raw/ or wiki/ changes before COMMITTED.
 * T2  A byte that an intent needs is durable before the intent is (C2 before C3).
 * T3  An intent is deleted only after a barrier that came after it was applied and judged.
 * T4  A directory under staging/commit/ is dropped only when no intent names it, durably.
 * T5  When COMMIT reports an error nothing is published, deleted or dropped: the store is
 *     `unknown` until the registry has been opened anew.
 *
 * WHERE FILES ARE STAGED. Under staging/commit/<txid>/, so that publishing is a rename. When
 * the target is on another file system or behind another mount, a rename would fail after the
 * commit point: then the file is written beside, as .openkb-<txid>-<n> in the highest directory
 * of that file system within the knowledge base.
 */
#include "store/transaction.h"

#include "store/store-private.h"
#include "store/views.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

struct OkbTxn {
    OkbStore *store;
    char *txid;
    char *dir; /* staging/commit/<txid>, made with the first file */
    int dir_fd;
    guint next; /* number of the next staged file */
    guint documents;
    guint64 bytes;
    GPtrArray *intents; /* OkbIntent */
    GPtrArray *log;     /* char * */
    struct {
        guint intents, log;
        guint64 bytes;
        bool open;
    } document;
    gint64 changes; /* rows changed before anything of ours */
    bool ended;
};

/* ---- begin and end ----------------------------------------------------------------------- */

static bool retry_pending(OkbStore *store, GError **error)
{
    if (!store->pending)
        return true;
    g_clear_error(&store->pending);
    if (okb_store_apply(store, true, &store->pending))
        return true;
    if (error)
        *error = g_error_copy(store->pending);
    return false;
}

static bool new_txid(OkbTxn *txn, GError **error)
{
    gint64 number;
    OkbDatabase *db = txn->store->db;
    if (!okb_database_run(db, error, "UPDATE meta SET value = value + 1 WHERE key = 'txid'",
                          "") ||
        !okb_database_number(db, &number, error, "SELECT value FROM meta WHERE key = 'txid'",
                             ""))
        return false;
    txn->txid = g_strdup_printf("%" G_GINT64_FORMAT "-%08x", number, g_random_int());
    txn->dir = g_strconcat(OKB_COMMIT_DIR "/", txn->txid, NULL);
    return true;
}

OkbTxn *okb_txn_begin(OkbStore *store, GError **error)
{
    g_assert(!store->txn);
    if (store->lock < 0 || store->unknown) {
        okb_error_set(error, OKB_ERROR_FAILED,
                      store->lock < 0 ? "the lock is not held"
                                      : "the outcome of the last commit is not known yet");
        return NULL;
    }
    if (!retry_pending(store, error) || !okb_store_begin(store, error))
        return NULL;
    g_autoptr(OkbTxn) txn = g_new0(OkbTxn, 1);
    txn->store = store;
    txn->dir_fd = -1;
    txn->intents = g_ptr_array_new_with_free_func((GDestroyNotify)okb_intent_free);
    txn->log = g_ptr_array_new_with_free_func(g_free);
    store->txn = txn;
    store->views_changed = false;
    /* Applied, or retry_pending() had refused. Durable with C2, before this is (T3). */
    if (!new_txid(txn, error) ||
        !okb_database_run(store->db, error, "DELETE FROM intent", "") ||
        !okb_database_run(store->db, error, "DELETE FROM log", ""))
        return NULL;
    txn->changes = okb_database_changes(store->db);
    return g_steal_pointer(&txn);
}

void okb_txn_free(OkbTxn *txn)
{
    if (!txn)
        return;
    OkbStore *store = txn->store;
    if (!txn->ended) {
        okb_store_rollback(store);
        okb_barrier_forget_files(store->barrier);
        if (txn->dir_fd >= 0)
            g_ptr_array_add(store->spent, g_strdup(txn->dir));
    }
    store->txn = NULL;
    okb_dirs_forget(store->dirs);
    okb_close_fd(&txn->dir_fd);
    g_ptr_array_unref(txn->intents);
    g_ptr_array_unref(txn->log);
    g_free(txn->txid);
    g_free(txn->dir);
    g_free(txn);
}

guint okb_txn_documents(const OkbTxn *txn)
{
    return txn->documents;
}

guint64 okb_txn_bytes(const OkbTxn *txn)
{
    return txn->bytes;
}

/* ---- documents --------------------------------------------------------------------------- */

bool okb_txn_document_begin(OkbTxn *txn, GError **error)
{
    g_assert(!txn->document.open);
    txn->document.intents = txn->intents->len;
    txn->document.log = txn->log->len;
    txn->document.bytes = txn->bytes;
    txn->document.open = okb_database_run(txn->store->db, error, "SAVEPOINT document", "");
    return txn->document.open;
}

bool okb_txn_document_end(OkbTxn *txn, GError **error)
{
    g_assert(txn->document.open);
    if (!okb_database_run(txn->store->db, error, "RELEASE document", ""))
        return false;
    txn->document.open = false;
    txn->documents++;
    return true;
}

bool okb_txn_document_abort(OkbTxn *txn, GError **error)
{
    g_assert(txn->document.open);
    if ((!okb_fault("no-savepoint") &&
         !okb_database_run(txn->store->db, error, "ROLLBACK TO document", "")) ||
        !okb_database_run(txn->store->db, error, "RELEASE document", ""))
        return false;
    txn->document.open = false;
    g_ptr_array_set_size(txn->intents, (gint)txn->document.intents);
    g_ptr_array_set_size(txn->log, (gint)txn->document.log);
    txn->bytes = txn->document.bytes;
    return true;
}

void okb_txn_log(OkbTxn *txn, const char *operation, const char *description)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");
    g_autofree char *text = okb_text_one_line(description, 1024);
    g_ptr_array_add(txn->log, g_strdup_printf("## [%s] %s | %s\n\n", time, operation, text));
}

/* ---- staging ----------------------------------------------------------------------------- */

typedef struct {
    guint64 mount;
    dev_t device;
} Place;

static int place_of(int root, const char *dir, Place *place)
{
    struct statx stx;
    okb_autofd int fd = okb_io_open_beneath(root, dir, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &stx) != 0)
        return -1;
    place->device = makedev(stx.stx_dev_major, stx.stx_dev_minor);
    place->mount = stx.stx_mask & STATX_MNT_ID ? stx.stx_mnt_id : 0;
    return 0;
}

/* Found out now it costs a document; after the commit it would cost everybody's patience. */
static bool is_writable(int root, const char *dir, GError **error)
{
    okb_autofd int fd = okb_io_open_beneath(root, dir, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) == 0)
        return true;
    return okb_error_errno(error, errno, "cannot write in %s", dir);
}

static bool same_place(const Place *a, const Place *b)
{
    return a->device == b->device && a->mount == b->mount;
}

static bool strip_component(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    else
        *path = '\0';
    return slash != NULL;
}

/*
 * The directory, relative to the root, in which a file for a target in `dir` must be staged
 * when renames from staging/ cannot reach it; "" when they can. NULL with `error`.
 */
static char *find_place(OkbStore *store, const char *dir, GError **error)
{
    int root = store->kb->root;
    Place staging, target, above;
    g_autofree char *path = g_strdup(dir);
    while (place_of(root, path, &target) != 0) {
        if (errno != ENOENT || !*path) {
            okb_error_errno(error, errno, "cannot open directory %s", path);
            return NULL;
        }
        strip_component(path);
    }
    if (place_of(root, ".openkb/staging", &staging) != 0) {
        okb_error_errno(error, errno, "cannot open directory .openkb/staging");
        return NULL;
    }
    if (!is_writable(root, path, error))
        return NULL;
    if (same_place(&staging, &target) && !okb_fault("fs-split"))
        return g_strdup("");
    if (!okb_barrier_watch(store->barrier, path, error))
        return NULL;
    g_autofree char *up = g_strdup(path);
    while (strip_component(up) && place_of(root, up, &above) == 0 &&
           same_place(&above, &target)) {
        g_free(path);
        path = g_strdup(up);
    }
    return g_steal_pointer(&path);
}

const char *okb_store_place(OkbStore *store, const char *dst, GError **error)
{
    g_autofree char *dir = g_path_get_dirname(dst);
    if (strcmp(dir, ".") == 0)
        *dir = '\0';
    const char *known = g_hash_table_lookup(store->places, dir);
    if (known)
        return known;
    char *found = find_place(store, dir, error);
    if (found)
        g_hash_table_insert(store->places, g_steal_pointer(&dir), found);
    return found;
}

static bool make_commit_dir(OkbTxn *txn, GError **error)
{
    if (txn->dir_fd >= 0)
        return true;
    int root = txn->store->kb->root;
    g_autofree char *inside = g_strconcat(txn->dir, "/x", NULL);
    if (okb_io_make_parents(root, inside) != 0)
        return okb_error_errno(error, errno, "cannot make directory %s", txn->dir);
    txn->dir_fd = okb_io_open_beneath(root, txn->dir, O_RDONLY | O_DIRECTORY, 0);
    if (txn->dir_fd < 0)
        return okb_error_errno(error, errno, "cannot open directory %s", txn->dir);
    okb_barrier_directory_of(txn->store->barrier, txn->dir);
    okb_barrier_directory_of(txn->store->barrier, OKB_COMMIT_DIR);
    okb_barrier_directory_of(txn->store->barrier, ".openkb/staging");
    return true;
}

/* A new name for a file that is to become `dst`; it may be on another device. */
static bool name_staged(OkbTxn *txn, const char *dst, char path[static 512], GError **error)
{
    if (!okb_io_path_is_inside(dst) || g_str_has_prefix(dst, ".openkb/"))
        return okb_error_set(error, OKB_ERROR_FAILED, "%s: not a place for an artifact", dst);
    if (!make_commit_dir(txn, error))
        return false;
    const char *place = okb_store_place(txn->store, dst, error);
    if (!place)
        return false;
    int len = *place ? g_snprintf(path, 512, "%s/.openkb-%s-%u", place, txn->txid, txn->next)
                     : g_snprintf(path, 512, "%s/%u", txn->dir, txn->next);
    if (len >= 512)
        return okb_error_set(error, OKB_ERROR_FAILED, "%s: too long a path", dst);
    txn->next++;
    return true;
}

bool okb_txn_stage(OkbTxn *txn, const char *dst, OkbStaged *staged, GError **error)
{
    const char *name;
    if (!name_staged(txn, dst, staged->path, error))
        return false;
    int dir = okb_dirs_parent(txn->store->dirs, staged->path, &name);
    staged->fd =
        dir < 0 ? -1
                : openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (staged->fd < 0)
        return okb_error_errno(error, errno, "cannot make %s for %s", staged->path, dst);
    return true;
}

/* Across devices: our own file is written anew and the old one goes with its batch. */
static bool stage_copy(OkbTxn *txn, int in, const char *dst, OkbStaged *staged, GError **error)
{
    if (!okb_txn_stage(txn, dst, staged, error))
        return false;
    if (okb_io_copy(in, staged->fd) < 0)
        okb_error_errno(error, errno, "cannot write %s for %s", staged->path, dst);
    else if (lseek(staged->fd, 0, SEEK_SET) == 0)
        return true;
    okb_close_fd(&staged->fd);
    return false;
}

/* New files get what the umask leaves; the batch's copy was private. */
static void open_mode(int fd)
{
    mode_t mask = umask(0);
    umask(mask);
    (void)!fchmod(fd, 0666 & ~mask);
}

bool okb_txn_stage_move(OkbTxn *txn, int dir, const char *name, const char *dst,
                        OkbStaged *staged, GError **error)
{
    struct stat st;
    okb_autofd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return okb_error_errno(error, errno, "cannot open the copy of %s", dst);
    if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
        return okb_error_set(error, OKB_ERROR_FAILED,
                             "the copy of %s is not a regular file with one name", dst);
    const char *place = okb_store_place(txn->store, dst, error);
    if (!place)
        return false;
    if (*place)
        return stage_copy(txn, fd, dst, staged, error);
    if (!name_staged(txn, dst, staged->path, error))
        return false;
    if (renameat(dir, name, txn->store->kb->root, staged->path) != 0)
        return errno == EXDEV ? stage_copy(txn, fd, dst, staged, error)
                              : okb_error_errno(error, errno, "cannot stage %s", dst);
    open_mode(fd);
    staged->fd = okb_steal_fd(&fd);
    return true;
}

/* ---- intents ----------------------------------------------------------------------------- */

static OkbTxnStatus add_intent(OkbTxn *txn, const char *dst, const char *src, const char *hash,
                               const char *old_hash, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *folded = okb_text_fold(dst);
    if (!okb_database_try(txn->store->db, &local,
                          "INSERT INTO intent (txid, dst, folded, src, hash, old_hash) "
                          "VALUES (?, ?, ?, ?, ?, ?)",
                          "ssssss", txn->txid, dst, folded, src, hash, old_hash)) {
        if (!local)
            return OKB_TXN_BUSY;
        g_propagate_error(error, g_steal_pointer(&local));
        return OKB_TXN_ERROR;
    }
    g_ptr_array_add(txn->intents, okb_intent_new(txn->txid, dst, src, hash, old_hash));
    return OKB_TXN_OK;
}

static int is_busy(OkbTxn *txn, const char *dst, GError **error)
{
    gint64 busy;
    g_autofree char *folded = okb_text_fold(dst);
    if (!okb_database_number(txn->store->db, &busy, error,
                             "SELECT EXISTS (SELECT 1 FROM intent WHERE folded = ?)", "s",
                             folded))
        return -1;
    return busy ? 1 : 0;
}

/* The bytes stand there already: they only have to be durable with the group. */
static OkbTxnStatus keep_target(OkbTxn *txn, const OkbStaged *staged, const char *dst,
                                GError **error)
{
    const char *name;
    int busy = is_busy(txn, dst, error);
    if (busy)
        return busy < 0 ? OKB_TXN_ERROR : OKB_TXN_BUSY;
    okb_autofd int dir = okb_io_open_parent(txn->store->kb->root, staged->path, &name);
    if (dir >= 0)
        unlinkat(dir, name, 0);
    okb_barrier_file(txn->store->barrier, dst);
    okb_barrier_directory_of(txn->store->barrier, dst);
    return OKB_TXN_OK;
}

static void count_bytes(OkbTxn *txn, const char *path)
{
    const char *name;
    struct stat st;
    int dir = okb_dirs_parent(txn->store->dirs, path, &name);
    if (dir >= 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        txn->bytes += (guint64)st.st_size;
}

static OkbContent look(OkbStore *store, const char *dst, char hash[static OKB_DIGEST_HEX])
{
    const char *name;
    int dir = okb_dirs_parent(store->dirs, dst, &name);
    return okb_publish_look_in(dir, name, hash);
}

OkbTxnStatus okb_txn_put(OkbTxn *txn, const OkbStaged *staged, const char *dst,
                         const char *hash, const char *old_hash, GError **error)
{
    char present[OKB_DIGEST_HEX];
    OkbContent there = look(txn->store, dst, present);
    if (there == OKB_CONTENT_FAILED) {
        okb_error_errno(error, errno, "cannot publish %s", dst);
        return OKB_TXN_ERROR;
    }
    if (there == OKB_CONTENT_DIRECTORY) {
        okb_error_set(error, OKB_ERROR_FAILED,
                      "cannot publish %s: a directory stands there; move it away", dst);
        return OKB_TXN_ERROR;
    }
    if (there == OKB_CONTENT_FILE && strcmp(present, hash) == 0)
        return keep_target(txn, staged, dst, error);
    if (there == OKB_CONTENT_FILE)
        okb_publish_keep_mode(txn->store->kb->root, dst, staged->path);
    count_bytes(txn, staged->path);
    okb_barrier_file(txn->store->barrier, staged->path);
    okb_barrier_directory_of(txn->store->barrier, staged->path);
    if (okb_fault("no-old-hash"))
        old_hash = present;
    return add_intent(txn, dst, staged->path, hash, old_hash ? old_hash : "", error);
}

OkbTxnStatus okb_txn_remove(OkbTxn *txn, const char *dst, const char *old_hash, GError **error)
{
    char path[512];
    char present[OKB_DIGEST_HEX];
    int busy = is_busy(txn, dst, error);
    if (busy)
        return busy < 0 ? OKB_TXN_ERROR : OKB_TXN_BUSY;
    OkbContent there = okb_publish_look(txn->store->kb->root, dst, present);
    if (there == OKB_CONTENT_ABSENT || okb_publish_is_elsewhere(there))
        return OKB_TXN_OK;
    if (there == OKB_CONTENT_FAILED) {
        okb_error_errno(error, errno, "cannot remove %s", dst);
        return OKB_TXN_ERROR;
    }
    if (!name_staged(txn, dst, path, error))
        return OKB_TXN_ERROR;
    return add_intent(txn, dst, path, "", old_hash ? old_hash : "", error);
}

/* ---- commit ------------------------------------------------------------------------------ */

static bool write_log_rows(OkbTxn *txn, GError **error)
{
    for (guint i = 0; i < txn->log->len; i++)
        if (!okb_database_run(txn->store->db, error, "INSERT INTO log (line) VALUES (?)", "s",
                              (char *)txn->log->pdata[i]))
            return false;
    return !txn->store->views_changed || okb_fault("no-dirty") ||
           okb_database_run(txn->store->db, error,
                            "INSERT OR IGNORE INTO dirty_view VALUES ('index'), ('hashes')",
                            "");
}

/* The new group is the one whose intents are live; what the old one left can go (T4). */
static void take_over(OkbTxn *txn)
{
    OkbStore *store = txn->store;
    okb_store_drop_spent(store);
    g_ptr_array_unref(store->intents);
    store->intents = g_steal_pointer(&txn->intents);
    txn->intents = g_ptr_array_new();
    if (txn->dir_fd >= 0)
        g_ptr_array_add(store->spent, g_strdup(txn->dir));
}

static bool commit_rows(OkbTxn *txn, GError **error)
{
    g_autoptr(GError) local = NULL;
    txn->ended = true;
    if (okb_store_commit(txn->store, &local) || okb_fault("no-commit-check"))
        return true;
    if (okb_database_in_transaction(
            txn->store->db)) { /* refused, not failed: it is open still */
        txn->ended = false;
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    txn->store->unknown = true;
    return okb_error_set(
        error,
        g_error_matches(local, OKB_ERROR, OKB_ERROR_NO_SPACE) ? OKB_ERROR_NO_SPACE
                                                              : OKB_ERROR_UNKNOWN,
        "the outcome of the commit is not known: %s; nothing was published and "
        "nothing thrown away; the next command finds out",
        local->message);
}

static bool is_empty(const OkbTxn *txn)
{
    return txn->intents->len == 0 && txn->log->len == 0 && !txn->store->views_changed &&
           okb_database_changes(txn->store->db) == txn->changes;
}

static bool commit_group(OkbTxn *txn, GError **error)
{
    OkbStore *store = txn->store;
    if (is_empty(txn))
        return true;
    if (!write_log_rows(txn, error))
        return false;
    if (okb_fault("publish-before-commit")) {
        g_autoptr(GPtrArray) old = g_steal_pointer(&store->intents);
        store->intents = g_ptr_array_ref(txn->intents);
        okb_store_apply(store, false, NULL);
        g_ptr_array_unref(store->intents);
        store->intents = g_steal_pointer(&old);
    }
    if (!okb_fault("no-barrier") && !okb_barrier_sync(store->barrier, error)) /* C2 */
        return false;
    if (!commit_rows(txn, error)) /* C3 */
        return false;
    take_over(txn);
    okb_views_append_log(store, txn->log);
    g_clear_error(&store->pending);
    okb_store_apply(store, false, &store->pending); /* C4 */
    if (okb_fault("drop-early"))
        okb_store_drop_spent(store);
    return true;
}

bool okb_txn_commit(OkbTxn *txn, GError **error)
{
    g_assert(!txn->document.open);
    bool good = commit_group(txn, error);
    okb_txn_free(txn);
    return good;
}
