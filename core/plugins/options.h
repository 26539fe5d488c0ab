/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Values of a plugin's options; okb_plugin_options() is in plugins.h.
 */
#pragma once

#include "plugins/plugins.h"

/* Whether a value is in the option's type and range; OKB_ERROR_USAGE says why not. */
bool okb_plugin_option_accepts(const OkbPluginOption *option, const char *value,
                               GError **error);

/* "name=value" lines of all options with their defaults. g_free() it. */
char *okb_plugin_option_defaults(const OkbPlugin *plugin);
