/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A transcript: the status first, the body as it is, then a line for each fact, the bytes of
 * assets after their lines.
 */
#include "run.h"

static void add_marks(GString *to, const char *kind, const harness_mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(to, "%s %u, page %u, at %zu: %s\n", kind, marks[i].level,
                               marks[i].page, marks[i].offset, marks[i].title);
}

static void add_pairs(GString *to, const char *kind, const harness_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(to, "%s %s, page %u: %s\n", kind, pairs[i].key, pairs[i].page,
                               pairs[i].value);
}

static void add_blobs(GString *to, const char *kind, const harness_asset *blobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_string_append_printf(to, "%s %zu, %s, \"%s\", %zu bytes\n", kind, i + 1,
                               blobs[i].media_type, blobs[i].name_hint, blobs[i].len);
        if (blobs[i].bytes)
            g_string_append_len(to, (const char *)blobs[i].bytes, (gssize)blobs[i].len);
    }
}

GString *run_transcript(const harness_result *r)
{
    GString *to = g_string_new(NULL);
    g_string_append_printf(to, "status %d\n", r->status);
    if (r->status != OKB_OK)
        return to; /* nothing else of a failure is kept */
    g_string_append_len(to, r->body, (gssize)r->body_len);
    g_string_append_printf(to, "\nend of %zu bytes\n", r->body_len);
    for (size_t i = 0; i < r->n_refs; i++)
        g_string_append_printf(to, "ref at %zu to %u: %s\n", r->refs[i].offset,
                               r->refs[i].asset, r->refs[i].alt);
    add_marks(to, "page", r->pages, r->n_pages);
    add_marks(to, "heading", r->headings, r->n_headings);
    add_marks(to, "outline", r->outline, r->n_outline);
    add_pairs(to, "meta", r->metas, r->n_metas);
    add_pairs(to, "warning", r->warnings, r->n_warnings);
    add_blobs(to, "asset", r->assets, r->n_assets);
    add_blobs(to, "embed", r->embeds, r->n_embeds);
    return to;
}
