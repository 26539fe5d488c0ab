/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The list of file systems for syncfs() is short on purpose. On one that is not on it every
 * name is synced for itself: slower, and right everywhere fsync() is.
 */
#include "store/barrier.h"

#include "store/fault.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

typedef struct {
    dev_t device;
    int fd; /* opened before anything was written: its error cursor */
    bool whole;
} Watched;

struct OkbBarrier {
    int root;
    GArray *watched;
    GHashTable *files, *directories; /* sets of paths; only kept while `each` */
    bool each;
};

static bool keeps_syncfs(int fd)
{
    static const unsigned long known[] = {
        EXT4_SUPER_MAGIC, /* and ext2, ext3 */
        XFS_SUPER_MAGIC,
        BTRFS_SUPER_MAGIC,
        TMPFS_MAGIC,
    };
    struct statfs fs;
    if (okb_fault("fs-unknown") || okb_fault("no-dir-sync") || okb_fault("no-file-sync") ||
        fstatfs(fd, &fs) != 0)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if ((unsigned long)fs.f_type == known[i])
            return true;
    return false;
}

bool okb_barrier_is_network(int fd)
{
    static const unsigned long known[] = {
        NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC,
        CEPH_SUPER_MAGIC, V9FS_MAGIC,      AFS_SUPER_MAGIC,  CODA_SUPER_MAGIC,
    };
    struct statfs fs;
    if (okb_fault("fs-network"))
        return true;
    for (gsize i = 0; fstatfs(fd, &fs) == 0 && i < G_N_ELEMENTS(known); i++)
        if ((guint32)fs.f_type == (guint32)known[i])
            return true;
    return false;
}

static bool watch(OkbBarrier *barrier, int fd, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return okb_error_errno(error, errno, "cannot look at a file system");
    for (guint i = 0; i < barrier->watched->len; i++)
        if (g_array_index(barrier->watched, Watched, i).device == st.st_dev)
            return true;
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0)
        return okb_error_errno(error, errno, "cannot open a directory again");
    Watched watched = {st.st_dev, own, keeps_syncfs(own)};
    barrier->each |= !watched.whole;
    g_array_append_val(barrier->watched, watched);
    return true;
}

OkbBarrier *okb_barrier_new(int root, GError **error)
{
    g_autoptr(OkbBarrier) barrier = g_new0(OkbBarrier, 1);
    barrier->root = root;
    barrier->watched = g_array_new(FALSE, FALSE, sizeof(Watched));
    barrier->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    barrier->directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return watch(barrier, root, error) ? g_steal_pointer(&barrier) : NULL;
}

void okb_barrier_free(OkbBarrier *barrier)
{
    if (!barrier)
        return;
    for (guint i = 0; i < barrier->watched->len; i++)
        close(g_array_index(barrier->watched, Watched, i).fd);
    g_array_unref(barrier->watched);
    g_hash_table_destroy(barrier->files);
    g_hash_table_destroy(barrier->directories);
    g_free(barrier);
}

bool okb_barrier_watch(OkbBarrier *barrier, const char *path, GError **error)
{
    okb_autofd int dir = okb_io_open_beneath(barrier->root, path, O_RDONLY | O_DIRECTORY, 0);
    if (dir < 0)
        return okb_error_errno(error, errno, "cannot open directory %s", path);
    return watch(barrier, dir, error);
}

void okb_barrier_file(OkbBarrier *barrier, const char *path)
{
    if (barrier->each)
        g_hash_table_add(barrier->files, g_strdup(path));
}

void okb_barrier_directory_of(OkbBarrier *barrier, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (barrier->each)
        g_hash_table_add(barrier->directories,
                         g_strndup(path, slash ? (gsize)(slash - path) : 0));
}

void okb_barrier_forget_files(OkbBarrier *barrier)
{
    g_hash_table_remove_all(barrier->files);
}

/* A name that is gone has nothing to sync; that it went is a matter of its directory. */
static bool sync_each(OkbBarrier *barrier, GHashTable *paths, int flags, GError **error)
{
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, paths);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        okb_autofd int fd =
            okb_io_open_beneath(barrier->root, path, O_RDONLY | O_NONBLOCK | flags, 0);
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
            continue;
        if (fd < 0 || fsync(fd) != 0)
            return okb_error_errno(error, errno, "cannot sync %s to the disk", (char *)path);
    }
    return true;
}

bool okb_barrier_sync(OkbBarrier *barrier, GError **error)
{
    if (okb_pretend("barrier-fails"))
        return okb_error_errno(error, EIO, "cannot sync the file system to the disk");
    bool good = (okb_fault("no-file-sync") || sync_each(barrier, barrier->files, 0, error)) &&
                (okb_fault("no-dir-sync") ||
                 sync_each(barrier, barrier->directories, O_DIRECTORY, error));
    g_hash_table_remove_all(barrier->files);
    for (guint i = 0; good && i < barrier->watched->len; i++) {
        Watched *watched = &g_array_index(barrier->watched, Watched, i);
        if (watched->whole && syncfs(watched->fd) != 0)
            good = okb_error_errno(error, errno, "cannot sync the file system to the disk");
    }
    if (good)
        g_hash_table_remove_all(barrier->directories);
    return good;
}
