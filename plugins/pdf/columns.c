/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Cost: bands x gaps x bands per level, at most MAX_DEPTH levels; pages with more words than
 * MAX_ITEMS are not cut into columns.
 */
#include "columns.h"

#include "panels.h"
#include "split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 6, MAX_ITEMS = 20000, MAX_BANDS = 1500 };

/* ---- Output ------------------------------------------------------------------------------ */

static void emit_flow(pdf_cutter *c, const pdf_item *items, guint n, pdf_rect box)
{
    pdf_flow flow = {
        .first = c->page->refs->len, .table = -1, .box = box, .column = c->columns};
    flow.panel = c->panel;
    for (guint i = 0; i < n; i++) {
        if (items[i].word & TABLE_ITEM)
            continue;
        g_array_append_val(c->page->refs, items[i].word);
        flow.count++;
    }
    if (flow.count)
        g_array_append_val(c->page->flows, flow);
}

/* Bands that are not divided: the words between tables are flows. */
static void emit_bands(pdf_cutter *c, const GArray *bands, const pdf_item *items, guint first,
                       guint end, pdf_rect box)
{
    guint start = first;
    for (guint i = first; i < end; i++) {
        const pdf_layer *b = BAND(bands, i);
        for (guint k = b->first; k < b->first + b->count; k++) {
            if (!(items[k].word & TABLE_ITEM))
                continue;
            if (start < i)
                emit_flow(c, items + BAND(bands, start)->first,
                          b->first - BAND(bands, start)->first, box);
            start = i;
            pdf_flow flow = {.table = (int)(items[k].word & ~TABLE_ITEM),
                             .box = items[k].box,
                             .column = c->columns};
            g_array_append_val(c->page->flows, flow);
        }
    }
    if (start < end)
        emit_flow(c, items + BAND(bands, start)->first,
                  BAND(bands, end - 1)->first + BAND(bands, end - 1)->count -
                      BAND(bands, start)->first,
                  box);
}

static void cut(pdf_cutter *c, pdf_item *items, uint32_t n, pdf_rect box, int depth);

static void cut_columns(pdf_cutter *c, const GArray *bands, pdf_item *items, const pdf_split *s,
                        pdf_rect box, int depth)
{
    guint first = BAND(bands, s->first)->first;
    guint end = BAND(bands, s->last)->first + BAND(bands, s->last)->count, nl, nr;
    g_autofree uint32_t *left_items = g_new(uint32_t, end - first);
    g_autofree uint32_t *right_items = g_new(uint32_t, end - first);
    g_autofree pdf_item *side = g_new(pdf_item, end - first);
    pdf_rect left = {box.x0, box.y0, s->gutter.from, box.y1};
    pdf_rect right = {s->gutter.to, box.y0, box.x1, box.y1};
    nl = pdf_split_divide(c, bands, items, s, left_items, right_items, &nr);
    for (guint i = 0; i < nl; i++)
        side[i] = items[left_items[i]];
    c->columns++;
    pdf_split_remember(c, s->gutter);
    cut(c, side, nl, left, depth + 1);
    for (guint i = 0; i < nr; i++)
        side[i] = items[right_items[i]];
    c->columns++;
    cut(c, side, nr, right, depth + 1);
    c->columns++;
}

static void cut(pdf_cutter *c, pdf_item *items, uint32_t n, pdf_rect box, int depth)
{
    if (!n)
        return;
    g_autoptr(GArray) bands = pdf_split_bands(c, items, n);
    pdf_split s = {0};
    if (depth >= MAX_DEPTH || n > MAX_ITEMS || bands->len > MAX_BANDS ||
        !pdf_split_best(c, bands, items, box.x1 - box.x0, &s)) {
        emit_bands(c, bands, items, 0, bands->len, box);
        return;
    }
    if (s.first > 0) {
        guint above = BAND(bands, s.first)->first;
        g_autofree pdf_item *copy = g_memdup2(items, above * sizeof *items);
        cut(c, copy, above, box, depth + 1);
    }
    cut_columns(c, bands, items, &s, box, depth);
    guint end = BAND(bands, s.last)->first + BAND(bands, s.last)->count;
    if (end < n) {
        g_autofree pdf_item *copy = g_memdup2(items + end, (n - end) * sizeof *items);
        cut(c, copy, n - end, box, depth + 1);
    }
}

/* ---- Entry ------------------------------------------------------------------------------- */

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

static float median_size(const pdf_page *page)
{
    guint n = 0;
    g_autofree float *sizes = g_new(float, page->words->len + 1);
    for (guint i = 0; i < page->words->len; i++)
        sizes[n++] = WORD(page, i)->size;
    qsort(sizes, n, sizeof *sizes, by_float);
    return n ? CLAMP(sizes[n / 2], 3.0F, 40.0F) : 10.0F;
}

static pdf_item item_of(pdf_rect box, uint32_t word, uint32_t letters, float shrink)
{
    float h = pdf_height(box) * shrink;
    return (pdf_item){box, box.y0 + h, box.y1 - h, word, letters};
}

static guint gather(pdf_page *page, pdf_item *items, bool rotated, pdf_rect *box)
{
    guint n = 0;
    *box = (pdf_rect){INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, i);
        if (w->taken || w->rotated != rotated)
            continue;
        items[n++] = item_of(w->box, i, w->len, 0.22F);
        *box = pdf_union(*box, w->box);
    }
    for (guint i = 0; i < page->tables->len && !rotated; i++) {
        pdf_rect r = g_array_index(page->table_boxes, pdf_rect, i);
        items[n++] = item_of(r, TABLE_ITEM | i, 0, 0);
        *box = pdf_union(*box, r);
    }
    return n;
}

/* The items of one panel, or of what is beside the panels. */
static void cut_part(pdf_cutter *c, const pdf_item *items, guint n, const pdf_rect *panels,
                     int part)
{
    g_autofree pdf_item *chosen = g_new(pdf_item, n);
    pdf_rect box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    guint k = 0;
    for (guint i = 0; i < n; i++)
        if (pdf_panels_of(panels, items[i].box) == part) {
            box = pdf_union(box, items[i].box);
            chosen[k++] = items[i];
        }
    c->panel = part != PANELS;
    cut(c, chosen, k, box, 0);
    c->columns++;
    c->panel = false;
}

static void cut_page(pdf_cutter *c, pdf_item *items, guint n, pdf_rect box)
{
    pdf_rect panels[PANELS];
    if (!n || !pdf_panels_find(c->page, panels)) {
        cut(c, items, n, box, 0);
        c->columns++;
        return;
    }
    cut_part(c, items, n, panels, PANEL_LEFT);
    cut_part(c, items, n, panels, PANELS);
    cut_part(c, items, n, panels, PANEL_RIGHT);
}

void pdf_columns_order(pdf_page *page)
{
    pdf_cutter c = {.page = page, .em = median_size(page)};
    c.gutter = MAX(0.75F * c.em, 5.0F);
    g_autofree pdf_item *items = g_new(pdf_item, page->words->len + page->tables->len + 1);
    pdf_rect box;
    guint n = gather(page, items, false, &box);
    cut_page(&c, items, n, box);
    n = gather(page, items, true, &box);
    if (n) {
        emit_flow(&c, items, n, box);
        g_array_index(page->flows, pdf_flow, page->flows->len - 1).turned = true;
    }
}
