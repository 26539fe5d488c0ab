/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The slot used longest ago gives way; a call that fails takes that one, and leaves it free. So
 * the directory asked for before stays open while another is looked for, made, and looked for
 * again.
 */
#include "store/dirs.h"

#include "util/cleanup.h"
#include "util/io.h"

#include <string.h>

enum { SLOTS = 8 };

typedef struct {
    char *path;
    gsize len;
    int fd; /* -1: free */
    guint64 used;
} Slot;

struct OkbDirs {
    int root;
    guint64 clock;
    Slot slots[SLOTS];
};

OkbDirs *okb_dirs_new(int root)
{
    OkbDirs *dirs = g_new0(OkbDirs, 1);
    dirs->root = root;
    for (int i = 0; i < SLOTS; i++)
        dirs->slots[i].fd = -1;
    return dirs;
}

static void empty(Slot *slot)
{
    okb_close_fd(&slot->fd);
    g_clear_pointer(&slot->path, g_free);
    slot->used = 0;
}

void okb_dirs_forget(OkbDirs *dirs)
{
    for (int i = 0; i < SLOTS; i++)
        empty(&dirs->slots[i]);
}

void okb_dirs_free(OkbDirs *dirs)
{
    if (dirs)
        okb_dirs_forget(dirs);
    g_free(dirs);
}

/* The slot that holds the directory, else the one to fill. */
static Slot *find(OkbDirs *dirs, const char *path, gsize len)
{
    Slot *oldest = &dirs->slots[0];
    for (int i = 0; i < SLOTS; i++) {
        Slot *slot = &dirs->slots[i];
        if (slot->fd >= 0 && slot->len == len && memcmp(slot->path, path, len) == 0)
            return slot;
        if (slot->used < oldest->used)
            oldest = slot;
    }
    empty(oldest);
    return oldest;
}

int okb_dirs_parent(OkbDirs *dirs, const char *path, const char **ret_name)
{
    const char *name = path, *slash = strrchr(path, '/');
    gsize len = slash ? (gsize)(slash - path) : 0;
    Slot *slot = find(dirs, path, len);
    if (slot->fd < 0) {
        slot->fd = okb_io_open_parent(dirs->root, path, &name);
        if (slot->fd < 0)
            return -1;
        slot->path = g_strndup(path, len);
        slot->len = len;
    }
    slot->used = ++dirs->clock;
    *ret_name = slash ? slash + 1 : path;
    return slot->fd;
}
