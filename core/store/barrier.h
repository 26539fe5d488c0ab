/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The durability barrier: after okb_barrier_sync() returned true, all that was written, made,
 * renamed or removed on the watched file systems before is on the disk.
 *
 * One syncfs() a file system where that call is known to keep its word and to report errors;
 * elsewhere every file and directory that was named is opened and synced.
 *
 * A file system must be watched before the first byte is written to it: errors since then, and
 * only those, are reported. After a failure the files of the group must not be used: their
 * pages may be marked clean without being on the disk.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct OkbBarrier OkbBarrier;

OkbBarrier *okb_barrier_new(int root, GError **error);
void okb_barrier_free(OkbBarrier *barrier);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbBarrier, okb_barrier_free)

/* Writes will go to the file system that holds the directory `path`, beneath the root. */
bool okb_barrier_watch(OkbBarrier *barrier, const char *path, GError **error);

/* A file that was written; a directory in which names changed. Relative to the root. */
void okb_barrier_file(OkbBarrier *barrier, const char *path);
void okb_barrier_directory_of(OkbBarrier *barrier, const char *path);

/* Forgets the files named so far (they were given up), not the directories. */
void okb_barrier_forget_files(OkbBarrier *barrier);

bool okb_barrier_sync(OkbBarrier *barrier, GError **error);

/* Whether a descriptor is on a file system that other machines may share. */
bool okb_barrier_is_network(int fd);
