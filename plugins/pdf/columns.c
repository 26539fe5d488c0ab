/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Cost: bands x gaps x bands per level, at most MAX_DEPTH levels; pages with more words than
 * MAX_ITEMS are not cut into columns.
 */
#include "columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 6, MAX_ITEMS = 20000, MAX_GAPS = 24, MAX_BANDS = 1500 };

typedef struct {
    pdf_rect box;  /* full */
    float c0, c1;  /* vertical core */
    uint32_t word; /* or TABLE | index */
    uint32_t letters;
} item;

#define TABLE_ITEM UINT32_C(0x80000000)

typedef struct {
    float from, to;
} interval;

typedef struct {
    uint32_t first, count; /* items */
    float y0, y1;
    interval gaps[MAX_GAPS];
    int n_gaps;
    float left, right;
} band;

typedef struct {
    pdf_page *page;
    float em;     /* median size of the page's words */
    float gutter; /* narrowest gutter */
    int columns;  /* counter for pdf_flow.column */
} cutter;

typedef struct {
    guint first, last; /* bands */
    interval gutter;
    float score;
    guint stick_out; /* bands whose text runs into the gutter */
} split;

/* ---- Bands ------------------------------------------------------------------------------- */

static int by_core(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->c0 != q->c0)
        return p->c0 < q->c0 ? -1 : 1;
    return p->box.x0 < q->box.x0 ? -1 : p->box.x0 > q->box.x0;
}

static int by_x(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->box.x0 != q->box.x0)
        return p->box.x0 < q->box.x0 ? -1 : 1;
    return p->c0 < q->c0 ? -1 : p->c0 > q->c0;
}

static void find_gaps(const cutter *c, band *b, item *items)
{
    float reach = items[b->first].box.x1;
    b->left = items[b->first].box.x0;
    for (uint32_t i = 1; i < b->count; i++) {
        const item *it = &items[b->first + i];
        if (it->box.x0 - reach >= c->gutter && b->n_gaps < MAX_GAPS)
            b->gaps[b->n_gaps++] = (interval){reach, it->box.x0};
        reach = MAX(reach, it->box.x1);
    }
    b->right = reach;
}

/* Leaves the items of each band sorted by x. */
static GArray *find_bands(const cutter *c, item *items, uint32_t n)
{
    GArray *bands = g_array_new(FALSE, FALSE, sizeof(band));
    qsort(items, n, sizeof *items, by_core);
    for (uint32_t i = 0; i < n;) {
        band b = {.first = i, .y0 = items[i].c0, .y1 = items[i].c1};
        for (; i < n && (i == b.first || items[i].c0 < b.y1); i++)
            b.y1 = MAX(b.y1, items[i].c1);
        b.count = i - b.first;
        qsort(items + b.first, b.count, sizeof *items, by_x);
        find_gaps(c, &b, items);
        g_array_append_val(bands, b);
    }
    return bands;
}

#define BAND(bands, i) (&g_array_index(bands, band, i))

/* ---- Is a gutter one? -------------------------------------------------------------------- */

typedef struct {
    float x0, x1;
    float lines, letters, full, gaps, words;
    float *tops; /* top of each line */
    guint n_tops;
} side_facts;

/* The widest interval of `b` free within `g`; false when it is too narrow for a gutter. */
static bool narrow(const cutter *c, const band *b, interval *g)
{
    interval best = {0, 0};
    if (MIN(g->to, b->left) - g->from > best.to - best.from)
        best = (interval){g->from, MIN(g->to, b->left)};
    if (g->to - MAX(g->from, b->right) > best.to - best.from)
        best = (interval){MAX(g->from, b->right), g->to};
    for (int i = 0; i < b->n_gaps; i++) {
        interval cut = {MAX(g->from, b->gaps[i].from), MIN(g->to, b->gaps[i].to)};
        if (cut.to - cut.from > best.to - best.from)
            best = cut;
    }
    if (best.to - best.from < c->gutter)
        return false;
    *g = best;
    return true;
}

static void see_line(side_facts *f, float y0, float y1, float x1, float previous_y1, float em)
{
    f->lines++;
    f->full += x1 > f->x1 - MAX(1.5F * em, 0.15F * (f->x1 - f->x0));
    f->gaps += previous_y1 > 0 && y0 - previous_y1 > 0.9F * em;
    f->tops[f->n_tops++] = y0;
    (void)y1;
}

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

