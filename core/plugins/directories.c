/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Finding manifests. Every manifest that is seen becomes an entry, usable or refused with a
 * reason; nothing that is wrong with one changes what happens to the next. But when we lack
 * what it takes to look (okb_error_is_passing()), nothing is loaded: a plugin that were left
 * out for that would have its files go to another plugin, or be passed over.
 */
#include "plugins/manifest.h"
#include "plugins/registry.h"
#include "plugins/set-aside.h"
#include "plugins/trust.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>

static const char suffix[] = ".okbplugin";

typedef struct {
    GPtrArray *all; /* OkbPlugin */
    int trouble;    /* errno: something could not be looked at; or 0 */
    char *place;    /* what */
} Finding;

/* After a look that failed, with its errno. */
static void note_trouble(Finding *finding, const char *directory, const char *file)
{
    if (finding->trouble || !okb_error_is_passing(errno))
        return;
    finding->trouble = errno;
    finding->place = g_build_filename(directory, file, NULL);
}

static OkbPlugin *refused_entry(const char *directory, const char *file, char *reason)
{
    OkbPlugin *plugin = okb_plugin_new();
    plugin->id = g_strndup(file, strlen(file) - strlen(suffix));
    plugin->directory = g_strdup(directory);
    plugin->manifest_path = g_build_filename(directory, file, NULL);
    plugin->refused = reason;
    return plugin;
}

/* NULL with a reason, and an errno when a call failed, else 0. */
static OkbPlugin *parse_file(int directory_fd, const char *file, char **ret_reason)
{
    okb_autofd int fd = okb_trust_open_file(directory_fd, file, ret_reason);
    if (fd < 0)
        return NULL;
    errno = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) text = okb_io_read_file(fd, OKB_MANIFEST_MAX, file, &error);
    gsize len = 0;
    const char *bytes = text ? g_bytes_get_data(text, &len) : NULL;
    OkbPlugin *plugin = text ? okb_manifest_parse(bytes ? bytes : "", len, &error) : NULL;
    if (!plugin)
        *ret_reason = g_strdup(error->message);
    return plugin;
}

/* The name of the file is the id: two manifests of one id cannot hide in one directory. As
 * parse_file(). */
static char *check_place(int directory_fd, const char *file, const OkbPlugin *plugin)
{
    gsize stem = strlen(file) - strlen(suffix);
    errno = 0;
    if (strlen(plugin->id) != stem || strncmp(plugin->id, file, stem) != 0)
        return g_strdup_printf("the Id %s is not the name of the file", plugin->id);
    char *reason = NULL;
    if (plugin->is_mask)
        return NULL;
    int module = okb_trust_open_file(directory_fd, plugin->module_path, &reason);
    okb_close_fd(&module);
    return reason;
}

static void add_manifest(Finding *finding, int directory_fd, const char *directory,
                         const char *file)
{
    char *reason = NULL;
    OkbPlugin *plugin = parse_file(directory_fd, file, &reason);
    if (!plugin) {
        note_trouble(finding, directory, file);
        g_ptr_array_add(finding->all, refused_entry(directory, file, reason));
        return;
    }
    plugin->refused = check_place(directory_fd, file, plugin);
    if (plugin->refused)
        note_trouble(finding, directory, plugin->module_path);
    g_autofree char *module = plugin->module_path;
    plugin->directory = g_strdup(directory);
    plugin->manifest_path = g_build_filename(directory, file, NULL);
    plugin->module_path = module ? g_build_filename(directory, module, NULL) : NULL;
    g_ptr_array_add(finding->all, plugin);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *list_manifests(Finding *finding, int directory_fd, const char *path)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    okb_autofd int copy = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(DIR) dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (dir)
        okb_steal_fd(&copy);
    for (struct dirent *entry; dir && (errno = 0, entry = readdir(dir)) != NULL;)
        if (g_str_has_suffix(entry->d_name, suffix) && entry->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(entry->d_name));
    note_trouble(finding, path, NULL);
    g_ptr_array_sort(names, compare_names);
    return names;
}

