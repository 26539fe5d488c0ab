/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * PDFs for tests, written object by object: text in the standard fonts at given places, rules,
 * links, bookmarks. The origin is at the top left, in points, pages are 600 x 800.
 *
 * Ownership: paper_free() frees all. Threads: none. Failure of memory ends the program.
 */
#ifndef OKB_TESTS_PDF_PAPER_H
#define OKB_TESTS_PDF_PAPER_H

#include <stddef.h>

typedef struct paper paper;

typedef enum { ROMAN, BOLD, ITALIC, MONO, SANS, SANS_BOLD } paper_font;

paper *paper_new(void);
void paper_free(paper *p);

/* Begin a page; the first one begins by itself. */
void paper_page(paper *p);

/* Pages are slides: the upper half of what they would be. */
void paper_slides(paper *p);
/* The label of the page begun last. */
void paper_label(paper *p, const char *label);

/* One line of text with its baseline at y. */
void paper_text(paper *p, double x, double y, double size, paper_font font, const char *text);
/* Lines one below the other; `text` is divided at '\n'. Returns the y after the last. */
double paper_lines(paper *p, double x, double y, double size, double leading, paper_font font,
                   const char *text);
void paper_rule(paper *p, double x0, double y0, double x1, double y1);
void paper_fill(paper *p, double x, double y, double w, double h, double grey);
void paper_link(paper *p, double x0, double y0, double x1, double y1, const char *uri);
/* A link to the height `y` of page `page` (from 1), or to a named place. */
void paper_goto(paper *p, double x0, double y0, double x1, double y1, int page, double y);
void paper_goto_name(paper *p, double x0, double y0, double x1, double y1, const char *name);
/* Name the height `y` of the page begun last. */
void paper_place(paper *p, const char *name, double y);
/* A bookmark to the page begun last. */
void paper_bookmark(paper *p, const char *title);
/* An entry of the information dictionary: paper_info(p, "Title", "..."). */
void paper_info(paper *p, const char *key, const char *value);
/* Operators as they are. The fonts are F0 to F5, whose character 1 is U+0301, and TeX's for
 * formulas, not embedded and half an em wide: F6 CMMI10, F7 CMSY10, F8 CMEX10. */
void paper_raw(paper *p, const char *operators);

/* The finished file; valid until paper_free(). */
const char *paper_bytes(paper *p, size_t *len);

#endif
