/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The text of a manifest, read strictly: a GLib key file in which a duplicate group or key, a
 * missing required key, a value out of range or an "X-Requires-*" key that we do not know is an
 * error. Other unknown keys are ignored, so that a newer manifest serves an older openkb.
 *
 * Errors: OKB_ERROR_FAILED, one line that names group and key.
 */
#pragma once

#include "plugins/plugins.h"

enum { OKB_MANIFEST_MAX = 256 * 1024 };

/* Fields that come from the file's place (directory, paths, refused) stay NULL. */
OkbPlugin *okb_manifest_parse(const char *text, gsize len, GError **error);

void okb_plugin_free(OkbPlugin *plugin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPlugin, okb_plugin_free)
