/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The data that the stages of the pdf plugin hand on.
 *
 *     page.c   poppler page      -> characters, links      (pdf_page)
 *     chars.c  characters        -> words in styles
 *     rules.c  content stream    -> ruling lines, fills, pictures
 *     lattice.c, tables.c        -> tables taken out of the words
 *     columns.c words            -> flows in reading order (split.c, prose.c: where to cut)
 *     lines.c  a flow            -> lines
 *     blocks.c lines             -> paragraphs, items, code    (pdf_block, kept)
 *     running.c, headings.c, lists.c, join.c   over the blocks of the whole document
 *     emit.c   blocks            -> Markdown
 *
 * Life: a pdf_page lives while its page is looked at and is used again for the next; blocks
 * live until the document is written. All coordinates are points, the origin is at the top
 * left. Ownership: whoever holds the array. Threads: none. Failure of memory ends the process
 * (GLib).
 */
#ifndef OKB_PDF_MODEL_H
#define OKB_PDF_MODEL_H

#include "mathfonts.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    float x0, y0, x1, y1;
} pdf_rect;

/* ---- Styles: one table for the document -------------------------------------------------- */

typedef struct {
    char *font; /* without the subset tag */
    float size;
    bool bold, italic, mono;
    uint8_t maths;    /* pdf_maths */
    uint64_t letters; /* how much of the document is set in it */
} pdf_style;

typedef struct {
    GArray *all;       /* pdf_style; index is the style's number */
    GHashTable *index; /* "font size" -> number + 1 */
    GHashTable *links; /* URI -> number */
    GPtrArray *uris;   /* number -> URI; 0 is none */
} pdf_styles;

/* ---- Text with inline style -------------------------------------------------------------- */

/* SCRIPT_NOTE: a mark whose footnote is known; the span's link is the note's number.
 * SCRIPT_FORMULA: LaTeX between dollars. */
typedef enum { SCRIPT_NONE, SCRIPT_SUPER, SCRIPT_SUB, SCRIPT_NOTE, SCRIPT_FORMULA } pdf_script;

typedef struct {
    uint32_t start; /* byte offset; ends where the next begins */
    uint32_t link;
    uint16_t style;
    uint8_t script;
} pdf_span;

/* Lines are separated by '\n'; whether one becomes a space is decided when all is known. */
typedef struct {
    char *bytes;
    pdf_span *spans;
    uint32_t len;
    uint32_t n_spans : 31, kept : 1; /* kept: memory of the store, see store.h */
} pdf_text;

/* ---- One page while it is looked at ------------------------------------------------------ */

typedef struct {
    pdf_rect box;
    uint32_t text, len; /* in pdf_page.text */
    uint32_t link;
    uint16_t style;
    uint8_t script;
    uint16_t tag; /* in pdf_page.tags, from 1; 0: none */
    bool glued;   /* no space between the word before (index - 1) and this one */
    bool rotated; /* runs up or down the page */
    bool mono, italic, bold;
    uint8_t maths; /* pdf_maths */
    bool taken;    /* belongs to a table or is not text */
    float size;
} pdf_word;

/* Where a piece of text begins to be shown, and the number of its marked content, or -1. */
typedef struct {
    float x, y;
    int mcid;
} pdf_shown;

typedef enum { ROLE_NONE, ROLE_INLINE, ROLE_TEXT, ROLE_HEADING } pdf_role;

/* A block of the structure tree. */
typedef struct {
    int element;   /* its object's number; 0: unknown */
    uint8_t role;  /* pdf_role */
    uint8_t level; /* of a heading; 0: unknown */
    uint16_t cell; /* in pdf_page.cells, from 1; 0: none */
} pdf_tag;

/* A cell of the structure tree; those of a table stand together. */
typedef struct {
    int table; /* its object's number; 0: not to be used */
    uint16_t row, column, rows, columns;
    bool header;
} pdf_tagged_cell;

typedef struct {
    float at, from, to; /* x of a vertical line or y of a horizontal one, and its extent */
    float width;
} pdf_rule;

typedef struct {
    pdf_rect box;
    float grey; /* 0 black .. 1 white */
} pdf_fill;

typedef struct {
    pdf_rect box;
    int object, generation; /* of the image XObject; 0 for an inline image */
    int mcid;               /* of the marked content that it stands in, or -1 */
    uint32_t alt, alt_len;  /* in pdf_page.values: what the structure tree says it shows */
} pdf_picture;

typedef struct {
    pdf_rect box;
    uint32_t link;
} pdf_area;

typedef struct {
    pdf_rect box;
    uint32_t value, len; /* in pdf_page.values */
} pdf_field;

typedef struct {
    uint32_t first, count; /* in pdf_page.refs: words from left to right */
    pdf_rect box;
    float size; /* of most of its letters */
    uint16_t style;
    bool mono, bold;
    bool display; /* a formula, its words from left to right whatever their height */
    float gap;    /* widest space between two words, in points */
    float middle; /* y of the middle of its main words, scripts left out */
} pdf_line;

