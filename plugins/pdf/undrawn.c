/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where the rules of a table set off some columns only, one column of the grid may hold
 * several. They are seen when gutters run down through nearly all of its rows and nearly each
 * row has text in each part, figures for the most part: words of sentences do not stand so.
 */
#include "grid.h"

#include <string.h>

enum { LEAST_ROWS = 4, MOST_PARTS = 40 };

/* Words looked at in one table: all of them for each place. */
enum { MOST_WORK = 20000000 };

typedef struct {
    const pdf_grid *g;
    const pdf_page *page;
    const uint32_t *words; /* of the table */
    guint n;
    guint column;
    GArray *gutters;
} division;

/* Whether the place is a cell of one column, or the lower part of one. */
static bool alone(const pdf_grid *g, guint r, guint c)
{
    guint at = r * g->columns + c, owner = g->owner[at];
    return owner % g->columns == c && (c + 1 == g->columns || g->owner[at + 1] != owner);
}

/* The words in the cell's first row; a cell of more rows has them all there. */
static guint words_of_row(const division *d, guint r, uint32_t *out)
{
    const pdf_grid *g = d->g;
    guint n = 0, end = r + 1, c = d->column;
    if (!alone(g, r, c) || g->owner[r * g->columns + c] != r * g->columns + c)
        return 0;
    while (end < g->rows && g->owner[end * g->columns + c] == r * g->columns + c)
        end++;
    for (guint i = 0; i < d->n; i++) {
        pdf_rect b = WORD(d->page, d->words[i])->box;
        float x = (b.x0 + b.x1) / 2, y = (b.y0 + b.y1) / 2;
        if (x > g->xs[c] && x < g->xs[c + 1] && y > g->ys[r] && y < g->ys[end])
            out[n++] = d->words[i];
    }
    return n;
}

static guint part_of(const division *d, const pdf_word *w)
{
    guint k = 0;
    while (k < d->gutters->len &&
           (w->box.x0 + w->box.x1) / 2 > g_array_index(d->gutters, pdf_interval, k).from)
        k++;
    return k;
}

static bool has_digit(const pdf_page *page, const pdf_word *w)
{
    for (uint32_t i = 0; i < w->len; i++)
        if (g_ascii_isdigit(page->text->str[w->text + i]))
            return true;
    return false;
}

typedef struct {
    guint rows, used[MOST_PARTS + 1], figures[MOST_PARTS + 1];
} part_facts;

static void look_at_row(const division *d, const uint32_t *words, guint n, part_facts *f)
{
    guint64 used = 0, figures = 0;
    for (guint i = 0; i < n; i++) {
        const pdf_word *w = WORD(d->page, words[i]);
        guint64 bit = G_GUINT64_CONSTANT(1) << part_of(d, w);
        used |= bit;
        figures |= has_digit(d->page, w) ? bit : 0;
    }
    f->rows += n > 0;
    for (guint k = 0; k <= d->gutters->len; k++) {
        f->used[k] += used >> k & 1;
        f->figures[k] += figures >> k & 1;
    }
}

/* Whether nearly all rows have text in each part, and most of them figures. */
static bool parts_hold(const division *d, uint32_t *words)
{
    part_facts f = {0};
    for (guint r = 0; r < d->g->rows; r++)
        look_at_row(d, words, words_of_row(d, r, words), &f);
    for (guint k = 0; k <= d->gutters->len; k++)
        if (f.used[k] * 5 < f.rows * 4 || f.figures[k] * 2 < f.rows)
            return false;
    return f.rows >= LEAST_ROWS;
}

/* Whether gutters divide the column that few enough bands run over: one, as a head may, or,
 * with `strict`, an eighth of them. */
