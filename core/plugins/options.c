/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "plugins/options.h"

#include "util/error.h"

#include <string.h>

static bool accepts_integer(const OkbPluginOption *option, const char *value, GError **error)
{
    gint64 number = 0;
    if (g_ascii_string_to_signed(value, 10, option->min, option->max, &number, NULL))
        return true;
    return okb_error_set(error, OKB_ERROR_USAGE,
                         "\"%s\" is not a whole number from %" G_GINT64_FORMAT
                         " to %" G_GINT64_FORMAT,
                         value, option->min, option->max);
}

static bool accepts_choice(const OkbPluginOption *option, const char *value, GError **error)
{
    if (g_strv_contains((const char *const *)option->choices, value))
        return true;
    g_autofree char *choices = g_strjoinv(", ", option->choices);
    return okb_error_set(error, OKB_ERROR_USAGE, "\"%s\" is not one of %s", value, choices);
}

static bool accepts_text(const char *value, GError **error)
{
    for (const char *p = value; *p; p++)
        if ((guchar)*p < 0x20)
            return okb_error_set(error, OKB_ERROR_USAGE, "a control character in the value");
    return g_utf8_validate(value, -1, NULL) ||
           okb_error_set(error, OKB_ERROR_USAGE, "the value is not UTF-8");
}

bool okb_plugin_option_accepts(const OkbPluginOption *option, const char *value, GError **error)
{
    switch (option->type) {
    case OKB_OPTION_BOOLEAN:
        return g_str_equal(value, "true") || g_str_equal(value, "false") ||
               okb_error_set(error, OKB_ERROR_USAGE, "\"%s\" is neither true nor false", value);
    case OKB_OPTION_INTEGER:
        return accepts_integer(option, value, error);
    case OKB_OPTION_CHOICE:
        return accepts_choice(option, value, error);
    case OKB_OPTION_STRING:
        return accepts_text(value, error);
    }
    return false;
}

static const OkbPluginOption *find_option(const OkbPlugin *plugin, const char *name)
{
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = g_ptr_array_index(plugin->options, i);
        if (g_str_equal(option->name, name))
            return option;
    }
    return NULL;
}

/* "PLUGIN.NAME" of another plugin is not ours: *ret_name stays NULL. Ids may have dots, option
 * names have none. */
static void split_name(const OkbPlugin *plugin, const char *name, const char **ret_name,
                       bool *ret_required)
{
    const char *dot = strrchr(name, '.');
    *ret_required = dot != NULL;
    *ret_name = NULL;
    if (!dot)
        *ret_name = name;
    else if (strlen(plugin->id) == (gsize)(dot - name) && g_str_has_prefix(name, plugin->id))
        *ret_name = dot + 1;
}

static bool take_option(const OkbPlugin *plugin, const char *given, GHashTable *values,
                        GError **error)
{
    const char *equals = strchr(given, '=');
    if (!equals || equals == given)
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "option \"%s\" is not PLUGIN.NAME=VALUE or NAME=VALUE", given);
    g_autofree char *full = g_strndup(given, (gsize)(equals - given));
    const char *name;
    bool required;
    split_name(plugin, full, &name, &required);
    const OkbPluginOption *option = name ? find_option(plugin, name) : NULL;
    if (!option && name && required)
        return okb_error_set(error, OKB_ERROR_USAGE, "plugin %s has no option \"%s\"",
                             plugin->id, name);
    if (!option)
        return true;
    if (!okb_plugin_option_accepts(option, equals + 1, error)) {
        g_prefix_error(error, "option %s.%s: ", plugin->id, option->name);
        return false;
    }
    g_hash_table_insert(values, option->name, g_strdup(equals + 1));
    return true;
}

char *okb_plugin_options(const OkbPlugin *plugin, const char *const *given, GError **error)
{
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (const char *const *g = given; g && *g; g++)
        if (!take_option(plugin, *g, values, error))
            return NULL;
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = g_ptr_array_index(plugin->options, i);
        const char *value = g_hash_table_lookup(values, option->name);
        if (value && !g_str_equal(value, option->value))
            g_string_append_printf(lines, "%s=%s\n", option->name, value);
    }
    return g_string_free(lines, FALSE);
}

char *okb_plugin_option_defaults(const OkbPlugin *plugin)
{
    GString *lines = g_string_new(NULL);
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = g_ptr_array_index(plugin->options, i);
        g_string_append_printf(lines, "%s=%s\n", option->name, option->value);
    }
    return g_string_free(lines, FALSE);
}
