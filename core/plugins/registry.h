/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the files of this directory share.
 */
#pragma once

#include "plugins/plugins.h"

struct OkbPlugins {
    GPtrArray *all; /* OkbPlugin, in order of directory and id */
};

/* An empty one: arrays are there, everything else is NULL or 0. */
OkbPlugin *okb_plugin_new(void);
