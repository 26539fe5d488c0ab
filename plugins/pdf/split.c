/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A gutter is extended from the band where it is seen, band by band, as long as it stays free;
 * a few lines may stick out of the left column.
 */
#include "split.h"

#include <stdlib.h>

/* ---- Bands ------------------------------------------------------------------------------- */

static int by_core(const void *a, const void *b)
{
    const pdf_item *p = a, *q = b;
    if (p->c0 != q->c0)
        return p->c0 < q->c0 ? -1 : 1;
    return p->box.x0 < q->box.x0 ? -1 : p->box.x0 > q->box.x0;
}

static int by_x(const void *a, const void *b)
{
    const pdf_item *p = a, *q = b;
    if (p->box.x0 != q->box.x0)
        return p->box.x0 < q->box.x0 ? -1 : 1;
    return p->c0 < q->c0 ? -1 : p->c0 > q->c0;
}

static void find_gaps(const pdf_cutter *c, pdf_layer *b, pdf_item *items)
{
    float reach = items[b->first].box.x1;
    b->left = items[b->first].box.x0;
    for (uint32_t i = 1; i < b->count; i++) {
        const pdf_item *it = &items[b->first + i];
        if (it->box.x0 - reach >= c->gutter && b->n_gaps < MAX_GAPS)
            b->gaps[b->n_gaps++] = (pdf_free){reach, it->box.x0};
        reach = MAX(reach, it->box.x1);
    }
    b->right = reach;
}

/* Leaves the items of each band sorted by x. */
GArray *pdf_split_bands(const pdf_cutter *c, pdf_item *items, uint32_t n)
{
    GArray *bands = g_array_new(FALSE, FALSE, sizeof(pdf_layer));
    qsort(items, n, sizeof *items, by_core);
    for (uint32_t i = 0; i < n;) {
        pdf_layer b = {.first = i, .y0 = items[i].c0, .y1 = items[i].c1};
        for (; i < n && (i == b.first || items[i].c0 < b.y1); i++)
            b.y1 = MAX(b.y1, items[i].c1);
        b.count = i - b.first;
        qsort(items + b.first, b.count, sizeof *items, by_x);
        find_gaps(c, &b, items);
        g_array_append_val(bands, b);
    }
    return bands;
}

bool pdf_split_narrow(const pdf_cutter *c, const pdf_layer *b, pdf_free *g)
{
    pdf_free best = {0, 0};
    if (MIN(g->to, b->left) - g->from > best.to - best.from)
        best = (pdf_free){g->from, MIN(g->to, b->left)};
    if (g->to - MAX(g->from, b->right) > best.to - best.from)
        best = (pdf_free){MAX(g->from, b->right), g->to};
    for (int i = 0; i < b->n_gaps; i++) {
        pdf_free cut = {MAX(g->from, b->gaps[i].from), MIN(g->to, b->gaps[i].to)};
        if (cut.to - cut.from > best.to - best.from)
            best = cut;
    }
    if (best.to - best.from < c->gutter)
        return false;
    *g = best;
    return true;
}

/* ---- Lines that stick out ---------------------------------------------------------------- */

/* Text on the right of a gutter that is free in the band. */
static bool has_right(const pdf_cutter *c, const pdf_layer *b, pdf_free g)
{
    return b->right > g.to && pdf_split_narrow(c, b, &g);
}

/* One run of words from the left of the gutter over it, and nothing beyond. */
static bool runs_over(const pdf_layer *b, pdf_free g)
{
    if (b->left >= g.from || b->right <= g.to)
        return false;
    for (int i = 0; i < b->n_gaps; i++)
        if (b->gaps[i].to > g.from)
            return false;
    return true;
}

