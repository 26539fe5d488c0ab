/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * States of an intent to put bytes H at dst, where we wrote O before (or nothing), as the disk
 * shows them, and what is done:
 *
 *     dst      src      meaning                                     action
 *     -------  -------  ------------------------------------------  -------------------------
 *     absent   H        not applied                                 place src at dst
 *     other    H        not applied; O, or a person's file is there swap, then judge
 *     H        any      applied                                     judge what is at src
 *     other    not H    applied, then changed by a person           judge src, leave dst
 *     absent,O not H    the bytes are gone                          LOST
 *
 * JUDGING looks at what a swap brought out (at src, or at src.out). H or O are our own bytes
 * and go with the staging directory; anything else is a person's and goes to conflicts/. It is
 * decided from the disk, so a crash between swap and judgement forgets nothing, and staging is
 * dropped only after every intent of its transaction was judged.
 *
 * An intent to remove dst moves it to src and judges it there. Once something is at src it is
 * applied: a file that appears at dst later is not ours to take.
 *
 * P1  No call here ever overwrites or unlinks a name whose bytes were not judged.
 * P2  Between any two system calls each file is at dst, src, src.out or in conflicts/.
 */
#include "store/publish.h"

#include "store/store-private.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

OkbIntent *okb_intent_new(const char *txid, const char *dst, const char *src, const char *hash,
                          const char *old_hash)
{
    OkbIntent *intent = g_new0(OkbIntent, 1);
    intent->txid = g_strdup(txid);
    intent->dst = g_strdup(dst);
    intent->src = g_strdup(src);
    g_strlcpy(intent->hash, hash, sizeof intent->hash);
    g_strlcpy(intent->old_hash, old_hash, sizeof intent->old_hash);
    return intent;
}

void okb_intent_free(OkbIntent *intent)
{
    if (!intent)
        return;
    g_free(intent->txid);
    g_free(intent->dst);
    g_free(intent->src);
    g_free(intent);
}

/* ---- looking ----------------------------------------------------------------------------- */

OkbContent okb_publish_look(int root, const char *path, char hash[static OKB_DIGEST_HEX])
{
    const char *name = NULL;
    okb_autofd int dir = okb_io_open_parent(root, path, &name);
    return okb_publish_look_in(dir, name, hash);
}

OkbContent okb_publish_look_in(int dir, const char *name, char hash[static OKB_DIGEST_HEX])
{
    struct stat st;
    hash[0] = '\0';
    if (dir < 0)
        return errno == ENOENT ? OKB_CONTENT_ABSENT : OKB_CONTENT_FAILED;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? OKB_CONTENT_ABSENT : OKB_CONTENT_FAILED;
    if (S_ISDIR(st.st_mode))
        return OKB_CONTENT_DIRECTORY;
    if (!S_ISREG(st.st_mode))
        return OKB_CONTENT_OTHER;
    okb_autofd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return okb_error_is_passing(errno) ? OKB_CONTENT_FAILED : OKB_CONTENT_OTHER;
    if (!S_ISREG(st.st_mode))
        return OKB_CONTENT_OTHER;
    if (okb_digest_fd(fd, hash) != 0)
        return okb_error_is_passing(errno) ? OKB_CONTENT_FAILED : OKB_CONTENT_OTHER;
    return OKB_CONTENT_FILE;
}

bool okb_publish_is_elsewhere(OkbContent content)
{
    return content == OKB_CONTENT_FAILED && (errno == ENOTDIR || errno == ELOOP);
}

int okb_publish_holds(int root, const char *path, const char *wanted)
{
    char hash[OKB_DIGEST_HEX];
    OkbContent content = okb_publish_look(root, path, hash);
    if (content == OKB_CONTENT_FAILED && okb_error_is_passing(errno))
        return -1;
    return content == OKB_CONTENT_FILE && strcmp(hash, wanted) == 0;
}

