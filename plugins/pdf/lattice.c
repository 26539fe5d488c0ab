/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Rules that touch make a component; its distinct positions are the grid, and where the piece
 * of a rule between two places is missing, they are one cell.
 */
#include "grid.h"
#include "tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PAIRS = 4000000, MAX_EDGES = 200 };

#define TOUCH 3.0F

typedef struct {
    pdf_page *page;
    const pdf_styles *styles;
    guint *parent; /* across rules first, then down */
    guint n_across, n;
} lattice;

#define ACROSS(l, i) (&g_array_index((l)->page->across, pdf_rule, i))
#define DOWN(l, i)   (&g_array_index((l)->page->down, pdf_rule, i))

/* ---- Components -------------------------------------------------------------------------- */

static guint root(guint *parent, guint i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static bool touch(const pdf_rule *across, const pdf_rule *down)
{
    return down->at >= across->from - TOUCH && down->at <= across->to + TOUCH &&
           across->at >= down->from - TOUCH && across->at <= down->to + TOUCH;
}

static bool connect(lattice *l)
{
    l->n_across = l->page->across->len;
    l->n = l->n_across + l->page->down->len;
    if ((guint64)l->n_across * l->page->down->len > MAX_PAIRS || l->n == l->n_across)
        return false;
    l->parent = g_new(guint, l->n);
    for (guint i = 0; i < l->n; i++)
        l->parent[i] = i;
    for (guint i = 0; i < l->n_across; i++)
        for (guint k = l->n_across; k < l->n; k++)
            if (touch(ACROSS(l, i), DOWN(l, k - l->n_across)))
                l->parent[root(l->parent, k)] = root(l->parent, i);
    return true;
}

/* ---- The grid of a component ------------------------------------------------------------- */

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

static void add_edge(GArray *edges, float at)
{
    for (guint i = 0; i < edges->len; i++)
        if (fabsf(g_array_index(edges, float, i) - at) < TOUCH)
            return;
    g_array_append_val(edges, at);
}

static void collect_edges(const lattice *l, guint component, GArray *xs, GArray *ys)
{
    for (guint i = 0; i < l->n; i++) {
        if (root(l->parent, i) != component)
            continue;
        if (i < l->n_across)
            add_edge(ys, ACROSS(l, i)->at);
        else
            add_edge(xs, DOWN(l, i - l->n_across)->at);
    }
    /* open sides: the ends of the other direction's rules */
    for (guint i = 0; i < l->n; i++) {
        if (root(l->parent, i) != component)
            continue;
        if (i < l->n_across) {
            add_edge(xs, ACROSS(l, i)->from);
            add_edge(xs, ACROSS(l, i)->to);
        } else {
            add_edge(ys, DOWN(l, i - l->n_across)->from);
            add_edge(ys, DOWN(l, i - l->n_across)->to);
        }
    }
    qsort(xs->data, xs->len, sizeof(float), by_float);
    qsort(ys->data, ys->len, sizeof(float), by_float);
}

/* Whether rules of the component run along `at` over most of [from, to]. */
static bool walled(const lattice *l, guint component, bool across, float at, float from,
                   float to)
{
    float covered = 0;
    guint i = across ? 0 : l->n_across, end = across ? l->n_across : l->n;
    for (; i < end; i++) {
        const pdf_rule *r = across ? ACROSS(l, i) : DOWN(l, i - l->n_across);
        if (fabsf(r->at - at) < TOUCH && root(l->parent, i) == component)
            covered += MAX(0, pdf_overlap(r->from, r->to, from, to));
    }
    return covered > 0.5F * (to - from);
}

static void open_walls(const lattice *l, guint component, const pdf_grid *g, bool *right,
                       bool *below)
{
    for (guint r = 0; r < g->rows; r++)
        for (guint c = 0; c < g->columns; c++) {
            guint at = r * g->columns + c;
            right[at] = c + 1 < g->columns &&
                        !walled(l, component, false, g->xs[c + 1], g->ys[r], g->ys[r + 1]);
            below[at] = r + 1 < g->rows &&
                        !walled(l, component, true, g->ys[r + 1], g->xs[c], g->xs[c + 1]);
        }
}

/* Grow each free place to the right, then down, as long as walls are missing all along. */
static void merge_places(pdf_grid *g, const bool *right, const bool *below)
{
    g_autofree bool *done = g_new0(bool, g->rows * g->columns);
    for (guint r = 0; r < g->rows; r++)
        for (guint c = 0; c < g->columns; c++) {
            guint c1 = c, r1 = r;
            if (done[r * g->columns + c])
                continue;
            while (right[r * g->columns + c1] && !done[r * g->columns + c1 + 1])
                c1++;
            for (bool open = true; open;) {
                for (guint k = c; k <= c1; k++)
                    open = open && below[r1 * g->columns + k];
                r1 += open;
            }
            for (guint i = r; i <= r1; i++)
                for (guint k = c; k <= c1; k++)
                    done[i * g->columns + k] = true;
            pdf_grid_merge(g, r, c, r1, c1);
        }
}

static pdf_grid *grid_of(const lattice *l, guint component)
{
    g_autoptr(GArray) xs = g_array_new(FALSE, FALSE, sizeof(float));
    g_autoptr(GArray) ys = g_array_new(FALSE, FALSE, sizeof(float));
    collect_edges(l, component, xs, ys);
    if (xs->len < 3 || ys->len < 2 || xs->len > MAX_EDGES || ys->len > MAX_EDGES)
        return NULL;
    pdf_grid *g = pdf_grid_new(ys->len - 1, xs->len - 1);
    memcpy(g->xs, xs->data, xs->len * sizeof(float));
    memcpy(g->ys, ys->data, ys->len * sizeof(float));
    g_autofree bool *right = g_new0(bool, g->rows * g->columns);
    g_autofree bool *below = g_new0(bool, g->rows * g->columns);
    open_walls(l, component, g, right, below);
    merge_places(g, right, below);
    g->ruled = true;
    return g;
}

/* ---- Rows that no rule divides ----------------------------------------------------------- */

static guint words_inside(const pdf_page *page, pdf_rect box, uint32_t *words)
{
    guint n = 0;
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, i);
        float x = (w->box.x0 + w->box.x1) / 2, y = (w->box.y0 + w->box.y1) / 2;
        if (!w->taken && !w->rotated && x > box.x0 && x < box.x1 && y > box.y0 && y < box.y1)
            words[n++] = i;
    }
    return n;
}

