/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "malice/kit.h"

#include "util/cleanup.h"
#include "util/tree.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool done, const char *what, const GError *error)
{
    if (done)
        return;
    fprintf(stderr, "%s: %s\n", what, error ? error->message : g_strerror(errno));
    abort();
}

static int make_directory(int root, const char *name)
{
    must(mkdirat(root, name, 0700) == 0, name, NULL);
    return openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void make_root(Kit *kit, const char *root)
{
    g_strlcpy(kit->root, root ? root : "/tmp/openkb-kit-XXXXXX", sizeof kit->root);
    must(root ? mkdir(root, 0700) == 0 : mkdtemp(kit->root) != NULL, kit->root, NULL);
}

void kit_open_at(Kit *kit, const char *root, const char *plugin_dir, OkbSandboxPolicy policy,
                 guint slots, const OkbLimits *limits)
{
    g_autoptr(GError) error = NULL;
    *kit = (Kit){0};
    make_root(kit, root);
    kit->root_fd = open(kit->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    kit->staging = make_directory(kit->root_fd, "staging");
    kit->source_dir = make_directory(kit->root_fd, "source");
    const char *directories[] = {plugin_dir, NULL};
    kit->plugins = okb_plugins_load(&(OkbPluginsConfig){.directories = directories}, &error);
    must(kit->plugins != NULL, "plugins", error);
    OkbPoolConfig config = {
        .staging = kit->staging,
        .slots = slots,
        .sandbox = policy,
        .limits = limits ? *limits : (OkbLimits){0},
    };
    kit->pool = okb_pool_new(&config, &error);
    must(kit->pool != NULL, "pool", error);
}

void kit_open(Kit *kit, const char *plugin_dir, OkbSandboxPolicy policy, guint slots,
              const OkbLimits *limits)
{
    kit_open_at(kit, NULL, plugin_dir, policy, slots, limits);
}

void kit_close(Kit *kit)
{
    okb_pool_free(kit->pool);
    okb_plugins_free(kit->plugins);
    close(kit->staging);
    close(kit->source_dir);
    close(kit->root_fd);
    okb_tree_remove(AT_FDCWD, kit->root, NULL);
}

static char *copy_path(const Kit *kit)
{
    return g_strdup_printf("%s/copy-%" G_GUINT64_FORMAT, kit->root, kit->next);
}

void kit_write_bytes(Kit *kit, const void *bytes, gsize len)
{
    g_autofree char *path = copy_path(kit);
    must(g_file_set_contents(path, bytes, (gssize)len, NULL), path, NULL);
}

void kit_write_source(Kit *kit, const char *text)
{
    kit_write_bytes(kit, text, strlen(text));
}

guint64 kit_submit_source(Kit *kit, const char *plugin_id, gsize size, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = copy_path(kit);
    const OkbPlugin *plugin = okb_plugins_find(kit->plugins, plugin_id);
    must(plugin != NULL, plugin_id, NULL);
    okb_autofd int source = open(path, O_RDONLY | O_CLOEXEC);
    OkbJob job = {
        .number = kit->next,
        .plugin = plugin,
        .source = source,
        .size = size,
        .name = "document.txt",
        .options = options,
        .sibling_dir = kit->source_dir,
    };
    kit->limits = okb_pool_limits(kit->pool, plugin);
    must(okb_pool_submit(kit->pool, &job, &error), "submit", error);
    return kit->next++;
}

guint64 kit_submit(Kit *kit, const char *plugin, const char *text, const char *options)
{
    kit_write_source(kit, text);
    return kit_submit_source(kit, plugin, strlen(text), options);
}

OkbOutcome kit_wait(Kit *kit)
{
    g_autoptr(GError) error = NULL;
    OkbOutcome outcome;
    OkbPoolStatus status = okb_pool_wait(kit->pool, 60000, &outcome, &error);
    must(status == OKB_POOL_OUTCOME, "wait", error);
    return outcome;
}

OkbOutcome kit_convert(Kit *kit, const char *plugin, const char *text)
{
    kit_submit(kit, plugin, text, NULL);
    return kit_wait(kit);
}

char *kit_body(Kit *kit, const OkbOutcome *outcome, char **ret_reason)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbBundle) bundle = okb_bundle_read(&outcome->left, &kit->limits, &error);
    const char *reason = error                      ? error->message
                         : bundle && bundle->status ? bundle->message
                                                    : NULL;
    if (ret_reason)
        *ret_reason = g_strdup(reason);
    if (reason)
        return NULL;
    gsize len;
    const char *body = g_bytes_get_data(bundle->body, &len);
    return g_strndup(body, len);
}
