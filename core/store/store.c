/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The life of a store: open, acquire, release, close. What is done while the lock is held is in
 * recover.c (first), transaction.c (in between) and finish() here (last).
 */
#include "store/store.h"

#include "store/recover.h"
#include "store/store-private.h"
#include "store/views.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <string.h>

/* ---- reports ----------------------------------------------------------------------------- */

void okb_recovery_report_init(OkbRecoveryReport *report)
{
    *report = (OkbRecoveryReport){.messages = g_ptr_array_new_with_free_func(g_free)};
}

void okb_recovery_report_clear(OkbRecoveryReport *report)
{
    g_clear_pointer(&report->messages, g_ptr_array_unref);
}

void okb_store_note(OkbStore *store, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(store->messages, g_strdup_vprintf(format, args));
    va_end(args);
}

GPtrArray *okb_store_take_messages(OkbStore *store)
{
    GPtrArray *messages = store->messages;
    store->messages = g_ptr_array_new_with_free_func(g_free);
    return messages;
}

static void hand_over_messages(OkbStore *store, OkbRecoveryReport *report)
{
    g_autoptr(GPtrArray) messages = okb_store_take_messages(store);
    g_ptr_array_extend_and_steal(report->messages, g_steal_pointer(&messages));
}

char *okb_store_now(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
}

/* ---- open and close ---------------------------------------------------------------------- */

/* Without a registry what Python wrote down is read, and nothing is made: that is for the
 * holder of the lock. */
static bool open_database(OkbStore *store, GError **error)
{
    int exists = okb_database_exists(store->kb, error);
    if (exists < 0)
        return false;
    OkbDatabaseMode mode = !exists                    ? OKB_DATABASE_MEMORY
                           : store->options.read_only ? OKB_DATABASE_READ
                                                      : OKB_DATABASE_WRITE;
    store->db = okb_database_open(store->kb, mode, error);
    return store->db && (exists || okb_views_import(store, error));
}

OkbStore *okb_store_open(OkbKb *kb, const OkbStoreOptions *options, GError **error)
{
    g_autoptr(OkbStore) store = g_new0(OkbStore, 1);
    store->kb = kb;
    store->lock = -1;
    store->options = *options;
    store->options.command = g_strdup(options->command);
    store->messages = g_ptr_array_new_with_free_func(g_free);
    store->spent = g_ptr_array_new_with_free_func(g_free);
    store->intents = g_ptr_array_new_with_free_func((GDestroyNotify)okb_intent_free);
    store->places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    store->dirs = okb_dirs_new(kb->root);
    store->barrier = okb_barrier_new(kb->root, error);
    if (!store->barrier || !okb_barrier_watch(store->barrier, ".openkb", error) ||
        !open_database(store, error))
        return NULL;
    return g_steal_pointer(&store);
}

void okb_store_close(OkbStore *store)
{
    if (!store)
        return;
    g_assert(!store->txn);
    okb_database_close(store->db);
    okb_barrier_free(store->barrier);
    okb_dirs_free(store->dirs);
    okb_close_fd(&store->lock);
    g_clear_error(&store->pending);
    g_ptr_array_unref(store->messages);
    g_ptr_array_unref(store->spent);
    g_ptr_array_unref(store->intents);
    g_hash_table_destroy(store->places);
    g_clear_pointer(&store->hashes_left, g_bytes_unref);
    g_clear_pointer(&store->hashes_built, g_hash_table_unref);
    g_clear_pointer(&store->index_built, g_hash_table_unref);
    g_free((char *)store->options.command);
    g_free(store);
}

OkbKb *okb_store_kb(OkbStore *store)
{
    return store->kb;
}

bool okb_store_is_held(const OkbStore *store)
{
    return store->lock >= 0;
}

/* ---- our own SQL transactions ------------------------------------------------------------ */

bool okb_store_begin(OkbStore *store, GError **error)
{
    return okb_database_run(store->db, error, "BEGIN IMMEDIATE", "");
}

bool okb_store_commit(OkbStore *store, GError **error)
{
    if (okb_pretend("commit-fails-before"))
        okb_database_run(store->db, NULL, "ROLLBACK", "");
    else if (!okb_database_run(store->db, error, "COMMIT", ""))
        return false;
    if (okb_pretend("commit-fails-before") || okb_pretend("commit-fails-after"))
        return okb_error_errno(error, EIO, "cannot commit");
    return true;
}

void okb_store_rollback(OkbStore *store)
{
    if (okb_database_in_transaction(store->db))
        okb_database_run(store->db, NULL, "ROLLBACK", "");
}

/* ---- acquire ----------------------------------------------------------------------------- */

