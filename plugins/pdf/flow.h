/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The lines of one flow while they become blocks, and what can be measured on them.
 *
 * Ownership: pdf_lines_open() and pdf_lines_close() make and free; the page outlives them.
 */
#ifndef OKB_PDF_FLOW_H
#define OKB_PDF_FLOW_H

#include "lists.h"
#include "model.h"

enum { PDF_SIZES = 80 }; /* classes of sizes, of half a point */

typedef struct {
    const pdf_page *page;
    const pdf_styles *styles;
    GArray *lines;       /* pdf_line */
    pdf_marker *markers; /* one per line; kind 0: no marker, or not taken as one */
    bool *code;
    pdf_rect column;
    float leading, right, left; /* of the flow */
    float leadings[PDF_SIZES];  /* by size class; 0: no line has it */
    float text_right;           /* where lines of running text end, 0 when there are none */
} pdf_lines;

#define LINE(f, i) (&g_array_index((f)->lines, pdf_line, i))

/* Lines with markers and code found. */
pdf_lines pdf_lines_open(pdf_page *page, const pdf_styles *styles, const pdf_flow *source);
void pdf_lines_close(pdf_lines *f);

float pdf_line_centre(const pdf_line *line);
/* From the middle of line i - 1 to that of line i; and what it would be in a paragraph. */
float pdf_lines_step(const pdf_lines *f, guint i);
float pdf_lines_expected(const pdf_lines *f, const pdf_line *line);
/* Of one size, more or less. */
bool pdf_lines_alike(const pdf_line *a, const pdf_line *b);
/* Width of the first word of a line with what is glued to it. */
float pdf_lines_first_word(const pdf_lines *f, const pdf_line *line);
/* Line i - 1 ended although the first word of line i had room on it. */
bool pdf_lines_had_room(const pdf_lines *f, guint i, float right);

/* Decide which lines begin items and which are code (marks.c). */
void pdf_lines_mark(pdf_lines *f);

/* Write lines [first, end), which are code (code.c). */
struct pdf_text_builder;
void pdf_code_put(struct pdf_text_builder *t, const pdf_lines *f, guint first, guint end);

#endif
