/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The plugin under test, read from disk and tried once.
 */
#pragma once

#include "check.h"

/* `path` is a manifest, or a module beside its manifest. False and *error when neither can be
 * read; a manifest that is not valid is for a check to find. */
bool subject_read(Subject *subject, const char *path, GError **error);

/* A file, or a directory: the files in it that the manifest claims by extension. */
bool subject_add_samples(Subject *subject, const char *path, GError **error);

/* Whether the module loads, and what each sample becomes. */
void subject_try(Subject *subject);

void subject_clear(Subject *subject);
