/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb plugins list | info ID | explain FILE | enable ID | check ID: what there is, who gets
 * a file, and back to work with what was set aside. Manifests are read, no code of a plugin
 * runs in this program.
 */
#include "cli/commands.h"

#include "cli/plugins-check.h"
#include "cli/policy.h"
#include "plugins/set-aside.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

enum { HEAD_BYTES = 4096 };

typedef struct {
    OkbCli *cli;
    OkbPlugins *plugins;
    char *plugin; /* --plugin of explain */
} Plugins;

static char *joined(char **words, const char *separator)
{
    return words ? g_strjoinv(separator, words) : g_strdup("");
}

static json_t *words_json(char **words)
{
    json_t *array = json_array();
    for (char **word = words; word && *word; word++)
        json_array_append_new(array, okb_json_text(*word));
    return array;
}

/* ---- list -------------------------------------------------------------------------------- */

static json_t *plugin_json(const OkbPlugin *plugin)
{
    g_autofree char *aside = okb_cli_set_aside_text(plugin);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o, s:o}", "id",
        okb_json_text(plugin->id), "name", okb_json_text(plugin->name), "version",
        okb_json_text(plugin->version), "license", okb_json_text(plugin->license), "manifest",
        okb_json_text(plugin->manifest_path), "module", okb_json_text(plugin->module_path),
        "media_types", words_json(plugin->media_types), "extensions",
        words_json(plugin->extensions), "priority", plugin->priority, "output_version",
        (int)plugin->output_version, "abi_minor", (int)plugin->abi_minor, "refused",
        okb_json_text(plugin->refused), "set_aside", okb_json_text(aside));
}

static void list_line(const Plugins *p, const OkbPlugin *plugin)
{
    g_autofree char *id = okb_text_escape(*plugin->id ? plugin->id : "?");
    g_autofree char *version = okb_text_escape(plugin->version ? plugin->version : "-");
    g_autofree char *extensions = joined(plugin->extensions, " ");
    g_autofree char *aside = okb_cli_set_aside_text(plugin);
    const char *reason = plugin->refused ? plugin->refused : aside;
    const char *claims = *extensions ? extensions : "(no extensions)";
    g_autofree char *what = okb_text_escape(reason ? reason : claims);
    okb_data(&p->cli->output, "%-12s  %-10s  %s%s\n", id, version,
             plugin->refused ? "refused: " : "", what);
}

static int list(const Plugins *p)
{
    const GPtrArray *all = okb_plugins_all(p->plugins);
    json_t *array = json_array();
    for (guint i = 0; i < all->len; i++) {
        if (p->cli->json)
            json_array_append_new(array, plugin_json(all->pdata[i]));
        else
            list_line(p, all->pdata[i]);
    }
    if (all->len == 0)
        okb_say(&p->cli->output,
                "No plugins; `openkb doctor` shows where they are looked for.");
    json_t *object = json_pack("{s:o}", "plugins", array);
    if (p->cli->json)
        okb_output_json(&p->cli->output, object);
    else
        json_decref(object);
    return OKB_EXIT_OK;
}

/* ---- info -------------------------------------------------------------------------------- */

static const char *const option_types[] = {
    [OKB_OPTION_BOOLEAN] = "boolean",
    [OKB_OPTION_INTEGER] = "integer",
    [OKB_OPTION_STRING] = "string",
    [OKB_OPTION_CHOICE] = "choice",
};

static json_t *options_json(const OkbPlugin *plugin)
{
    json_t *array = json_array();
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = plugin->options->pdata[i];
        json_array_append_new(array, json_pack("{s:o, s:s, s:o, s:o, s:o}", "name",
                                               okb_json_text(option->name), "type",
                                               option_types[option->type], "default",
                                               okb_json_text(option->value), "choices",
                                               words_json(option->choices), "description",
                                               okb_json_text(option->description)));
    }
    return array;
}

static json_t *limits_json(const OkbLimits *limits)
{
    return json_pack("{s:I, s:I, s:i, s:i, s:i, s:i, s:i}", "memory_bytes",
                     (json_int_t)limits->memory_bytes, "output_bytes",
                     (json_int_t)limits->output_bytes, "wall_ms", (int)limits->wall_ms,
                     "idle_ms", (int)limits->idle_ms, "cpu_ms", (int)limits->cpu_ms, "files",
                     (int)limits->files, "depth", (int)limits->depth);
}

static void info_json(const Plugins *p, const OkbPlugin *plugin)
{
    json_t *object = plugin_json(plugin);
    json_object_set_new(object, "package", okb_json_text(plugin->package));
    json_object_set_new(object, "data", words_json(plugin->data));
    json_object_set_new(object, "limits", limits_json(&plugin->limits));
    json_object_set_new(object, "options", options_json(plugin));
    okb_output_json(&p->cli->output, object);
}

/* In powers of 1024, as manifests and options have them. */
static char *size_text(guint64 bytes)
{
    return g_format_size_full(bytes, G_FORMAT_SIZE_IEC_UNITS);
}

