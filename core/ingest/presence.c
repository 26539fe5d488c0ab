/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A path that is not there is judged by the nearest directory above it that is.
 */
#include "ingest/presence.h"

#include "util/cleanup.h"
#include "util/error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct OkbPresence {
    /* Nearest place above a path that is absent, or that the system refuses to look at ->
     * OkbPresenceAnswer; its `place` is the key. */
    GHashTable *absent, *refused;
};

OkbPresence *okb_presence_new(void)
{
    OkbPresence *presence = g_new0(OkbPresence, 1);
    presence->absent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    presence->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return presence;
}

void okb_presence_free(OkbPresence *presence)
{
    if (!presence)
        return;
    g_hash_table_unref(presence->absent);
    g_hash_table_unref(presence->refused);
    g_free(presence);
}

static OkbPresenceAnswer unreadable(int errnum)
{
    return (OkbPresenceAnswer){OKB_PRESENCE_DOUBT, NULL, "unreadable",
                               g_intern_string(g_strerror(errnum))};
}

/* What fsck leaves in every new file system does not count as content. */
static OkbPresenceAnswer judge_entries(DIR *dir)
{
    static const char *const nothing[] = {".", "..", "lost+found", NULL};
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)))
        if (!g_strv_contains(nothing, entry->d_name))
            return (OkbPresenceAnswer){.kind = OKB_PRESENCE_GONE};
    if (errno)
        return unreadable(errno);
    return (OkbPresenceAnswer){OKB_PRESENCE_DOUBT, NULL, "empty-directory",
                               "it is empty, as if something were not mounted there"};
}

static OkbPresenceAnswer judge_directory(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return unreadable(errno);
    if (!S_ISDIR(st.st_mode)) /* a file stands where the directory was */
        return (OkbPresenceAnswer){.kind = OKB_PRESENCE_GONE};
    g_autoptr(DIR) dir = opendir(path);
    return dir ? judge_entries(dir) : unreadable(errno);
}

/* The nearest thing above `path` that has a name, or that cannot be looked at just now. */
static char *nearest(const char *path)
{
    struct stat st;
    char *place = g_path_get_dirname(path);
    while (lstat(place, &st) != 0 && !okb_error_is_passing(errno) && strcmp(place, "/") != 0) {
        char *above = g_path_get_dirname(place);
        g_free(place);
        place = above;
    }
    return place;
}

/* Takes `place`. */
static OkbPresenceAnswer remember(GHashTable *answers, char *place, OkbPresenceAnswer answer)
{
    answer.place = place;
    g_hash_table_insert(answers, place, g_memdup2(&answer, sizeof answer));
    return answer;
}

OkbPresenceAnswer okb_presence_look(OkbPresence *presence, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return (OkbPresenceAnswer){.kind = OKB_PRESENCE_THERE};
    int errnum = errno;
    bool absent = errnum == ENOENT || errnum == ENOTDIR;
    GHashTable *answers = absent ? presence->absent : presence->refused;
    g_autofree char *place = nearest(path);
    const OkbPresenceAnswer *known = g_hash_table_lookup(answers, place);
    if (known)
        return *known;
    OkbPresenceAnswer answer = absent ? judge_directory(place) : unreadable(errnum);
    return remember(answers, g_steal_pointer(&place), answer);
}