/* Whether the phrases of a wide cell keep to the columns that rules elsewhere show, and stand
 * in more than one. */
static bool keeps_to_columns(const pdf_page *page, const uint32_t *words, const GArray *bands,
                             const float *edges, guint columns)
{
    guint64 used = 0;
    for (guint i = 0; i < bands->len; i++) {
        const pdf_band *b = &g_array_index(bands, pdf_band, i);
        float x1 = -INFINITY;
        for (guint k = 0; k < b->count; k++) {
            const pdf_word *w = WORD(page, words[b->first + k]);
            float from = w->box.x0 - x1 < pdf_widest_blank(w) ? x1 : w->box.x0;
            for (guint c = 1; c < columns; c++)
                if (from < edges[c] - 1 && w->box.x1 > edges[c] + 1)
                    return false;
            for (guint c = 0; c < MIN(columns, 63); c++)
                if (w->box.x0 >= edges[c] - 1 && w->box.x1 <= edges[c + 1] + 1)
                    used |= G_GUINT64_CONSTANT(1) << c;
            x1 = w->box.x1;
        }
    }
    return (used & (used - 1)) != 0;
}

/* Rules that stop under the header leave wide cells; text that keeps to columns divides them.
 */
static void split_spans(pdf_grid *g, const pdf_page *page, uint32_t *words)
{
    for (guint at = 0; at < g->rows * g->columns; at++) {
        guint r = at / g->columns, c = at % g->columns, r1 = r, c1 = c;
        if (g->owner[at] != at)
            continue;
        while (c1 + 1 < g->columns && g->owner[r * g->columns + c1 + 1] == at)
            c1++;
        while (r1 + 1 < g->rows && g->owner[(r1 + 1) * g->columns + c] == at)
            r1++;
        if (c1 == c)
            continue;
        pdf_rect box = {g->xs[c], g->ys[r], g->xs[c1 + 1], g->ys[r1 + 1]};
        guint n = words_inside(page, box, words);
        g_autoptr(GArray) bands = pdf_bands_of(page, words, n);
        if (!keeps_to_columns(page, words, bands, g->xs + c, c1 - c + 1))
            continue;
        for (guint k = c; k <= c1; k++)
            pdf_grid_merge(g, r, k, r1, k);
    }
}