static void add_directory(Finding *finding, const char *given)
{
    char *reason = NULL;
    g_autofree char *path = g_canonicalize_filename(given, NULL); /* workers run in "/" */
    okb_autofd int fd = okb_trust_open_directory(path, &reason);
    if (fd < 0) {
        note_trouble(finding, path, NULL);
        if (reason)
            g_ptr_array_add(finding->all, refused_entry(path, suffix, reason));
        return;
    }
    g_autoptr(GPtrArray) names = list_manifests(finding, fd, path);
    for (guint i = 0; i < names->len; i++)
        add_manifest(finding, fd, path, g_ptr_array_index(names, i));
}

static void add_path_list(Finding *finding, const char *list)
{
    g_auto(GStrv) paths = g_strsplit(list ? list : "", ":", -1);
    for (char **path = paths; *path; path++)
        if (**path == '/')
            add_directory(finding, *path);
}

/* The user's own: what is there is shown, even while it may not be used. */
static void add_user_directory(Finding *finding, const OkbPluginsConfig *config)
{
    GPtrArray *all = finding->all;
    guint first = all->len;
    if (!config->user_directory)
        return;
    add_directory(finding, config->user_directory);
    for (guint i = first; i < all->len && !config->user_allowed; i++) {
        OkbPlugin *plugin = g_ptr_array_index(all, i);
        if (*plugin->id == '\0') { /* the directory itself, which nobody asked for */
            g_ptr_array_set_size(all, (gint)i);
            return;
        }
        g_free(plugin->refused);
        plugin->refused = g_strdup("your own plugins are off: `allow_user_plugins: true` in "
                                   "~/.config/openkb/global.yaml allows them");
    }
}

static char *outranked(const OkbPlugin *winner, const OkbPlugin *plugin)
{
    return g_strdup_printf("%s by %s",
                           winner->is_mask && !plugin->is_mask ? "masked" : "shadowed",
                           winner->manifest_path);
}

/* Of each id the first that is not refused wins; a mask wins too, and is then not used. */
static void rank(GPtrArray *all)
{
    g_autoptr(GHashTable) first = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < all->len; i++) {
        OkbPlugin *plugin = g_ptr_array_index(all, i);
        const OkbPlugin *winner = g_hash_table_lookup(first, plugin->id);
        if (plugin->refused)
            continue;
        if (winner)
            plugin->refused = outranked(winner, plugin);
        else
            g_hash_table_insert(first, plugin->id, plugin);
    }
    for (guint i = 0; i < all->len; i++) {
        OkbPlugin *plugin = g_ptr_array_index(all, i);
        if (plugin->is_mask && !plugin->refused)
            plugin->refused =
                g_strdup_printf("a mask: %s is not used from any directory behind "
                                "this one",
                                plugin->id);
    }
}

static guint64 capped(guint64 value, guint64 cap)
{
    return cap && cap < value ? cap : value;
}

static void cap_limits(OkbLimits *limits, const OkbLimits *caps)
{
    limits->memory_bytes = capped(limits->memory_bytes, caps->memory_bytes);
    limits->output_bytes = capped(limits->output_bytes, caps->output_bytes);
    limits->wall_ms = (guint)capped(limits->wall_ms, caps->wall_ms);
    limits->idle_ms = (guint)capped(limits->idle_ms, caps->idle_ms);
    limits->cpu_ms = (guint)capped(limits->cpu_ms, caps->cpu_ms);
    limits->files = (guint)capped(limits->files, caps->files);
    limits->depth = (guint)capped(limits->depth, caps->depth);
}

