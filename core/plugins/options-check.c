/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A misspelt option that is silently ignored converts a thousand files the wrong way.
 */
#include "plugins/plugins.h"
#include "util/error.h"

#include <string.h>

/* Characters to change, add or leave out to come from one word to the other. */
static guint distance(const char *a, const char *b)
{
    gsize len = strlen(b);
    g_autofree guint *row = g_new(guint, len + 1);
    for (gsize j = 0; j <= len; j++)
        row[j] = (guint)j;
    for (gsize i = 0; a[i]; i++) {
        guint diagonal = row[0];
        row[0] = (guint)i + 1;
        for (gsize j = 0; j < len; j++) {
            guint changed = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(changed, MIN(row[j], diagonal) + 1);
        }
    }
    return row[len];
}

typedef struct {
    const char *wanted; /* a name, without the plugin's id */
    const char *nearest;
    guint distance;
    GString *all; /* "html.content, pdf.password" */
    bool found;
} Search;

static void look_at(Search *search, const OkbPlugin *plugin)
{
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = plugin->options->pdata[i];
        guint away = distance(search->wanted, option->name);
        search->found |= away == 0;
        if (!search->nearest || away < search->distance) {
            search->nearest = option->name;
            search->distance = away;
        }
        g_string_append_printf(search->all, "%s%s.%s", search->all->len ? ", " : "", plugin->id,
                               option->name);
    }
}

static bool unknown(const Search *search, const char *given, GError **error)
{
    const char *there_are = search->all->len ? "there are: " : "none has any";
    bool near = search->nearest && search->distance <= MAX(strlen(search->wanted) / 3, 1u);
    g_autofree char *guess =
        near ? g_strdup_printf("did you mean “%s”? ", search->nearest) : g_strdup("");
    return okb_error_set(error, OKB_ERROR_USAGE,
                         "--option %s: no plugin has this option; %s%s%s", given, guess,
                         there_are, search->all->str);
}

/* The plugin that "ID.NAME" names; NULL for a bare name. Ids may have dots, names have none. */
static char *id_of(const char *given)
{
    g_autofree char *name = g_strndup(given, strcspn(given, "="));
    const char *dot = strrchr(name, '.');
    return dot ? g_strndup(name, (gsize)(dot - name)) : NULL;
}

static bool check_one(const OkbPlugins *plugins, const char *only, const char *given,
                      GError **error)
{
    g_autofree char *id = id_of(given);
    const char *start = id ? given + strlen(id) + 1 : given;
    g_autofree char *wanted = g_strndup(start, strcspn(start, "="));
    g_autoptr(GString) all = g_string_new(NULL);
    Search search = {.wanted = wanted, .all = all};
    const char *const one[] = {given, NULL};
    if (id && !okb_plugins_find(plugins, id))
        return okb_error_set(
            error, OKB_ERROR_USAGE,
            "--option %s: there is no plugin “%s”; `openkb plugins list` names "
            "them",
            given, id);
    for (guint i = 0; i < okb_plugins_all(plugins)->len; i++) {
        const OkbPlugin *plugin = okb_plugins_all(plugins)->pdata[i];
        if (plugin->refused || g_strcmp0(id ? id : only ? only : plugin->id, plugin->id) != 0)
            continue;
        look_at(&search, plugin);
        g_autofree char *lines =
            search.found || !id ? okb_plugin_options(plugin, one, error) : g_strdup("");
        if (!lines)
            return false;
    }
    return search.found || unknown(&search, given, error);
}

bool okb_plugins_check_options(const OkbPlugins *plugins, const char *only,
                               const char *const *given, GError **error)
{
    for (; given && *given; given++)
        if (!check_one(plugins, only, *given, error))
            return false;
    return true;
}
