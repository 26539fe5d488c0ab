/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A fresh directory for each test, removed with all that is in it.
 */
#pragma once

#include "util/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    char path[64];
    int fd;
} Scratch;

static inline int scratch_setup(void **state)
{
    Scratch *scratch = g_new0(Scratch, 1);
    strcpy(scratch->path, "/tmp/openkb-test-XXXXXX");
    if (!mkdtemp(scratch->path))
        return -1;
    scratch->fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    *state = scratch;
    return scratch->fd < 0 ? -1 : 0;
}

static inline int scratch_teardown(void **state)
{
    Scratch *scratch = *state;
    close(scratch->fd);
    guint left = okb_tree_remove(AT_FDCWD, scratch->path, NULL);
    g_free(scratch);
    return left ? -1 : 0;
}

/* Writes a file below the scratch directory, with its parents. */
static inline void scratch_write(const Scratch *scratch, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(scratch->path, path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);
    if (g_mkdir_with_parents(dir, 0777) != 0 || !g_file_set_contents(full, text, -1, NULL))
        abort();
}

/* Reads one; NULL when it is not there. */
static inline char *scratch_read(const Scratch *scratch, const char *path)
{
    g_autofree char *full = g_build_filename(scratch->path, path, NULL);
    char *text = NULL;
    g_file_get_contents(full, &text, NULL, NULL);
    return text;
}
