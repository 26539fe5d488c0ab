/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/policy.h"

#include "cli/cli.h"
#include "kb/config.h"
#include "plugins/set-aside.h"
#include "util/error.h"

#include <string.h>
#include <sys/auxv.h>

/* ---- Limits ------------------------------------------------------------------------------ */

static bool read_count(const char *text, guint *ret_count, GError **error)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &value, NULL))
        return okb_error_set(error, OKB_ERROR_USAGE, "“%s” is not a number from 1 on", text);
    *ret_count = (guint)value;
    return true;
}

bool okb_cli_set_limit(OkbLimits *limits, const char *name, const char *text, GError **error)
{
    const struct {
        const char *name;
        guint64 *size;
        guint *duration, *count;
    } rows[] = {
        {"memory", &limits->memory_bytes, NULL, NULL},
        {"output", &limits->output_bytes, NULL, NULL},
        {"wall", NULL, &limits->wall_ms, NULL},
        {"idle", NULL, &limits->idle_ms, NULL},
        {"cpu", NULL, &limits->cpu_ms, NULL},
        {"files", NULL, NULL, &limits->files},
        {"depth", NULL, NULL, &limits->depth},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (rows[i].size)
            return okb_cli_size(text, rows[i].size, error);
        return rows[i].duration ? okb_cli_duration(text, rows[i].duration, error)
                                : read_count(text, rows[i].count, error);
    }
    return okb_error_set(error, OKB_ERROR_USAGE, "there is no limit “%s”", name);
}

static bool read_caps(const OkbGlobalConfig *global, OkbLimits *caps, GError **error)
{
    GHashTableIter iter;
    gpointer name, text;
    g_hash_table_iter_init(&iter, global->limits);
    while (g_hash_table_iter_next(&iter, &name, &text))
        if (!okb_cli_set_limit(caps, name, text, error)) {
            g_prefix_error(error, "~/.config/openkb/global.yaml, limits, %s: ", (char *)name);
            if (error && *error)
                (*error)->code = OKB_ERROR_FAILED; /* nothing is wrong with the command line */
            return false;
        }
    return true;
}

/* ---- Plugins ----------------------------------------------------------------------------- */

static char *user_directory(void)
{
    return g_build_filename(g_get_user_data_dir(), "openkb/plugins-1", NULL);
}

OkbPlugins *okb_cli_load_plugins(char **dirs, bool third_party, GError **error)
{
    g_auto(OkbGlobalConfig) global;
    g_autofree char *own = user_directory();
    g_autofree char *state = g_build_filename(g_get_user_state_dir(), "openkb/plugins", NULL);
    OkbPluginsConfig config = {
        .directories = (const char *const *)dirs,
        .third_party = third_party,
        .user_directory = own,
        .state_directory = state,
    };
    if (!okb_config_load_global(&global, error) || !read_caps(&global, &config.caps, error))
        return NULL;
    config.user_allowed = global.allow_user_plugins;
    return okb_plugins_load(&config, error);
}

char *okb_cli_set_aside_text(const OkbPlugin *plugin)
{
    if (plugin->refused || plugin->load_failures < OKB_SET_ASIDE_AFTER)
        return NULL;
    return g_strdup_printf(
        "%s is set aside, having failed to load %u times in a row (%s); when "
        "it is mended: `openkb plugins enable %s`",
        plugin->id, plugin->load_failures,
        plugin->load_failure ? plugin->load_failure : "no detail", plugin->id);
}

json_t *okb_cli_plugin_directories(void)
{
    json_t *array = json_array();
    const char *path = getauxval(AT_SECURE) ? NULL : g_getenv("OPENKB_PLUGIN_PATH");
    g_auto(GStrv) given = g_strsplit(path ? path : "", ":", -1);
    for (char **dir = given; *dir; dir++) {
        g_autofree char *text =
            g_strconcat(*dir, **dir == '/' ? "" : " (not used: no absolute path)", NULL);
        if (**dir)
            json_array_append_new(array, okb_json_text(text));
    }
    g_auto(OkbGlobalConfig) global;
    g_autofree char *own = user_directory();
    bool allowed = okb_config_load_global(&global, NULL) && global.allow_user_plugins;
    g_autofree char *line = g_strconcat(own, allowed ? "" : " (off)", NULL);
    json_array_append_new(array, okb_json_text(line));
    json_array_append_new(array, json_string(OPENKB_PLUGIN_DIR));
    return array;
}
