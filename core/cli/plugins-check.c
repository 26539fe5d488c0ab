/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/plugins-check.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define CHECKER "openkb-plugin-check"

/* An id may have dots, but no slash, and does not end as a file of a plugin does. */
static bool is_file(const char *word)
{
    return strchr(word, '/') || g_str_has_suffix(word, ".okbplugin") ||
           g_str_has_suffix(word, ".so");
}

static const char *manifest_of(OkbPlugins *plugins, const char *word, GError **error)
{
    if (is_file(word))
        return word;
    const OkbPlugin *plugin = okb_plugins_find(plugins, word);
    if (!plugin)
        okb_error_set(error, OKB_ERROR_NOT_FOUND,
                      "there is no usable plugin “%s”; `openkb plugins list` says why", word);
    return plugin ? plugin->manifest_path : NULL;
}

int okb_cli_plugins_check(OkbCli *cli, OkbPlugins *plugins)
{
    g_autoptr(GError) error = NULL;
    const char *manifest = manifest_of(plugins, cli->arguments[1], &error);
    if (!manifest)
        return okb_cli_fail(cli, error);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_ptr_array_add(words, (char *)CHECKER);
    if (cli->json)
        g_ptr_array_add(words, (char *)"--json");
    g_ptr_array_add(words, (char *)"--");
    g_ptr_array_add(words, (char *)manifest);
    for (char **sample = cli->arguments + 2; *sample; sample++)
        g_ptr_array_add(words, *sample);
    g_ptr_array_add(words, NULL);
    execvp(CHECKER, (char **)words->pdata);
    okb_error_errno(&error, errno, "cannot run " CHECKER "%s",
                    errno == ENOENT ? " (install openkb-plugin-dev, or put it on your PATH)"
                                    : "");
    return okb_cli_fail(cli, error);
}
