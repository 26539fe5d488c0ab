/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Runs cmark-gfm over a text. Its inline parser, which is what costs most, sees only the nodes
 * that the caller wants; the others keep their content as it is.
 *
 * The tree lives in the arena and must not be freed.
 */
#ifndef OPENKB_MARKDOWN_PARSE_H
#define OPENKB_MARKDOWN_PARSE_H

#include "arena.h"

#include <cmark-gfm.h>

#include <stdbool.h>
#include <stddef.h>

/* Where each line begins, as cmark counts them; the first is none of the text's, and of a long
 * run of blank lines only the first few are there. */
typedef struct {
    size_t *items, count, capacity;
} md_lines;

/* Once per process, before the first document. */
void md_parse_warm(void);

/* Whether this paragraph, heading or table cell is to have its inlines parsed. Asked once for
 * each, in the order of the document. */
typedef bool (*md_wants_inlines)(void *context, cmark_node *node);

cmark_node *md_parse(md_arena *arena, const char *text, size_t len, md_wants_inlines wants,
                     void *context, md_lines *lines);

/* Whether a node could have inlines and was refused them. */
bool md_is_unparsed(cmark_node *node);

#endif
