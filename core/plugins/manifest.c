/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reads go through a Reader, whose first error latches: parsing is a straight list of keys, and
 * the error is looked at once.
 */
#include "plugins/manifest.h"

#include "plugins/data-sets.h"
#include "plugins/magic.h"
#include "plugins/options.h"
#include "plugins/registry.h"
#include "util/error.h"

#include <openkb/plugin.h>

#include <string.h>

static const char main_group[] = "OpenKB Plugin";
static const char match_group[] = "Match";
static const char option_prefix[] = "Option ";

typedef struct {
    GKeyFile *file;
    GError *error;
} Reader;

/* ---- Duplicates, which GKeyFile would merge silently ------------------------------------- */

static bool note_group(GHashTable *seen, const char *line, GHashTable *keys, GError **error)
{
    g_hash_table_remove_all(keys);
    if (!g_hash_table_add(seen, g_strdup(line)))
        return okb_error_set(error, OKB_ERROR_FAILED, "group %s appears twice", line);
    return true;
}

static bool note_key(GHashTable *keys, const char *line, GError **error)
{
    const char *equals = strchr(line, '=');
    if (!equals)
        return true;
    char *key = g_strstrip(g_strndup(line, (gsize)(equals - line)));
    g_autofree char *name = g_strdup(key);
    if (!g_hash_table_add(keys, key))
        return okb_error_set(error, OKB_ERROR_FAILED, "key %s appears twice in its group",
                             name);
    return true;
}

static bool refuse_duplicates(const char *text, GError **error)
{
    g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_strstrip(*line);
        if (**line == '\0' || **line == '#')
            continue;
        if (!(**line == '[' ? note_group(groups, *line, keys, error)
                            : note_key(keys, *line, error)))
            return false;
    }
    return true;
}

/* ---- Values ------------------------------------------------------------------------------ */

static void fail(Reader *r, const char *group, const char *key, const char *what)
{
    if (!r->error)
        okb_error_set(&r->error, OKB_ERROR_FAILED, "[%s] %s %s", group, key, what);
}

static bool has(const Reader *r, const char *group, const char *key)
{
    return g_key_file_has_key(r->file, group, key, NULL);
}

static bool is_one_line(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((guchar)*p < 0x20 || *p == 0x7f)
            return false;
    return true;
}

/* The value, or NULL when there is none; a required one that is missing or empty latches. */
static char *read_text(Reader *r, const char *group, const char *key, bool required)
{
    g_autofree char *value = NULL;
    if (has(r, group, key)) {
        value = g_key_file_get_string(r->file, group, key, NULL);
        if (!value || !is_one_line(value))
            fail(r, group, key, "is not one line of text");
    }
    if (required && (!value || *value == '\0'))
        fail(r, group, key, "is missing");
    return g_steal_pointer(&value);
}

static guint64 read_number(Reader *r, const char *group, const char *key, guint64 min,
                           guint64 max, guint64 otherwise)
{
    g_autofree char *text = read_text(r, group, key, false);
    guint64 value = otherwise;
    if (text && !g_ascii_string_to_unsigned(text, 10, min, max, &value, NULL))
        fail(r, group, key, "is not a number in its range");
    return value;
}

static bool read_bool(Reader *r, const char *group, const char *key, bool otherwise)
{
    g_autofree char *text = read_text(r, group, key, false);
    if (!text || g_str_equal(text, "true") || g_str_equal(text, "false"))
        return text ? *text == 't' : otherwise;
    fail(r, group, key, "is neither true nor false");
    return otherwise;
}

static char **read_list(Reader *r, const char *group, const char *key)
{
    char **list =
        has(r, group, key) ? g_key_file_get_string_list(r->file, group, key, NULL, NULL) : NULL;
    if (has(r, group, key) && !list)
        fail(r, group, key, "is not a list joined by \";\"");
    return list ? list : g_new0(char *, 1);
}