static bool open_for_change(OkbStore *store, GError **error)
{
    int exists = okb_database_exists(store->kb, error);
    if (exists < 0)
        return false;
    if (!exists && !store->options.create)
        return okb_error_set(error, OKB_ERROR_NO_KB,
                             "%s has no registry yet; run `openkb init %s` to adopt it",
                             store->kb->path, store->kb->path);
    if (exists && !store->unknown && !okb_database_is_memory(store->db))
        return true;
    if (!exists && !okb_recover_orphans(store, error))
        return false;
    OkbDatabase *db =
        okb_database_open(store->kb, exists ? OKB_DATABASE_WRITE : OKB_DATABASE_CREATE, error);
    if (!db)
        return false;
    okb_database_close(store->db);
    store->db = db;
    store->unknown = false;
    return true;
}

static void unlock(OkbStore *store)
{
    g_hash_table_remove_all(store->places);
    g_clear_error(&store->pending);
    g_clear_pointer(&store->hashes_left, g_bytes_unref);
    okb_lock_release(store->kb, &store->lock);
}

void okb_store_while_waiting(OkbStore *store, bool (*serve)(int ms, gpointer data),
                             gpointer data)
{
    store->serve = serve;
    store->serve_data = data;
}

bool okb_store_acquire(OkbStore *store, OkbRecoveryReport *report, GError **error)
{
    if (store->lock >= 0)
        return true;
    if (store->options.read_only)
        return okb_error_set(error, OKB_ERROR_FAILED, "the store was opened for reading");
    store->lock = okb_lock_exclusive_serving(store->kb, store->options.lock_timeout_ms,
                                             store->options.command, store->serve,
                                             store->serve_data, error);
    if (store->lock < 0)
        return false;
    bool good = open_for_change(store, error) && okb_recover(store, report, error);
    hand_over_messages(store, report);
    if (!good)
        unlock(store);
    return good;
}

/* ---- release ----------------------------------------------------------------------------- */

bool okb_store_delete_intents(OkbStore *store, GError **error)
{
    gint64 rows;
    if (!okb_database_number(store->db, &rows, error,
                             "SELECT EXISTS (SELECT 1 FROM intent) OR "
                             "EXISTS (SELECT 1 FROM log)",
                             ""))
        return false;
    if (rows && (!okb_store_begin(store, error) ||
                 !okb_database_run(store->db, error, "DELETE FROM intent", "") ||
                 !okb_database_run(store->db, error, "DELETE FROM log", "") ||
                 !okb_store_commit(store, error))) {
        okb_store_rollback(store);
        return false;
    }
    return true;
}

static void drop(OkbStore *store, const char *path)
{
    const char *name;
    okb_autofd int parent = okb_io_open_parent(store->kb->root, path, &name);
    if (parent >= 0)
        okb_tree_remove(parent, name, NULL);
}

/* What an intent left beside its target, because staging/ is on another file system. */
static void drop_beside(OkbStore *store, const OkbIntent *intent)
{
    if (g_str_has_prefix(intent->src, OKB_COMMIT_DIR "/"))
        return;
    g_autofree char *out = g_strconcat(intent->src, OKB_PUBLISH_OUT, NULL);
    drop(store, intent->src);
    drop(store, out);
}

void okb_store_drop_spent(OkbStore *store)
{
    for (guint i = 0; i < store->intents->len; i++)
        drop_beside(store, store->intents->pdata[i]);
    for (guint i = 0; i < store->spent->len; i++)
        drop(store, store->spent->pdata[i]);
    g_ptr_array_set_size(store->intents, 0);
    g_ptr_array_set_size(store->spent, 0);
}

static bool apply_pending(OkbStore *store, GError **error)
{
    if (!store->pending)
        return true;
    g_clear_error(&store->pending);
    return okb_store_apply(store, true, error);
}

static bool finish(OkbStore *store, GError **error)
{
    if (!apply_pending(store, error))
        return false;
    if (store->intents->len > 0 && !okb_fault("no-end-barrier") &&
        !okb_barrier_sync(store->barrier, error))
        return false;
    if (!okb_store_delete_intents(store, error))
        return false;
    okb_store_drop_spent(store);
    if (!okb_views_rebuild(store, error))
        return false;
    okb_database_checkpoint(store->db);
    return true;
}

/* What was committed is in, whatever fails here: said with the code for "to be finished". */
static void as_pending(GError *local, GError **error)
{
    if (local->code == OKB_ERROR_PENDING || local->code == OKB_ERROR_CORRUPT)
        g_propagate_error(error, local);
    else {
        okb_error_set(error, OKB_ERROR_PENDING,
                      "%s; what was committed is safe; remove the cause and run "
                      "`openkb recover`",
                      local->message);
        g_error_free(local);
    }
}

bool okb_store_release(OkbStore *store, GError **error)
{
    if (store->lock < 0)
        return true;
    GError *local = NULL;
    g_assert(!store->txn);
    bool good = store->unknown || finish(store, &local);
    if (!good)
        as_pending(local, error);
    unlock(store);
    return good;
}
