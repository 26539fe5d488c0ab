/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Inside the Markdown writer. Data flows one way:
 *
 *   inline.c      calls -> tokens of the open leaf (white space settled, empty spans gone)
 *   emphasis.c    decides how each span is spelled, by playing the CommonMark algorithm
 *   render.c      tokens -> `block`, the leaf's text; escape.c does plain text
 *   blocks.c, tables.c   `block` -> lines; containers.c gives each line its prefix
 *   writer.c      lines -> the sink, in large pieces
 */
#ifndef OKB_MARKDOWN_WRITER_H
#define OKB_MARKDOWN_WRITER_H

#include <openkb/markdown.h>

#include <string.h>

/* ---- Bytes ------------------------------------------------------------------------------- */

typedef struct {
    char *data;
    size_t len, cap;
} bytes;

bool bytes_reserve(bytes *b, size_t more);

static inline bool bytes_append(bytes *b, const char *data, size_t len)
{
    if (len > b->cap - b->len && !bytes_reserve(b, len))
        return false;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    return true;
}

bool bytes_insert(bytes *b, size_t at, const char *data, size_t len);
/* Room for one more element of `size` in a growing array; false when out of memory. */
bool array_reserve(void *array, size_t n, size_t *cap, size_t size);

/* ---- Containers -------------------------------------------------------------------------- */

typedef enum {
    BLOCK_NONE,
    BLOCK_PARAGRAPH,
    BLOCK_HEADING,
    BLOCK_CODE,
    BLOCK_RULE,
    BLOCK_HTML,
    BLOCK_TABLE,
    BLOCK_QUOTE,
    BLOCK_LIST,
    BLOCK_NOTE
} block_kind;

typedef enum { BOX_DOCUMENT, BOX_QUOTE, BOX_LIST, BOX_ITEM, BOX_NOTE } box_kind;

typedef struct {
    box_kind kind;
    block_kind last;  /* the child written last */
    char last_marker; /* ... and if a list, what marks its items */
    bool flat;        /* deeper than max_depth: adds nothing */
    bool ordered, loose;
    char marker;         /* list: '-', '*', '.' or ')' */
    okb_md_task task;    /* item: still to be written */
    bool empty;          /* item, quote: no line written yet */
    block_kind before;   /* list: the sibling before it */
    uint32_t items;      /* list: begun so far */
    uint32_t number;     /* list: of the next item */
    size_t outer_prefix; /* length of `rest` outside */
} box;

/* ---- Tokens ------------------------------------------------------------------------------ */

typedef enum {
    TOKEN_TEXT,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_LINK,
    TOKEN_LINK_END,
    TOKEN_CODE,
    TOKEN_IMAGE,
    TOKEN_HTML,
    TOKEN_BREAK,
    TOKEN_NOTE
} token_kind;

/* How a span is spelled. */
typedef enum { STYLE_STAR, STYLE_UNDERSCORE, STYLE_TAG } span_style;

typedef struct {
    uint32_t at, len; /* in okb_md.text */
} slice;

typedef struct {
    uint8_t kind;  /* token_kind */
    uint8_t span;  /* OPEN, CLOSE: okb_md_span */
    uint8_t style; /* OPEN: span_style; its CLOSE follows */
    bool flag;     /* LINK: spelled <url>; IMAGE: an asset */
    uint32_t mate; /* OPEN, CLOSE, LINK, LINK_END: index of the other one */
    union {
        okb_asset_id asset; /* IMAGE */
        uint32_t count;     /* BREAK */
    };
    slice a; /* text, code, HTML, label; image: alt; link: URL */
    slice b; /* link: title; image: URL */
    slice c; /* image: title */
} token;

/* A place in rendered text where the sink writes an asset's path. */
typedef struct {
    size_t at;
    okb_asset_id asset;
    size_t alt, alt_len; /* in okb_md.alts */
} asset_ref;

typedef enum { LEAF_NONE, LEAF_PARAGRAPH, LEAF_HEADING, LEAF_CELL } leaf_kind;

typedef struct {
    char ch;
    bool can_open, can_close;
    uint32_t length, left; /* characters at first, and not yet matched */
    uint32_t piece, n_pieces;
    int32_t before; /* the run before it that is still in play, or -1 */
} delimiter_run;

typedef struct {
    size_t columns, row_cells;
    size_t rows;
    okb_md_align *aligns;
    bool header, in_row;
} table_state;