/* Look at what lies on one side of a gutter as lines; they end at `limit`. */
static void look_at_side(const cutter *c, const item *items, const uint32_t *chosen, guint n,
                         float limit, side_facts *f)
{
    float y0 = 0, y1 = -1, right = 0, before = 0;
    f->tops = g_new(float, n + 1);
    f->x0 = INFINITY, f->x1 = -INFINITY;
    for (guint i = 0; i < n; i++) {
        f->x0 = MIN(f->x0, items[chosen[i]].box.x0);
        f->x1 = MAX(f->x1, MIN(items[chosen[i]].box.x1, limit));
        f->letters += (float)items[chosen[i]].letters;
    }
    f->words = (float)n;
    for (guint i = 0; i < n; i++) {
        const item *it = &items[chosen[i]];
        if (i && it->c0 < y1) {
            y1 = MAX(y1, it->c1), right = MAX(right, it->box.x1);
            continue;
        }
        if (i)
            see_line(f, y0, y1, right, before, c->em), before = y1;
        y0 = it->c0, y1 = it->c1, right = it->box.x1;
    }
    if (n)
        see_line(f, y0, y1, right, before, c->em);
    qsort(f->tops, f->n_tops, sizeof *f->tops, by_float);
}

/* How many lines of `a` begin at the height of a line of `b`. */
static float aligned_lines(const side_facts *a, const side_facts *b, float tolerance)
{
    float n = 0;
    for (guint i = 0, j = 0; i < a->n_tops; i++) {
        while (j < b->n_tops && b->tops[j] < a->tops[i] - tolerance)
            j++;
        n += j < b->n_tops && fabsf(b->tops[j] - a->tops[i]) <= tolerance;
    }
    return n;
}

/* Rules that run through the gutter make its sides one table. */
static int crossing_rules(const cutter *c, interval g, float y0, float y1)
{
    int n = 0;
    for (guint i = 0; i < c->page->across->len; i++) {
        const pdf_rule *r = &g_array_index(c->page->across, pdf_rule, i);
        n += r->at > y0 && r->at < y1 && r->from < g.from && r->to > g.to;
    }
    return n;
}

static guint joint_gaps(const cutter *c, const GArray *bands, const split *s)
{
    guint n = 0;
    for (guint i = s->first; i < s->last; i++)
        n += BAND(bands, i + 1)->y0 - BAND(bands, i)->y1 > 0.9F * c->em;
    return n;
}

static float middle_of(interval g)
{
    return (g.from + g.to) / 2;
}

static bool known_gutter(const cutter *c, interval g)
{
    for (guint i = 0; i < c->page->gutters->len; i++) {
        float at = g_array_index(c->page->gutters, float, i);
        if (at > g.from - 1 && at < g.to + 1)
            return true;
    }
    return false;
}

static void remember_gutter(const cutter *c, interval g)
{
    float at = middle_of(g);
    if (!known_gutter(c, g) && c->page->gutters->len < 16)
        g_array_append_val(c->page->gutters, at);
}

static bool is_prose(const cutter *c, const GArray *bands, const split *s, const side_facts *l,
                     const side_facts *r, float width)
{
    float least = MIN(l->lines, r->lines);
    if (least < 3 || MIN(l->x1 - l->x0, r->x1 - r->x0) < MAX(0.15F * width, 7 * c->em))
        return false;
    if (MIN(l->letters / l->lines, r->letters / r->lines) < 10)
        return false;
    if (crossing_rules(c, s->gutter, BAND(bands, s->first)->y1, BAND(bands, s->last)->y0) > 1)
        return false;
    if (known_gutter(c, s->gutter))
        return true;
    float tolerance = 0.12F * c->em;
    float aligned = MAX(aligned_lines(l, r, tolerance) / l->lines,
                        aligned_lines(r, l, tolerance) / r->lines);
    if (aligned < 0.7F)
        return MIN(l->full / l->lines, r->full / r->lines) > 0.25F ||
               MIN(l->letters / l->lines, r->letters / r->lines) > 20;
    guint joint = joint_gaps(c, bands, s);
    if (joint >= 2 && (float)joint >= 0.6F * MIN(l->gaps, r->gaps))
        return false;
    return l->full / l->lines > 0.5F && r->full / r->lines > 0.4F &&
           MIN(l->letters / l->lines, r->letters / r->lines) > 18;
}

/* ---- Lines that stick out ---------------------------------------------------------------- */

/* Text on the right of a gutter that is free in the band. */
static bool has_right(const cutter *c, const band *b, interval g)
{
    return b->right > g.to && narrow(c, b, &g);
}

