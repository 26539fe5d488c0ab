/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A page into a tree: tokens, from the tokenizer or from libxml2, to the builder.
 */
#include "tokens.h"

static void start(void *ctx, tag_id tag, const attr *attrs, size_t n)
{
    builder_start(ctx, tag, attrs, n);
}

static void end(void *ctx, tag_id tag)
{
    builder_end(ctx, tag);
}

static void text(void *ctx, okb_str s)
{
    builder_text(ctx, s);
}

bool parse_html(okb_str html, bool by_libxml2, document *doc)
{
    builder *b = builder_new(doc);
    if (!b)
        return false;
    token_sink sink = {b, start, end, text};
    bool fine = by_libxml2 ? read_by_libxml2(html, doc, &sink) : read_tokens(html, doc, &sink);
    builder_free(b);
    return fine && !doc->arena.failed;
}

void document_free(document *doc)
{
    arena_free(&doc->arena);
}