static bool is_name(const char *text, const char *others, gsize max)
{
    gsize len = strlen(text);
    if (len == 0 || len > max || !g_ascii_isalnum(*text))
        return false;
    for (const char *p = text; *p; p++)
        if (!g_ascii_islower(*p) && !g_ascii_isdigit(*p) && !strchr(others, *p))
            return false;
    return true;
}

/* ---- Groups ------------------------------------------------------------------------------ */

static char *read_module(Reader *r)
{
    char *module = read_text(r, main_group, "Module", true);
    if (module && (strchr(module, '/') || *module == '.' || !g_str_has_suffix(module, ".so")))
        fail(r, main_group, "Module", "is not the base name of a .so file");
    return module;
}

static void read_versions(Reader *r, OkbPlugin *plugin)
{
    if (read_number(r, main_group, "ManifestVersion", 1, G_MAXUINT32, 0) != 1)
        fail(r, main_group, "ManifestVersion", "is not 1, the only one known here");
    g_autofree char *role = read_text(r, main_group, "Role", true);
    if (role && !g_str_equal(role, "convert"))
        fail(r, main_group, "Role", "is not convert, the only one known here");
    g_autofree char *abi = read_text(r, main_group, "Abi", true);
    g_auto(GStrv) halves = g_strsplit(abi ? abi : "", ".", 2);
    guint64 major = 0, minor = 0;
    if (g_strv_length(halves) != 2 ||
        !g_ascii_string_to_unsigned(halves[0], 10, 1, G_MAXUINT16, &major, NULL) ||
        !g_ascii_string_to_unsigned(halves[1], 10, 0, G_MAXUINT16, &minor, NULL))
        fail(r, main_group, "Abi", "is not MAJOR.MINOR");
    else if (major != OKB_ABI_MAJOR || minor > OKB_ABI_MINOR)
        fail(r, main_group, "Abi", "is not served by this openkb (1.0): update openkb");
    plugin->abi_minor = (guint)minor;
    plugin->output_version =
        (guint)read_number(r, main_group, "OutputVersion", 1, G_MAXUINT32, 0);
    if (plugin->output_version == 0)
        fail(r, main_group, "OutputVersion", "is missing");
}

static void read_id(Reader *r, OkbPlugin *plugin)
{
    plugin->id = read_text(r, main_group, "Id", true);
    if (plugin->id && !is_name(plugin->id, ".-_", 64))
        fail(r, main_group, "Id", "is not lower-case letters, digits, \".\", \"-\" and \"_\"");
}

static void read_identity(Reader *r, OkbPlugin *plugin)
{
    read_id(r, plugin);
    plugin->name = read_text(r, main_group, "Name", true);
    plugin->version = read_text(r, main_group, "Version", true);
    plugin->license = read_text(r, main_group, "License", true);
    plugin->package = read_text(r, main_group, "Package", false);
    plugin->module_path = read_module(r);
    plugin->fork_safe = read_bool(r, main_group, "ForkSafe", true);
}

static void read_magic(Reader *r, OkbPlugin *plugin, const char *key)
{
    g_autofree char *text = read_text(r, match_group, key, true);
    g_autoptr(GError) error = NULL;
    OkbMagic *magic = text ? okb_magic_parse(text, &error) : NULL;
    if (magic)
        g_ptr_array_add(plugin->magic, magic);
    else
        fail(r, match_group, key, error ? error->message : "is missing");
}

static bool is_media_type(const char *text)
{
    const char *slash = strchr(text, '/');
    g_autofree char *rest =
        slash ? g_strdup_printf("%.*s%s", (int)(slash - text), text, slash + 1) : NULL;
    return slash && slash != text && slash[1] && is_name(rest, ".-+_", 127);
}

static char *match_text(Reader *r)
{
    GString *text = g_string_new(NULL);
    g_auto(GStrv) keys = g_key_file_get_keys(r->file, match_group, NULL, NULL);
    for (char **key = keys; key && *key; key++) {
        g_autofree char *value = g_key_file_get_value(r->file, match_group, *key, NULL);
        g_string_append_printf(text, "%s=%s\n", *key, value);
    }
    return g_string_free(text, FALSE);
}

