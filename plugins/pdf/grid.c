/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "grid.h"

#include "blocks.h"
#include "lines.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The grid ---------------------------------------------------------------------------- */

pdf_grid *pdf_grid_new(guint rows, guint columns)
{
    pdf_grid *g = g_new0(pdf_grid, 1);
    g->rows = rows;
    g->columns = columns;
    g->xs = g_new0(float, columns + 1);
    g->ys = g_new0(float, rows + 1);
    g->owner = g_new(guint, (gsize)rows * columns);
    for (guint i = 0; i < rows * columns; i++)
        g->owner[i] = i;
    return g;
}

void pdf_grid_free(pdf_grid *g)
{
    if (!g)
        return;
    g_free(g->xs);
    g_free(g->ys);
    g_free(g->owner);
    g_free(g);
}

void pdf_grid_merge(pdf_grid *g, guint r0, guint c0, guint r1, guint c1)
{
    for (guint r = r0; r <= r1; r++)
        for (guint c = c0; c <= c1; c++)
            g->owner[r * g->columns + c] = r0 * g->columns + c0;
}

static guint find_place(const float *edges, guint n, float at)
{
    for (guint i = 0; i < n; i++)
        if (at < edges[i + 1])
            return i;
    return n - 1;
}

/* ---- Filling ----------------------------------------------------------------------------- */

static void fill_cell(pdf_cell *cell, pdf_page *page, const pdf_styles *styles, GArray *words)
{
    uint32_t first = page->refs->len;
    g_array_append_vals(page->refs, words->data, words->len);
    g_autoptr(GArray) lines = pdf_lines_make(page, styles, first, words->len);
    pdf_text_builder t;
    pdf_text_begin(&t);
    cell->bold = lines->len > 0;
    for (guint i = 0; i < lines->len; i++) {
        const pdf_line *l = &g_array_index(lines, pdf_line, i);
        if (i)
            pdf_text_bytes(&t, "\n", 1);
        pdf_text_words(&t, page, l->first, l->count);
        cell->bold = cell->bold && l->bold;
    }
    cell->text = pdf_text_end(&t);
    g_array_set_size(page->refs, first);
}

static GArray **distribute(const pdf_grid *g, const pdf_page *page, const uint32_t *words,
                           guint n)
{
    GArray **lists = g_new0(GArray *, (gsize)g->rows * g->columns);
    for (guint i = 0; i < n; i++) {
        pdf_rect b = WORD(page, words[i])->box;
        float x = (b.x0 + b.x1) / 2, y = (b.y0 + b.y1) / 2;
        if (x < g->xs[0] || x > g->xs[g->columns] || y < g->ys[0] || y > g->ys[g->rows])
            continue;
        guint at =
            find_place(g->ys, g->rows, y) * g->columns + find_place(g->xs, g->columns, x);
        at = g->owner[at];
        if (!lists[at])
            lists[at] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(lists[at], words[i]);
    }
    return lists;
}

/* Enough rows and columns with text, and not all of it in one cell. */
static bool plausible(const pdf_grid *g, const pdf_page *page, GArray *const *lists)
{
    guint used_rows = 0, used_columns = 0, total = 0, most = 0, filled = 0, cells = 0;
    g_autofree bool *columns = g_new0(bool, g->columns);
    for (guint r = 0; r < g->rows; r++) {
        bool used = false;
        for (guint c = 0; c < g->columns; c++) {
            const GArray *list = lists[r * g->columns + c];
            guint letters = 0;
            for (guint i = 0; list && i < list->len; i++)
                letters += WORD(page, g_array_index(list, uint32_t, i))->len;
            used = used || letters;
            filled += letters > 0;
            cells += g->owner[r * g->columns + c] == r * g->columns + c;
            columns[c] = columns[c] || letters;
            total += letters;
            most = MAX(most, letters);
        }
        used_rows += used;
    }
    for (guint c = 0; c < g->columns; c++)
        used_columns += columns[c];
    if (g->ruled && cells > 16 && filled * 10 < cells * 3)
        return false; /* the lines of a chart */
    return used_rows >= 2 && used_columns >= 2 && most * 10 < total * 9;
}

static void measure_span(const pdf_grid *g, guint at, pdf_cell *cell)
{
    guint r = at / g->columns, c = at % g->columns;
    guint rows = 1, columns = 1;
    while (c + columns < g->columns && g->owner[at + columns] == at)
        columns++;
    while (r + rows < g->rows && g->owner[at + rows * g->columns] == at)
        rows++;
    cell->row = (uint16_t)r;
    cell->column = (uint16_t)c;
    cell->rows = (uint16_t)rows;
    cell->columns = (uint16_t)columns;
}

