/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The stretches of x that bands cover are counted from left to right; where few enough cover,
 * is a gutter.
 */
#include "bands.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_GUTTERS = 64 }; /* a table has fewer */

typedef struct {
    float at;
    int change;
} edge;

static int by_at(const void *a, const void *b)
{
    const edge *p = a, *q = b;
    if (p->at != q->at)
        return p->at < q->at ? -1 : 1;
    return q->change - p->change;
}

float pdf_widest_blank(const pdf_word *w)
{
    return (w->mono ? 0.75F : 0.42F) * w->size;
}

/* The stretches of x that a band covers; blanks inside phrases count as covered. */
static void cover(const pdf_page *page, const uint32_t *words, const pdf_band *b, GArray *edges)
{
    float reach = -INFINITY;
    for (guint i = 0; i < b->count; i++) {
        const pdf_word *w = WORD(page, words[b->first + i]);
        float from = i ? MAX(w->box.x0, reach) : w->box.x0;
        if (i && w->box.x1 <= reach)
            continue;
        if (i && w->box.x0 - reach < pdf_widest_blank(w)) {
            g_array_index(edges, edge, edges->len - 1).at = reach = w->box.x1;
            continue;
        }
        edge in = {from, 1}, out = {w->box.x1, -1};
        g_array_append_val(edges, in);
        g_array_append_val(edges, out);
        reach = w->box.x1;
    }
}

GArray *pdf_stretches_of(const pdf_page *page, const uint32_t *words, const pdf_band *b)
{
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(pdf_interval));
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(edge));
    cover(page, words, b, edges);
    for (guint i = 0; i + 1 < edges->len; i += 2) {
        const edge *e = &g_array_index(edges, edge, i);
        pdf_interval s = {e[0].at, e[1].at};
        g_array_append_val(stretches, s);
    }
    return stretches;
}

static guint column_of(const GArray *gutters, float x)
{
    guint c = 0;
    while (c < gutters->len && x > g_array_index(gutters, pdf_interval, c).from)
        c++;
    return c;
}

/* The first column that fewer than two bands use, G_MAXUINT when there is none. */
static guint lonely_column(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                           guint n, const GArray *gutters)
{
    g_autofree guint *uses = g_new0(guint, gutters->len + 1);
    g_autofree guint *last = g_new0(guint, gutters->len + 1);
    for (guint i = 0; i < n; i++)
        for (guint k = 0; k < bands[i].count; k++) {
            pdf_rect b = WORD(page, words[bands[i].first + k])->box;
            guint c = column_of(gutters, (b.x0 + b.x1) / 2);
            uses[c] += last[c] != i + 1;
            last[c] = i + 1;
        }
    for (guint c = 0; c <= gutters->len; c++)
        if (uses[c] < 2)
            return c;
    return G_MAXUINT;
}

static void drop_lonely_columns(const pdf_page *page, const uint32_t *words,
                                const pdf_band *bands, guint n, GArray *gutters)
{
    while (n >= 4 && gutters->len && gutters->len <= MOST_GUTTERS) {
        guint c = lonely_column(page, words, bands, n, gutters);
        if (c == G_MAXUINT)
            return;
        g_array_remove_index(gutters, c ? c - 1 : 0);
    }
}

/* The widest of the stretches of [from, to) that the fewest bands cover: text of a band that
 * reaches into a gutter shall not be cut. `i` is the edge at which the gutter begins. */
static pdf_interval freest(const GArray *edges, guint i, int depth, float to)
{
    pdf_interval best = {g_array_index(edges, edge, i).at, to};
    int least = G_MAXINT;
    for (; i + 1 < edges->len && g_array_index(edges, edge, i).at < to; i++) {
        const edge *e = &g_array_index(edges, edge, i);
        float width = e[1].at - e->at;
        if (width > 0.5F &&
            (depth < least || (depth == least && width > best.to - best.from))) {
            best = (pdf_interval){e->at, e[1].at};
            least = depth;
        }
        depth += e[1].change;
    }
    return best;
}

GArray *pdf_gutters_of(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                       guint n_bands, guint crossings, float least)
{
    GArray *gutters = g_array_new(FALSE, FALSE, sizeof(pdf_interval));
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(edge));
    for (guint i = 0; i < n_bands; i++)
        cover(page, words, &bands[i], edges);
    if (edges->len)
        qsort(edges->data, edges->len, sizeof(edge), by_at);
    int depth = 0, depth_from = 0;
    guint from = G_MAXUINT;
    for (guint i = 0; i < edges->len; i++) {
        const edge *e = &g_array_index(edges, edge, i);
        int before = depth;
        depth += e->change;
        if (before > (int)crossings && depth <= (int)crossings)
            from = i, depth_from = depth;
        if (before <= (int)crossings && depth > (int)crossings && from != G_MAXUINT &&
            e->at - g_array_index(edges, edge, from).at >= least) {
            pdf_interval g = freest(edges, from, depth_from, e->at);
            g_array_append_val(gutters, g);
        }
    }
    drop_lonely_columns(page, words, bands, n_bands, gutters);
    return gutters;
}
