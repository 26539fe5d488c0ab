/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb/markdown.h - the Markdown writer: one canonical GitHub-flavoured dialect for every
 * converter. A plugin says what a document holds (a heading, a list, text, a link); the writer
 * decides how that is spelled, so that it renders to exactly that and to nothing else, whatever
 * characters the text holds. Link it statically: target OpenKB::Markdown, archive
 * libokb-markdown.a.
 *
 * LIFE CYCLE
 *
 *     okb_md *md = okb_md_new_for_host(host, job);
 *     okb_md_heading_begin(md, 1);
 *     okb_md_text(md, OKB_STR("Title"));
 *     okb_md_heading_end(md);
 *     okb_md_paragraph_begin(md);
 *     okb_md_text(md, OKB_STR("Some "));
 *     okb_md_span_begin(md, OKB_MD_STRONG);
 *     okb_md_text(md, OKB_STR("bold"));
 *     okb_md_span_end(md, OKB_MD_STRONG);
 *     okb_md_text(md, OKB_STR(" words."));
 *     okb_md_paragraph_end(md);
 *     okb_status status = okb_md_finish(md);
 *     okb_md_free(md);
 *
 * WHAT COMES OUT
 *
 * UTF-8, LF, one blank line between blocks, no trailing blanks, one newline at the end. ATX
 * headings, `-` bullets (`*` for a list that follows another directly), `1.` numbers, fenced
 * code, pipe tables, `*emphasis*`, `**strong**`, `~~strike~~`, `***` for a thematic break.
 * Where Markdown has no spelling for a span's position (`a**,b**c`) the inline HTML tag is
 * written instead.
 *
 * White space in text is Markdown's: runs of blanks and newlines become one space, spaces at
 * the edges of a block go, those at the edges of a span or link move outside it; spans without
 * content vanish. Characters that Markdown would take for markup are escaped where, and only
 * where, their position makes them dangerous.
 *
 * GUARANTEES
 *
 * - The output's size is at most a constant times the text's: containers deeper than max_depth
 *   add no prefix, their content goes into the innermost one that counts.
 * - Time is linear in the text. Memory is bounded by the largest single block.
 * - Calls in an impossible order do no harm: an inline call outside a block opens a paragraph,
 * a block call closes the open leaf, an end closes what is still open within, an end without a
 *   begin is ignored.
 *
 * ERRORS
 *
 * The first failure (of the sink, or OKB_E_NOMEM) latches: later calls do nothing, and
 * okb_md_status() and okb_md_finish() return it. okb_md_new() returns NULL when out of memory,
 * and every function accepts a NULL writer, so a plugin may check once, at the end.
 *
 * OWNERSHIP AND THREADS
 *
 * All text passed in is copied. A writer belongs to one thread at a time; writers share
 * nothing.
 *
 * Text must be well-formed UTF-8; C0 controls in it are dropped. C11 to C2x and C++11 to C++20;
 * libc only.
 */
#ifndef OPENKB_MARKDOWN_H
#define OPENKB_MARKDOWN_H

#include <openkb/plugin.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct okb_md okb_md;

/* Where the Markdown goes. Every function returns OKB_OK or the failure to latch. */
typedef struct okb_md_sink {
    void *ctx;
    okb_status (*write)(void *ctx, const void *bytes, size_t len);
    /* The destination of an image or link to an asset goes here. NULL: assets become their alt.
     */
    okb_status (*asset)(void *ctx, okb_asset_id asset, okb_str alt);
    /* A heading begins here; `page` is the last okb_md_page(), or 0. May be NULL. */
    okb_status (*heading)(void *ctx, uint32_t level, okb_str title, uint32_t page);
    /* A page begins here; writes its own mark and blank line. NULL: pages leave no mark. */
    okb_status (*page)(void *ctx, uint32_t index, okb_str label);
} okb_md_sink;

typedef struct okb_md_options {
    uint32_t max_depth; /* lists and quotes within each other; 0 means the default, 50 */
} okb_md_options;

/* `options` may be NULL. The sink is copied, its ctx is not. */
okb_md *okb_md_new(const okb_md_sink *sink, const okb_md_options *options);
/* A writer into the body of `job`, with assets, headings and pages reported to the host. */
okb_md *okb_md_new_for_host(const okb_host *host, okb_job *job);
okb_status okb_md_status(const okb_md *md);
/* Close what is open and hand the last bytes to the sink. */
okb_status okb_md_finish(okb_md *md);
void okb_md_free(okb_md *md);

