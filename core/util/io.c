/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "util/io.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

int okb_io_write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static bool read_exactly(int fd, char *buffer, gsize size, gsize *ret_got)
{
    gsize got = 0;
    while (got < size) {
        ssize_t n = pread(fd, buffer + got, size - got, (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        got += (gsize)n;
    }
    *ret_got = got;
    return true;
}

GBytes *okb_io_read_file(int fd, gsize max, const char *name, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        okb_error_errno(error, errno, "cannot look at %s", name);
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || (guint64)st.st_size > max) {
        okb_error_set(error, OKB_ERROR_FAILED,
                      "%s: not a regular file of at most %" G_GSIZE_FORMAT " bytes", name, max);
        errno = EINVAL;
        return NULL;
    }
    gsize got = 0;
    g_autofree char *buffer = g_malloc((gsize)st.st_size + 1);
    if (!read_exactly(fd, buffer, (gsize)st.st_size, &got)) {
        okb_error_errno(error, errno, "cannot read %s", name);
        return NULL;
    }
    buffer[got] = '\0';
    return g_bytes_new_take(g_steal_pointer(&buffer), got);
}

GBytes *okb_io_read_path(int root, const char *path, gsize max, GError **error)
{
    okb_autofd int fd = okb_io_open_beneath(root, path, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0) {
        int saved = errno;
        okb_error_errno(error, saved, "cannot open %s", path);
        errno = saved;
        return NULL;
    }
    return okb_io_read_file(fd, max, path, error);
}

bool okb_io_path_is_inside(const char *path)
{
    if (!*path || *path == '/')
        return false;
    for (const char *p = path;;) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        if (!p[n])
            return true;
        p += n + 1;
    }
}

/* The walk that stands in for openat2(): every parent opened without following links. */
static int walk_beneath(int root, const char *path, int flags, mode_t mode)
{
    if (!okb_io_path_is_inside(path)) {
        errno = EXDEV;
        return -1;
    }
    g_autofree char *copy = g_strdup(path);
    okb_autofd int dir = -1;
    char *name = copy;
    for (char *slash; (slash = strchr(name, '/')); name = slash + 1) {
        *slash = '\0';
        int next =
            openat(dir < 0 ? root : dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            return -1;
        okb_close_fd(&dir);
        dir = next;
    }
    return openat(dir < 0 ? root : dir, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
}

int okb_io_open_beneath(int root, const char *path, int flags, mode_t mode)
{
    static bool no_openat2;
    if (!no_openat2) {
        struct open_how how = {
            .flags = (guint64)flags | O_CLOEXEC,
            .mode = flags & (O_CREAT | __O_TMPFILE) ? mode : 0,
            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };
        int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
        if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
            return fd;
        no_openat2 = true;
    }
    if (!*path)
        return openat(root, ".", flags | O_CLOEXEC, mode);
    return walk_beneath(root, path, flags, mode);
}

int okb_io_open_parent(int root, const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    int fd = okb_io_open_beneath(root, parent, O_RDONLY | O_DIRECTORY, 0);
    if (fd >= 0)
        *ret_name = slash ? slash + 1 : path;
    return fd;
}

int okb_io_make_parents(int root, const char *path)
{
    g_autofree char *copy = g_strdup(path);
    for (char *slash = strchr(copy, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const char *name;
        okb_autofd int parent = okb_io_open_parent(root, copy, &name);
        if (parent < 0 || (mkdirat(parent, name, 0777) != 0 && errno != EEXIST))
            return -1;
        *slash = '/';
    }
    return 0;
}

int okb_io_stat_beneath(int root, const char *path, struct stat *st)
{
    const char *name;
    okb_autofd int parent = okb_io_open_parent(root, path, &name);
    if (parent < 0)
        return -1;
    return fstatat(parent, name, st, AT_SYMLINK_NOFOLLOW);
}

static gint64 copy_by_hand(int in, int out, gint64 done)
{
    g_autofree char *buffer = g_malloc(256 * 1024);
    for (;;) {
        ssize_t n = pread(in, buffer, 256 * 1024, done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || (n > 0 && okb_io_write_all(out, buffer, (size_t)n) != 0))
            return -1;
        if (n == 0)
            return done;
        done += n;
    }
}

gint64 okb_io_copy(int in, int out)
{
    struct stat st;
    if (ioctl(out, FICLONE, in) == 0 && fstat(out, &st) == 0)
        return st.st_size;
    off_t offset = 0;
    for (;;) {
        ssize_t n = copy_file_range(in, &offset, out, NULL, 1 << 30, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return copy_by_hand(in, out, offset);
    }
}

static bool write_synced(int fd, const void *bytes, size_t len)
{
    return okb_io_write_all(fd, bytes, len) == 0 && fsync(fd) == 0;
}

bool okb_io_replace_file(int root, const char *path, const void *bytes, size_t len,
                         GError **error)
{
    const char *name;
    struct stat st;
    okb_autofd int dir = okb_io_open_parent(root, path, &name);
    if (dir < 0)
        return okb_error_errno(error, errno, "cannot open the directory of %s", path);
    g_autofree char *temp = g_strdup_printf(".openkb-%d.tmp", (int)getpid());
    unlinkat(dir, temp, 0);
    okb_autofd int fd =
        openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return okb_error_errno(error, errno, "cannot write %s", path);
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
        (void)!fchmod(fd, st.st_mode & 07777);
    if (!write_synced(fd, bytes, len) || renameat(dir, temp, dir, name) != 0 ||
        fsync(dir) != 0) {
        okb_error_errno(error, errno, "cannot write %s", path);
        unlinkat(dir, temp, 0);
        return false;
    }
    return true;
}

int okb_io_sync_dir(int root, const char *path)
{
    okb_autofd int dir = okb_io_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
    return dir < 0 ? -1 : fsync(dir);
}
