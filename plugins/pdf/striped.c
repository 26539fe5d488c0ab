/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Horizontal rules of one extent, one below the other, with text between them that white space
 * divides into the same columns. The row above the first rule belongs to the table when it has
 * those columns too.
 */
#include "grid.h"
#include "tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MEMBERS = 300, MAX_TRIES = 6 };

#define SAME 4.0F /* points: ends nearer than this are the same */

typedef struct {
    guint rules[MAX_MEMBERS];
    guint n;
    float from, to;
} stripes;

#define ACROSS(page, i) (&g_array_index((page)->across, pdf_rule, i))

static bool in_a_table(const pdf_page *page, const pdf_rule *r)
{
    for (guint i = 0; i < page->table_boxes->len; i++) {
        pdf_rect b = g_array_index(page->table_boxes, pdf_rect, i);
        if (r->at > b.y0 - 2 && r->at < b.y1 + 2 && r->from > b.x0 - 4 && r->to < b.x1 + 4)
            return true;
    }
    return false;
}

/* Rules below `first` with its extent, or inside it. */
static void gather(const pdf_page *page, guint first, const bool *used, stripes *s)
{
    const pdf_rule *r = ACROSS(page, first);
    float last = r->at;
    *s = (stripes){.rules = {first}, .n = 1, .from = r->from, .to = r->to};
    for (guint i = first + 1; i < page->across->len && s->n < MAX_MEMBERS; i++) {
        const pdf_rule *q = ACROSS(page, i);
        bool same = fabsf(q->from - s->from) < SAME && fabsf(q->to - s->to) < SAME;
        if (used[i] || !same || in_a_table(page, q))
            continue;
        if (q->at - last > 450)
            break;
        s->rules[s->n++] = i;
        last = q->at;
    }
}

static guint words_between(const pdf_page *page, float x0, float x1, float y0, float y1,
                           uint32_t *words)
{
    guint n = 0;
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, i);
        float x = (w->box.x0 + w->box.x1) / 2, y = (w->box.y0 + w->box.y1) / 2;
        if (!w->taken && !w->rotated && x > x0 && x < x1 && y > y0 && y < y1)
            words[n++] = i;
    }
    return n;
}

/* The top of a header row that stands right above the first rule. */
static float header_top(const pdf_page *page, const stripes *s, uint32_t *words)
{
    float top = ACROSS(page, s->rules[0])->at, reach = top;
    guint n = words_between(page, s->from - 2, s->to + 2, top - 60, top, words);
    g_autoptr(GArray) bands = pdf_bands_of(page, words, n);
    for (guint i = bands->len; i-- > 0;) {
        const pdf_band *b = &g_array_index(bands, pdf_band, i);
        float size = WORD(page, words[b->first])->size;
        g_autoptr(GArray) gutters = pdf_gutters_of(page, words, b, 1, 0, 0.9F * size);
        if (reach - b->y1 > (reach == top ? 1.3F : 0.75F) * size || !gutters->len)
            break;
        if (WORD(page, words[b->first])->box.x0 < s->from - 3)
            break;
        reach = b->y0;
    }
    return reach == top ? top : reach - 3;
}

/* How many of the bands stand between each two rules, at most. */
static bool rule_per_row(const pdf_page *page, const stripes *s, const GArray *bands)
{
    guint inner = 0, lines = 0;
    for (guint k = 0; k + 1 < s->n; k++) {
        guint here = 0;
        for (guint i = 0; i < bands->len; i++) {
            const pdf_band *b = &g_array_index(bands, pdf_band, i);
            float y = (b->y0 + b->y1) / 2;
            here += y > ACROSS(page, s->rules[k])->at && y < ACROSS(page, s->rules[k + 1])->at;
        }
        inner += here > 0;
        lines += here;
    }
    return inner >= 3 ? lines <= 3 * inner : inner >= 2 && lines <= inner * 3 / 2;
}

static void rows_by_rules(const pdf_page *page, const stripes *s, const GArray *bands,
                          bool *opens)
{
    for (guint i = 1; i < bands->len; i++) {
        float above = g_array_index(bands, pdf_band, i - 1).y1 - 1;
        float below = g_array_index(bands, pdf_band, i).y0 + 1;
        bool ruled = false;
        for (guint k = 0; k < s->n; k++)
            ruled = ruled || (ACROSS(page, s->rules[k])->at >= above &&
                              ACROSS(page, s->rules[k])->at <= below);
        opens[i] = ruled;
    }
    opens[0] = true;
}