static void read_match(Reader *r, OkbPlugin *plugin)
{
    plugin->match = match_text(r);
    plugin->media_types = read_list(r, match_group, "MediaTypes");
    for (char **type = plugin->media_types; *type; type++)
        if (!is_media_type(*type))
            fail(r, match_group, "MediaTypes", "has an entry that is not type/subtype");
    plugin->extensions = read_list(r, match_group, "Extensions");
    for (char **extension = plugin->extensions; *extension; extension++)
        if (!is_name(*extension, ".-_+", 32))
            fail(r, match_group, "Extensions", "has an entry that is not lower case, no dot");
    plugin->weak_magic = read_bool(r, match_group, "WeakMagic", false);
    plugin->text = read_bool(r, match_group, "Text", false);
    plugin->priority = (gint)read_number(r, match_group, "Priority", 0, 100, 50);
    g_auto(GStrv) keys = g_key_file_get_keys(r->file, match_group, NULL, NULL);
    for (char **key = keys; key && *key; key++)
        if (g_str_equal(*key, "Magic") || g_str_has_prefix(*key, "Magic."))
            read_magic(r, plugin, *key);
}

static void read_data(Reader *r, OkbPlugin *plugin)
{
    plugin->data = read_list(r, "Data", "Read");
    for (char **name = plugin->data; *name; name++)
        if (!okb_data_set_paths(*name))
            fail(r, "Data", "Read", "names a data set that is not known here");
}

static void read_limits(Reader *r, OkbLimits *limits)
{
    static const char group[] = "Limits";
    limits->memory_bytes = read_number(r, group, "MemoryMiB", 64, 65536, 512) << 20;
    limits->output_bytes = read_number(r, group, "OutputMiB", 1, 16384, 256) << 20;
    limits->cpu_ms = (guint)read_number(r, group, "CpuSeconds", 1, 86400, 60) * 1000;
    limits->wall_ms = (guint)read_number(r, group, "WallSeconds", 1, 86400, 120) * 1000;
    limits->idle_ms = (guint)read_number(r, group, "IdleSeconds", 1, 86400, 30) * 1000;
    limits->files = (guint)read_number(r, group, "Files", 1, 1000000, 10000);
    limits->depth = (guint)read_number(r, group, "Depth", 1, 1000, 100);
}

/* ---- Options ----------------------------------------------------------------------------- */

static void free_option(gpointer data)
{
    OkbPluginOption *option = data;
    g_free(option->name);
    g_free(option->description);
    g_free(option->value);
    g_strfreev(option->choices);
    g_free(option);
}

static gint64 read_bound(Reader *r, const char *group, const char *key, gint64 otherwise)
{
    g_autofree char *text = read_text(r, group, key, false);
    gint64 value = otherwise;
    if (text && !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &value, NULL))
        fail(r, group, key, "is not a whole number");
    return value;
}

static OkbOptionType read_option_type(Reader *r, const char *group)
{
    static const char *const names[] = {
        [OKB_OPTION_BOOLEAN] = "boolean",
        [OKB_OPTION_INTEGER] = "integer",
        [OKB_OPTION_STRING] = "string",
        [OKB_OPTION_CHOICE] = "choice",
    };
    g_autofree char *type = read_text(r, group, "Type", true);
    for (guint i = 0; type && i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(type, names[i]))
            return (OkbOptionType)i;
    fail(r, group, "Type", "is not boolean, integer, string or choice");
    return OKB_OPTION_STRING;
}

static void read_option(Reader *r, OkbPlugin *plugin, const char *group)
{
    OkbPluginOption *option = g_new0(OkbPluginOption, 1);
    g_ptr_array_add(plugin->options, option);
    option->name = g_strdup(group + strlen(option_prefix));
    if (!is_name(option->name, "-", 64))
        fail(r, group, "name", "is not lower-case letters, digits and \"-\"");
    option->type = read_option_type(r, group);
    option->description = read_text(r, group, "Description", false);
    option->min = read_bound(r, group, "Min", G_MININT64);
    option->max = read_bound(r, group, "Max", G_MAXINT64);
    option->choices = read_list(r, group, "Choices");
    option->value = read_text(r, group, "Default", false);
    if (!option->value)
        option->value = g_strdup(option->type == OKB_OPTION_BOOLEAN ? "false" : "");
    if (option->type == OKB_OPTION_STRING && *option->value == '\0')
        return;
    g_autoptr(GError) error = NULL;
    if (!okb_plugin_option_accepts(option, option->value, &error))
        fail(r, group, "Default", error->message);
}

