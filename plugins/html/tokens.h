/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A page as tokens: start tags with the attributes that matter, end tags, and text with its
 * references decoded. Comments, declarations, scripts, styles and drawings end here; what is
 * raw text for HTML5 (<title>, <textarea>, ...) is text.
 */
#ifndef OKB_HTML_TOKENS_H
#define OKB_HTML_TOKENS_H

#include "html.h"

/*
 * Who takes the tokens. `attrs` is the caller's; values and text live as long as the document
 * and its source. Text between two tags comes in one piece, and is never empty.
 */
typedef struct {
    void *ctx;
    void (*start)(void *ctx, tag_id tag, const attr *attrs, size_t n_attrs);
    void (*end)(void *ctx, tag_id tag);
    void (*text)(void *ctx, okb_str text);
} token_sink;

/* All of UTF-8 `html`, which outlives `doc`. False when out of memory. */
bool read_tokens(okb_str html, document *doc, const token_sink *sink);

/* markup.c: the same by way of libxml2, which is loaded when it was not. */
bool load_libxml2(void);
bool read_by_libxml2(okb_str html, document *doc, const token_sink *sink);

#endif
