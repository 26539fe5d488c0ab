/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The block structure of a document, as cmark-gfm sees it: its headings, and the regions of the
 * source in which a link or an image can stand. Code blocks are in no region.
 *
 * cmark's inline parser does not run but for headings: it is what costs most, and its source
 * positions are of no use. Regions are read by inlines.h and html.h.
 *
 * Offsets are into the text that was parsed. Everything lives as long as the arena.
 */
#ifndef OPENKB_MARKDOWN_BLOCKS_H
#define OPENKB_MARKDOWN_BLOCKS_H

#include "arena.h"
#include "parse.h"

#include <stdbool.h>
#include <stddef.h>

/* A slice of the text; or content that cmark put together, each of whose lines is the end of
 * one line of the text. */
typedef struct {
    bool html;
    const char *content;
    size_t len;
    size_t offset;   /* where the slice begins; SIZE_MAX when it is none */
    size_t line;     /* else the line that holds the first line of the content */
    size_t at_line;  /* lines that md_region_offset() has come */
    size_t at_end;   /* where in the content that line ends, plus 1; 0 before the first */
    size_t at_begin; /* where its first character that is in the text stands */
    size_t at_stop;  /* where in the text it ends, or SIZE_MAX */
} md_region;

typedef struct {
    size_t offset;
    unsigned level;
    bool quoted; /* inside a block quote: somebody else's heading */
    char *title; /* plain text, one line */
} md_heading;

/* Lines that are in no leaf block: [first, end). Reference definitions stand there. */
typedef struct {
    size_t first, end;
} md_gap;

typedef struct {
    const char *text;
    size_t len;
    md_lines lines;
    struct {
        md_region *items;
        size_t count, capacity;
    } regions;
    struct {
        md_heading *items;
        size_t count, capacity;
    } headings;
    struct {
        md_gap *items;
        size_t count, capacity;
    } gaps;
    bool ends_open; /* the last block is code or HTML: blank lines at the end may be its own */
} md_blocks;

void md_blocks_parse(md_arena *arena, const char *text, size_t len, md_blocks *blocks);

/* The end of a line, where its LF stands or would stand. */
size_t md_line_end(const md_blocks *blocks, size_t line);

/* Where a position of a region's content stands in the text, or SIZE_MAX when that cannot be
 * told. Positions asked for must rise. */
size_t md_region_offset(const md_blocks *blocks, md_region *region, size_t pos);

#endif
