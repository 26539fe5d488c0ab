/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/copy.h"
#include "ingest/prune-private.h"
#include "store/sources.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void okb_fate_clear(OkbFate *fate)
{
    g_clear_pointer(&fate->heir, okb_alias_free);
}

/* "pageindex-cloud:7", "https://host/page", "stdin:a.md": a colon before any slash. */
static bool is_path(const char *key)
{
    return *key && key[strcspn(key, ":/")] != ':';
}

char *okb_prune_absolute(const OkbKb *kb, const char *path)
{
    if (!is_path(path))
        return NULL;
    return *path == '/' ? g_strdup(path) : g_strconcat(kb->path, "/", path, NULL);
}

static OkbPresenceAnswer doubt(const char *place, int errnum)
{
    return (OkbPresenceAnswer){OKB_PRESENCE_DOUBT, g_intern_string(place), "unreadable",
                               g_intern_string(g_strerror(errnum))};
}

/* Whether the file has the bytes that were recorded of it; sets the stat to go with them. */
static bool has_bytes(const char *path, const char *wanted, OkbStat *stat,
                      OkbPresenceAnswer *answer)
{
    struct stat st;
    char hash[OKB_DIGEST_HEX];
    okb_autofd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (errno != ELOOP && errno != ENXIO)
            *answer = doubt(path, errno);
        return false;
    }
    OkbStat now = okb_stat_of(&st);
    if (!S_ISREG(st.st_mode))
        return false;
    if (stat->size >= 0 && okb_stat_equal(stat, &now))
        return true;
    *stat = okb_stat_distrust_fresh(now);
    bool read = okb_digest_fd(fd, hash) == 0;
    if (!read)
        *answer = doubt(path, errno);
    return read && strcmp(hash, wanted) == 0;
}

static bool lives(OkbStore *store, OkbPresence *presence, OkbAlias *alias,
                  OkbPresenceAnswer *answer)
{
    g_autofree char *path = okb_prune_absolute(okb_store_kb(store), alias->path);
    if (!path)
        return false;
    OkbPresenceAnswer look = okb_presence_look(presence, path);
    if (look.kind == OKB_PRESENCE_DOUBT)
        *answer = look;
    return look.kind == OKB_PRESENCE_THERE &&
           has_bytes(path, alias->hash, &alias->stat, answer);
}

/* The first other source that has the bytes still. One that cannot be looked at leaves a doubt.
 */
static bool find_heir(OkbStore *store, OkbPresence *presence, gint64 document, OkbFate *fate,
                      GError **error)
{
    GError *local = NULL;
    g_autoptr(OkbDocument) of = okb_registry_by_id(store, document, &local);
    g_autoptr(GPtrArray) aliases = of ? okb_registry_aliases_of(store, document, &local) : NULL;
    OkbPresenceAnswer answer = {.kind = OKB_PRESENCE_GONE};
    for (guint i = 0; aliases && i < aliases->len && !fate->heir; i++) {
        OkbAlias *alias = aliases->pdata[i];
        if (strcmp(alias->hash, of->hash) == 0 && lives(store, presence, alias, &answer))
            fate->heir = g_ptr_array_steal_index(aliases, i);
    }
    fate->kind = fate->heir                          ? OKB_FATE_PROMOTE
                 : answer.kind == OKB_PRESENCE_DOUBT ? OKB_FATE_DOUBT
                                                     : OKB_FATE_REMOVE;
    fate->doubt = answer;
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

bool okb_prune_judge(OkbStore *store, OkbPresence *presence, gint64 document, const char *path,
                     OkbFate *fate, GError **error)
{
    g_autofree char *absolute = okb_prune_absolute(okb_store_kb(store), path);
    *fate = (OkbFate){.kind = OKB_FATE_KEEP};
    if (!absolute)
        return true;
    fate->doubt = okb_presence_look(presence, absolute);
    switch (fate->doubt.kind) {
    case OKB_PRESENCE_THERE:
        return true;
    case OKB_PRESENCE_DOUBT:
        fate->kind = OKB_FATE_DOUBT;
        return true;
    case OKB_PRESENCE_GONE:
        return find_heir(store, presence, document, fate, error);
    }
    g_assert_not_reached();
}
