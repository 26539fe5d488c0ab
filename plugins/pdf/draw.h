/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A content stream, operator by operator: the graphics state that matters for rules, and the
 * operators that paint.
 */
#ifndef OKB_PDF_DRAW_H
#define OKB_PDF_DRAW_H

#include "model.h"

typedef struct {
    double a, b, c, d, e, f;
} pdf_matrix;

/* m applied first, then n */
pdf_matrix pdf_matrix_multiply(pdf_matrix m, pdf_matrix n);
/* The upright box around what a box becomes. */
pdf_rect pdf_matrix_box(pdf_matrix m, double x0, double y0, double x1, double y1);

typedef struct {
    pdf_matrix ctm;
    float fill, stroke; /* grey */
    float line_width;
    pdf_rect clip; /* around what was last clipped to */
} pdf_graphics;

enum { MAX_MARKED = 32 };

typedef struct pdf_draw pdf_draw;
struct pdf_draw {
    pdf_page *page;
    pdf_graphics now;
    GArray *stack; /* pdf_graphics */
    GArray *path;  /* of the current path: pdf_rect as straight segments, in page coordinates */
    GArray *boxes; /* of the current path: pdf_rect drawn by "re" */
    double at_x, at_y, start_x, start_y; /* current point, in page coordinates */
    bool curved;                         /* the path has a curve */
    pdf_rect bounds;                     /* of the path's points; empty when x0 > x1 */
    long budget;                         /* operators left for this page */
    /* Of the text shown, when page->tagged: shown.c. */
    pdf_matrix text, line;
    double leading;
    int marked[MAX_MARKED]; /* numbers of the marked content open, from the outermost */
    int n_marked;
    /* The number that the property list "/Name" has, or -1. */
    int (*find_property)(pdf_draw *draw, const char *name, void *ctx);
    /* "/Name Do" */
    void (*paint_object)(pdf_draw *draw, const char *name, void *ctx);
    void *ctx;
};

void pdf_draw_init(pdf_draw *draw, pdf_page *page, pdf_matrix base);
void pdf_draw_clear(pdf_draw *draw);

/* Run a content stream. */
void pdf_draw_run(pdf_draw *draw, const char *bytes, size_t len);

/* The unit square under the current matrix: where an image is painted. */
pdf_rect pdf_draw_unit_square(const pdf_draw *draw);

/* Something is painted that fills a box: if it is small and about as high as wide, it may be a
 * bullet. */
void pdf_draw_dot(pdf_draw *draw, pdf_rect box);

#endif
