/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/copy.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum { CHUNK = 256 * 1024, TRIES = 3 };

#define NS_PER_S G_GINT64_CONSTANT(1000000000)

static gint64 nanoseconds(struct timespec t)
{
    return (gint64)t.tv_sec * NS_PER_S + t.tv_nsec;
}

OkbStat okb_stat_of(const struct stat *st)
{
    return (OkbStat){st->st_size, nanoseconds(st->st_mtim), nanoseconds(st->st_ctim),
                     (gint64)st->st_ino};
}

bool okb_stat_equal(const OkbStat *a, const OkbStat *b)
{
    return a->size == b->size && a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns &&
           a->inode == b->inode;
}

OkbStat okb_stat_distrust_fresh(OkbStat stat)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    gint64 fresh = nanoseconds(now) - 2 * NS_PER_S;
    bool in_future = stat.mtime_ns > nanoseconds(now) + 2 * NS_PER_S;
    if (stat.ctime_ns > fresh || (stat.mtime_ns > fresh && !in_future))
        stat.size = -1;
    return stat;
}

static int open_source(const char *path, struct stat *st)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
        okb_close_fd(&fd);
        errno = ENODEV; /* no file gives it: not a regular one */
    }
    return fd;
}

/* Shares the extents where the file system can: then only the hash reads the bytes. */
static bool clone_and_hash(int in, int out, OkbCopy *copy)
{
    struct stat st;
    if (ioctl(out, FICLONE, in) != 0)
        return false;
    if (fstat(out, &st) != 0 || okb_digest_fd(out, copy->hash) != 0)
        return false;
    copy->size = (guint64)st.st_size;
    return true;
}

/* Not a byte behind `size`: a file that grows as fast as it is read has changed. */
static int copy_and_hash(int in, int out, guint64 size, OkbCopy *copy)
{
    g_autofree char *buffer = g_malloc(CHUNK);
    OkbDigest digest;
    okb_digest_init(&digest);
    copy->size = 0;
    while (copy->size <= size) {
        ssize_t n = read(in, buffer, CHUNK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (n > 0 && okb_io_write_all(out, buffer, (size_t)n) != 0))
            return -1;
        if (n == 0)
            break;
        okb_digest_update(&digest, buffer, (size_t)n);
        copy->size += (guint64)n;
    }
    okb_digest_hex(&digest, copy->hash);
    return 0;
}

typedef enum { COPIED, CHANGED, FAILED } CopyResult;

static CopyResult copy_once(const char *path, int out, OkbCopy *copy, GError **error)
{
    struct stat before, after;
    okb_autofd int in = open_source(path, &before);
    if (in < 0) {
        if (errno == ENODEV)
            okb_error_set(error, OKB_ERROR_IO, "%s is not a regular file any more", path);
        else
            okb_error_errno(error, errno, "cannot open %s", path);
        return FAILED;
    }
    if (!clone_and_hash(in, out, copy) &&
        copy_and_hash(in, out, (guint64)before.st_size, copy) != 0) {
        okb_error_errno(error, errno, "cannot copy %s", path);
        return FAILED;
    }
    if (fstat(in, &after) != 0)
        after.st_size = -1;
    OkbStat first = okb_stat_of(&before), last = okb_stat_of(&after);
    copy->observed = last;
    copy->stat = okb_stat_distrust_fresh(last);
    return okb_stat_equal(&first, &last) && copy->size == (guint64)last.size ? COPIED : CHANGED;
}

static bool changes(const char *path, GError **error)
{
    return okb_error_set(error, OKB_ERROR_CHANGED,
                         "%s changes while it is read; add it again when it is at rest", path);
}

bool okb_copy_source(const char *path, int dir, const char *name, OkbCopy *copy, GError **error)
{
    for (int i = 0; i < TRIES; i++) {
        okb_autofd int out =
            openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (out < 0)
            return okb_error_errno(error, errno, "cannot make a copy of %s in staging", path);
        CopyResult result = copy_once(path, out, copy, error);
        if (result == COPIED)
            return true;
        unlinkat(dir, name, 0);
        if (result == FAILED)
            return false;
    }
    return changes(path, error);
}

/* Whoever gets it can neither write nor cut it. */
static int seal(int fd)
{
    char path[32];
    g_snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool okb_copy_to_memory(const char *path, guint64 most, OkbCopy *copy, int *ret_fd,
                        GError **error)
{
    struct stat st;
    *ret_fd = -1;
    if (lstat(path, &st) != 0 || (guint64)st.st_size > most)
        return true;
    for (int i = 0; i < TRIES; i++) {
        okb_autofd int out = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        CopyResult result = out < 0 ? COPIED : copy_once(path, out, copy, error);
        if (result == COPIED)
            *ret_fd = out < 0 ? -1 : seal(out);
        if (result != CHANGED)
            return result == COPIED;
    }
    return changes(path, error);
}

int okb_copy_is_current(const char *path, OkbCopy *copy)
{
    struct stat st;
    char hash[OKB_DIGEST_HEX];
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return -1;
    OkbStat now = okb_stat_of(&st);
    if (okb_stat_equal(&now, &copy->observed) && copy->stat.size >= 0)
        return 1;
    okb_autofd int fd = open_source(path, &st);
    if (fd < 0 || okb_digest_fd(fd, hash) != 0)
        return -1;
    if (strcmp(hash, copy->hash) != 0)
        return 0;
    copy->observed = okb_stat_of(&st);
    copy->stat = okb_stat_distrust_fresh(copy->observed);
    return 1;
}