static gint compare_options(gconstpointer a, gconstpointer b)
{
    const OkbPluginOption *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void read_options(Reader *r, OkbPlugin *plugin)
{
    g_auto(GStrv) groups = g_key_file_get_groups(r->file, NULL);
    for (char **group = groups; *group; group++)
        if (g_str_has_prefix(*group, option_prefix))
            read_option(r, plugin, *group);
    g_ptr_array_sort(plugin->options, compare_options);
}

/* ---- The whole --------------------------------------------------------------------------- */

static void refuse_requirements(Reader *r)
{
    g_auto(GStrv) groups = g_key_file_get_groups(r->file, NULL);
    for (char **group = groups; *group; group++) {
        g_auto(GStrv) keys = g_key_file_get_keys(r->file, *group, NULL, NULL);
        for (char **key = keys; key && *key; key++)
            if (g_str_has_prefix(*key, "X-Requires-"))
                fail(r, *group, *key, "asks for something this openkb does not have");
    }
}

OkbPlugin *okb_plugin_new(void)
{
    OkbPlugin *plugin = g_new0(OkbPlugin, 1);
    plugin->magic = g_ptr_array_new_with_free_func((GDestroyNotify)okb_magic_free);
    plugin->options = g_ptr_array_new_with_free_func(free_option);
    return plugin;
}

static void read_mask(Reader *r, OkbPlugin *plugin)
{
    plugin->is_mask = true;
    read_id(r, plugin);
}

static OkbPlugin *read_all(Reader *r)
{
    OkbPlugin *plugin = okb_plugin_new();
    if (!read_bool(r, main_group, "Enabled", true)) {
        read_mask(r, plugin);
        return plugin;
    }
    read_versions(r, plugin);
    read_identity(r, plugin);
    refuse_requirements(r);
    read_match(r, plugin);
    read_data(r, plugin);
    read_limits(r, &plugin->limits);
    read_options(r, plugin);
    return plugin;
}

OkbPlugin *okb_manifest_parse(const char *text, gsize len, GError **error)
{
    if (len > OKB_MANIFEST_MAX || !g_utf8_validate(text, (gssize)len, NULL)) {
        okb_error_set(error, OKB_ERROR_FAILED, "not a text of at most %d bytes of UTF-8",
                      OKB_MANIFEST_MAX);
        return NULL;
    }
    g_autofree char *copy = g_strndup(text, len);
    if (!refuse_duplicates(copy, error))
        return NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (!g_key_file_load_from_data(file, copy, len, G_KEY_FILE_NONE, error))
        return NULL;
    Reader reader = {.file = file};
    g_autoptr(OkbPlugin) plugin = read_all(&reader);
    if (reader.error) {
        g_propagate_error(error, reader.error);
        return NULL;
    }
    return g_steal_pointer(&plugin);
}

void okb_plugin_free(OkbPlugin *plugin)
{
    if (!plugin)
        return;
    g_free(plugin->id);
    g_free(plugin->name);
    g_free(plugin->version);
    g_free(plugin->license);
    g_free(plugin->package);
    g_free(plugin->directory);
    g_free(plugin->manifest_path);
    g_free(plugin->module_path);
    g_free(plugin->refused);
    g_free(plugin->match);
    g_free(plugin->state_path);
    g_free(plugin->load_failure);
    g_strfreev(plugin->media_types);
    g_strfreev(plugin->extensions);
    g_strfreev(plugin->data);
    g_ptr_array_unref(plugin->magic);
    g_ptr_array_unref(plugin->options);
    g_free(plugin);
}
