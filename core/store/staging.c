/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A batch lives while it holds the lock on `alive`. The shared gate is held from before the
 * directory is made until `alive` is locked, so that no reaper sees a batch without it.
 */
#include "store/reaper.h"
#include "store/store.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <sys/file.h>

struct OkbStaging {
    int parent, dir, alive;
    char *path;
    const char *name; /* in path */
};

static bool make_batch(OkbStaging *staging, GError **error)
{
    if (mkdirat(staging->parent, staging->name, 0700) != 0)
        return okb_error_errno(error, errno, "cannot make directory %s", staging->path);
    staging->dir =
        openat(staging->parent, staging->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (staging->dir >= 0)
        staging->alive =
            openat(staging->dir, "alive", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (staging->alive < 0 || flock(staging->alive, LOCK_EX | LOCK_NB) != 0)
        return okb_error_errno(error, errno, "cannot make %s/alive", staging->path);
    return true;
}

OkbStaging *okb_staging_open(OkbKb *kb, GError **error)
{
    okb_autofd int gate = okb_gate_open(kb, LOCK_SH, error);
    if (gate < 0)
        return NULL;
    g_autoptr(OkbStaging) staging = g_new0(OkbStaging, 1);
    staging->dir = staging->alive = -1;
    staging->path =
        g_strdup_printf(".openkb/staging/batch-%08x%08x", g_random_int(), g_random_int());
    staging->parent = okb_io_open_parent(kb->root, staging->path, &staging->name);
    if (staging->parent < 0) {
        okb_error_errno(error, errno, "cannot open %s/.openkb/staging", kb->path);
        return NULL;
    }
    return make_batch(staging, error) ? g_steal_pointer(&staging) : NULL;
}

int okb_staging_dir(const OkbStaging *staging)
{
    return staging->dir;
}

const char *okb_staging_path(const OkbStaging *staging)
{
    return staging->path;
}

/* What cannot be removed now, the next reaper finds dead. */
void okb_staging_close(OkbStaging *staging)
{
    if (!staging)
        return;
    if (staging->alive >= 0)
        okb_tree_remove(staging->parent, staging->name, NULL);
    okb_close_fd(&staging->alive);
    okb_close_fd(&staging->dir);
    okb_close_fd(&staging->parent);
    g_free(staging->path);
    g_free(staging);
}