/* Rows by white space, but never over a rule. */
static void rows_by_space(const pdf_page *page, const uint32_t *words, const stripes *s,
                          const GArray *bands, const GArray *gutters, bool *opens)
{
    g_autofree bool *ruled = g_new0(bool, bands->len + 1);
    rows_by_rules(page, s, bands, ruled);
    for (guint i = 0, end; i < bands->len; i = end) {
        for (end = i + 1; end < bands->len && !ruled[end];)
            end++;
        pdf_rows_of(page, words, &g_array_index(bands, pdf_band, i), end - i, gutters,
                    opens + i);
    }
}

static GArray *find_gutters(const pdf_page *page, const uint32_t *words, const GArray *bands)
{
    const pdf_band *all = &g_array_index(bands, pdf_band, 0);
    guint allowed = MAX(bands->len / 8, bands->len > 3);
    float size = WORD(page, words[0])->size;
    return pdf_gutters_of(page, words, all, bands->len, allowed, 0.5F * size);
}

/* Most rows have text in one column only: a page between the rules of its head and foot. */
static bool is_page(const pdf_page *page, const uint32_t *words, const GArray *bands,
                    const GArray *gutters, const bool *opens)
{
    guint rows = 0, wide = 0;
    guint64 used = 0;
    for (guint i = 0; i <= bands->len; i++) {
        if (i == bands->len || opens[i]) {
            wide += (used & (used - 1)) != 0;
            rows += i > 0;
            used = 0;
        }
        if (i < bands->len)
            used |= pdf_columns_used(page, words, &g_array_index(bands, pdf_band, i), gutters);
    }
    return rows > 3 && wide * 4 < rows;
}

typedef enum { STRIPES_TABLE, STRIPES_PAGE, STRIPES_NOTHING } verdict;

static verdict try_stripes(pdf_page *page, const pdf_styles *styles, const stripes *s)
{
    g_autofree uint32_t *words = g_new(uint32_t, page->words->len + 1);
    float top = header_top(page, s, words), bottom = ACROSS(page, s->rules[s->n - 1])->at + 1;
    if (s->n < 2 && top >= ACROSS(page, s->rules[0])->at)
        return STRIPES_NOTHING;
    guint n = words_between(page, s->from - 3, s->to + 3, top, bottom, words);
    if (n < 4)
        return STRIPES_NOTHING;
    g_autoptr(GArray) bands = pdf_bands_of(page, words, n);
    g_autoptr(GArray) gutters = bands->len >= 2 ? find_gutters(page, words, bands) : NULL;
    if (!gutters || !gutters->len || gutters->len > 40)
        return STRIPES_NOTHING;
    g_autofree bool *opens = g_new0(bool, bands->len);
    if (rule_per_row(page, s, bands))
        rows_by_rules(page, s, bands, opens);
    else
        rows_by_space(page, words, s, bands, gutters, opens);
    if (is_page(page, words, bands, gutters, opens))
        return STRIPES_PAGE;
    pdf_rect box = {s->from - 3, top, s->to + 3, bottom};
    pdf_grid *g = pdf_grid_by_space(page, words, &g_array_index(bands, pdf_band, 0), bands->len,
                                    gutters, opens, box);
    pdf_table *t = pdf_grid_fill(g, page, styles, words, n);
    pdf_grid_free(g);
    if (!t)
        return STRIPES_NOTHING;
    g_ptr_array_add(page->tables, t);
    g_array_append_val(page->table_boxes, box);
    return STRIPES_TABLE;
}

void pdf_striped_find(pdf_page *page, const pdf_styles *styles)
{
    g_autofree bool *used = g_new0(bool, page->across->len + 1);
    for (guint i = 0; i < page->across->len; i++) {
        stripes s;
        const pdf_rule *r = ACROSS(page, i);
        if (used[i] || r->to - r->from < 40 || in_a_table(page, r))
            continue;
        gather(page, i, used, &s);
        verdict v = STRIPES_PAGE;
        for (guint tries = 0; s.n >= 2 && v == STRIPES_PAGE && tries < MAX_TRIES; tries++) {
            v = try_stripes(page, styles, &s);
            s.n -= v == STRIPES_PAGE; /* without the rule above the page's foot */
        }
        for (guint k = 0; v == STRIPES_TABLE && k < s.n; k++)
            used[s.rules[k]] = true;
    }
}
