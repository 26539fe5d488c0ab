/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reading YAML configuration: .openkb/config.yaml and the global one. Never writes.
 *
 * Errors: OKB_ERROR_FAILED with file, line and what is wrong. A missing file is not an error:
 * the defaults hold.
 */
#pragma once

#include "kb/kb.h"

/* Fills `config` from `path` beneath `root`. */
bool okb_config_load(OkbConfig *config, int root, const char *path, GError **error);

/* What we read of the user's global configuration, ~/.config/openkb/global.yaml. */
typedef struct {
    char *default_kb;        /* or NULL */
    bool allow_user_plugins; /* false */
    GHashTable *limits; /* char * -> char *: the map `limits` as it is written; may be empty */
} OkbGlobalConfig;

bool okb_config_load_global(OkbGlobalConfig *config, GError **error);
void okb_config_clear_global(OkbGlobalConfig *config);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbGlobalConfig, okb_config_clear_global)