static bool row_is_plain(const pdf_grid *g, guint r)
{
    for (guint c = 0; c < g->columns; c++)
        if (g->owner[r * g->columns + c] != r * g->columns + c ||
            (r + 1 < g->rows && g->owner[(r + 1) * g->columns + c] != (r + 1) * g->columns + c))
            return false;
    return true;
}

/* Lines of text that fill most columns each are rows of their own. */
static GArray *lines_as_rows(const pdf_grid *g, guint r, const pdf_page *page, uint32_t *words)
{
    pdf_rect box = {g->xs[0], g->ys[r], g->xs[g->columns], g->ys[r + 1]};
    guint n = words_inside(page, box, words), used = 0, first = 0;
    GArray *bands = pdf_bands_of(page, words, n);
    for (guint i = 0; i < bands->len; i++) {
        const pdf_band *b = &g_array_index(bands, pdf_band, i);
        guint64 columns = 0;
        for (guint k = 0; k < b->count; k++) {
            pdf_rect w = WORD(page, words[b->first + k])->box;
            for (guint c = 0; c < MIN(g->columns, 63); c++)
                if ((w.x0 + w.x1) / 2 > g->xs[c] && (w.x0 + w.x1) / 2 < g->xs[c + 1])
                    columns |= G_GUINT64_CONSTANT(1) << c;
        }
        used += (guint)__builtin_popcountll(columns);
        first += columns & 1;
    }
    if (bands->len >= 3 && used * 10 >= bands->len * g->columns * 7 &&
        first * 10 >= bands->len * 8)
        return bands;
    g_array_free(bands, TRUE);
    return NULL;
}

static pdf_grid *split_row(pdf_grid *g, guint r, const GArray *bands)
{
    pdf_grid *wide = pdf_grid_new(g->rows + bands->len - 1, g->columns);
    guint added = bands->len - 1, k = r + 1;
    memcpy(wide->xs, g->xs, (g->columns + 1) * sizeof(float));
    memcpy(wide->ys, g->ys, (r + 1) * sizeof(float));
    for (guint i = 1; i < bands->len; i++)
        wide->ys[k++] =
            (g_array_index(bands, pdf_band, i - 1).y1 + g_array_index(bands, pdf_band, i).y0) /
            2;
    memcpy(wide->ys + k, g->ys + r + 1, (g->rows - r) * sizeof(float));
    for (guint i = 0; i < g->rows; i++)
        for (guint c = 0; c < g->columns; c++) {
            guint owner = g->owner[i * g->columns + c], row = owner / g->columns;
            guint to = i > r ? i + added : i, from = row > r ? row + added : row;
            if (i != r)
                wide->owner[to * g->columns + c] = from * g->columns + owner % g->columns;
        }
    wide->ruled = true;
    pdf_grid_free(g);
    return wide;
}

static pdf_grid *split_rows(pdf_grid *g, const pdf_page *page, uint32_t *words)
{
    for (guint r = 0; r < g->rows && g->rows < MAX_EDGES; r++) {
        if (!row_is_plain(g, r))
            continue;
        g_autoptr(GArray) bands = lines_as_rows(g, r, page, words);
        if (!bands)
            continue;
        guint more = bands->len - 1;
        g = split_row(g, r, bands);
        r += more;
    }
    return g;
}

/* ---- Entry ------------------------------------------------------------------------------- */

static void add_table(lattice *l, pdf_grid *g)
{
    g_autofree uint32_t *words = g_new(uint32_t, l->page->words->len + 1);
    split_spans(g, l->page, words);
    g = split_rows(g, l->page, words);
    pdf_rect box = {g->xs[0], g->ys[0], g->xs[g->columns], g->ys[g->rows]};
    guint n = words_inside(l->page, box, words);
    g = pdf_grid_undrawn(g, l->page, words, n);
    pdf_table *t = pdf_grid_fill(g, l->page, l->styles, words, n);
    pdf_grid_free(g);
    if (!t)
        return;
    g_ptr_array_add(l->page->tables, t);
    g_array_append_val(l->page->table_boxes, box);
}

void pdf_lattice_find(pdf_page *page, const pdf_styles *styles)
{
    lattice l = {.page = page, .styles = styles};
    if (page->across->len < 1 || page->down->len < 1 || !connect(&l))
        return;
    for (guint i = 0; i < l.n; i++) {
        pdf_grid *g = root(l.parent, i) == i ? grid_of(&l, i) : NULL;
        if (g)
            add_table(&l, g);
    }
    g_free(l.parent);
}
