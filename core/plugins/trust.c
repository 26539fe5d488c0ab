/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "plugins/trust.h"

#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Why this inode is not to be trusted, or NULL. */
static char *distrust(const struct stat *st, const char *what, bool sticky_is_fine)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return g_strdup_printf("%s belongs to user %u, not to root or you", what, st->st_uid);
    bool foreign_writers = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (foreign_writers && !(sticky_is_fine && (st->st_mode & S_ISVTX)))
        return g_strdup_printf("%s can be written by others (mode %04o): chmod go-w", what,
                               st->st_mode & 07777u);
    return NULL;
}

static char *distrust_ancestors(const char *path)
{
    g_autofree char *ancestor = g_strdup(path);
    for (char *slash; (slash = strrchr(ancestor, '/')) != NULL;) {
        slash[slash == ancestor] = '\0';
        struct stat st;
        if (stat(ancestor, &st) != 0)
            return g_strdup_printf("%s: %s", ancestor, g_strerror(errno));
        char *reason = distrust(&st, ancestor, true);
        if (reason || slash == ancestor)
            return reason;
    }
    return NULL;
}

int okb_trust_open_directory(const char *path, char **ret_reason)
{
    errno = 0;
    char *real = realpath(path, NULL);
    if (!real) {
        *ret_reason =
            errno == ENOENT ? NULL : g_strdup_printf("%s: %s", path, g_strerror(errno));
        return -1;
    }
    okb_autofd int fd = open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        *ret_reason = g_strdup_printf("%s: %s", path, g_strerror(errno));
    else if (!(*ret_reason = distrust(&st, path, false)))
        *ret_reason = distrust_ancestors(real);
    free(real);
    return *ret_reason ? -1 : okb_steal_fd(&fd);
}

static int open_following_once(int directory, const char *name, char **ret_reason)
{
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
    int fd = openat(directory, name, flags);
    char target[256];
    if (fd < 0 && errno == ELOOP) {
        ssize_t len = readlinkat(directory, name, target, sizeof target - 1);
        if (len > 0) {
            target[len] = '\0';
            if (strchr(target, '/')) {
                *ret_reason = g_strdup_printf("%s is a link out of its directory", name);
                return -1;
            }
            fd = openat(directory, target, flags);
        }
    }
    if (fd < 0)
        *ret_reason = g_strdup_printf("%s: %s", name, g_strerror(errno));
    return fd;
}

int okb_trust_open_file(int directory, const char *name, char **ret_reason)
{
    *ret_reason = NULL;
    errno = 0;
    okb_autofd int fd = open_following_once(directory, name, ret_reason);
    if (fd < 0)
        return -1;
    struct stat st;
    if (fstat(fd, &st) != 0)
        *ret_reason = g_strdup_printf("%s: %s", name, g_strerror(errno));
    else if (!S_ISREG(st.st_mode))
        *ret_reason = g_strdup_printf("%s is not a regular file", name);
    else if (st.st_mode & (S_ISUID | S_ISGID))
        *ret_reason = g_strdup_printf("%s is set-user-ID or set-group-ID", name);
    else
        *ret_reason = distrust(&st, name, false);
    return *ret_reason ? -1 : okb_steal_fd(&fd);
}