struct okb_md {
    okb_md_sink sink;
    const okb_host *host; /* of okb_md_new_for_host() */
    okb_job *job;
    okb_status status;
    uint32_t max_depth, page;
    bytes out; /* for the sink */

    box *boxes; /* boxes[0] is the document */
    size_t n_boxes, cap_boxes;
    size_t n_deep;    /* boxes that count: [0, n_deep) are not flat */
    uint32_t depth;   /* of prefixes */
    bytes first;      /* prefix of the next line: markers of items not yet begun */
    bytes rest;       /* prefix of the lines after it */
    bool blank_due;   /* a blank line goes before the next line ... */
    size_t blank_len; /* ... with so much of `rest` as its prefix */

    leaf_kind leaf;
    uint32_t level; /* of the heading */
    uint32_t pages_due;
    struct {
        uint32_t index;
        char *label;
        size_t label_len;
    } * pages;
    size_t cap_pages;

    bytes text;
    token *tokens;
    size_t n_tokens, cap_tokens;
    uint32_t *open; /* tokens of the spans and links that are open */
    size_t n_open, cap_open;
    size_t n_fresh; /* opened last, without content so far: the last tokens */
    bool space_due;
    uint32_t breaks_due;
    bool in_link, in_autolink;
    bool strike; /* the leaf has spans spelled with tildes */
    leaf_kind leaf_rendered;

    bytes block;
    bytes alts;
    asset_ref *refs;
    size_t n_refs, cap_refs;
    delimiter_run *runs;
    size_t n_runs, cap_runs;
    uint32_t *pieces; /* tokens that a run is made of */
    size_t n_pieces, cap_pieces;

    table_state table;
};

/* writer.c */
static inline bool okb_md_ok(const okb_md *md)
{
    return md && md->status == OKB_OK;
}

void okb_md_latch(okb_md *md, okb_status status);
void okb_md_put(okb_md *md, const char *data, size_t len);
void okb_md_flush(okb_md *md);

/* containers.c */
/* Settle where a block of this kind goes, close the open leaf. */
void okb_md_open_block(okb_md *md, block_kind kind);
/* Begin a line: due blank line, prefix. */
void okb_md_start_line(okb_md *md);
box *okb_md_inner_box(okb_md *md);
void okb_md_close_boxes(okb_md *md, size_t keep);
void okb_md_forget_items(okb_md *md);

/* blocks.c */
void okb_md_close_leaf(okb_md *md);
/* As much of a title or alt text as a host takes, cut at a character. */
okb_str okb_md_short(okb_str s);
/* `block` up to `end`, from `from`, with assets in their places. */
void okb_md_put_block(okb_md *md, size_t from, size_t end);
void okb_md_put_task(okb_md *md, box *item);

/* inline.c */
void okb_md_reset_inline(okb_md *md);
void okb_md_close_spans(okb_md *md);
slice okb_md_keep(okb_md *md, okb_str s);

/* emphasis.c */
void okb_md_choose_styles(okb_md *md);

/* render.c: the tokens, appended to `block` as a leaf of this kind. */
void okb_md_render(okb_md *md, leaf_kind leaf);
void okb_md_plain(okb_md *md, bytes *to);

/* escape.c */
typedef struct {
    char before, after; /* neighbours in the output; '\n' at an edge */
    bool in_link;
    bool strike; /* spans of tildes are about */
} escape_context;

bool okb_md_escape_text(bytes *to, const char *s, size_t len, escape_context context);
bool okb_md_escape_url(bytes *to, const char *s, size_t len);
bool okb_md_escape_title(bytes *to, const char *s, size_t len);
bool okb_md_escape_html(bytes *to, const char *s, size_t len);
bool okb_md_code_span(bytes *to, const char *s, size_t len, bool in_cell);
/* Where a line of a paragraph needs a backslash so as not to begin a block; len if nowhere. */
size_t okb_md_line_hazard(const char *line, size_t len, bool first, bool in_item);

/* characters.c */
typedef enum { CHAR_SPACE, CHAR_PUNCTUATION, CHAR_SYMBOL, CHAR_OTHER } char_class;
char_class okb_md_class_after(const char *s, size_t len);
char_class okb_md_class_before(const char *s, size_t len);
bool okb_md_is_punctuation(unsigned char c);

#endif
