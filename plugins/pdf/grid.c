/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "grid.h"

#include "blocks.h"
#include "lines.h"
#include "text.h"

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

pdf_table *pdf_grid_take(const pdf_grid *g, pdf_page *page, const pdf_styles *styles,
                         GArray *const *lists)
{
    return plausible(g, page, lists) ? make_table(g, page, styles, lists) : NULL;
}

pdf_table *pdf_grid_fill(const pdf_grid *g, pdf_page *page, const pdf_styles *styles,
                         const uint32_t *words, guint n)
{
    GArray **lists = distribute(g, page, words, n);
    pdf_table *t = pdf_grid_take(g, page, styles, lists);
    for (guint i = 0; i < g->rows * g->columns; i++)
        if (lists[i])
            g_array_free(lists[i], TRUE);
    g_free(lists);
    return t;
}
