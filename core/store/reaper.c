/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is dead, by the kind of its name under staging/:
 *
 *     batch-...     `alive` in it is locked by nobody, or is not there. Tested, and moved
 *                   aside, under the exclusive gate: nobody is between mkdir and lock then
 *     dead-...      moved aside by a reaper that died
 *     commit/...    no intent names it: there is none when this runs, recovery is over
 *     prepare/...   Python's: it prepares under the lock that we hold
 *     add-..., bundle-..., rollback-...
 *                   Python's, older than a day, and no journal names it
 *
 * and .openkb-<txid>-<n> beside the targets, where the knowledge base spans file systems; and
 * the temporary file of a view that was being written.
 *
 * A symbolic link is never followed: below prepare/ it is left and noted, elsewhere it goes as
 * the name it is.
 */
#include "store/reaper.h"

#include "store/store-private.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#define STAGING ".openkb/staging"

enum { DAY = 24 * 60 * 60, GATE_TRIES = 50, GATE_WAIT_US = 20000 };

typedef struct {
    OkbStore *store;
    OkbRecoveryReport *report;
    int staging;
} Reap;

int okb_gate_open(const OkbKb *kb, int operation, GError **error)
{
    if (okb_io_make_parents(kb->root, STAGING "/.gate") != 0) {
        okb_error_errno(error, errno, "cannot make directory %s/" STAGING, kb->path);
        return -1;
    }
    okb_autofd int gate =
        okb_io_open_beneath(kb->root, STAGING "/.gate", O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    for (int tries = 0; gate >= 0; tries++) {
        if (flock(gate, operation) == 0)
            return okb_steal_fd(&gate);
        if (errno != EINTR && (errno != EWOULDBLOCK || tries == GATE_TRIES))
            break;
        g_usleep(errno == EWOULDBLOCK ? GATE_WAIT_US : 0);
    }
    okb_error_errno(error, errno, "cannot lock %s/" STAGING "/.gate", kb->path);
    return -1;
}

/* ---- removing ---------------------------------------------------------------------------- */

static void remove_dead(Reap *reap, int dir, const char *name)
{
    g_autoptr(GError) error = NULL;
    if (okb_tree_remove(dir, name, &error) == 0) {
        reap->report->reaped++;
        return;
    }
    reap->report->reap_failures++;
    okb_store_note(reap->store, "%s is left over and cannot be removed: %s", name,
                   error->message);
}

static GPtrArray *names_in(int dir)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(DIR) stream = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; stream && (entry = readdir(stream));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(entry->d_name));
    return names;
}

static void remove_children(Reap *reap, const char *dir_name, bool keep_links)
{
    struct stat st;
    okb_autofd int dir =
        openat(reap->staging, dir_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0)
        return;
    g_autoptr(GPtrArray) names = names_in(dir);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        bool link = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
        if (link && keep_links)
            okb_store_note(reap->store, STAGING "/%s/%s is a symbolic link: left alone",
                           dir_name, name);
        else
            remove_dead(reap, dir, name);
    }
}

/* ---- batches ----------------------------------------------------------------------------- */

