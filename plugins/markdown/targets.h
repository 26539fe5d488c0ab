/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where a document names images: the destinations of images, links and reference definitions,
 * the sources of HTML images, the names in ![[wiki]] embeds.
 *
 * The scanners find what CommonMark reads as one of these. None resolves references, so a
 * bracket that a reference takes away may be read differently; verify.h finds that out.
 *
 * Time: each scanner is linear in its input, whatever the input is.
 */
#ifndef OPENKB_MARKDOWN_TARGETS_H
#define OPENKB_MARKDOWN_TARGETS_H

#include "arena.h"
#include "blocks.h"

#include <openkb/plugin.h>

#include <stdbool.h>
#include <stddef.h>

typedef enum { MD_IMAGE, MD_LINK, MD_DEFINITION, MD_HTML, MD_WIKI } md_target_kind;

typedef struct {
    md_target_kind kind;
    size_t start, end; /* bytes of the destination, without < > or quotes */
    const char *alt;   /* what describes it, as it is written */
    size_t alt_len;
    bool bare;          /* an HTML value without quotes: it gets some */
    okb_asset_id asset; /* 0: the bytes stay */
} md_target;

typedef struct {
    md_target *items;
    size_t count, capacity;
} md_targets;

/* Images and links of inline content. Positions are those of the content. */
void md_scan_inlines(md_arena *arena, const char *content, size_t len, md_targets *targets);

/* Images of an HTML block. */
void md_scan_html(md_arena *arena, const char *content, size_t len, md_targets *targets);

/* Reference definitions in lines [first, end) of the text. Positions are those of the text. */
void md_scan_definitions(md_arena *arena, const md_blocks *blocks, md_gap gap,
                         md_targets *targets);

/* The end of the HTML tag, comment, declaration or the like that CommonMark reads at `pos`,
 * where a '<' stands, or 0. `memo` starts zeroed and serves one content. */
typedef struct {
    size_t no_instruction, no_declaration, no_cdata; /* from here on, plus 1, none is closed */
} md_html_memo;
size_t md_html_inline_end(const char *content, size_t len, size_t pos, md_html_memo *memo);

/* Append the source of the HTML tag [start, end) when it is an image with one. */
void md_html_image(md_arena *arena, const char *content, size_t start, size_t end,
                   md_targets *targets);

/* The end of a link destination at `pos`, or 0; sets the bytes without < >. */
size_t md_destination_end(const char *content, size_t len, size_t pos, size_t *start,
                          size_t *end);

#endif