static pdf_table *make_table(const pdf_grid *g, pdf_page *page, const pdf_styles *styles,
                             GArray *const *lists)
{
    pdf_table *t = g_new0(pdf_table, 1);
    t->cells = g_array_new(FALSE, TRUE, sizeof(pdf_cell));
    t->rows = (uint16_t)g->rows;
    t->columns = (uint16_t)g->columns;
    t->header_rows = 1;
    t->ruled = g->ruled;
    t->edges = g_memdup2(g->xs, (g->columns + 1) * sizeof(float));
    for (guint at = 0; at < g->rows * g->columns; at++) {
        pdf_cell cell = {0};
        if (g->owner[at] != at)
            continue;
        measure_span(g, at, &cell);
        if (lists[at]) {
            fill_cell(&cell, page, styles, lists[at]);
            for (guint i = 0; i < lists[at]->len; i++)
                WORD(page, g_array_index(lists[at], uint32_t, i))->taken = true;
        }
        g_array_append_val(t->cells, cell);
    }
    return t;
}

pdf_table *pdf_grid_fill(const pdf_grid *g, pdf_page *page, const pdf_styles *styles,
                         const uint32_t *words, guint n)
{
    GArray **lists = distribute(g, page, words, n);
    pdf_table *t = plausible(g, page, lists) ? make_table(g, page, styles, lists) : NULL;
    for (guint i = 0; i < g->rows * g->columns; i++)
        if (lists[i])
            g_array_free(lists[i], TRUE);
    g_free(lists);
    return t;
}

/* ---- Bands ------------------------------------------------------------------------------- */

static float core_top(pdf_rect r)
{
    return r.y0 + 0.22F * pdf_height(r);
}

static float core_bottom(pdf_rect r)
{
    return r.y1 - 0.22F * pdf_height(r);
}

static int by_top(const void *a, const void *b, void *ctx)
{
    const pdf_page *page = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    float p = core_top(WORD(page, i)->box), q = core_top(WORD(page, k)->box);
    return p != q ? (p < q ? -1 : 1) : i < k ? -1 : i > k;
}

static int by_left(const void *a, const void *b, void *ctx)
{
    const pdf_page *page = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    float p = WORD(page, i)->box.x0, q = WORD(page, k)->box.x0;
    return p != q ? (p < q ? -1 : 1) : i < k ? -1 : i > k;
}

GArray *pdf_bands_of(const pdf_page *page, uint32_t *words, guint n)
{
    GArray *bands = g_array_new(FALSE, FALSE, sizeof(pdf_band));
    qsort_r(words, n, sizeof *words, by_top, (void *)page);
    for (guint i = 0; i < n;) {
        pdf_rect box = WORD(page, words[i])->box;
        pdf_band b = {i, 0, core_top(box), core_bottom(box), box.y0, box.y1};
        for (; i < n && core_top(box = WORD(page, words[i])->box) <= b.y1; i++) {
            b.y1 = MAX(b.y1, core_bottom(box));
            b.top = MIN(b.top, box.y0);
            b.bottom = MAX(b.bottom, box.y1);
        }
        b.count = i - b.first;
        qsort_r(words + b.first, b.count, sizeof *words, by_left, (void *)page);
        g_array_append_val(bands, b);
    }
    return bands;
}

/* ---- Gutters ----------------------------------------------------------------------------- */

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
    while (n >= 4 && gutters->len) {
        guint c = lonely_column(page, words, bands, n, gutters);
        if (c == G_MAXUINT)
            return;
        g_array_remove_index(gutters, c ? c - 1 : 0);
    }
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
    int depth = 0;
    float from = NAN;
    for (guint i = 0; i < edges->len; i++) {
        const edge *e = &g_array_index(edges, edge, i);
        int before = depth;
        depth += e->change;
        if (before > (int)crossings && depth <= (int)crossings)
            from = e->at;
        if (before <= (int)crossings && depth > (int)crossings && e->at - from >= least) {
            pdf_interval g = {from, e->at};
            g_array_append_val(gutters, g);
        }
    }
    drop_lonely_columns(page, words, bands, n_bands, gutters);
    return gutters;
}

/* ---- Rows -------------------------------------------------------------------------------- */