/* Two names of one file: a link that was made, and the other name not yet taken away. */
static bool is_same_file(int root, const char *a, const char *b)
{
    struct stat left, right;
    return okb_io_stat_beneath(root, a, &left) == 0 &&
           okb_io_stat_beneath(root, b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

static int unlink_beneath(int root, const char *path)
{
    const char *name;
    okb_autofd int dir = okb_io_open_parent(root, path, &name);
    return dir < 0 ? -1 : unlinkat(dir, name, 0);
}

static bool is_there(int root, const char *path)
{
    struct stat st;
    return okb_io_stat_beneath(root, path, &st) == 0;
}

/* ---- moving ------------------------------------------------------------------------------ */

static bool lacks_flags(int errnum)
{
    return errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP;
}

static int rename_flags(int src_dir, const char *src, int dst_dir, const char *dst,
                        unsigned flags)
{
    if (okb_fault("fs-no-rename-flags")) {
        errno = EINVAL;
        return -1;
    }
    return renameat2(src_dir, src, dst_dir, dst, flags);
}

/* The last resort, where neither flags nor links exist (FAT): a name that appears between the
 * look and the rename would be lost. */
static int place_by_look(int src_dir, const char *src, int dst_dir, const char *dst)
{
    struct stat st;
    if (fstatat(dst_dir, dst, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return errno == ENOENT ? renameat(src_dir, src, dst_dir, dst) : -1;
}

int okb_publish_place(int src_dir, const char *src, int dst_dir, const char *dst)
{
    if (okb_fault("overwrite"))
        return renameat(src_dir, src, dst_dir, dst);
    if (rename_flags(src_dir, src, dst_dir, dst, RENAME_NOREPLACE) == 0)
        return 0;
    if (!lacks_flags(errno))
        return -1;
    if (linkat(src_dir, src, dst_dir, dst, 0) == 0)
        return unlinkat(src_dir, src, 0);
    if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP)
        return place_by_look(src_dir, src, dst_dir, dst);
    return -1;
}

int okb_publish_swap(int src_dir, const char *src, int dst_dir, const char *dst)
{
    if (rename_flags(src_dir, src, dst_dir, dst, RENAME_EXCHANGE) == 0)
        return 0;
    if (!lacks_flags(errno))
        return -1;
    g_autofree char *out = g_strconcat(src, OKB_PUBLISH_OUT, NULL);
    if (okb_publish_place(dst_dir, dst, src_dir, out) != 0)
        return -1;
    return okb_publish_place(src_dir, src, dst_dir, dst);
}

void okb_publish_keep_mode(int root, const char *dst, const char *src)
{
    struct stat old, new;
    if (okb_io_stat_beneath(root, dst, &old) != 0 || !S_ISREG(old.st_mode))
        return;
    okb_autofd int fd = okb_io_open_beneath(root, src, O_RDONLY | O_NOFOLLOW, 0);
    if (fd < 0 || fstat(fd, &new) != 0)
        return;
    if (old.st_uid != new.st_uid || old.st_gid != new.st_gid)
        (void)!fchown(fd, old.st_uid, old.st_gid);
    if ((old.st_mode ^ new.st_mode) & 07777)
        (void)!fchmod(fd, old.st_mode & 07777);
}

/* ---- errors ------------------------------------------------------------------------------ */

static const char *remedy(int errnum)
{
    static const struct {
        int errnum;
        const char *text;
    } table[] = {
        {EACCES, "give back the right to write there"},
        {EPERM, "give back the right to write there (is it immutable, or another's?)"},
        {EROFS, "make the file system writable again"},
        {ENOSPC, "free some space on that file system"},
        {EDQUOT, "free some of your quota"},
        {EISDIR, "move the directory that stands there away"},
        {ENOTDIR, "move the file that stands in place of a directory away"},
        {ELOOP, "replace the symbolic link on that path by a directory"},
        {EIO, "check the disk; the kernel log says more"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].errnum == errnum)
            return table[i].text;
    return "remove the cause";
}

static OkbPublishStatus pending(const OkbStore *store, const OkbIntent *intent, int errnum,
                                GError **error)
{
    okb_error_set(error, OKB_ERROR_PENDING,
                  "%s/%s cannot be %s: %s; the change is committed and kept in " OKB_COMMIT_DIR
                  "/%s; %s, then run `openkb recover`",
                  store->kb->path, intent->dst, *intent->hash ? "published" : "removed",
                  g_strerror(errnum), intent->txid, remedy(errnum));
    return OKB_PUBLISH_FAILED;
}

/* ---- conflicts --------------------------------------------------------------------------- */

/* Across devices: the copy is on the disk before the original goes. */
static int save_copy(int src_dir, const char *src, int dst_dir, const char *dst)
{
    okb_autofd int in = openat(src_dir, src, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (in < 0)
        return -1;
    okb_autofd int out =
        openat(dst_dir, dst, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (out < 0)
        return -1;
    if (okb_io_copy(in, out) < 0 || fsync(out) != 0 || fsync(dst_dir) != 0) {
        unlinkat(dst_dir, dst, 0);
        return -1;
    }
    return unlinkat(src_dir, src, 0);
}

static bool is_same_entry(int dir, const char *name, int other_dir, const char *other)
{
    struct stat left, right;
    return fstatat(dir, name, &left, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(other_dir, other, &right, AT_SYMLINK_NOFOLLOW) == 0 &&
           left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static int save_as(int src_dir, const char *src, int dst_dir, const char *dst)
{
    if (okb_publish_place(src_dir, src, dst_dir, dst) == 0)
        return 0;
    if (errno == EXDEV)
        return save_copy(src_dir, src, dst_dir, dst);
    if (errno != EEXIST)
        return -1;
    if (is_same_entry(src_dir, src, dst_dir, dst))
        return unlinkat(src_dir, src, 0);
    errno = EEXIST;
    return -1;
}

bool okb_publish_save(OkbStore *store, const char *path, const char *txid, const char *name,
                      GError **error)
{
    int root = store->kb->root;
    const char *src, *dst;
    g_autofree char *home = g_strdup_printf(OKB_CONFLICTS_DIR "/%s/%s", txid, name);
    okb_autofd int src_dir = okb_io_open_parent(root, path, &src);
    if (src_dir < 0 || okb_io_make_parents(root, home) != 0)
        return okb_error_errno(error, errno, "cannot keep %s in %s", path, home);
    okb_autofd int dst_dir = okb_io_open_parent(root, home, &dst);
    g_autofree char *free_name = g_strdup(dst_dir < 0 ? "" : dst);
    int result = dst_dir < 0 ? -1 : save_as(src_dir, src, dst_dir, free_name);
    for (int n = 2; result != 0 && errno == EEXIST && n < 10000; n++) {
        g_free(free_name);
        free_name = g_strdup_printf("%s.%d", dst, n);
        result = save_as(src_dir, src, dst_dir, free_name);
    }
    if (result != 0)
        return okb_error_errno(error, errno, "cannot keep %s in %s", path, home);
    okb_barrier_directory_of(store->barrier, path);
    for (char *slash; (slash = strrchr(home, '/')); *slash = '\0')
        okb_barrier_directory_of(store->barrier, home);
    okb_store_note(
        store,
        "%s had been changed by somebody else: that file is kept as " OKB_CONFLICTS_DIR
        "/%s/%s",
        name, txid, name);
    return true;
}

/* What stands at `path`, where a swap puts what it brought out: ours, or a person's? */
static bool judge_at(OkbStore *store, const OkbIntent *intent, const char *path, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    OkbContent content = okb_publish_look(store->kb->root, path, hash);
    if (content == OKB_CONTENT_ABSENT || okb_fault("no-judge"))
        return true;
    if (content == OKB_CONTENT_FAILED)
        return okb_error_errno(error, errno, "cannot look at %s", path);
    if (content == OKB_CONTENT_FILE &&
        (strcmp(hash, intent->hash) == 0 || strcmp(hash, intent->old_hash) == 0))
        return true;
    return okb_publish_save(store, path, intent->txid, intent->dst, error);
}

static OkbPublishStatus judge(OkbStore *store, const OkbIntent *intent, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autofree char *out = g_strconcat(intent->src, OKB_PUBLISH_OUT, NULL);
    if (judge_at(store, intent, intent->src, &local) && judge_at(store, intent, out, &local))
        return OKB_PUBLISH_DONE;
    okb_error_set(error, OKB_ERROR_PENDING, "%s; see to that, then run `openkb recover`",
                  local->message);
    return OKB_PUBLISH_FAILED;
}

bool okb_publish_abandon(OkbStore *store, const OkbIntent *intent, GError **error)
{
    return judge(store, intent, error) == OKB_PUBLISH_DONE;
}

/* ---- applying ---------------------------------------------------------------------------- */

static void note_directories(OkbStore *store, const OkbIntent *intent)
{
    g_autofree char *path = g_strdup(intent->dst);
    okb_barrier_directory_of(store->barrier, intent->src);
    okb_barrier_directory_of(store->barrier, path);
    for (char *slash; (slash = strrchr(path, '/'));) {
        *slash = '\0';
        okb_barrier_directory_of(store->barrier, path);
    }
}

static int open_target_dir(OkbStore *store, const OkbIntent *intent, const char **ret_name)
{
    int dir = okb_dirs_parent(store->dirs, intent->dst, ret_name);
    if (dir >= 0 || errno != ENOENT)
        return dir;
    if (okb_io_make_parents(store->kb->root, intent->dst) != 0)
        return -1;
    return okb_dirs_parent(store->dirs, intent->dst, ret_name);
}

typedef enum { MOVE_FAILED = -1, MOVE_PLACED, MOVE_SWAPPED } Move;

/* Something stands at dst. A person's file may come and go between two calls, so a few turns,
 * not one. */
static Move swap_in(int src_dir, const char *src, int dst_dir, const char *dst)
{
    struct stat st;
    for (int turn = 0; turn < 8; turn++) {
        if (fstatat(dst_dir, dst, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) {
            errno = EISDIR;
            return MOVE_FAILED;
        }
        if (okb_publish_swap(src_dir, src, dst_dir, dst) == 0)
            return MOVE_SWAPPED;
        if (errno != ENOENT && errno != EEXIST)
            return MOVE_FAILED;
        if (okb_publish_place(src_dir, src, dst_dir, dst) == 0)
            return MOVE_SWAPPED;
        if (errno != EEXIST)
            return MOVE_FAILED;
    }
    return MOVE_FAILED;
}

/* src is known to hold the new bytes. PLACED: nothing can have come out. */
static Move move_in(OkbStore *store, const OkbIntent *intent)
{
    const char *src, *dst;
    int src_dir = okb_dirs_parent(store->dirs, intent->src, &src);
    int dst_dir = src_dir < 0 ? -1 : open_target_dir(store, intent, &dst);
    if (dst_dir < 0)
        return MOVE_FAILED;
    note_directories(store, intent);
    if (okb_publish_place(src_dir, src, dst_dir, dst) == 0)
        return MOVE_PLACED;
    return errno == EEXIST ? swap_in(src_dir, src, dst_dir, dst) : MOVE_FAILED;
}

static Move move_in_anew(OkbStore *store, const OkbIntent *intent)
{
    okb_dirs_forget(store->dirs);
    return move_in(store, intent);
}

static OkbPublishStatus put_fresh(OkbStore *store, const OkbIntent *intent, bool replay,
                                  GError **error)
{
    Move move = move_in(store, intent);
    if (move == MOVE_FAILED && errno == ENOENT)
        move = move_in_anew(store, intent);
    if (move == MOVE_FAILED)
        return pending(store, intent, errno, error);
    return move == MOVE_PLACED && !replay ? OKB_PUBLISH_DONE : judge(store, intent, error);
}

/* The staged bytes are not there and dst does not hold them: who changed what? */
static OkbPublishStatus put_without_source(OkbStore *store, const OkbIntent *intent,
                                           OkbContent there, const char *hash, GError **error)
{
    if (judge(store, intent, error) == OKB_PUBLISH_FAILED)
        return OKB_PUBLISH_FAILED;
    if (there == OKB_CONTENT_ABSENT || there == OKB_CONTENT_DIRECTORY ||
        (*intent->old_hash && strcmp(hash, intent->old_hash) == 0))
        return OKB_PUBLISH_LOST;
    okb_store_note(store, "%s was changed after it was published: it is left as it is",
                   intent->dst);
    return OKB_PUBLISH_DONE;
}

/* What an interrupted swap left at src.out is judged, and our own goes: the next swap needs the
 * name. */
static bool clear_out(OkbStore *store, const OkbIntent *intent, GError **error)
{
    int root = store->kb->root;
    g_autofree char *out = g_strconcat(intent->src, OKB_PUBLISH_OUT, NULL);
    if (!is_same_file(root, out, intent->dst) && !judge_at(store, intent, out, error)) {
        g_prefix_error(error, "%s cannot be published: ", intent->dst);
        return false;
    }
    unlink_beneath(root, out);
    return true;
}

static OkbPublishStatus put_again(OkbStore *store, const OkbIntent *intent, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    OkbContent there = okb_publish_look(store->kb->root, intent->dst, hash);
    if (there == OKB_CONTENT_FAILED)
        return pending(store, intent, errno, error);
    if (there == OKB_CONTENT_FILE && strcmp(hash, intent->hash) == 0) {
        note_directories(store, intent);
        return judge(store, intent, error);
    }
    int staged = okb_publish_holds(store->kb->root, intent->src, intent->hash);
    if (staged < 0)
        return pending(store, intent, errno, error);
    if (staged)
        return clear_out(store, intent, error) ? put_fresh(store, intent, true, error)
                                               : OKB_PUBLISH_FAILED;
    return put_without_source(store, intent, there, hash, error);
}

/* The directory of a document's images goes with the last image. */
static void drop_empty_parent(OkbStore *store, const char *dst)
{
    const char *name;
    const char *slash = strrchr(dst, '/');
    if (!slash || !g_str_has_prefix(dst, "wiki/sources/images/"))
        return;
    g_autofree char *parent = g_strndup(dst, (gsize)(slash - dst));
    okb_autofd int dir = okb_io_open_parent(store->kb->root, parent, &name);
    if (dir >= 0 && strcmp(parent, "wiki/sources/images") != 0)
        unlinkat(dir, name, AT_REMOVEDIR);
}

/* 0 when dst is gone or is a directory, which is no artifact of ours. */
static int move_out(OkbStore *store, const OkbIntent *intent)
{
    const char *src, *dst;
    struct stat st;
    okb_autofd int dst_dir = okb_io_open_parent(store->kb->root, intent->dst, &dst);
    if (dst_dir < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    if (fstatat(dst_dir, dst, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : -1;
    if (S_ISDIR(st.st_mode))
        return 0;
    okb_autofd int src_dir = okb_io_open_parent(store->kb->root, intent->src, &src);
    if (src_dir < 0)
        return -1;
    note_directories(store, intent);
    if (okb_publish_place(dst_dir, dst, src_dir, src) != 0 && errno != ENOENT)
        return -1;
    return 0;
}

static OkbPublishStatus take_away(OkbStore *store, const OkbIntent *intent, bool replay,
                                  GError **error)
{
    int root = store->kb->root;
    bool moved = replay && is_there(root, intent->src);
    if (moved && is_same_file(root, intent->src, intent->dst)) {
        note_directories(store, intent);
        if (unlink_beneath(root, intent->dst) != 0)
            return pending(store, intent, errno, error);
    }
    if (!moved && !okb_fault("skip-remove") && move_out(store, intent) != 0)
        return pending(store, intent, errno, error);
    OkbPublishStatus status = judge(store, intent, error);
    if (status == OKB_PUBLISH_DONE)
        drop_empty_parent(store, intent->dst);
    return status;
}

OkbPublishStatus okb_publish_apply(OkbStore *store, const OkbIntent *intent, bool replay,
                                   GError **error)
{
    if (!*intent->hash)
        return take_away(store, intent, replay, error);
    return replay ? put_again(store, intent, error) : put_fresh(store, intent, false, error);
}
