/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Formulas in a line of text: what has raised or lowered parts at letters of formulas is
 * written in LaTeX, for plain characters cannot say it. All else stays text.
 *
 * Ownership: arrays and strings belong to the caller. Threads: none.
 */
#ifndef OKB_PDF_FORMULA_H
#define OKB_PDF_FORMULA_H

#include "latex.h"
#include "model.h"

/* A piece of a word: a letter, a number, an operator, or what is no formula. */
typedef struct {
    uint32_t word;    /* in pdf_page.refs */
    uint32_t at, len; /* in pdf_page.text */
    float x0, x1, middle, size;
    uint8_t class; /* pdf_latex_class */
    bool maths;    /* a letter in a font or style of formulas */
    bool text;     /* upright letters */
    bool bold;
    bool comma;        /* joins what stands on both sides: a comma of a formula's font */
    gunichar dots;     /* three of them; 0: none */
    const char *latex; /* already written; NULL: not */
} pdf_piece;

/* Whether words of a line may hold a formula: decided cheaply. */
bool pdf_formula_possible(const pdf_page *page, uint32_t first, uint32_t count);

/* Whether a line is short enough to be looked at in pieces. */
bool pdf_formula_fits(const pdf_page *page, uint32_t first, uint32_t count);

/* The words of a line that fits, in pieces. Returns pdf_piece, to be freed with
 * g_array_unref(). */
GArray *pdf_formula_pieces(const pdf_page *page, uint32_t first, uint32_t count);

/* The next formula at or behind `from`: from `*first` to before `*end`; false if none. */
bool pdf_formula_next(const pdf_page *page, const GArray *pieces, guint from, guint *first,
                      guint *end);

/* Write the pieces from `first` to before `end` as LaTeX, without the dollars. */
void pdf_formula_write(const pdf_page *page, const GArray *pieces, guint first, guint end,
                       GString *out);
/* The same for `n` pieces from left to right; false if they do not stand in one row. */
bool pdf_formula_write_pieces(const pdf_page *page, const pdf_piece **p, guint n, GString *out);

#endif
