/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Descriptors that close themselves at the end of their scope:
 *
 *     okb_autofd int fd = open(...);
 *     ...
 *     return okb_steal_fd(&fd);
 */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <glib.h>
#include <unistd.h>

/* Closes a valid descriptor and keeps errno, so that cleaning up never hides a cause. */
static inline void okb_close_fd(int *fd)
{
    if (*fd >= 0) {
        int saved = errno;
        close(*fd);
        errno = saved;
    }
    *fd = -1;
}

#define okb_autofd __attribute__((cleanup(okb_close_fd)))

static inline int okb_steal_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(DIR, closedir)
