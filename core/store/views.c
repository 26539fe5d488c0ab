/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/views.h"

#include "store/views-private.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>

static int is_dirty(OkbStore *store, const char *name, GError **error)
{
    gint64 dirty;
    if (!okb_database_number(store->db, &dirty, error,
                             "SELECT EXISTS (SELECT 1 FROM dirty_view WHERE name = ?)", "s",
                             name))
        return -1;
    return dirty ? 1 : 0;
}

static bool clean(OkbStore *store, bool index, bool hashes, GError **error)
{
    if (okb_store_begin(store, error) && (!index || okb_view_index_clean(store, error)) &&
        (!hashes || okb_view_hashes_clean(store, error)) &&
        okb_database_run(store->db, error, "DELETE FROM dirty_view", "") &&
        okb_store_commit(store, error))
        return true;
    okb_store_rollback(store);
    return false;
}

bool okb_views_rebuild(OkbStore *store, GError **error)
{
    if (!okb_view_index_recover(store, error))
        return false;
    int index = is_dirty(store, "index", error);
    int hashes = index < 0 ? -1 : is_dirty(store, "hashes", error);
    if (index < 0 || hashes < 0)
        return false;
    if (!index && !hashes)
        return true;
    hashes = hashes && store->kb->config.python_compat;
    if ((index && !okb_view_index_build(store, error)) ||
        (hashes && !okb_view_hashes_build(store, error)))
        return false;
    return clean(store, index, hashes, error);
}

static int open_log(OkbStore *store)
{
    static const char header[] = "# Operations Log\n\n";
    struct stat st;
    okb_autofd int fd = okb_io_open_beneath(store->kb->root, "wiki/log.md",
                                            O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0666);
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (!S_ISREG(st.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    if (st.st_size == 0 && write(fd, header, strlen(header)) < 0)
        return -1;
    return okb_steal_fd(&fd);
}

void okb_views_append_log(OkbStore *store, GPtrArray *lines)
{
    if (lines->len == 0)
        return;
    okb_autofd int fd = open_log(store);
    bool good = fd >= 0;
    for (guint i = 0; good && i < lines->len; i++) {
        const char *line = lines->pdata[i];
        good = write(fd, line, strlen(line)) == (ssize_t)strlen(line);
    }
    if (!good)
        okb_store_note(store, "wiki/log.md could not be written: %s", g_strerror(errno));
    okb_barrier_file(store->barrier, "wiki/log.md");
    okb_barrier_directory_of(store->barrier, "wiki/log.md");
}