static char *limits_text(const OkbLimits *limits)
{
    const struct {
        const char *name, *unit;
        guint value;
    } numbers[] = {{"wall", " ms", limits->wall_ms},
                   {"idle", " ms", limits->idle_ms},
                   {"cpu", " ms", limits->cpu_ms},
                   {"files", "", limits->files},
                   {"depth", "", limits->depth}};
    g_autofree char *memory = size_text(limits->memory_bytes);
    g_autofree char *output = size_text(limits->output_bytes);
    GString *text = g_string_new(NULL);
    g_string_printf(text, "memory %s, output %s", memory, output);
    for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
        g_string_append_printf(text, ", %s %u%s", numbers[i].name, numbers[i].value,
                               numbers[i].unit);
    return g_string_free(text, FALSE);
}

static void info_options(const Plugins *p, const OkbPlugin *plugin)
{
    for (guint i = 0; i < plugin->options->len; i++) {
        const OkbPluginOption *option = plugin->options->pdata[i];
        okb_data(&p->cli->output, "option %s (%s, default %s): %s\n", option->name,
                 option_types[option->type], option->value ? option->value : "none",
                 option->description ? option->description : "");
    }
}

static void info_lines(const Plugins *p, const OkbPlugin *plugin)
{
    g_autofree char *types = joined(plugin->media_types, " ");
    g_autofree char *extensions = joined(plugin->extensions, " ");
    g_autofree char *priority = g_strdup_printf("%d", plugin->priority);
    g_autofree char *output_version = g_strdup_printf("%u", plugin->output_version);
    g_autofree char *data = joined(plugin->data, " ");
    g_autofree char *limits = limits_text(&plugin->limits);
    g_autofree char *aside = okb_cli_set_aside_text(plugin);
    bool is_read = plugin->extensions != NULL; /* the manifest; a mask's is not either */
    const struct {
        const char *key, *value;
    } lines[] = {
        {"id", plugin->id},
        {"name", plugin->name},
        {"version", plugin->version},
        {"license", plugin->license},
        {"manifest", plugin->manifest_path},
        {"module", plugin->module_path},
        {"media types", types},
        {"extensions", extensions},
        {"priority", is_read ? priority : NULL},
        {"output version", is_read ? output_version : NULL},
        {"package", plugin->package},
        {"data", data},
        {"limits", is_read ? limits : NULL},
        {"refused", plugin->refused},
        {"set aside", aside},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *value = okb_text_escape(lines[i].value ? lines[i].value : "");
        if (*value)
            okb_data(&p->cli->output, "%s: %s\n", lines[i].key, value);
    }
    info_options(p, plugin);
}

static int info(const Plugins *p)
{
    const char *id = p->cli->arguments[1];
    const GPtrArray *all = okb_plugins_all(p->plugins);
    guint shown = 0;
    for (guint i = 0; i < all->len; i++) {
        const OkbPlugin *plugin = all->pdata[i];
        if (g_strcmp0(plugin->id, id) != 0 || (p->cli->json && shown++ > 0))
            continue;
        if (p->cli->json) {
            info_json(p, plugin);
            continue;
        }
        okb_data(&p->cli->output, "%s", shown++ ? "\n" : "");
        info_lines(p, plugin);
    }
    if (shown)
        return OKB_EXIT_OK;
    g_autoptr(GError) error = NULL;
    okb_error_set(&error, OKB_ERROR_NOT_FOUND,
                  "there is no plugin “%s”; `openkb plugins list` names them", id);
    return okb_cli_fail(p->cli, error);
}

/* ---- enable ------------------------------------------------------------------------------ */

static int enable(const Plugins *p)
{
    const OkbPlugin *plugin = okb_plugins_find(p->plugins, p->cli->arguments[1]);
    g_autoptr(GError) error = NULL;
    if (!plugin) {
        okb_error_set(&error, OKB_ERROR_NOT_FOUND,
                      "there is no usable plugin “%s”; `openkb plugins list` says why",
                      p->cli->arguments[1]);
        return okb_cli_fail(p->cli, error);
    }
    g_autofree char *aside = okb_cli_set_aside_text(plugin);
    if (!okb_set_aside_clear(plugin) && aside) {
        okb_error_errno(&error, errno, "cannot remove %s", plugin->state_path);
        return okb_cli_fail(p->cli, error);
    }
    okb_say(&p->cli->output, aside ? "%s is in use again" : "%s was not set aside", plugin->id);
    return OKB_EXIT_OK;
}

/* ---- explain ----------------------------------------------------------------------------- */

static gssize read_head(const char *path, guint8 head[HEAD_BYTES], GError **error)
{
    okb_autofd int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    gssize n = fd >= 0 ? pread(fd, head, HEAD_BYTES, 0) : -1;
    if (n < 0)
        okb_error_errno(error, errno, "cannot read %s", path);
    return n;
}

/* A line for each plugin that is refused and might have been asked. A directory that is refused
 * has no manifest. */
