/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which plugin a file gets. The order is total: two different plugins never compare equal,
 * because ids differ.
 */
#include "plugins/magic.h"
#include "plugins/registry.h"

#include <string.h>

/* What speaks for a plugin, strongest first. */
typedef struct {
    const OkbPlugin *plugin;
    gsize strong_magic; /* bytes that matched */
    bool media_type;
    bool extension;
    gsize weak_magic; /* of a text format: below the extension */
} Evidence;

/* Extensions may have dots themselves ("tar.gz"): the name must end in "." and the extension,
 * and have a stem. */
static bool has_extension(const char *name, const char *extension)
{
    gsize len = strlen(name), suffix = strlen(extension);
    return len > suffix + 1 && name[len - suffix - 1] == '.' &&
           g_ascii_strcasecmp(name + len - suffix, extension) == 0;
}

static bool claims_extension(const OkbPlugin *plugin, const char *name)
{
    for (char **extension = plugin->extensions; *extension; extension++)
        if (has_extension(name, *extension))
            return true;
    return false;
}

/* Parameters ("; charset=utf-8") do not count. */
static bool claims_media_type(const OkbPlugin *plugin, const char *media_type)
{
    gsize len = media_type ? strcspn(media_type, "; \t") : 0;
    for (char **type = plugin->media_types; len > 0 && *type; type++)
        if (strlen(*type) == len && g_ascii_strncasecmp(*type, media_type, len) == 0)
            return true;
    return false;
}

static gsize longest_magic(const OkbPlugin *plugin, const guint8 *head, gsize head_len)
{
    gsize longest = 0;
    for (guint i = 0; i < plugin->magic->len; i++)
        longest =
            MAX(longest, okb_magic_match(g_ptr_array_index(plugin->magic, i), head, head_len));
    return longest;
}

static Evidence weigh(const OkbPlugin *plugin, const char *name, const char *media_type,
                      const guint8 *head, gsize head_len)
{
    gsize magic = longest_magic(plugin, head, head_len);
    return (Evidence){
        .plugin = plugin,
        .strong_magic = plugin->weak_magic ? 0 : magic,
        .media_type = claims_media_type(plugin, media_type),
        .extension = name && claims_extension(plugin, name),
        .weak_magic = plugin->weak_magic ? magic : 0,
    };
}

static bool speaks(const Evidence *e)
{
    return e->strong_magic || e->media_type || e->extension || e->weak_magic;
}

static int descending(gint64 a, gint64 b)
{
    return (a < b) - (a > b);
}

static gint compare_evidence(gconstpointer left, gconstpointer right)
{
    const Evidence *a = left, *b = right;
    const int order[] = {
        descending((gint64)a->strong_magic, (gint64)b->strong_magic),
        descending(a->media_type, b->media_type),
        descending(a->extension, b->extension),
        descending((gint64)a->weak_magic, (gint64)b->weak_magic),
        descending(a->plugin->priority, b->plugin->priority),
        strcmp(a->plugin->id, b->plugin->id),
    };
    for (gsize i = 0; i < G_N_ELEMENTS(order); i++)
        if (order[i])
            return order[i];
    return 0;
}

static char *explain(const Evidence *e)
{
    GString *text = g_string_new(e->plugin->id);
    g_string_append_c(text, ':');
    if (e->strong_magic)
        g_string_append_printf(text, " magic (%" G_GSIZE_FORMAT " bytes),", e->strong_magic);
    if (e->media_type)
        g_string_append(text, " media type,");
    if (e->extension)
        g_string_append(text, " extension,");
    if (e->weak_magic)
        g_string_append_printf(text, " weak magic (%" G_GSIZE_FORMAT " bytes),", e->weak_magic);
    g_string_append_printf(text, " priority %d", e->plugin->priority);
    return g_string_free(text, FALSE);
}

static GPtrArray *explicit_choice(const OkbPlugins *plugins, const char *id, GPtrArray *why)
{
    GPtrArray *chosen = g_ptr_array_new();
    const OkbPlugin *plugin = okb_plugins_find(plugins, id);
    if (plugin)
        g_ptr_array_add(chosen, (gpointer)plugin);
    if (plugin && why)
        g_ptr_array_add(why, g_strdup_printf("%s: asked for", id));
    return chosen;
}

GPtrArray *okb_plugins_select(const OkbPlugins *plugins, const char *explicit_id,
                              const char *name, const char *media_type, const guint8 *head,
                              gsize head_len, GPtrArray *why)
{
    if (explicit_id)
        return explicit_choice(plugins, explicit_id, why);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Evidence));
    for (guint i = 0; i < plugins->all->len; i++) {
        const OkbPlugin *plugin = g_ptr_array_index(plugins->all, i);
        if (plugin->refused)
            continue;
        Evidence e = weigh(plugin, name, media_type, head, head_len);
        if (speaks(&e))
            g_array_append_val(found, e);
    }
    g_array_sort(found, compare_evidence);
    GPtrArray *order = g_ptr_array_new();
    for (guint i = 0; i < found->len; i++) {
        const Evidence *e = &g_array_index(found, Evidence, i);
        g_ptr_array_add(order, (gpointer)e->plugin);
        if (why)
            g_ptr_array_add(why, explain(e));
    }
    return order;
}

/* What a manifest that could not be read would claim, nobody knows. */
static bool might_take(const OkbPlugin *plugin, const char *name, const guint8 *head,
                       gsize head_len)
{
    if (!plugin->extensions)
        return !plugin->is_mask;
    Evidence e = weigh(plugin, name, NULL, head, head_len);
    return speaks(&e);
}

GPtrArray *okb_plugins_refused_for(const OkbPlugins *plugins, const char *explicit_id,
                                   const char *name, const guint8 *head, gsize head_len)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; i < plugins->all->len; i++) {
        OkbPlugin *plugin = g_ptr_array_index(plugins->all, i);
        if (plugin->refused && (explicit_id ? strcmp(plugin->id, explicit_id) == 0
                                            : might_take(plugin, name, head, head_len)))
            g_ptr_array_add(found, plugin);
    }
    return found;
}

bool okb_plugins_claims(const OkbPlugins *plugins, const char *name)
{
    for (guint i = 0; i < plugins->all->len; i++) {
        const OkbPlugin *plugin = g_ptr_array_index(plugins->all, i);
        if (!plugin->refused && claims_extension(plugin, name))
            return true;
    }
    return false;
}
