/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Python OpenKB records an operation in .openkb/journal/<id>.json before it changes anything,
 * and rolls an unfinished one back the next time it takes the lock. While one is unfinished,
 * the files it names are in an unknown state, and building on them would be undone by Python.
 */
#include "store/recover.h"

#include "store/store-private.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#define JOURNALS ".openkb/journal"

enum { JOURNAL_MAX = 1 << 26 };

static bool is_unfinished(int dir, const char *name)
{
    g_autoptr(GBytes) bytes = okb_io_read_path(dir, name, JOURNAL_MAX, NULL);
    if (!bytes)
        return false;
    gsize len;
    const char *text = g_bytes_get_data(bytes, &len);
    json_t *journal = json_loadb(text, len, 0, NULL);
    const char *status = json_string_value(json_object_get(journal, "status"));
    bool unfinished = json_is_object(journal) && (!status || strcmp(status, "active") == 0);
    json_decref(journal);
    return unfinished;
}

bool okb_recover_python(OkbStore *store, GError **error)
{
    int fd = okb_io_open_beneath(store->kb->root, JOURNALS, O_RDONLY | O_DIRECTORY, 0);
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (g_str_has_suffix(entry->d_name, ".json") &&
            is_unfinished(dirfd(dir), entry->d_name))
            return okb_error_set(
                error, OKB_ERROR_PENDING,
                "%s/" JOURNALS "/%s: Python OpenKB left an operation "
                "unfinished; run one of its commands that change the knowledge "
                "base, so that it rolls it back",
                store->kb->path, entry->d_name);
    return true;
}
