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

/* default_kb of the user's global configuration; NULL when there is none, or with `error`. */
char *okb_config_default_kb(GError **error);
