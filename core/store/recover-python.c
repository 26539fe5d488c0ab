/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Python OpenKB undoes: before it changes anything it copies what it will touch to
 * .openkb/staging/rollback-<id>/ and lists it in .openkb/journal/<id>.json. A journal whose
 * status is "active", or missing, is of an operation that died: it is rolled back here as
 * Python would do it the next time it takes the lock, and with more care:
 *
 *     the journal is checked whole before anything is touched
 *     its absolute paths are taken for what they are relative to its kb_dir; one that leads out
 *       of there, or to where Python has nothing to write, makes the journal not ours to apply
 *     what the rollback displaces is kept in conflicts/, never deleted
 *     backups are copied, not moved, so that it can be repeated from the start at any moment
 *     when all of it is on the disk the journal is marked as rolled back; then its backups go,
 *       and it last
 *
 * A journal that cannot be understood or applied goes to quarantine/ with its backups. log.md
 * is never rolled back: it is a history.
 */
#include "store/recover.h"

#include "store/store-private.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define JOURNALS ".openkb/journal"
#define STAGED   ".openkb/staging/python-restore"
#define PART     ".part"

enum { JOURNAL_MAX = 1 << 26, DEPTH_MAX = 32 };

/* One thing to make as it was. */
typedef struct {
    char *target, *backup; /* relative; backup NULL: it was not there */
} Step;

typedef struct {
    OkbStore *store;
    char *id;
    char *path;    /* of the journal */
    char *backups; /* staging/rollback-<id> */
    json_t *json;
    GPtrArray *steps; /* in the order in which they are done: the deepest first */
    int trouble;      /* errno of a look that failed and says nothing of the journal, or 0 */
} Journal;

static void free_step(gpointer data)
{
    Step *step = data;
    g_free(step->target);
    g_free(step->backup);
    g_free(step);
}

static void clear_journal(Journal *journal)
{
    g_free(journal->id);
    g_free(journal->path);
    g_free(journal->backups);
    json_decref(journal->json);
    g_clear_pointer(&journal->steps, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Journal, clear_journal)

/* ---- reading ----------------------------------------------------------------------------- */

static const char *text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_place_of_python(const char *path)
{
    static const char *const places[] = {"raw/", "wiki/", ".openkb/files/", ".openkb/bundles/",
                                         ".openkb/pageindex.db"};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_str_has_prefix(path, places[i]))
            return true;
    return strcmp(path, ".openkb/hashes.json") == 0;
}

/* An absolute path of the journal as a path in this knowledge base; NULL when it is in none. */
static char *rebase(const Journal *journal, const char *path)
{
    const char *base = text(journal->json, "kb_dir");
    gsize len = strlen(base);
    if (!path || strncmp(path, base, len) != 0 || path[len] != '/' ||
        !okb_io_path_is_inside(path + len + 1))
        return NULL;
    return g_strdup(path + len + 1);
}

static void add_step(Journal *journal, const char *target, const char *backup)
{
    if (strcmp(target, "wiki/log.md") == 0)
        return;
    Step *step = g_new0(Step, 1);
    step->target = g_strdup(target);
    step->backup = g_strdup(backup);
    g_ptr_array_add(journal->steps, step);
}

/* False. Remembers a cause that is none of the journal's. */
static bool not_seen(Journal *journal)
{
    if (okb_error_is_passing(errno))
        journal->trouble = errno;
    return false;
}

/* Calls `found` for every file below a directory, with its path relative to it. */
typedef bool (*Found)(Journal *journal, const char *target, const char *backup,
                      const char *path);

static bool walk(Journal *journal, const char *top, const char *below, const char *target,
                 const char *backup, int depth, Found found)
{
    int root = journal->store->kb->root;
    g_autofree char *here = g_build_filename(top, below, NULL);
    int fd = okb_io_open_beneath(root, here, O_RDONLY | O_DIRECTORY, 0);
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return okb_close_fd(&fd), not_seen(journal);
    if (depth == DEPTH_MAX)
        return false;
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct stat st;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        g_autofree char *path = g_build_filename(below, entry->d_name, NULL);
        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return not_seen(journal);
        bool good = S_ISDIR(st.st_mode)
                        ? walk(journal, top, path, target, backup, depth + 1, found)
                        : found(journal, target, backup, path);
        if (!good)
            return false;
    }
    return true;
}

static bool restore_it(Journal *journal, const char *target, const char *backup,
                       const char *path)
{
    g_autofree char *to = g_build_filename(target, path, NULL);
    g_autofree char *from = g_build_filename(backup, path, NULL);
    add_step(journal, to, from);
    return true;
}

