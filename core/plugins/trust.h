/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whether code of a file may run as us: the directory, its ancestors, the manifest and the
 * module belong to root or to us, nobody else may write them, and no link leads out.
 *
 * A sticky ancestor that others may write (/tmp) is accepted, because what stands in it must be
 * root's or ours anyway; the plugin directory itself may not be one.
 *
 * With -1 errno is that of the call that failed, 0 when what was seen is not to be trusted.
 */
#pragma once

#include "plugins/plugins.h"

/* Opens a plugin directory. -1, and why in *ret_reason (g_free() it), when it cannot be opened
 * or is not to be trusted. A missing one is -1 with *ret_reason NULL. */
int okb_trust_open_directory(const char *path, char **ret_reason);

/* Opens a file of a plugin directory for reading; like okb_trust_open_directory(). A link
 * within the directory is followed once. */
int okb_trust_open_file(int directory, const char *name, char **ret_reason);
