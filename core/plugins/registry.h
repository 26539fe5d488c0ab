/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the files of this directory share.
 */
#pragma once

#include "plugins/plugins.h"

struct OkbPlugins {
    GPtrArray *all;  /* OkbPlugin, in order of directory and id */
    char choice[17]; /* 64 bits of a digest: it tells states apart, it proves nothing */
};

/* An empty one: arrays are there, everything else is NULL or 0. */
OkbPlugin *okb_plugin_new(void);
