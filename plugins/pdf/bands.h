/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Words of a table's region without a grid yet: the bands they stand in, the gutters that
 * divide them, and which bands make one row.
 */
#ifndef OKB_PDF_BANDS_H
#define OKB_PDF_BANDS_H

#include "model.h"

typedef struct {
    float from, to;
} pdf_interval;

/* What overlaps vertically: a line of a table, or several where cells are centred. */
typedef struct {
    uint32_t first, count; /* in the array of words, from left to right */
    float y0, y1;          /* of the cores */
    float top, bottom;     /* of the boxes */
} pdf_band;

/* Between words of one phrase; wider blanks separate cells. */
float pdf_widest_blank(const pdf_word *word);

/* Sort words into bands; `words` is put in the bands' order. Returns pdf_band. */
GArray *pdf_bands_of(const pdf_page *page, uint32_t *words, guint n);

/* The stretches of x that a band's phrases cover. Returns pdf_interval, from left to right. */
GArray *pdf_stretches_of(const pdf_page *page, const uint32_t *words, const pdf_band *band);

/*
 * Intervals of x between x0 and x1 that at most `crossings` of the bands cross, at least
 * `least` wide, with text on both sides. Returns pdf_interval, from left to right.
 */
GArray *pdf_gutters_of(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                       guint n_bands, guint crossings, float least);

/* The columns that a band has words in, a bit each; the 64th and all behind it share one. */
guint64 pdf_columns_used(const pdf_page *page, const uint32_t *words, const pdf_band *band,
                         const GArray *gutters);

/* Where rows begin: for each band whether it opens a row (else it goes on in the one above). */
void pdf_rows_of(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                 guint n_bands, const GArray *gutters, bool *opens);

#endif
