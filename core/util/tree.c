/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The walk keeps one open directory per level and a stack of them. A tree deeper than DEPTH_MAX
 * is cut: the directory found there is renamed to the top of the tree and is met again later,
 * so the number of descriptors is bounded however deep a converter nested.
 */
#include "util/tree.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 64 };

typedef struct {
    DIR *dir;
    char *name;     /* in the directory below it on the stack */
    guint failures; /* entries of this directory that stay */
} Level;

typedef struct {
    Level stack[DEPTH_MAX];
    int depth;
    guint failures;
    guint moved;
    GError **error;
} Walk;

static void note_failure(Walk *walk, const char *name)
{
    if (walk->failures++ == 0)
        okb_error_errno(walk->error, errno, "cannot remove %s", name);
}

/* A fresh descriptor for a directory; gives the owner's rights back when they were taken away.
 */
static int open_for_removal(int parent, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    struct stat st;
    int fd = openat(parent, name, flags);
    if (fd < 0 && errno == EACCES) {
        if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
            return -1;
        if (fchmodat(parent, name, 0700, 0) != 0)
            return -1;
        fd = openat(parent, name, flags);
    }
    if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700)
        (void)!fchmod(fd, 0700);
    return fd;
}

static bool push(Walk *walk, int parent, const char *name)
{
    int fd = open_for_removal(parent, name);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        okb_close_fd(&fd);
        note_failure(walk, name);
        return false;
    }
    walk->stack[walk->depth++] = (Level){dir, g_strdup(name), 0};
    return true;
}

/* Too deep: moves the directory to the top level, where the walk meets it again. */
static bool hoist(Walk *walk, int from, const char *name)
{
    char fresh[40];
    snprintf(fresh, sizeof fresh, ".deep-%u", walk->moved++);
    int top = dirfd(walk->stack[0].dir);
    if (renameat(from, name, top, fresh) == 0) {
        rewinddir(walk->stack[0].dir);
        return true;
    }
    note_failure(walk, name);
    return false;
}

static void remove_entry(Walk *walk, const char *name)
{
    Level *level = &walk->stack[walk->depth - 1];
    int dir = dirfd(level->dir);
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return;
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode)) {
        note_failure(walk, name);
        level->failures++;
    } else if (walk->depth == DEPTH_MAX) {
        if (!hoist(walk, dir, name))
            level->failures++;
    } else if (!push(walk, dir, name)) {
        level->failures++;
    }
}

/* The directory on top is read to its end: removes it from the one below. */
static void pop(Walk *walk, int parent)
{
    Level level = walk->stack[--walk->depth];
    int below = walk->depth ? dirfd(walk->stack[walk->depth - 1].dir) : parent;
    closedir(level.dir);
    if (level.failures || (unlinkat(below, level.name, AT_REMOVEDIR) != 0 && errno != ENOENT)) {
        if (!level.failures)
            note_failure(walk, level.name);
        if (walk->depth)
            walk->stack[walk->depth - 1].failures++;
    }
    g_free(level.name);
}

static const char *next_entry(DIR *dir)
{
    struct dirent *entry;
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return entry->d_name;
    return NULL;
}

guint okb_tree_remove(int parent, const char *name, GError **error)
{
    Walk walk = {.error = error};
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            note_failure(&walk, name);
        return walk.failures;
    }
    if (!S_ISDIR(st.st_mode)) {
        if (unlinkat(parent, name, 0) != 0 && errno != ENOENT)
            note_failure(&walk, name);
        return walk.failures;
    }
    if (!push(&walk, parent, name))
        return walk.failures;
    while (walk.depth > 0) {
        const char *entry = next_entry(walk.stack[walk.depth - 1].dir);
        if (entry)
            remove_entry(&walk, entry);
        else
            pop(&walk, parent);
    }
    return walk.failures;
}
