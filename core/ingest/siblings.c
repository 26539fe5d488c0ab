/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/siblings.h"

#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>

#define MAX_ONE (G_GUINT64_CONSTANT(64) << 20)
#define MAX_SUM (G_GUINT64_CONSTANT(1) << 30)

static void free_seen(gpointer data)
{
    OkbSiblingSeen *seen = data;
    g_free(seen->path);
    g_free(seen);
}

void okb_siblings_init(OkbSiblings *siblings, guint max)
{
    *siblings = (OkbSiblings){g_ptr_array_new_with_free_func(free_seen), 0, max};
}

void okb_siblings_clear(OkbSiblings *siblings)
{
    g_clear_pointer(&siblings->seen, g_ptr_array_unref);
}

static bool is_visible(const char *path)
{
    for (const char *p = path; p; p = strchr(p, '/'), p = p ? p + 1 : NULL)
        if (*p == '.')
            return false;
    return okb_io_path_is_inside(path);
}

static OkbSiblingSeen *find(const OkbSiblings *siblings, const char *path)
{
    for (guint i = 0; i < siblings->seen->len; i++) {
        OkbSiblingSeen *seen = g_ptr_array_index(siblings->seen, i);
        if (g_str_equal(seen->path, path))
            return seen;
    }
    return NULL;
}

static bool is_acceptable(const struct stat *st)
{
    return S_ISREG(st->st_mode) && (guint64)st->st_size <= MAX_ONE;
}

bool okb_siblings_would_open(int directory, const char *path, struct stat *st)
{
    return is_visible(path) && okb_io_stat_beneath(directory, path, st) == 0 &&
           is_acceptable(st);
}

static int open_regular(int directory, const char *path, struct stat *st)
{
    if (!is_visible(path))
        return -1;
    okb_autofd int fd =
        okb_io_open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0 || fstat(fd, st) != 0 || !is_acceptable(st))
        return -1;
    return okb_steal_fd(&fd);
}

int okb_siblings_open(OkbSiblings *siblings, int directory, const char *path, guint64 *ret_size)
{
    OkbSiblingSeen *seen = find(siblings, path);
    if (directory < 0 || (!seen && siblings->seen->len >= siblings->max))
        return -1;
    bool first = !seen;
    if (first) {
        seen = g_new0(OkbSiblingSeen, 1);
        seen->path = g_strdup(path);
        g_ptr_array_add(siblings->seen, seen);
    }
    struct stat st;
    okb_autofd int fd = open_regular(directory, path, &st);
    if (fd < 0 || siblings->bytes + (guint64)st.st_size > MAX_SUM)
        return -1;
    siblings->bytes += (guint64)st.st_size;
    if (first) {
        seen->st = st;
        if (okb_digest_fd(fd, seen->hash) != 0) {
            seen->hash[0] = '\0';
            return -1;
        }
    }
    *ret_size = (guint64)st.st_size;
    return okb_steal_fd(&fd);
}
