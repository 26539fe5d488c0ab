/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes in and out of descriptors, and paths that cannot leave their root.
 *
 * Every path below a knowledge base is resolved beneath a directory descriptor: no component
 * may be a symbolic link, ".." or absolute. openat2() does it in the kernel; where the kernel
 * has none, or a filter hides it, a walk with O_NOFOLLOW does the same.
 *
 * Errors: functions with a GError set it; the others return -1 and errno, like the calls they
 * wrap. All descriptors are close-on-exec.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* write() until all is written. -1 and errno on failure. */
int okb_io_write_all(int fd, const void *bytes, size_t len);

/* The whole of a regular file from offset 0, at most `max` bytes. NULL and `error` when it
 * cannot be read or is larger; `name` is for the message. */
GBytes *okb_io_read_file(int fd, gsize max, const char *name, GError **error);

/* Reads a file below `root`; see okb_io_read_file(). A missing file, and no other, gives NULL
 * and ENOENT in errno with *error set. */
GBytes *okb_io_read_path(int root, const char *path, gsize max, GError **error);

/* Opens `path` beneath `root`. -1 and errno: ELOOP for a link on the way, EXDEV for an escape.
 */
int okb_io_open_beneath(int root, const char *path, int flags, mode_t mode);

/* Opens the directory that holds `path`, beneath `root`; *ret_name points at the last component
 * inside `path`. O_PATH is not used: the descriptor can be synced. */
int okb_io_open_parent(int root, const char *path, const char **ret_name);

/* Makes the directories of `path` (not its last component), mode 0777 & ~umask. 0, or -1 and
 * errno. */
int okb_io_make_parents(int root, const char *path);

/* lstat() beneath `root`. 0, or -1 and errno. */
int okb_io_stat_beneath(int root, const char *path, struct stat *st);

/* Copies `in` from its offset 0 to the end of `out`, sharing extents where the file system can.
 * Returns the bytes copied, or -1 and errno. */
gint64 okb_io_copy(int in, int out);

/* Writes a file whole and durably: temporary name, fsync, rename, fsync of the directory. An
 * existing file keeps its mode, a new one gets 0666 & ~umask. */
bool okb_io_replace_file(int root, const char *path, const void *bytes, size_t len,
                         GError **error);

/* A relative path that stays inside: non-empty, no empty, "." or ".." component, no NUL, not
 * absolute. */
bool okb_io_path_is_inside(const char *path);

/* fsync() of a directory below root (or of root itself for ""). 0, or -1 and errno. */
int okb_io_sync_dir(int root, const char *path);