static bool drop_if_new(Journal *journal, const char *target, const char *backup,
                        const char *path)
{
    struct stat st;
    g_autofree char *to = g_build_filename(target, path, NULL);
    g_autofree char *from = g_build_filename(backup, path, NULL);
    if (okb_io_stat_beneath(journal->store->kb->root, from, &st) != 0)
        add_step(journal, to, NULL);
    return true;
}

static bool plan_directory(Journal *journal, const char *target, const char *backup)
{
    struct stat st;
    bool there = okb_io_stat_beneath(journal->store->kb->root, target, &st) == 0;
    if (there && !S_ISDIR(st.st_mode))
        add_step(journal, target, NULL);
    if (there && S_ISDIR(st.st_mode) &&
        !walk(journal, target, "", target, backup, 0, drop_if_new))
        return false;
    return walk(journal, backup, "", target, backup, 0, restore_it);
}

static bool plan_entry(Journal *journal, json_t *entry)
{
    struct stat st;
    json_t *saved = json_object_get(entry, "backup");
    g_autofree char *target = rebase(journal, text(entry, "target"));
    if (!target || !is_place_of_python(target))
        return false;
    if (!saved || json_is_null(saved)) {
        add_step(journal, target, NULL);
        return true;
    }
    g_autofree char *backup = rebase(journal, json_string_value(saved));
    if (!backup || !g_str_has_prefix(backup, journal->backups) ||
        backup[strlen(journal->backups)] != '/')
        return false;
    if (okb_io_stat_beneath(journal->store->kb->root, backup, &st) != 0)
        return not_seen(journal);
    if (S_ISDIR(st.st_mode))
        return plan_directory(journal, target, backup);
    if (!S_ISREG(st.st_mode))
        return false;
    add_step(journal, target, backup);
    return true;
}

static int by_depth(gconstpointer a, gconstpointer b)
{
    const Step *left = *(Step *const *)a, *right = *(Step *const *)b;
    gsize depths[2] = {0, 0};
    for (const char *p = left->target; *p; p++)
        depths[0] += *p == '/';
    for (const char *p = right->target; *p; p++)
        depths[1] += *p == '/';
    if (depths[0] != depths[1])
        return depths[0] > depths[1] ? -1 : 1;
    return strcmp(left->target, right->target);
}

/* Whether all of it can be done. Touches nothing. */
static bool plan(Journal *journal)
{
    size_t i;
    json_t *entry;
    if (!json_is_object(journal->json) || !text(journal->json, "kb_dir") ||
        !text(journal->json, "backup_dir"))
        return false;
    json_array_foreach (json_object_get(journal->json, "entries"), i, entry) {
        if (!plan_entry(journal, entry))
            return false;
    }
    g_ptr_array_sort(journal->steps, by_depth);
    return true;
}

/* ---- rolling back ------------------------------------------------------------------------ */

static bool is_same(int root, const char *a, const char *b)
{
    char left[OKB_DIGEST_HEX], right[OKB_DIGEST_HEX];
    return okb_publish_look(root, a, left) == OKB_CONTENT_FILE &&
           okb_publish_look(root, b, right) == OKB_CONTENT_FILE && strcmp(left, right) == 0;
}

static bool save(const Journal *journal, const char *path, const char *name, GError **error)
{
    g_autofree char *owner = g_strconcat("python-", journal->id, NULL);
    return okb_publish_save(journal->store, path, owner, name, error);
}