/* What is known of those that are used. */
static void complete(GPtrArray *all, const OkbPluginsConfig *config)
{
    for (guint i = 0; i < all->len; i++) {
        OkbPlugin *plugin = g_ptr_array_index(all, i);
        cap_limits(&plugin->limits, &config->caps);
        if (plugin->refused || !config->state_directory)
            continue;
        g_autofree char *file = g_strconcat(plugin->id, ".loading", NULL);
        plugin->state_path = g_build_filename(config->state_directory, file, NULL);
        okb_set_aside_recall(plugin);
    }
}

static gint by_id(gconstpointer a, gconstpointer b)
{
    const OkbPlugin *const *x = a, *const *y = b;
    return g_strcmp0((*x)->id, (*y)->id);
}

static void sum_up_choice(OkbPlugins *plugins)
{
    OkbDigest digest;
    char hex[OKB_DIGEST_HEX];
    g_autoptr(GPtrArray) order = g_ptr_array_new(); /* a copy would own them too */
    for (guint i = 0; i < plugins->all->len; i++)
        g_ptr_array_add(order, plugins->all->pdata[i]);
    g_ptr_array_sort(order, by_id);
    okb_digest_init(&digest);
    for (guint i = 0; i < order->len; i++) {
        const OkbPlugin *plugin = order->pdata[i];
        if (plugin->refused)
            continue;
        okb_digest_update(&digest, plugin->id, strlen(plugin->id) + 1);
        okb_digest_update(&digest, plugin->match, strlen(plugin->match) + 1);
    }
    okb_digest_hex(&digest, hex);
    g_strlcpy(plugins->choice, hex, sizeof plugins->choice);
}

const char *okb_plugins_choice(const OkbPlugins *plugins)
{
    return plugins->choice;
}

static bool add_named_directory(Finding *finding, const char *path, GError **error)
{
    struct stat st;
    int result = stat(path, &st);
    if (result != 0 && okb_error_is_passing(errno))
        return okb_error_errno(error, errno, "--plugin-dir %s", path);
    if (result != 0 || !S_ISDIR(st.st_mode))
        return okb_error_set(error, OKB_ERROR_USAGE, "--plugin-dir %s: no such directory",
                             path);
    add_directory(finding, path);
    return true;
}

static bool find_all(Finding *finding, const OkbPluginsConfig *config, GError **error)
{
    bool third_party = config->third_party && getauxval(AT_SECURE) == 0;
    for (const char *const *d = config->directories; d && *d; d++)
        if (!add_named_directory(finding, *d, error))
            return false;
    if (third_party)
        add_path_list(finding, g_getenv("OPENKB_PLUGIN_PATH"));
    if (third_party)
        add_user_directory(finding, config);
    add_directory(finding, OPENKB_PLUGIN_DIR);
    g_autofree char *place = g_steal_pointer(&finding->place);
    return !finding->trouble ||
           okb_error_errno(error, finding->trouble, "cannot look at the plugin in %s", place);
}

OkbPlugins *okb_plugins_load(const OkbPluginsConfig *config, GError **error)
{
    g_autoptr(OkbPlugins) plugins = g_new0(OkbPlugins, 1);
    plugins->all = g_ptr_array_new_with_free_func((GDestroyNotify)okb_plugin_free);
    if (!find_all(&(Finding){.all = plugins->all}, config, error))
        return NULL;
    rank(plugins->all);
    sum_up_choice(plugins);
    complete(plugins->all, config);
    return g_steal_pointer(&plugins);
}

void okb_plugins_free(OkbPlugins *plugins)
{
    if (!plugins)
        return;
    g_ptr_array_unref(plugins->all);
    g_free(plugins);
}

const GPtrArray *okb_plugins_all(const OkbPlugins *plugins)
{
    return plugins->all;
}

const OkbPlugin *okb_plugins_find(const OkbPlugins *plugins, const char *id)
{
    for (guint i = 0; i < plugins->all->len; i++) {
        const OkbPlugin *plugin = g_ptr_array_index(plugins->all, i);
        if (!plugin->refused && g_str_equal(plugin->id, id))
            return plugin;
    }
    return NULL;
}
