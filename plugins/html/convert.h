/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The walk over the nodes and what its handlers share. A handler enters an element and says
 * whether its children are to be visited; another one leaves it.
 *
 * The writer opens paragraphs by itself. What this layer adds: a span or link around blocks (a
 * "wrap") is begun again in every leaf within it; in a cell or heading, where blocks cannot be,
 * a boundary between blocks becomes a break or a space; code collects its text.
 */
#ifndef OKB_HTML_CONVERT_H
#define OKB_HTML_CONVERT_H

#include "html.h"

#define MAX_WRAPS 16

typedef struct {
    bool is_link;
    okb_md_span span;
    okb_str url, title;
} wrap;

typedef struct {
    const node *table; /* the one being written as a pipe table; NULL outside */
    size_t columns, column;
    uint16_t *carry;     /* per column: rows that a cell above still covers */
    size_t fillers_left; /* cells that spans may still add */
} table_state;

typedef struct {
    context *c;
    okb_md *md;
    arena *arena;
    okb_str base; /* what links are relative to */

    wrap wraps[MAX_WRAPS];
    size_t n_wraps;
    bool leaf;       /* a leaf is open here and its wraps are begun */
    unsigned cell;   /* within so many cells */
    bool heading;    /* within a heading */
    bool boundary;   /* a block boundary in a cell or heading, not yet written */
    unsigned breaks; /* <br>s not yet written */
    unsigned list_depth;

    unsigned code; /* within so many inline code elements */
    buffer code_text;
    table_state table;
    struct image_cache *images;
    uint64_t visited;
} conv;

typedef struct {
    bool (*enter)(conv *v, node *n); /* true: visit the children */
    void (*leave)(conv *v, node *n); /* only after enter() returned true */
} handler;

/* convert.c */
void conv_content(conv *v); /* before anything inline: a leaf is open, what waited is written */
void conv_close_leaf(conv *v);
void conv_boundary(conv *v); /* a block begins or ends here */
void conv_text(conv *v, okb_str text);
void conv_html(conv *v, const char *html);
bool conv_push(conv *v, wrap w);
void conv_pop(conv *v);
bool enter_block(conv *v, node *n);
void leave_block(conv *v, node *n);
bool enter_nothing(conv *v, node *n);

/* inline.c */
bool enter_emphasis(conv *v, node *n);
bool enter_strong(conv *v, node *n);
bool enter_strike(conv *v, node *n);
void leave_wrap(conv *v, node *n);
bool enter_link(conv *v, node *n);
bool enter_code(conv *v, node *n);
void leave_code(conv *v, node *n);
void flush_code(conv *v);
bool enter_break(conv *v, node *n);
bool enter_tagged(conv *v, node *n); /* <sub>, <sup>: Markdown has only the tag itself */
void leave_tagged(conv *v, node *n);
bool enter_quotation(conv *v, node *n);
void leave_quotation(conv *v, node *n);
bool enter_annotation_text(conv *v, node *n); /* <rt> */
void leave_annotation_text(conv *v, node *n);

/* blocks.c */
bool enter_heading(conv *v, node *n);
void leave_heading(conv *v, node *n);
bool enter_quote(conv *v, node *n);
void leave_quote(conv *v, node *n);
bool enter_list(conv *v, node *n);
void leave_list(conv *v, node *n);
bool enter_item(conv *v, node *n);
void leave_item(conv *v, node *n);
bool enter_definitions(conv *v, node *n);
void leave_definitions(conv *v, node *n);
bool enter_term(conv *v, node *n);
bool enter_definition(conv *v, node *n);
void leave_definition(conv *v, node *n);
bool enter_rule(conv *v, node *n);
bool enter_summary(conv *v, node *n);

/* code.c */
bool enter_pre(conv *v, node *n);
bool is_gutter(const node *n); /* line numbers beside code */

/* tables.c */
bool enter_table(conv *v, node *n);
void leave_table(conv *v, node *n);
bool enter_row(conv *v, node *n);
void leave_row(conv *v, node *n);
bool enter_cell(conv *v, node *n);
void leave_cell(conv *v, node *n);

/* media.c, images.c */
bool enter_image(conv *v, node *n);
bool enter_media(conv *v, node *n);
bool enter_noscript(conv *v, node *n);
bool enter_input(conv *v, node *n);
void free_images(conv *v);

/* math.c */
bool enter_math(conv *v, node *n);
bool enter_math_script(conv *v, node *n);
bool enter_span(conv *v, node *n);

/* footnotes.c */
void find_footnotes(document *doc);
void write_reference(conv *v, const node *n);
void begin_note(conv *v, const node *n);
void end_note(conv *v);

/* Marks that tables.c and footnotes.c leave on nodes. */
enum {
    MARK_NONE,
    MARK_TABLE,
    MARK_ROW,
    MARK_CELL,
    MARK_NOTE = 16, /* the note itself */
    MARK_NOTE_REF,  /* a reference, or the <sup> around it */
    MARK_NOTES,     /* a list of nothing but notes */
    MARK_MIXED      /* one of notes and others, and the notes in it: a list */
};

#endif