/* A piece of page in reading order: words that flow in one column, or a table. */
typedef struct {
    uint32_t first, count; /* in pdf_page.refs, unordered words */
    int table;             /* index in pdf_page.tables, or -1 */
    pdf_rect box;
    int column;  /* same number: same column run */
    bool turned; /* words that run up or down the page, in the order of the page's text */
    bool panel;  /* in a panel: panels.h */
} pdf_flow;

typedef struct {
    pdf_text text;
    uint16_t row, column, rows, columns; /* place and span */
    bool bold;
} pdf_cell;

typedef struct {
    GArray *cells; /* pdf_cell in row order */
    uint16_t rows, columns, header_rows;
    float *edges; /* columns + 1 x positions, to recognise a continuation */
    bool ruled;
} pdf_table;

typedef struct {
    uint32_t number; /* from 1 */
    float width, height;
    GString *text;
    GArray *words;  /* pdf_word */
    GArray *refs;   /* uint32_t */
    GArray *areas;  /* pdf_area */
    GArray *fields; /* pdf_field: what forms were filled in with */
    GString *values;
    GArray *across;      /* pdf_rule, horizontal */
    GArray *down;        /* pdf_rule, vertical */
    GArray *fills;       /* pdf_fill */
    GArray *dots;        /* pdf_rect: small painted shapes, bullets perhaps */
    GArray *drawings;    /* pdf_rect: all that is painted, but text and pictures */
    GArray *pictures;    /* pdf_picture */
    GPtrArray *tables;   /* pdf_table, owned until a block takes it */
    GArray *table_boxes; /* pdf_rect per table */
    bool tagged;         /* the document has a structure tree */
    GArray *shown;       /* pdf_shown, when it has */
    GArray *tags;        /* pdf_tag */
    GArray *cells;       /* pdf_tagged_cell */
    GArray *flows;       /* pdf_flow in reading order */
    GArray *gutters; /* float: where gutters ran on this and earlier pages; kept over pages */
    uint32_t letters, unmapped;
    bool formulas; /* this or an earlier page has letters in a font for formulas */
    bool mirrored; /* all places are, see bidi.h */
} pdf_page;

/* ---- What is kept ------------------------------------------------------------------------ */

typedef enum {
    BLOCK_TEXT,
    BLOCK_ITEM,
    BLOCK_CODE,
    BLOCK_TABLE,
    BLOCK_HEADING,
    BLOCK_NOTE,
    BLOCK_CAPTION,
    BLOCK_PICTURE,
    BLOCK_DROPPED
} pdf_kind;

/* There are many: kept small. */
typedef struct {
    pdf_text text;
    pdf_table *table;
    pdf_rect box;
    float column_x; /* left edge of the flow it stands in */
    float size, leading, gap_above, gap_below;
    float first_x, last_x1; /* start of its first line, end of its last */
    float marker_x, content_x;
    uint32_t page, lines;
    uint32_t number;               /* of an item or a note */
    int element;                   /* of the structure tree that its lines are of; 0: none */
    uint32_t figure : 28, was : 4; /* of a drawn figure and what lies in it, see figures.h */
    uint16_t style;                /* of most letters */
    uint8_t kind;                  /* pdf_kind */
    uint8_t level;                 /* heading 1..6, item depth from 0 */
    char marker;                   /* item: '-' bullet, '1' number, 'a', 'A', 'i', 'I' */
    char marker_close;             /* '.', ')' ... */
    bool bold : 1, italic : 1, mono : 1, centred : 1;
    bool closed : 1; /* its last line is visibly short: the paragraph ends here */
    bool first_in_flow : 1, last_in_flow : 1;
    bool contents : 1; /* an entry of a table of contents */
    bool display : 1;  /* a formula on lines of its own */
    bool turned : 1;   /* runs up or down the page */
    bool panel : 1;    /* in a panel: panels.h */
    bool title : 1;    /* heading: of a slide */
    bool tagged : 1;   /* the structure tree says what it is: a heading, of `level` if not 0, or
                          none */
    bool tagged_heading : 1;
    bool continued : 1; /* item: further paragraph of the item before */
} pdf_block;

static inline float pdf_height(pdf_rect r)
{
    return r.y1 - r.y0;
}

static inline float pdf_width(pdf_rect r)
{
    return r.x1 - r.x0;
}

/* On a page `width` wide. */
static inline pdf_rect pdf_mirrored(pdf_rect r, float width)
{
    return (pdf_rect){width - r.x1, r.y0, width - r.x0, r.y1};
}

static inline pdf_rect pdf_union(pdf_rect a, pdf_rect b)
{
    return (pdf_rect){MIN(a.x0, b.x0), MIN(a.y0, b.y0), MAX(a.x1, b.x1), MAX(a.y1, b.y1)};
}

static inline float pdf_overlap(float a0, float a1, float b0, float b1)
{
    return MIN(a1, b1) - MAX(a0, b0);
}

#define WORD(page, i)    (&g_array_index((page)->words, pdf_word, i))
#define REF(page, i)     g_array_index((page)->refs, uint32_t, i)
#define STYLE(s, i)      (&g_array_index((s)->all, pdf_style, i))
#define BLOCK(blocks, i) (&g_array_index(blocks, pdf_block, i))

#endif
