/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the user has decided about plugins, from flags and the global configuration, made into
 * the plugins that a command works with.
 */
#pragma once

#include "plugins/plugins.h"

#include <jansson.h>

/* The plugins of `dirs` (--plugin-dir, may be NULL) and all directories, or without third party
 * ones of the installed one; limits capped by the map `limits` of the global configuration. */
OkbPlugins *okb_cli_load_plugins(char **dirs, bool third_party, GError **error);

/* Sets one limit by its name in the configuration ("memory", "output", "wall", "idle", "cpu",
 * "files", "depth"), from text as a user writes it. */
bool okb_cli_set_limit(OkbLimits *limits, const char *name, const char *text, GError **error);

/* "ID is set aside ...: why, how to get it back", or NULL when it is not. g_free() it. */
char *okb_cli_set_aside_text(const OkbPlugin *plugin);

/* Where plugins are looked for without --plugin-dir, as lines of text. */
json_t *okb_cli_plugin_directories(void);
