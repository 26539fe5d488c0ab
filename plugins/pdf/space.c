/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Gutters are columns; a phrase that runs across one joins the places on both sides.
 */
#include "grid.h"

#include <math.h>

static void merge_phrase(pdf_grid *g, const GArray *gutters, guint row, float x0, float x1)
{
    guint from = G_MAXUINT, to = 0;
    for (guint k = 0; k < gutters->len; k++) {
        const pdf_interval *gutter = &g_array_index(gutters, pdf_interval, k);
        if (x0 < gutter->from - 1 && x1 > gutter->to + 1) {
            from = MIN(from, k);
            to = k + 1;
        }
    }
    if (from == G_MAXUINT)
        return;
    guint first = g->owner[row * g->columns + from] % g->columns;
    for (guint c = first; c <= to; c++)
        g->owner[row * g->columns + c] = row * g->columns + first;
    for (guint c = to + 1; c < g->columns && g->owner[row * g->columns + c] % g->columns <= to;
         c++)
        g->owner[row * g->columns + c] = row * g->columns + first;
}

/* Whether every gutter that a phrase runs across lies at a blank of it, and no other blank is
 * left: then it is a row of close cells. */
static bool falls_apart(const pdf_page *page, const uint32_t *words, guint n,
                        const GArray *gutters)
{
    guint crossed = 0, blanks = 0;
    float x0 = WORD(page, words[0])->box.x0, x1 = WORD(page, words[n - 1])->box.x1;
    for (guint k = 0; k < gutters->len; k++) {
        const pdf_interval *g = &g_array_index(gutters, pdf_interval, k);
        bool blank = false;
        if (x0 >= g->from - 1 || x1 <= g->to + 1)
            continue;
        crossed++;
        for (guint i = 1; i < n; i++)
            blank = blank || pdf_overlap(WORD(page, words[i - 1])->box.x1,
                                         WORD(page, words[i])->box.x0, g->from, g->to) > 0;
        if (!blank)
            return false;
    }
    for (guint i = 1; i < n; i++)
        blanks += WORD(page, words[i])->box.x0 - WORD(page, words[i - 1])->box.x1 > 0.5F;
    return crossed > 0 && crossed == blanks;
}

static void merge_phrases(pdf_grid *g, const pdf_page *page, const uint32_t *words,
                          const pdf_band *b, const GArray *gutters, guint row)
{
    float x1 = -INFINITY;
    for (guint i = 0, first = 0; i <= b->count; i++) {
        const pdf_word *w = i < b->count ? WORD(page, words[b->first + i]) : NULL;
        if (i && (!w || w->box.x0 - x1 > pdf_widest_blank(w))) {
            if (!falls_apart(page, words + b->first + first, i - first, gutters))
                merge_phrase(g, gutters, row, WORD(page, words[b->first + first])->box.x0, x1);
            first = i;
        }
        x1 = w ? MAX(x1, w->box.x1) : x1;
    }
}

pdf_grid *pdf_grid_by_space(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                            guint n_bands, const GArray *gutters, const bool *opens,
                            pdf_rect box)
{
    guint rows = 0, row = 0;
    for (guint i = 0; i < n_bands; i++)
        rows += opens[i];
    pdf_grid *g = pdf_grid_new(MAX(rows, 1), gutters->len + 1);
    g->xs[0] = box.x0 - 1;
    g->xs[g->columns] = box.x1 + 1;
    for (guint k = 0; k < gutters->len; k++) {
        const pdf_interval *gutter = &g_array_index(gutters, pdf_interval, k);
        g->xs[k + 1] = (gutter->from + gutter->to) / 2;
    }
    g->ys[0] = box.y0 - 1;
    g->ys[g->rows] = box.y1 + 1;
    for (guint i = 0; i < n_bands; i++) {
        if (i && opens[i])
            g->ys[++row] = (bands[i - 1].y1 + bands[i].y0) / 2;
        merge_phrases(g, page, words, &bands[i], gutters, row);
    }
    return g;
}
