/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The record names the manifest and module it is about by their stat: a package that is
 * reinstalled is another one. Written whole and renamed; of two writers the last one counts.
 */
#include "plugins/set-aside.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static const char group[] = "Loading";

static void add_stat(GString *text, const char *path)
{
    struct stat st = {0};
    if (stat(path, &st) != 0)
        st.st_size = -1;
    g_string_append_printf(
        text, "%s %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld;", path,
        (gint64)st.st_size, (guint64)st.st_ino, (gint64)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
}

static char *identity(const OkbPlugin *plugin)
{
    GString *text = g_string_new(NULL);
    add_stat(text, plugin->manifest_path);
    add_stat(text, plugin->module_path);
    return g_string_free(text, FALSE);
}

void okb_set_aside_recall(OkbPlugin *plugin)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    plugin->load_failures = 0;
    if (!plugin->state_path ||
        !g_key_file_load_from_file(file, plugin->state_path, G_KEY_FILE_NONE, NULL))
        return;
    g_autofree char *now = identity(plugin);
    g_autofree char *then = g_key_file_get_string(file, group, "Of", NULL);
    if (g_strcmp0(now, then) != 0)
        return;
    gint failures = g_key_file_get_integer(file, group, "Failures", NULL);
    plugin->load_failures = (guint)CLAMP(failures, 0, G_MAXINT16);
    g_free(plugin->load_failure);
    plugin->load_failure = g_key_file_get_string(file, group, "How", NULL);
}

void okb_set_aside_record(const OkbPlugin *plugin, guint failures, const char *how)
{
    if (!plugin->state_path)
        return;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *of = identity(plugin);
    g_key_file_set_string(file, group, "Of", of);
    g_key_file_set_integer(file, group, "Failures", (gint)failures);
    g_key_file_set_string(file, group, "How", how);
    g_autofree char *directory = g_path_get_dirname(plugin->state_path);
    if (g_mkdir_with_parents(directory, 0700) == 0)
        g_key_file_save_to_file(file, plugin->state_path, NULL);
}

bool okb_set_aside_clear(const OkbPlugin *plugin)
{
    return plugin->state_path && unlink(plugin->state_path) == 0;
}