static bool find_gutters(division *d, bool strict, uint32_t *words)
{
    guint n = 0;
    for (guint r = 0; r < d->g->rows; r++)
        n += words_of_row(d, r, words + n);
    g_autoptr(GArray) bands = pdf_bands_of(d->page, words, n);
    if (bands->len < LEAST_ROWS)
        return false;
    guint crossings = MAX(bands->len / 8, !strict);
    g_clear_pointer(&d->gutters, g_array_unref);
    d->gutters = pdf_gutters_of(d->page, words, &g_array_index(bands, pdf_band, 0), bands->len,
                                crossings, 0.8F * WORD(d->page, words[0])->size);
    return d->gutters->len > 0 && d->gutters->len <= MOST_PARTS && parts_hold(d, words);
}

/* ---- The wider grid ---------------------------------------------------------------------- */

/* A phrase over a gutter, as in the head of a table, joins the parts it touches. */
static void join_phrases(pdf_grid *wide, const division *d, guint r, uint32_t *words, guint n)
{
    g_autoptr(GArray) bands = pdf_bands_of(d->page, words, n);
    guint first = 0;
    for (guint k = 0; k < d->gutters->len; k++) {
        pdf_interval gutter = g_array_index(d->gutters, pdf_interval, k);
        bool over = false;
        for (guint i = 0; i < bands->len; i++) {
            g_autoptr(GArray) s =
                pdf_stretches_of(d->page, words, &g_array_index(bands, pdf_band, i));
            for (guint j = 0; j < s->len; j++)
                over = over || (g_array_index(s, pdf_interval, j).from < gutter.from - 1 &&
                                g_array_index(s, pdf_interval, j).to > gutter.to + 1);
        }
        first = over ? first : k + 1;
        guint end = r + 1, at = r * wide->columns + d->column;
        while (over && end < wide->rows && wide->owner[end * wide->columns + d->column] == at)
            end++;
        if (over)
            pdf_grid_merge(wide, r, d->column + first, end - 1, d->column + k + 1);
    }
}

static guint widened(const division *d, guint c)
{
    return c > d->column ? c + d->gutters->len : c;
}

static pdf_grid *widen(const division *d)
{
    const pdf_grid *g = d->g;
    guint more = d->gutters->len, c0 = d->column;
    pdf_grid *wide = pdf_grid_new(g->rows, g->columns + more);
    memcpy(wide->ys, g->ys, (g->rows + 1) * sizeof(float));
    memcpy(wide->xs, g->xs, (c0 + 1) * sizeof(float));
    memcpy(wide->xs + c0 + more + 1, g->xs + c0 + 1, (g->columns - c0) * sizeof(float));
    for (guint k = 0; k < more; k++) {
        pdf_interval gutter = g_array_index(d->gutters, pdf_interval, k);
        wide->xs[c0 + k + 1] = (gutter.from + gutter.to) / 2;
    }
    for (guint r = 0; r < g->rows; r++)
        for (guint c = 0; c < wide->columns; c++) {
            guint old = c <= c0 ? c : c <= c0 + more ? c0 : c - more;
            guint owner = g->owner[r * g->columns + old];
            guint to = owner / g->columns * wide->columns + widened(d, owner % g->columns);
            if (old == c0 && alone(g, r, c0))
                to += c - c0;
            wide->owner[r * wide->columns + c] = to;
        }
    wide->ruled = g->ruled;
    return wide;
}

static pdf_grid *divide(pdf_grid *g, division *d, uint32_t *words)
{
    pdf_grid *wide = widen(d);
    for (guint r = 0; r < g->rows; r++)
        join_phrases(wide, d, r, words, words_of_row(d, r, words));
    pdf_grid_free(g);
    return wide;
}

pdf_grid *pdf_grid_undrawn(pdf_grid *g, const pdf_page *page, const uint32_t *words, guint n)
{
    if (g->rows < LEAST_ROWS || (guint64)g->rows * g->columns * n > MOST_WORK)
        return g;
    g_autofree uint32_t *scratch = g_new(uint32_t, n + 1);
    for (guint c = 0; c < g->columns; c++) {
        division d = {g, page, words, n, c, NULL};
        if (find_gutters(&d, false, scratch) || find_gutters(&d, true, scratch)) {
            g = divide(g, &d, scratch);
            c += d.gutters->len;
        }
        g_clear_pointer(&d.gutters, g_array_unref);
    }
    return g;
}
