/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Any bytes as a manifest: refused with a reason, or a plugin whose parts hold what the header
 * of manifests promises.
 */
#include "plugins/magic.h"
#include "plugins/manifest.h"
#include "plugins/options.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hold(bool promise)
{
    if (!promise)
        abort();
}

static void use(const OkbPlugin *plugin, const uint8_t *data, size_t size)
{
    hold(plugin->id && *plugin->id && !strchr(plugin->id, '/') && *plugin->id != '.');
    hold(plugin->module_path && !strchr(plugin->module_path, '/'));
    hold(plugin->output_version > 0 && plugin->limits.memory_bytes >= 64u << 20);
    for (guint i = 0; i < plugin->magic->len; i++)
        okb_magic_match(g_ptr_array_index(plugin->magic, i), data, size);
    const char *given[] = {"a=b", "x.level=3", "level=99", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *options = okb_plugin_options(plugin, given, &error);
    g_autofree char *defaults = okb_plugin_option_defaults(plugin);
    hold((options == NULL) == (error != NULL) && defaults != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbPlugin) plugin = okb_manifest_parse((const char *)data, size, &error);
    hold((plugin == NULL) == (error != NULL));
    if (plugin)
        use(plugin, data, size);
    return 0;
}