/* Only the name of a target is ours to touch, and only beneath the root. */
static bool is_absent(int root, const char *path)
{
    struct stat st;
    return okb_io_stat_beneath(root, path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

static int rename_beside(int root, const char *from, const char *to)
{
    const char *old, *new;
    okb_autofd int old_dir = okb_io_open_parent(root, from, &old);
    okb_autofd int new_dir = okb_io_open_parent(root, to, &new);
    return old_dir < 0 || new_dir < 0 ? -1 : renameat(old_dir, old, new_dir, new);
}

/* Under another name until it is whole: what stands at `staged` is our copy or what came out.
 */
static bool copy_backup(int root, const char *backup, const char *staged, GError **error)
{
    struct stat st;
    g_autofree char *part = g_strconcat(staged, PART, NULL);
    okb_autofd int in = okb_io_open_beneath(root, backup, O_RDONLY | O_NOFOLLOW, 0);
    okb_autofd int out =
        okb_io_open_beneath(root, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
    if (in < 0 || out < 0 || fstat(in, &st) != 0 || okb_io_copy(in, out) < 0 ||
        fchmod(out, st.st_mode & 0777) != 0 || fsync(out) != 0 ||
        rename_beside(root, part, staged) != 0)
        return okb_error_errno(error, errno, "cannot copy %s", backup);
    return true;
}

static int move_in(int root, const char *staged, const char *target)
{
    const char *src, *dst;
    if (okb_io_make_parents(root, target) != 0)
        return -1;
    okb_autofd int src_dir = okb_io_open_parent(root, staged, &src);
    okb_autofd int dst_dir = okb_io_open_parent(root, target, &dst);
    if (src_dir < 0 || dst_dir < 0)
        return -1;
    if (okb_publish_place(src_dir, src, dst_dir, dst) == 0)
        return 0;
    return errno == EEXIST ? okb_publish_swap(src_dir, src, dst_dir, dst) : -1;
}

/* What a swap brought out, in this run or in one that died: another's goes to conflicts/, a
 * copy of our own goes. */
static bool settle_at(const Journal *journal, const char *path, const Step *step,
                      GError **error)
{
    const char *name;
    int root = journal->store->kb->root;
    if (is_absent(root, path))
        return true;
    if (!is_same(root, path, step->backup))
        return save(journal, path, step->target, error);
    okb_autofd int dir = okb_io_open_parent(root, path, &name);
    return dir >= 0 && unlinkat(dir, name, 0) == 0
               ? true
               : okb_error_errno(error, errno, "cannot remove %s", path);
}

static bool settle_displaced(const Journal *journal, const char *staged, const Step *step,
                             GError **error)
{
    g_autofree char *out = g_strconcat(staged, OKB_PUBLISH_OUT, NULL);
    return settle_at(journal, staged, step, error) && settle_at(journal, out, step, error);
}

/* A name for each step: what one that died had brought out is found again as this one's. */
static char *staged_for(const Journal *journal, guint number, GError **error)
{
    const Step *step = journal->steps->pdata[number];
    const char *place = okb_store_place(journal->store, step->target, error);
    return !place   ? NULL
           : *place ? g_strdup_printf("%s/.openkb-python-restore-%u", place, number)
                    : g_strdup_printf(STAGED "-%u", number);
}

static bool put_back(const Journal *journal, const Step *step, const char *staged,
                     GError **error)
{
    OkbStore *store = journal->store;
    int root = store->kb->root;
    if (!settle_displaced(journal, staged, step, error) ||
        !copy_backup(root, step->backup, staged, error))
        return false;
    if (move_in(root, staged, step->target) != 0)
        return okb_error_set(error, OKB_ERROR_PENDING,
                             "%s/%s cannot be restored to what it was before Python OpenKB's "
                             "interrupted operation: %s; remove the cause and run "
                             "`openkb recover`",
                             store->kb->path, step->target, g_strerror(errno));
    okb_barrier_file(store->barrier, step->target);
    okb_barrier_directory_of(store->barrier, step->target);
    return true;
}

static bool restore(const Journal *journal, guint number, GError **error)
{
    int root = journal->store->kb->root;
    const Step *step = journal->steps->pdata[number];
    if (!step->backup)
        return is_absent(root, step->target) ||
               save(journal, step->target, step->target, error);
    g_autofree char *staged = staged_for(journal, number, error);
    return staged &&
           (is_same(root, step->target, step->backup) ||
            put_back(journal, step, staged, error)) &&
           settle_displaced(journal, staged, step, error);
}

/* From here on it is as one of those that ended well: only to be cleared away. */
static bool mark_ended(const Journal *journal, GError **error)
{
    json_object_set_new(journal->json, "status", json_string("rolled_back"));
    char *bytes = json_dumps(journal->json, JSON_INDENT(2));
    bool good = bytes && okb_io_replace_file(journal->store->kb->root, journal->path, bytes,
                                             strlen(bytes), error);
    free(bytes);
    return good;
}

static bool roll_back(Journal *journal, GError **error)
{
    for (guint i = 0; i < journal->steps->len; i++)
        if (!restore(journal, i, error))
            return false;
    if (!okb_barrier_sync(journal->store->barrier, error) || !mark_ended(journal, error))
        return false;
    const char *operation = text(journal->json, "operation");
    okb_store_note(journal->store, "rolled back an interrupted %s of Python OpenKB (%s)",
                   operation ? operation : "mutation", journal->path);
    return true;
}

/* The journal last: an ended one without backups is still only to be cleared away, but backups
 * without a journal wait for a day. */
static bool discard(const Journal *journal, GError **error)
{
    const char *name;
    int root = journal->store->kb->root;
    okb_autofd int staging = okb_io_open_parent(root, journal->backups, &name);
    if (staging < 0 ? okb_error_is_passing(errno) : okb_tree_remove(staging, name, NULL) > 0)
        return true; /* the next recovery tries again */
    if (staging >= 0 && fsync(staging) != 0)
        return okb_error_errno(error, errno, "cannot sync the directory of %s",
                               journal->backups);
    okb_autofd int dir = okb_io_open_parent(root, journal->path, &name);
    if (dir < 0 || (unlinkat(dir, name, 0) != 0 && errno != ENOENT) || fsync(dir) != 0)
        return okb_error_errno(error, errno, "cannot remove %s", journal->path);
    return true;
}

static bool move_to(int root, const char *path, const char *home, GError **error)
{
    const char *src;
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *to = g_build_filename(home, name, NULL);
    okb_autofd int dir = okb_io_open_parent(root, path, &src);
    if ((dir < 0 && !okb_error_is_passing(errno)) || (dir >= 0 && is_absent(root, path)))
        return true;
    if (dir < 0 || okb_io_make_parents(root, to) != 0 || renameat(dir, src, root, to) != 0)
        return okb_error_errno(error, errno, "cannot move %s to %s", path, home);
    return true;
}

static bool quarantine(const Journal *journal, GError **error)
{
    int root = journal->store->kb->root;
    g_autofree char *home =
        g_strdup_printf(OKB_QUARANTINE_DIR "/python-%s-%08x", journal->id, g_random_int());
    g_autofree char *note = g_strconcat(home, "/README.txt", NULL);
    static const char why[] =
        "An operation of Python OpenKB was interrupted, and its journal (the .json file) "
        "could\n"
        "not be understood, lists files outside of this knowledge base, or its backups are "
        "not\n"
        "whole. Nothing was changed because of it. Compare what it lists with the files, then\n"
        "delete this directory.\n";
    if (!move_to(root, journal->backups, home, error) ||
        !move_to(root, journal->path, home, error))
        return false;
    okb_store_note(journal->store,
                   "%s cannot be applied: it is kept, with its backups, in %s; the files it "
                   "names may need a look",
                   journal->path, home);
    okb_io_replace_file(root, note, why, strlen(why), NULL);
    return true;
}

/* ---- all of them ------------------------------------------------------------------------- */

static bool settle(Journal *journal, GError **error)
{
    const char *status = text(journal->json, "status");
    bool ended =
        status && (strcmp(status, "committed") == 0 || strcmp(status, "rolled_back") == 0);
    if (ended)
        return discard(journal, error);
    bool planned = plan(journal);
    if (journal->trouble)
        return okb_error_errno(error, journal->trouble, "cannot look at what %s lists",
                               journal->path);
    if (!planned)
        return quarantine(journal, error);
    return roll_back(journal, error) && discard(journal, error);
}

static bool settle_named(OkbStore *store, const char *name, GError **error)
{
    g_auto(Journal) journal = {.store = store};
    journal.id = g_strndup(name, strlen(name) - strlen(".json"));
    journal.path = g_strconcat(JOURNALS "/", name, NULL);
    journal.backups = g_strconcat(".openkb/staging/rollback-", journal.id, NULL);
    journal.steps = g_ptr_array_new_with_free_func(free_step);
    g_autoptr(GError) local = NULL;
    g_autoptr(GBytes) bytes =
        okb_io_read_path(store->kb->root, journal.path, JOURNAL_MAX, &local);
    if (!bytes && okb_error_is_passing(errno)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (bytes)
        journal.json =
            json_loadb(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), 0, NULL);
    return settle(&journal, error);
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *list_journals(OkbStore *store, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int fd = okb_io_open_beneath(store->kb->root, JOURNALS, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && !okb_error_is_passing(errno))
        return g_steal_pointer(&names);
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        okb_error_errno(error, errno, "cannot read %s", JOURNALS);
        okb_close_fd(&fd);
        return NULL;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && g_str_has_suffix(entry->d_name, ".json"))
            g_ptr_array_add(names, g_strdup(entry->d_name));
    g_ptr_array_sort(names, compare);
    return g_steal_pointer(&names);
}

bool okb_recover_python(OkbStore *store, GError **error)
{
    g_autoptr(GPtrArray) names = list_journals(store, error);
    if (!names)
        return false;
    for (guint i = 0; i < names->len && !okb_fault("no-python-recovery"); i++)
        if (!settle_named(store, names->pdata[i], error))
            return false;
    return true;
}
