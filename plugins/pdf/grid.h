/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A grid of rows and columns laid over words becomes a table. lattice.c finds grids by ruling
 * lines, striped.c and borderless.c by white space (space.c).
 */
#ifndef OKB_PDF_GRID_H
#define OKB_PDF_GRID_H

#include "bands.h"

typedef struct {
    guint rows, columns;
    float *xs; /* columns + 1 */
    float *ys; /* rows + 1 */
    guint
        *owner; /* rows * columns: the cell that a place belongs to, its own index by default */
    bool ruled;
} pdf_grid;

pdf_grid *pdf_grid_new(guint rows, guint columns);
void pdf_grid_free(pdf_grid *grid);

/* Make the places from (r0, c0) to (r1, c1) one cell. */
void pdf_grid_merge(pdf_grid *grid, guint r0, guint c0, guint r1, guint c1);

/*
 * Take the words whose centre is inside and make a table of them. NULL, and no word taken, when
 * it would not be one: fewer than two rows or columns with text, or nearly all text in one
 * cell.
 */
pdf_table *pdf_grid_fill(const pdf_grid *grid, pdf_page *page, const pdf_styles *styles,
                         const uint32_t *words, guint n);

/* The same with words by place: a list of their numbers (uint32_t), or NULL, for each. */
pdf_table *pdf_grid_take(const pdf_grid *grid, pdf_page *page, const pdf_styles *styles,
                         GArray *const *lists);

/*
 * The grid with the columns divided that hold several columns of figures (undrawn.c); takes
 * `grid`. `words` are those inside.
 */
pdf_grid *pdf_grid_undrawn(pdf_grid *grid, const pdf_page *page, const uint32_t *words,
                           guint n);

/* A grid by white space over bands; joins the places that a phrase runs across. */
pdf_grid *pdf_grid_by_space(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                            guint n_bands, const GArray *gutters, const bool *opens,
                            pdf_rect box);

#endif
