/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A run of bands that a gutter divides, with short text on both sides of it, is a table. The
 * flow that holds it is divided into what is above, the table, and what is below.
 */
#include "cover.h"
#include "grid.h"
#include "tables.h"

#include "lists.h"
#include "styles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Words and stretches that are looked at on one flow: a run is tried from each of its bands. */
enum { MOST_WORK = 5000000 };

typedef struct {
    pdf_page *page;
    const pdf_styles *styles;
    uint32_t *words;
    GArray *bands;
    guint first, end; /* the run */
    guint64 work;     /* words looked at so far */
} run;

#define BAND(bands, i) (&g_array_index(bands, pdf_band, i))

/* ---- Growing a run ----------------------------------------------------------------------- */

static float size_of(const run *r, guint i)
{
    return WORD(r->page, r->words[BAND(r->bands, i)->first])->size;
}

static float least_gutter(const run *r, guint first, guint end)
{
    return (end - first >= 4 ? 0.6F : end - first >= 3 ? 0.9F : 1.5F) * size_of(r, first);
}

static GArray *gutters_of(run *r, guint end, guint crossings)
{
    const pdf_band *first = BAND(r->bands, r->first), *last = BAND(r->bands, end - 1);
    r->work += last->first + last->count - first->first;
    return pdf_gutters_of(r->page, r->words, first, end - r->first, crossings,
                          least_gutter(r, r->first, end));
}

/* What is known of a run that grows. */
typedef struct {
    GArray *cover; /* see cover.h */
    bool sure;     /* all its gaps are gutters */
} growth;

/* Whether a gutter still divides the run with the band before `end`. */
static bool divided(run *r, growth *g, guint end)
{
    g_autoptr(GArray) stretches = pdf_stretches_of(r->page, r->words, BAND(r->bands, end - 1));
    bool touch = pdf_cover_add(&g->cover, stretches);
    r->work += g->cover->len;
    guint gaps = pdf_cover_gaps(g->cover, least_gutter(r, r->first, end));
    if (!gaps || (touch && g->sure))
        return gaps > 0;
    g_autoptr(GArray) gutters = gutters_of(r, end, 0);
    g->sure = end - r->first >= 4 && gutters->len == gaps;
    return gutters->len > 0;
}

static bool has_gap(const run *r, guint i)
{
    const pdf_band *b = BAND(r->bands, i);
    float reach = WORD(r->page, r->words[b->first])->box.x1;
    for (guint k = 1; k < b->count; k++) {
        const pdf_word *w = WORD(r->page, r->words[b->first + k]);
        if (w->box.x0 - reach >= MAX(0.6F * size_of(r, i), pdf_widest_blank(w)))
            return true;
        reach = MAX(reach, w->box.x1);
    }
    return false;
}

/* Something else begins: far below, or in another size. */
static bool breaks(const run *r, guint i)
{
    float gap = BAND(r->bands, i)->y0 - BAND(r->bands, i - 1)->y1;
    float size = size_of(r, i), before = size_of(r, i - 1);
    return gap > 1.9F * MAX(size, before) || fabsf(size - before) > 0.2F * MAX(size, before);
}

static void grow(run *r)
{
    growth g = {.cover = pdf_stretches_of(r->page, r->words, BAND(r->bands, r->first))};
    r->end = r->first + 1;
    while (r->end < r->bands->len && !breaks(r, r->end) && divided(r, &g, r->end + 1))
        r->end++;
    g_array_free(g.cover, TRUE);
    while (r->end > r->first + 1 && !has_gap(r, r->end - 1))
        r->end--;
}

/* ---- Judging a run ----------------------------------------------------------------------- */

typedef struct {
    guint both;          /* bands with text on both sides of a gutter */
    guint markers, dots; /* bands that begin with a list marker; words of dots */
    guint mono, letters;
    guint cells, words;
    float width;
} run_facts;

static bool is_marker(const pdf_page *page, const uint32_t *words, const pdf_band *b)
{
    pdf_line line = {.first = page->refs->len, .count = MIN(b->count, 2)};
    g_array_append_vals(page->refs, words + b->first, line.count);
    pdf_marker m = pdf_marker_of(page, &line);
    g_array_set_size(page->refs, line.first);
    return m.kind != 0;
}

static bool is_dots(const char *s, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (s[i] != '.')
            return false;
    return true;
}

static void look_at(const run *r, const GArray *gutters, run_facts *f)
{
    float right = -INFINITY, left = INFINITY;
    for (guint i = r->first; i < r->end; i++) {
        const pdf_band *b = BAND(r->bands, i);
        guint64 used = 0;
        for (guint k = 0; k < b->count; k++) {
            const pdf_word *w = WORD(r->page, r->words[b->first + k]);
            guint c = 0;
            while (c < gutters->len && c < 63 &&
                   w->box.x0 > g_array_index(gutters, pdf_interval, c).from)
                c++;
            used |= G_GUINT64_CONSTANT(1) << c;
            f->dots += is_dots(r->page->text->str + w->text, w->len);
            f->letters += w->len;
            f->mono += STYLE(r->styles, w->style)->mono ? w->len : 0;
            f->words++;
            left = MIN(left, w->box.x0), right = MAX(right, w->box.x1);
        }
        f->cells += (guint)__builtin_popcountll(used);
        f->both += (used & (used - 1)) != 0;
        f->markers += is_marker(r->page, r->words, b);
    }
    f->width = right - left;
}