static int open_alive(int staging, const char *path)
{
    return okb_io_open_beneath(staging, path, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
}

/* Our own directory, from which somebody took the rights that we gave it. */
static bool give_back_rights(int staging, const char *batch)
{
    struct stat st;
    return fstatat(staging, batch, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 0700) != 0700 &&
           fchmodat(staging, batch, 0700, 0) == 0;
}

static bool is_alive(int staging, const char *batch)
{
    g_autofree char *path = g_strconcat(batch, "/alive", NULL);
    okb_autofd int alive = open_alive(staging, path);
    if (alive < 0 && errno == EACCES && give_back_rights(staging, batch))
        alive = open_alive(staging, path);
    /* Another user's, or we could not look: not ours to judge. */
    if (alive < 0 && (errno == EACCES || okb_error_is_passing(errno)))
        return true;
    if (alive < 0 || okb_fault("no-alive"))
        return false;
    return flock(alive, LOCK_EX | LOCK_NB) != 0;
}

static void move_dead_aside(Reap *reap, const char *name)
{
    g_autofree char *aside = g_strdup_printf("dead-%08x-%s", g_random_int(), name);
    if (!is_alive(reap->staging, name))
        (void)!renameat(reap->staging, name, reap->staging, aside);
}

static void reap_batches(Reap *reap)
{
    g_autoptr(GError) error = NULL;
    okb_autofd int gate = okb_gate_open(reap->store->kb, LOCK_EX | LOCK_NB, &error);
    if (gate < 0)
        return;
    g_autoptr(GPtrArray) names = names_in(reap->staging);
    for (guint i = 0; i < names->len; i++)
        if (g_str_has_prefix(names->pdata[i], "batch-"))
            move_dead_aside(reap, names->pdata[i]);
    okb_close_fd(&gate);
}

/* ---- Python's ---------------------------------------------------------------------------- */

static bool has_journal(const OkbKb *kb, const char *rollback)
{
    struct stat st;
    g_autofree char *path =
        g_strdup_printf(".openkb/journal/%s.json", rollback + strlen("rollback-"));
    return okb_io_stat_beneath(kb->root, path, &st) == 0 || okb_error_is_passing(errno);
}

static bool is_old(int dir, const char *name)
{
    struct stat st;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime < time(NULL) - DAY;
}

static bool is_dead_python(Reap *reap, const char *name)
{
    if (g_str_has_prefix(name, "rollback-") && has_journal(reap->store->kb, name))
        return false;
    static const char *const prefixes[] = {"add-", "bundle-", "rollback-"};
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(name, prefixes[i]))
            return is_old(reap->staging, name);
    return false;
}

static void reap_named(Reap *reap)
{
    g_autoptr(GPtrArray) names = names_in(reap->staging);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (g_str_has_prefix(name, "dead-") || is_dead_python(reap, name))
            remove_dead(reap, reap->staging, name);
    }
}

/* ---- ours -------------------------------------------------------------------------------- */

/*
 * A commit that reported an error may lie whole behind the end of the WAL. Another commit takes
 * its place there, so that it can never come back to life without its files.
 */
static bool settle(OkbStore *store)
{
    g_autofree char *now = okb_store_now();
    return okb_database_set_meta(store->db, "reaped", now, NULL);
}

static void reap_commits(Reap *reap)
{
    okb_autofd int dir =
        openat(reap->staging, "commit", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    g_autoptr(GPtrArray) names = dir < 0 ? NULL : names_in(dir);
    if (names && names->len > 0 && settle(reap->store))
        remove_children(reap, "commit", false);
}

static void reap_beside(Reap *reap, const char *place, const char *prefix, const char *suffix)
{
    okb_autofd int dir =
        okb_io_open_beneath(reap->store->kb->root, place, O_RDONLY | O_DIRECTORY, 0);
    g_autoptr(GPtrArray) names = dir < 0 ? g_ptr_array_new() : names_in(dir);
    for (guint i = 0; i < names->len; i++)
        if (g_str_has_prefix(names->pdata[i], prefix) &&
            g_str_has_suffix(names->pdata[i], suffix))
            remove_dead(reap, dir, names->pdata[i]);
}

/* Where the knowledge base spans file systems. */
static void reap_places(Reap *reap)
{
    static const char *const targets[] = {"raw/x", "wiki/x", "wiki/sources/x",
                                          "wiki/sources/images/x", "wiki/summaries/x"};
    g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        const char *place = okb_store_place(reap->store, targets[i], NULL);
        if (place && *place && g_hash_table_add(done, (gpointer)place))
            reap_beside(reap, place, ".openkb-", "");
    }
}

void okb_reap(OkbStore *store, OkbRecoveryReport *report)
{
    Reap reap = {.store = store, .report = report};
    okb_autofd int staging =
        okb_io_open_beneath(store->kb->root, STAGING, O_RDONLY | O_DIRECTORY, 0);
    reap.staging = staging;
    reap_beside(&reap, ".openkb", ".openkb-", ".tmp");
    reap_beside(&reap, ".openkb/journal", ".openkb-", ".tmp");
    if (staging < 0)
        return;
    reap_batches(&reap);
    reap_named(&reap);
    reap_commits(&reap);
    remove_children(&reap, "prepare", true);
    reap_places(&reap);
}