/* A word of the left column that is a little too long, with the right column beside it. */
static bool sticks_out(const pdf_cutter *c, const pdf_layer *b, const pdf_item *items,
                       pdf_free g)
{
    float over = 0;
    for (uint32_t i = b->first; i < b->first + b->count; i++)
        if (items[i].box.x0 < g.from && items[i].box.x1 > g.from)
            over = MAX(over, items[i].box.x1 - g.to);
    return b->left < g.from && over < 2.5F * c->em;
}

/* Below the end of the right column the left one goes on: most lines keep to it. */
static bool is_rest_of_left(const GArray *bands, guint i, pdf_free g)
{
    guint keep = 0, over = 0;
    for (; i < bands->len; i++) {
        const pdf_layer *b = BAND(bands, i);
        if (b->left < g.from && b->right <= g.to)
            keep++;
        else if (runs_over(b, g))
            over++;
        else if (i + 1 < bands->len) /* the last may be the number of the page */
            return false;
    }
    return keep >= 2 && keep > over;
}

/* Of ten lines one may stick out; below ten the left column may go on alone. */
static bool tolerates(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                      pdf_split *s, bool down)
{
    guint i = down ? s->last + 1 : s->first - 1, next = down ? i + 1 : i - 1;
    guint seen = s->last - s->first + 1;
    const pdf_layer *b = BAND(bands, i);
    if (down && seen >= 10 && runs_over(b, s->gutter) && is_rest_of_left(bands, i, s->gutter))
        return true;
    if ((s->stick_out + 1) * 10 > seen || next >= bands->len ||
        !has_right(c, BAND(bands, next), s->gutter) || !sticks_out(c, b, items, s->gutter))
        return false;
    s->stick_out++;
    return true;
}

guint pdf_split_divide(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                       const pdf_split *s, uint32_t *left, uint32_t *right, guint *n_right)
{
    guint n = 0, end = s->last + 1;
    while (end > s->first && !has_right(c, BAND(bands, end - 1), s->gutter))
        end--;
    *n_right = 0;
    for (guint k = s->first; k <= s->last; k++) {
        const pdf_layer *b = BAND(bands, k);
        bool rest = k >= end && runs_over(b, s->gutter);
        for (uint32_t i = b->first; i < b->first + b->count; i++)
            if (rest || items[i].box.x0 < pdf_free_middle(s->gutter))
                left[n++] = i;
            else
                right[(*n_right)++] = i;
    }
    return n;
}

/* ---- The best split of a region ---------------------------------------------------------- */

static bool extend_by_one(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                          pdf_split *s)
{
    if (s->last + 1 < bands->len &&
        (pdf_split_narrow(c, BAND(bands, s->last + 1), &s->gutter) ||
         tolerates(c, bands, items, s, true))) {
        s->last++;
        return true;
    }
    if (s->first > 0 && (pdf_split_narrow(c, BAND(bands, s->first - 1), &s->gutter) ||
                         tolerates(c, bands, items, s, false))) {
        s->first--;
        return true;
    }
    return false;
}

static void extend(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                   pdf_split *s)
{
    while (extend_by_one(c, bands, items, s))
        ;
}

static bool tried(const GArray *splits, const pdf_split *s)
{
    for (guint i = 0; i < splits->len; i++) {
        const pdf_split *t = &g_array_index(splits, pdf_split, i);
        if (t->first == s->first && t->last == s->last && t->gutter.from == s->gutter.from &&
            t->gutter.to == s->gutter.to)
            return true;
    }
    return false;
}

bool pdf_split_best(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                    float width, pdf_split *best)
{
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(pdf_split));
    best->score = 0;
    for (guint i = 0; i < bands->len; i++)
        for (int g = 0; g < BAND(bands, i)->n_gaps && seen->len < 400; g++) {
            pdf_split s = {i, i, BAND(bands, i)->gaps[g], 0, 0};
            extend(c, bands, items, &s);
            if (tried(seen, &s))
                continue;
            g_array_append_val(seen, s);
            if (pdf_split_is_prose(c, bands, items, &s, width) && s.score > best->score)
                *best = s;
        }
    return best->score > 0;
}
