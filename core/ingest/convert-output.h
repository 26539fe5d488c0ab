/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where `convert` writes, and how: names that cannot collide, files that appear whole.
 */
#pragma once

#include "ingest/task.h"

/*
 * The output path of every item, by its index: the relative path with ".md" in place of the
 * extension, or behind it where two would be the same under folding ("a.pdf.md", "a.html.md").
 * NULL where even that is another's: the item cannot be written. Strings owned by the array.
 */
GPtrArray *okb_convert_names(const OkbPlan *plan);

/* Front matter from the bundle's metadata: "---" ... "---" and a blank line. */
void okb_convert_front_matter(GString *out, const OkbBundle *bundle);

/* The body for a place that has no files: every image becomes its alt text. *ret_images counts
 * them. NULL when a placeholder does not stand where the bundle says. */
GString *okb_convert_without_images(const OkbBundle *bundle, guint *ret_images);

/*
 * Writes `text` to `path` by rename, with the bundle's assets in "<path without .md>.assets/".
 * An existing file is refused unless `force`. `out` is the out directory of the conversion.
 */
bool okb_convert_write(const OkbBundle *bundle, int out, const char *path, bool front_matter,
                       bool force, guint *ret_images, GError **error);
