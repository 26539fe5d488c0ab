/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What stands on both sides of a gutter is looked at as lines: running text fills its lines,
 * and those of two columns are not aligned; cells of a table are short, aligned and have gaps
 * in common.
 */
#include "split.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    float x0, x1;
    float lines, letters, full, gaps, words;
    float *tops; /* top of each line */
    guint n_tops;
} side_facts;

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
static void look_at_side(const pdf_cutter *c, const pdf_item *items, const uint32_t *chosen,
                         guint n, float limit, side_facts *f)
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
        const pdf_item *it = &items[chosen[i]];
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
static int crossing_rules(const pdf_cutter *c, pdf_free g, float y0, float y1)
{
    int n = 0;
    for (guint i = 0; i < c->page->across->len; i++) {
        const pdf_rule *r = &g_array_index(c->page->across, pdf_rule, i);
        n += r->at > y0 && r->at < y1 && r->from < g.from && r->to > g.to;
    }
    return n;
}

/* A rule that stands in the gutter for most of its height. */
static bool has_rule(const pdf_cutter *c, pdf_free g, float y0, float y1)
{
    for (guint i = 0; i < c->page->down->len; i++) {
        const pdf_rule *r = &g_array_index(c->page->down, pdf_rule, i);
        if (r->at > g.from - 1 && r->at < g.to + 1 &&
            pdf_overlap(r->from, r->to, y0, y1) > 0.7F * (y1 - y0))
            return true;
    }
    return false;
}

static guint joint_gaps(const pdf_cutter *c, const GArray *bands, const pdf_split *s)
{
    guint n = 0;
    for (guint i = s->first; i < s->last; i++)
        n += BAND(bands, i + 1)->y0 - BAND(bands, i)->y1 > 0.9F * c->em;
    return n;
}

bool pdf_split_known(const pdf_cutter *c, pdf_free g)
{
    for (guint i = 0; i < c->page->gutters->len; i++) {
        float at = g_array_index(c->page->gutters, float, i);
        if (at > g.from - 1 && at < g.to + 1)
            return true;
    }
    return false;
}

void pdf_split_remember(const pdf_cutter *c, pdf_free g)
{
    float at = pdf_free_middle(g);
    if (!pdf_split_known(c, g) && c->page->gutters->len < 16)
        g_array_append_val(c->page->gutters, at);
}

/* Dates and other labels on the left, apart from each other, of the entries on the right: they
 * are read line by line. */
static bool labels_entries(const side_facts *l, const side_facts *r, float width)
{
    return l->lines >= 3 && l->gaps * 2 >= l->lines && l->lines * 2 <= r->lines &&
           l->letters < 24 * l->lines && l->x1 - l->x0 < 0.35F * width;
}

static bool is_prose(const pdf_cutter *c, const GArray *bands, const pdf_split *s,
                     const side_facts *l, const side_facts *r, float width)
{
    float least = MIN(l->lines, r->lines);
    if (least < 3 || MIN(l->x1 - l->x0, r->x1 - r->x0) < MAX(0.15F * width, 7 * c->em))
        return false;
    if (MIN(l->letters / l->lines, r->letters / r->lines) < 10)
        return false;
    if (crossing_rules(c, s->gutter, BAND(bands, s->first)->y1, BAND(bands, s->last)->y0) > 1)
        return false;
    if (labels_entries(l, r, width))
        return false;
    if (pdf_split_known(c, s->gutter))
        return true;
    float tolerance = 0.12F * c->em;
    float aligned = MAX(aligned_lines(l, r, tolerance) / l->lines,
                        aligned_lines(r, l, tolerance) / r->lines);
    if (aligned < 0.7F)
        return MIN(l->full / l->lines, r->full / r->lines) > 0.25F ||
               MIN(l->letters / l->lines, r->letters / r->lines) > 20;
    guint joint = joint_gaps(c, bands, s);
    guint gaps = has_rule(c, s->gutter, BAND(bands, s->first)->y0, BAND(bands, s->last)->y1)
                     ? 4 /* a few are headlines side by side, more are rows */
                     : 2;
    if (joint >= gaps && (float)joint >= 0.6F * MIN(l->gaps, r->gaps))
        return false;
    return l->full / l->lines > 0.5F && r->full / r->lines > 0.4F &&
           MIN(l->letters / l->lines, r->letters / r->lines) > 18;
}

bool pdf_split_is_prose(const pdf_cutter *c, const GArray *bands, const pdf_item *items,
                        pdf_split *s, float width)
{
    guint first = BAND(bands, s->first)->first;
    guint end = BAND(bands, s->last)->first + BAND(bands, s->last)->count, nr;
    g_autofree uint32_t *left = g_new(uint32_t, end - first);
    g_autofree uint32_t *right = g_new(uint32_t, end - first);
    guint nl = pdf_split_divide(c, bands, items, s, left, right, &nr);
    side_facts l = {0}, r = {0};
    look_at_side(c, items, left, nl, s->gutter.from, &l);
    look_at_side(c, items, right, nr, INFINITY, &r);
    bool ok = is_prose(c, bands, s, &l, &r, width);
    s->score = MIN(l.letters, r.letters);
    g_free(l.tops);
    g_free(r.tops);
    return ok;
}