/* One run of words from the left of the gutter over it, and nothing beyond. */
static bool runs_over(const band *b, interval g)
{
    if (b->left >= g.from || b->right <= g.to)
        return false;
    for (int i = 0; i < b->n_gaps; i++)
        if (b->gaps[i].to > g.from)
            return false;
    return true;
}

/* A word of the left column that is a little too long, with the right column beside it. */
static bool sticks_out(const cutter *c, const band *b, const item *items, interval g)
{
    float over = 0;
    for (uint32_t i = b->first; i < b->first + b->count; i++)
        if (items[i].box.x0 < g.from && items[i].box.x1 > g.from)
            over = MAX(over, items[i].box.x1 - g.to);
    return b->left < g.from && over < 2.5F * c->em;
}

/* Below the end of the right column the left one goes on: most lines keep to it. */
static bool is_rest_of_left(const GArray *bands, guint i, interval g)
{
    guint keep = 0, over = 0;
    for (; i < bands->len; i++) {
        const band *b = BAND(bands, i);
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
static bool tolerates(const cutter *c, const GArray *bands, const item *items, split *s,
                      bool down)
{
    guint i = down ? s->last + 1 : s->first - 1, next = down ? i + 1 : i - 1;
    guint seen = s->last - s->first + 1;
    const band *b = BAND(bands, i);
    if (down && seen >= 10 && runs_over(b, s->gutter) && is_rest_of_left(bands, i, s->gutter))
        return true;
    if ((s->stick_out + 1) * 10 > seen || next >= bands->len ||
        !has_right(c, BAND(bands, next), s->gutter) || !sticks_out(c, b, items, s->gutter))
        return false;
    s->stick_out++;
    return true;
}

/* Divide the items of a split's bands; returns how many are on the left. Lines that run over
 * the gutter below the end of the right column are on the left as a whole. */
static guint divide(const cutter *c, const GArray *bands, const item *items, const split *s,
                    uint32_t *left, uint32_t *right, guint *n_right)
{
    guint n = 0, end = s->last + 1;
    while (end > s->first && !has_right(c, BAND(bands, end - 1), s->gutter))
        end--;
    *n_right = 0;
    for (guint k = s->first; k <= s->last; k++) {
        const band *b = BAND(bands, k);
        bool rest = k >= end && runs_over(b, s->gutter);
        for (uint32_t i = b->first; i < b->first + b->count; i++)
            if (rest || items[i].box.x0 < middle_of(s->gutter))
                left[n++] = i;
            else
                right[(*n_right)++] = i;
    }
    return n;
}

static bool prose_on_both_sides(const cutter *c, const GArray *bands, const item *items,
                                split *s, float width)
{
    guint first = BAND(bands, s->first)->first;
    guint end = BAND(bands, s->last)->first + BAND(bands, s->last)->count, nr;
    g_autofree uint32_t *left = g_new(uint32_t, end - first);
    g_autofree uint32_t *right = g_new(uint32_t, end - first);
    guint nl = divide(c, bands, items, s, left, right, &nr);
    side_facts l = {0}, r = {0};
    look_at_side(c, items, left, nl, s->gutter.from, &l);
    look_at_side(c, items, right, nr, INFINITY, &r);
    bool ok = is_prose(c, bands, s, &l, &r, width);
    s->score = MIN(l.letters, r.letters);
    g_free(l.tops);
    g_free(r.tops);
    return ok;
}

/* ---- The best split of a region ---------------------------------------------------------- */

static bool extend_by_one(const cutter *c, const GArray *bands, const item *items, split *s)
{
    if (s->last + 1 < bands->len && (narrow(c, BAND(bands, s->last + 1), &s->gutter) ||
                                     tolerates(c, bands, items, s, true))) {
        s->last++;
        return true;
    }
    if (s->first > 0 && (narrow(c, BAND(bands, s->first - 1), &s->gutter) ||
                         tolerates(c, bands, items, s, false))) {
        s->first--;
        return true;
    }
    return false;
}

static void extend(const cutter *c, const GArray *bands, const item *items, split *s)
{
    while (extend_by_one(c, bands, items, s))
        ;
}

static bool tried(const GArray *splits, const split *s)
{
    for (guint i = 0; i < splits->len; i++) {
        const split *t = &g_array_index(splits, split, i);
        if (t->first == s->first && t->last == s->last && t->gutter.from == s->gutter.from &&
            t->gutter.to == s->gutter.to)
            return true;
    }
    return false;
}

static bool best_split(const cutter *c, const GArray *bands, const item *items, float width,
                       split *best)
{
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(split));
    best->score = 0;
    for (guint i = 0; i < bands->len; i++)
        for (int g = 0; g < BAND(bands, i)->n_gaps && seen->len < 400; g++) {
            split s = {i, i, BAND(bands, i)->gaps[g], 0, 0};
            extend(c, bands, items, &s);
            if (tried(seen, &s))
                continue;
            g_array_append_val(seen, s);
            if (prose_on_both_sides(c, bands, items, &s, width) && s.score > best->score)
                *best = s;
        }
    return best->score > 0;
}

/* ---- Output ------------------------------------------------------------------------------ */

static void emit_flow(cutter *c, const item *items, guint n, pdf_rect box)
{
    pdf_flow flow = {
        .first = c->page->refs->len, .table = -1, .box = box, .column = c->columns};
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
static void emit_bands(cutter *c, const GArray *bands, const item *items, guint first,
                       guint end, pdf_rect box)
{
    guint start = first;
    for (guint i = first; i < end; i++) {
        const band *b = BAND(bands, i);
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

static void cut(cutter *c, item *items, uint32_t n, pdf_rect box, int depth);

static void cut_columns(cutter *c, const GArray *bands, item *items, const split *s,
                        pdf_rect box, int depth)
{
    guint first = BAND(bands, s->first)->first;
    guint end = BAND(bands, s->last)->first + BAND(bands, s->last)->count, nl, nr;
    g_autofree uint32_t *left_items = g_new(uint32_t, end - first);
    g_autofree uint32_t *right_items = g_new(uint32_t, end - first);
    g_autofree item *side = g_new(item, end - first);
    pdf_rect left = {box.x0, box.y0, s->gutter.from, box.y1};
    pdf_rect right = {s->gutter.to, box.y0, box.x1, box.y1};
    nl = divide(c, bands, items, s, left_items, right_items, &nr);
    for (guint i = 0; i < nl; i++)
        side[i] = items[left_items[i]];
    c->columns++;
    remember_gutter(c, s->gutter);
    cut(c, side, nl, left, depth + 1);
    for (guint i = 0; i < nr; i++)
        side[i] = items[right_items[i]];
    c->columns++;
    cut(c, side, nr, right, depth + 1);
    c->columns++;
}

static void cut(cutter *c, item *items, uint32_t n, pdf_rect box, int depth)
{
    if (!n)
        return;
    g_autoptr(GArray) bands = find_bands(c, items, n);
    split s = {0};
    if (depth >= MAX_DEPTH || n > MAX_ITEMS || bands->len > MAX_BANDS ||
        !best_split(c, bands, items, box.x1 - box.x0, &s)) {
        emit_bands(c, bands, items, 0, bands->len, box);
        return;
    }
    if (s.first > 0) {
        guint above = BAND(bands, s.first)->first;
        g_autofree item *copy = g_memdup2(items, above * sizeof *items);
        cut(c, copy, above, box, depth + 1);
    }
    cut_columns(c, bands, items, &s, box, depth);
    guint end = BAND(bands, s.last)->first + BAND(bands, s.last)->count;
    if (end < n) {
        g_autofree item *copy = g_memdup2(items + end, (n - end) * sizeof *items);
        cut(c, copy, n - end, box, depth + 1);
    }
}

/* ---- Entry ------------------------------------------------------------------------------- */

static float median_size(const pdf_page *page)
{
    guint n = 0;
    g_autofree float *sizes = g_new(float, page->words->len + 1);
    for (guint i = 0; i < page->words->len; i++)
        sizes[n++] = WORD(page, i)->size;
    qsort(sizes, n, sizeof *sizes, by_float);
    return n ? CLAMP(sizes[n / 2], 3.0F, 40.0F) : 10.0F;
}

static item item_of(pdf_rect box, uint32_t word, uint32_t letters, float shrink)
{
    float h = pdf_height(box) * shrink;
    return (item){box, box.y0 + h, box.y1 - h, word, letters};
}

static guint gather(pdf_page *page, item *items, bool rotated, pdf_rect *box)
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

void pdf_columns_order(pdf_page *page)
{
    cutter c = {.page = page, .em = median_size(page)};
    c.gutter = MAX(0.75F * c.em, 5.0F);
    g_autofree item *items = g_new(item, page->words->len + page->tables->len + 1);
    pdf_rect box;
    guint n = gather(page, items, false, &box);
    cut(&c, items, n, box, 0);
    c.columns++;
    n = gather(page, items, true, &box);
    if (n) {
        emit_flow(&c, items, n, box);
        g_array_index(page->flows, pdf_flow, page->flows->len - 1).turned = true;
    }
}
