/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where a region of a page is cut into two columns (columns.h): its bands, the gutters that run
 * through them, and whether a gutter divides running text.
 *
 * Ownership: arrays belong to who asked for them. Threads: none.
 */
#ifndef OKB_PDF_SPLIT_H
#define OKB_PDF_SPLIT_H

#include "model.h"

enum { MAX_GAPS = 24 };

/* A word or a table. */
typedef struct {
    pdf_rect box;  /* full */
    float c0, c1;  /* vertical core */
    uint32_t word; /* or TABLE | index */
    uint32_t letters;
} pdf_item;

#define TABLE_ITEM UINT32_C(0x80000000)

typedef struct {
    float from, to;
} pdf_free;

/* A band: what overlaps vertically. */
typedef struct {
    uint32_t first, count; /* items */
    float y0, y1;
    pdf_free gaps[MAX_GAPS];
    int n_gaps;
    float left, right;
} pdf_layer;

typedef struct {
    pdf_page *page;
    float em;     /* median size of the page's words */
    float gutter; /* narrowest gutter */
    int columns;  /* counter for pdf_flow.column */
    bool panel;   /* in a panel: panels.h */
} pdf_cutter;

/* Two columns: the bands from first to last, on both sides of a gutter. */
typedef struct {
    guint first, last; /* bands */
    pdf_free gutter;
    float score;
    guint stick_out; /* bands whose text runs into the gutter */
} pdf_split;

#define BAND(bands, i) (&g_array_index(bands, pdf_layer, i))

/* Sort items into bands, from top to bottom, and those of each band by x. Returns pdf_layer. */
GArray *pdf_split_bands(const pdf_cutter *c, pdf_item *items, uint32_t n);

/* The widest interval of `b` free within `g`; false when it is too narrow for a gutter. */
bool pdf_split_narrow(const pdf_cutter *c, const pdf_layer *b, pdf_free *g);

/* The split with most text on its smaller side; false when there is none. */
bool pdf_split_best(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                    float width, pdf_split *best);

/* Divide the items of a split's bands; returns how many are on the left. Lines that run over
 * the gutter below the end of the right column are on the left as a whole. */
guint pdf_split_divide(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                       const pdf_split *s, uint32_t *left, uint32_t *right, guint *n_right);

/* Whether the split divides running text (prose.c); sets its score. */
bool pdf_split_is_prose(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                        pdf_split *s, float width);

static inline float pdf_free_middle(pdf_free g)
{
    return (g.from + g.to) / 2;
}

/* Gutters stay where they are over pages. */
bool pdf_split_known(const pdf_cutter *c, pdf_free gutter);
void pdf_split_remember(const pdf_cutter *c, pdf_free gutter);

#endif
