/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/spool.h"

#include "cli/signals.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/tree.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static bool pump(int out, const char *path, GError **error)
{
    g_autofree char *buffer = g_malloc(CHUNK);
    for (;;) {
        if (*okb_signals_flag())
            return okb_error_set(error, OKB_ERROR_INTERRUPTED,
                                 "interrupted while reading standard input");
        ssize_t n = read(STDIN_FILENO, buffer, CHUNK);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return okb_error_errno(error, errno, "cannot read standard input");
        if (n > 0 && okb_io_write_all(out, buffer, (size_t)n) != 0)
            return okb_error_errno(error, errno, "cannot write %s", path);
    }
}

static bool is_component(const char *name)
{
    return okb_io_path_is_inside(name) && !strchr(name, '/') && strlen(name) <= 255;
}

bool okb_spool_stdin(OkbSpool *spool, const char *name, GError **error)
{
    if (!is_component(name))
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "--name is a file name without directories, not “%s”", name);
    g_autofree char *dir = g_build_filename(g_get_tmp_dir(), "openkb-stdin-XXXXXX", NULL);
    if (!mkdtemp(dir))
        return okb_error_errno(error, errno, "cannot make a private directory in %s",
                               g_get_tmp_dir());
    spool->dir = realpath(dir, NULL);
    if (!spool->dir)
        spool->dir = g_steal_pointer(&dir);
    spool->path = g_build_filename(spool->dir, name, NULL);
    okb_autofd int out = open(spool->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0)
        return okb_error_errno(error, errno, "cannot make %s", spool->path);
    return pump(out, spool->path, error);
}

void okb_spool_clear(OkbSpool *spool)
{
    if (spool->dir)
        okb_tree_remove(AT_FDCWD, spool->dir, NULL);
    g_clear_pointer(&spool->dir, free);
    g_clear_pointer(&spool->path, g_free);
}
