/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From a checked bundle and a final name to the bytes of a document's artifacts: the source
 * text with its links spliced, or the per-page JSON of a long document, and the summary page.
 * Pure: no file is touched. Formats: docs/FORMATS.md.
 *
 * Ownership: results belong to the caller.
 */
#pragma once

#include "ingest/bundle.h"

/* A document about to be written. */
typedef struct {
    const OkbBundle *bundle;
    const char *name;           /* doc_name */
    const char *fallback_title; /* the source's stem, when the document gives no title */
    const char *const *images;  /* file name of each asset, by its index; NULL: not kept */
    bool is_long;
} OkbRenderInput;

/* Whether a document becomes per-page JSON: paginated, long enough, and with any text. */
bool okb_render_is_long(const OkbBundle *bundle, guint threshold);

/* The body with every placeholder replaced by `prefix` and the image's name; one newline at the
 * end. NULL when a placeholder does not stand where the bundle says. */
GString *okb_render_markdown(const OkbBundle *bundle, const char *prefix,
                             const char *const *images);

/* wiki/sources/NAME.md or .json. NULL and `error` when the bundle contradicts itself. */
GString *okb_render_source(const OkbRenderInput *input, GError **error);

/* wiki/summaries/NAME.md. */
GString *okb_render_summary(const OkbRenderInput *input);

/* The document's title: its own, else the first heading, else NULL. */
const char *okb_render_title(const OkbBundle *bundle);

/* One line about the document for index.md and the summary: its own description, else its first
 * sentences without markup; "" when there are none. */
char *okb_render_description(const OkbBundle *bundle);

/* Image type by magic bytes: an extension without dot, or NULL when it is no image we know. */
const char *okb_render_image_type(const guint8 *head, gsize len);

/*
 * A file name for an image, unique in `taken` (a set of folded names, to which it is added):
 * the sanitised stem of the hint, or "image", and the true extension; with 8 hex of the hash
 * when the name is taken by another.
 */
char *okb_render_image_name(const char *hint, const char *extension, const char *hash,
                            GHashTable *taken);