static GPtrArray *refusals(const Plugins *p, const char *name, const guint8 *head, gsize len)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) refused =
        okb_plugins_refused_for(p->plugins, p->plugin, name, head, len);
    for (guint i = 0; i < refused->len; i++) {
        const OkbPlugin *plugin = refused->pdata[i];
        const char *what = *plugin->id ? plugin->manifest_path : plugin->directory;
        g_ptr_array_add(lines, g_strdup_printf("%s: refused: %s", what, plugin->refused));
    }
    return lines;
}

static json_t *lines_json(const GPtrArray *lines)
{
    json_t *array = json_array();
    for (guint i = 0; i < lines->len; i++)
        json_array_append_new(array, okb_json_text(lines->pdata[i]));
    return array;
}

static void explain_json(const Plugins *p, const GPtrArray *chosen, const GPtrArray *why,
                         const GPtrArray *refused)
{
    json_t *ids = json_array();
    for (guint i = 0; i < chosen->len; i++)
        json_array_append_new(ids, okb_json_text(((OkbPlugin *)chosen->pdata[i])->id));
    okb_output_json(&p->cli->output,
                    json_pack("{s:o, s:o, s:o, s:o}", "path",
                              okb_json_text(p->cli->arguments[1]), "candidates", ids, "why",
                              lines_json(why), "refused", lines_json(refused)));
}

static void print_lines(const Plugins *p, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++) {
        g_autofree char *line = okb_text_escape(lines->pdata[i]);
        okb_data(&p->cli->output, "%s\n", line);
    }
}

static void explain_lines(const Plugins *p, const GPtrArray *chosen, const GPtrArray *why,
                          const GPtrArray *refused)
{
    print_lines(p, why);
    print_lines(p, refused);
    if (chosen->len > 0)
        okb_say(&p->cli->output, "%s gets it", ((OkbPlugin *)chosen->pdata[0])->id);
}

static int explain(const Plugins *p)
{
    const char *path = p->cli->arguments[1];
    guint8 head[HEAD_BYTES];
    g_autoptr(GError) error = NULL;
    gssize n = read_head(path, head, &error);
    if (n < 0)
        return okb_cli_fail(p->cli, error);
    g_autofree char *name = g_path_get_basename(path);
    g_autoptr(GPtrArray) why = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) chosen =
        okb_plugins_select(p->plugins, p->plugin, name, NULL, head, (gsize)n, why);
    g_autoptr(GPtrArray) refused = refusals(p, name, head, (gsize)n);
    (p->cli->json ? explain_json : explain_lines)(p, chosen, why, refused);
    if (chosen->len > 0)
        return OKB_EXIT_OK;
    const char *package = okb_plugins_package_for(name, head, (gsize)n);
    okb_error_set(&error, OKB_ERROR_NOT_FOUND, "no plugin handles %s%s%s", path,
                  package ? "; install " : "", package ? package : "");
    return okb_cli_fail(p->cli, error);
}

static int check(const Plugins *p)
{
    return okb_cli_plugins_check(p->cli, p->plugins);
}

/* ---- Entry ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int least, most; /* words, the verb's own counted; "list" can be left out */
    int (*run)(const Plugins *p);
} verbs[] = {{"list", 0, 1, list},
             {"info", 2, 2, info},
             {"explain", 2, 2, explain},
             {"enable", 2, 2, enable},
             {"check", 2, -1, check}};

static int run_verb(Plugins *p, bool third_party, char **dirs)
{
    const char *verb = p->cli->arguments[0] ? p->cli->arguments[0] : "list";
    for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
        if (strcmp(verbs[i].name, verb) != 0)
            continue;
        int code = okb_cli_want_arguments(p->cli, verbs[i].least, verbs[i].most);
        if (code != OKB_CLI_GO)
            return code;
        g_autoptr(GError) error = NULL;
        g_autoptr(OkbPlugins) plugins = p->plugins =
            okb_cli_load_plugins(dirs, third_party, &error);
        return plugins ? verbs[i].run(p) : okb_cli_fail(p->cli, error);
    }
    return okb_cli_usage(p->cli, "it is list, info, explain, enable or check, not “%s”", verb);
}

int okb_command_plugins(OkbCli *cli, char **argv)
{
    gboolean no_third_party = FALSE;
    g_auto(GStrv) dirs = NULL;
    g_autofree char *plugin = NULL;
    const GOptionEntry entries[] = {
        {"plugin", 0, 0, G_OPTION_ARG_FILENAME, &plugin, "explain: as if add had this option",
         "ID"},
        {"plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &dirs,
         "Look for plugins here first; repeatable", "DIR"},
        {"no-third-party-plugins", 0, 0, G_OPTION_ARG_NONE, &no_third_party,
         "Use only the plugins of the installed directory", NULL},
        {NULL},
    };
    int code = okb_cli_parse(cli, OKB_CLI_JSON, entries, argv);
    if (code != OKB_CLI_GO)
        return code;
    Plugins p = {cli, NULL, plugin};
    return run_verb(&p, !no_third_party, dirs);
}