static guint64 columns_used(const pdf_page *page, const uint32_t *words, const pdf_band *b,
                            const GArray *gutters)
{
    guint64 used = 0;
    for (guint i = 0; i < b->count; i++) {
        pdf_rect box = WORD(page, words[b->first + i])->box;
        guint column = 0;
        while (column < gutters->len && column < 63 &&
               (box.x0 + box.x1) / 2 > g_array_index(gutters, pdf_interval, column).from)
            column++;
        used |= G_GUINT64_CONSTANT(1) << column;
    }
    return used;
}

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

static float pitch(const pdf_band *bands, guint i)
{
    return (bands[i].y0 + bands[i].y1 - bands[i - 1].y0 - bands[i - 1].y1) / 2;
}

/* The distance above which bands belong to different rows; 0 when distances say nothing. */
static float row_distance(const pdf_band *bands, guint n)
{
    g_autofree float *gaps = g_new(float, n + 1);
    float widest = 0, limit = 0;
    guint count = 0;
    for (guint i = 1; i < n; i++)
        gaps[count++] = pitch(bands, i);
    qsort(gaps, count, sizeof *gaps, by_float);
    for (guint i = 1; i < count; i++)
        if (gaps[i] - gaps[i - 1] > widest) {
            widest = gaps[i] - gaps[i - 1];
            limit = (gaps[i] + gaps[i - 1]) / 2;
        }
    float height = n ? bands[0].y1 - bands[0].y0 : 0;
    return widest > 0.35F * height && count > 2 ? limit : 0;
}

enum { MOST_COLUMNS = 63 };

typedef struct {
    float end[MOST_COLUMNS + 1];   /* where its text ends; -INFINITY: none */
    float first[MOST_COLUMNS + 1]; /* width of its first word */
    guint64 used;
} row_line;

static void look_at_band(const pdf_page *page, const uint32_t *words, const pdf_band *b,
                         const GArray *gutters, row_line *l)
{
    *l = (row_line){.used = columns_used(page, words, b, gutters)};
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        l->end[c] = -INFINITY;
    for (guint i = 0; i < b->count; i++) {
        const pdf_word *w = WORD(page, words[b->first + i]);
        guint c = 0;
        while (c < gutters->len && c < MOST_COLUMNS &&
               (w->box.x0 + w->box.x1) / 2 > g_array_index(gutters, pdf_interval, c).from)
            c++;
        if (l->end[c] == -INFINITY)
            l->first[c] = pdf_width(w->box);
        l->end[c] = MAX(l->end[c], w->box.x1);
    }
}

/* How the columns that both lines use speak: 1 each upper text had no room for the lower one's
 * first word, -1 one had, 0 there are none. */
static int speaks_for_wrap(const row_line *upper, const row_line *lower, const float *edges,
                           float blank)
{
    guint64 both = upper->used & lower->used;
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        if ((both >> c & 1) && upper->end[c] + blank + lower->first[c] < edges[c] - 0.5F)
            return -1;
    return both ? 1 : 0;
}

static void column_edges(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                         guint n, const GArray *gutters, float *edges)
{
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        edges[c] = -INFINITY;
    for (guint i = 0; i < n; i++) {
        row_line l;
        look_at_band(page, words, &bands[i], gutters, &l);
        for (guint c = 0; c <= MOST_COLUMNS; c++)
            edges[c] = MAX(edges[c], l.end[c]);
    }
}

/* A line goes on in the row above when it stands nearer than rows do, or begins no first
 * column, and its text had no room in the line above. */
static bool goes_on(const row_line *upper, const row_line *line, guint64 row, float gap,
                    float limit, int wrap)
{
    bool within = (line->used & ~row) == 0;
    if (wrap < 0)
        return false;
    if (limit > 0)
        return gap < limit && (wrap > 0 || upper->used != line->used);
    return within && line->used != row && (!(line->used & 1) || wrap > 0);
}

void pdf_rows_of(const pdf_page *page, const uint32_t *words, const pdf_band *bands, guint n,
                 const GArray *gutters, bool *opens)
{
    float limit = row_distance(bands, n), edges[MOST_COLUMNS + 1];
    guint64 row = 0;
    row_line line, upper = {0};
    column_edges(page, words, bands, n, gutters, edges);
    for (guint i = 0; i < n; i++) {
        look_at_band(page, words, &bands[i], gutters, &line);
        float gap = i ? pitch(bands, i) : INFINITY;
        float blank = 0.25F * WORD(page, words[bands[i].first])->size;
        int wrap = i ? speaks_for_wrap(&upper, &line, edges, blank) : -1;
        opens[i] = !(i && goes_on(&upper, &line, row, gap, limit, wrap));
        row = opens[i] ? line.used : row | line.used;
        upper = line;
    }
}

/* ---- A grid by white space --------------------------------------------------------------- */

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