/*
 * Whether bytes of a source may be given to a writer: well-formed UTF-8, and no C0 control but
 * white space. What is not should fail with OKB_E_MALFORMED or be decoded first.
 */
bool okb_md_is_text(okb_str text);

/* ---- Leaf blocks: inline content goes between begin and end ------------------------------ */

/* An empty paragraph writes nothing. */
void okb_md_paragraph_begin(okb_md *md);
void okb_md_paragraph_end(okb_md *md);

/* Level 1 to 6; others are clamped. */
void okb_md_heading_begin(okb_md *md, uint32_t level);
void okb_md_heading_end(okb_md *md);

/* ---- Whole blocks ------------------------------------------------------------------------ */

/* Fenced code, byte for byte (a final newline is added if missing). `language` may be absent.
 */
void okb_md_code_block(okb_md *md, okb_str language, okb_str code);
void okb_md_rule(okb_md *md);
/* Raw HTML, on lines of its own. The caller answers for what it holds. */
void okb_md_html_block(okb_md *md, okb_str html);

/*
 * A page of a paginated source begins: call it before the first block that begins on it. An
 * open paragraph is not cut: it belongs to the page where it began, the mark follows it. Lists
 * and quotes stay open across the mark; numbers go on; what follows in the item that was open
 * stands at the margin.
 */
void okb_md_page(okb_md *md, uint32_t index, okb_str label);

/* ---- Containers -------------------------------------------------------------------------- */

void okb_md_quote_begin(okb_md *md);
void okb_md_quote_end(okb_md *md);

typedef struct okb_md_list {
    bool ordered;
    bool loose;     /* a blank line between items and between an item's blocks */
    uint32_t start; /* number of the first item of an ordered list */
} okb_md_list;

typedef enum okb_md_task { OKB_MD_NO_TASK, OKB_MD_TODO, OKB_MD_DONE } okb_md_task;

/* A list holds items, an item holds blocks. A block outside an item opens one. */
void okb_md_list_begin(okb_md *md, const okb_md_list *list);
void okb_md_list_end(okb_md *md);
void okb_md_item_begin(okb_md *md, okb_md_task task);
void okb_md_item_end(okb_md *md);

/* The definition of a footnote; holds blocks. Labels are reduced to letters, digits, - and _.
 */
void okb_md_footnote_begin(okb_md *md, okb_str label);
void okb_md_footnote_end(okb_md *md);

/* ---- Tables ------------------------------------------------------------------------------ */

typedef enum okb_md_align {
    OKB_MD_ALIGN_NONE,
    OKB_MD_ALIGN_LEFT,
    OKB_MD_ALIGN_CENTER,
    OKB_MD_ALIGN_RIGHT
} okb_md_align;

/*
 * The first row is the header; without one (`header` false) an empty header row is written.
 * `aligns` has `columns` entries, or is NULL. Missing cells are added, those too many are
 * joined to the last. A cell holds inline content; okb_md_break() in it becomes <br>.
 */
void okb_md_table_begin(okb_md *md, size_t columns, const okb_md_align *aligns, bool header);
void okb_md_row_begin(okb_md *md);
void okb_md_cell_begin(okb_md *md);
void okb_md_cell_end(okb_md *md);
void okb_md_row_end(okb_md *md);
void okb_md_table_end(okb_md *md);

/* ---- Inline content ---------------------------------------------------------------------- */

typedef enum okb_md_span { OKB_MD_EM, OKB_MD_STRONG, OKB_MD_STRIKE } okb_md_span;

void okb_md_text(okb_md *md, okb_str text);
void okb_md_span_begin(okb_md *md, okb_md_span span);
void okb_md_span_end(okb_md *md, okb_md_span span);
/* `title` may be absent. Links do not nest: one begun inside another is only its text. */
void okb_md_link_begin(okb_md *md, okb_str url, okb_str title);
void okb_md_link_end(okb_md *md);
/* <url>, where the URL is one that can be written so; else a link whose text is the URL. */
void okb_md_autolink(okb_md *md, okb_str url);
void okb_md_code(okb_md *md, okb_str code);
void okb_md_image(okb_md *md, okb_str url, okb_str alt, okb_str title);
void okb_md_image_asset(okb_md *md, okb_asset_id asset, okb_str alt, okb_str title);
/* A hard line break. At the edge of a block it is dropped. */
void okb_md_break(okb_md *md);
void okb_md_footnote_ref(okb_md *md, okb_str label);
/* Inline HTML, without a newline. The caller answers for what it holds. */
void okb_md_html(okb_md *md, okb_str html);

#ifdef __cplusplus
}
#endif

#endif /* OPENKB_MARKDOWN_H */