/* The gutter sets off markers only: a list. */
static bool is_list(const run *r, const GArray *gutters, const run_facts *f)
{
    const pdf_interval *g = &g_array_index(gutters, pdf_interval, 0);
    return gutters->len == 1 && f->markers * 2 >= f->both &&
           g->from - WORD(r->page, r->words[BAND(r->bands, r->first)->first])->box.x0 <
               3.0F * size_of(r, r->first);
}

/* "name (arguments)      [Function]": manuals tell in brackets at the right what is defined. */
static bool defines(const run *r, const GArray *gutters)
{
    float right = g_array_index(gutters, pdf_interval, gutters->len - 1).from;
    guint labels = 0;
    for (guint i = r->first; i < r->end; i++) {
        const pdf_band *b = BAND(r->bands, i);
        guint k = 0;
        while (k < b->count && WORD(r->page, r->words[b->first + k])->box.x0 <= right)
            k++;
        if (k == b->count)
            continue;
        const pdf_word *first = WORD(r->page, r->words[b->first + k]);
        const pdf_word *last = WORD(r->page, r->words[b->first + b->count - 1]);
        if (r->page->text->str[first->text] != '[' ||
            r->page->text->str[last->text + last->len - 1] != ']')
            return false;
        labels++;
    }
    return labels > 0;
}

static bool is_table(const run *r, const GArray *gutters)
{
    run_facts f = {0};
    if (!gutters->len || gutters->len > 40)
        return false;
    look_at(r, gutters, &f);
    guint n = r->end - r->first;
    if (f.both < 3 && !(f.both == 2 && gutters->len >= 2 && n == 2))
        return false;
    if (f.dots > n || is_list(r, gutters, &f) || f.both * 2 < n)
        return false;
    if (f.mono == f.letters || defines(r, gutters))
        return false;
    return f.words <= 9 * f.cells;
}

/* ---- Dividing the flow ------------------------------------------------------------------- */

static void put_flow(GArray *out, pdf_page *page, const pdf_flow *from, const run *r,
                     guint first, guint end)
{
    pdf_flow flow = *from;
    if (first >= end)
        return;
    const pdf_band *a = BAND(r->bands, first), *z = BAND(r->bands, end - 1);
    flow.first = page->refs->len;
    flow.count = z->first + z->count - a->first;
    g_array_append_vals(page->refs, r->words + a->first, flow.count);
    g_array_append_val(out, flow);
}

static bool put_table(GArray *out, run *r, const pdf_flow *from)
{
    guint n = r->end - r->first;
    const pdf_band *bands = BAND(r->bands, r->first);
    g_autoptr(GArray) gutters = gutters_of(r, r->end, n >= 10 ? n / 8 : 0);
    if (!is_table(r, gutters))
        return false;
    const uint32_t *words = r->words + bands->first;
    guint count = bands[n - 1].first + bands[n - 1].count - bands->first;
    pdf_rect box = WORD(r->page, words[0])->box;
    for (guint i = 1; i < count; i++)
        box = pdf_union(box, WORD(r->page, words[i])->box);
    g_autofree bool *opens = g_new0(bool, n);
    pdf_rows_of(r->page, r->words, bands, n, gutters, opens);
    pdf_grid *g = pdf_grid_by_space(r->page, r->words, bands, n, gutters, opens, box);
    pdf_table *t = pdf_grid_fill(g, r->page, r->styles, words, count);
    pdf_grid_free(g);
    if (!t)
        return false;
    g_ptr_array_add(r->page->tables, t);
    g_array_append_val(r->page->table_boxes, box);
    pdf_flow flow = {
        .table = (int)r->page->tables->len - 1, .box = box, .column = from->column};
    g_array_append_val(out, flow);
    return true;
}

static void divide(GArray *out, pdf_page *page, const pdf_styles *styles, const pdf_flow *flow)
{
    run r = {.page = page, .styles = styles};
    r.words = g_memdup2(&REF(page, flow->first), flow->count * sizeof(uint32_t));
    r.bands = pdf_bands_of(page, r.words, flow->count);
    guint start = 0;
    for (r.first = 0; r.first < r.bands->len && r.work < MOST_WORK;) {
        if (!has_gap(&r, r.first)) {
            r.first++;
            continue;
        }
        grow(&r);
        guint kept = out->len, refs = page->refs->len;
        put_flow(out, page, flow, &r, start, r.first);
        if (r.end - r.first >= 2 && put_table(out, &r, flow)) {
            start = r.first = r.end;
        } else {
            g_array_set_size(out, kept);
            g_array_set_size(page->refs, refs);
            r.first++;
        }
    }
    put_flow(out, page, flow, &r, start, r.bands->len);
    g_array_free(r.bands, TRUE);
    g_free(r.words);
}

void pdf_borderless_find(pdf_page *page, const pdf_styles *styles)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(pdf_flow));
    for (guint i = 0; i < page->flows->len; i++) {
        pdf_flow flow = g_array_index(page->flows, pdf_flow, i);
        if (flow.table >= 0 || flow.turned || flow.count < 4)
            g_array_append_val(out, flow);
        else
            divide(out, page, styles, &flow);
    }
    g_array_free(page->flows, TRUE);
    page->flows = out;
}
