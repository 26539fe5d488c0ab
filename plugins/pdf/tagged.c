/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Of a table only the rows that have words on the page are laid out. It must agree with what
 * can be seen: rows from top to bottom, columns from left to right, no other words between.
 */
#include "grid.h"
#include "tables.h"

#include "tags.h"

#include <math.h>

enum { MOST_COLUMNS = 40, MOST_LETTERS = 1500 };

#define CELL(page, i) (&g_array_index((page)->cells, pdf_tagged_cell, i))

/* Above a table that goes on from the page before, its head may be repeated without tags. */
#define REACH 30.0F

typedef struct {
    pdf_page *page;
    int table;
    guint first, end; /* rows with words on the page */
    guint columns;
    pdf_rect box;
} layout;

static const pdf_tagged_cell *cell_of(const pdf_page *page, const pdf_word *w)
{
    const pdf_tag *tag = w->taken || w->rotated ? NULL : pdf_tag_of(page, w);
    return tag && tag->cell ? CELL(page, tag->cell - 1) : NULL;
}

/* False when the words are not all that a table may have. */
static bool measure(layout *l)
{
    l->first = G_MAXUINT / 2, l->end = l->columns = 0;
    l->box = (pdf_rect){INFINITY, INFINITY, -INFINITY, -INFINITY};
    for (guint i = 0; i < l->page->words->len; i++) {
        const pdf_word *w = WORD(l->page, i);
        const pdf_tagged_cell *c = cell_of(l->page, w);
        if (!c || c->table != l->table)
            continue;
        if (pdf_tag_is_heading(pdf_tag_of(l->page, w)))
            return false;
        l->first = MIN(l->first, c->row);
        l->end = MAX(l->end, c->row + 1U);
        l->box = pdf_union(l->box, w->box);
    }
    for (guint i = 0; i < l->page->cells->len; i++) {
        const pdf_tagged_cell *c = CELL(l->page, i);
        if (c->table == l->table && c->row >= l->first && c->row < l->end)
            l->columns = MAX(l->columns, (guint)c->column + c->columns);
    }
    return l->end > l->first + 1 && l->columns >= 2 && l->columns <= MOST_COLUMNS;
}

static bool holds_other_words(const layout *l)
{
    float top = l->first > 0 ? l->box.y0 - REACH : l->box.y0;
    for (guint i = 0; i < l->page->words->len; i++) {
        const pdf_word *w = WORD(l->page, i);
        const pdf_tagged_cell *c = cell_of(l->page, w);
        float x = (w->box.x0 + w->box.x1) / 2, y = (w->box.y0 + w->box.y1) / 2;
        if ((!c || c->table != l->table) && x > l->box.x0 && x < l->box.x1 && y > top &&
            y < l->box.y1)
            return true;
    }
    return false;
}

/* ---- The grid ---------------------------------------------------------------------------- */

/* Make a cell's places one; false when another cell has one of them. */
static bool claim(pdf_grid *g, bool *claimed, guint row, guint column, guint rows,
                  guint columns)
{
    for (guint r = row; r < row + rows; r++)
        for (guint c = column; c < column + columns; c++) {
            if (claimed[r * g->columns + c])
                return false;
            claimed[r * g->columns + c] = true;
        }
    pdf_grid_merge(g, row, column, row + rows - 1, column + columns - 1);
    return true;
}

/* NULL when cells lie over each other. */
static pdf_grid *make_grid(const layout *l)
{
    pdf_grid *g = pdf_grid_new(l->end - l->first, l->columns);
    g_autofree bool *claimed = g_new0(bool, (gsize)g->rows * g->columns);
    g->ruled = true;
    for (guint i = 0; i < l->page->cells->len; i++) {
        const pdf_tagged_cell *c = CELL(l->page, i);
        if (c->table != l->table || c->row < l->first || c->row >= l->end)
            continue;
        if (!claim(g, claimed, c->row - l->first, c->column, MIN(c->rows, l->end - c->row),
                   c->columns)) {
            pdf_grid_free(g);
            return NULL;
        }
    }
    return g;
}

static GArray **distribute(const layout *l, const pdf_grid *g)
{
    GArray **lists = g_new0(GArray *, (gsize)g->rows * g->columns);
    for (guint i = 0; i < l->page->words->len; i++) {
        const pdf_tagged_cell *c = cell_of(l->page, WORD(l->page, i));
        if (!c || c->table != l->table)
            continue;
        guint at = g->owner[(c->row - l->first) * g->columns + c->column];
        if (!lists[at])
            lists[at] = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(lists[at], i);
    }
    return lists;
}

static pdf_rect box_of(const pdf_page *page, const GArray *words, guint *letters)
{
    pdf_rect box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    *letters = 0;
    for (guint i = 0; words && i < words->len; i++) {
        const pdf_word *w = WORD(page, g_array_index(words, uint32_t, i));
        box = pdf_union(box, w->box);
        *letters += w->len;
    }
    return box;
}

/* Where rows and columns begin, by what begins in them; infinity where nothing does, or only
 * what spans columns. */
static bool find_edges(const layout *l, pdf_grid *g, GArray *const *lists)
{
    for (guint i = 0; i < g->rows; i++)
        g->ys[i] = INFINITY;
    for (guint i = 0; i < g->columns; i++)
        g->xs[i] = INFINITY;
    for (guint at = 0; at < g->rows * g->columns; at++) {
        guint letters, row = at / g->columns, column = at % g->columns;
        pdf_rect box = box_of(l->page, lists[at], &letters);
        if (letters > MOST_LETTERS)
            return false;
        g->ys[row] = MIN(g->ys[row], box.y0);
        if (column + 1 == g->columns || g->owner[at + 1] != at)
            g->xs[column] = MIN(g->xs[column], box.x0);
    }
    return true;
}

/* Whether they ascend; those that are unknown get the place of the next one. */
static bool ascends(float *edges, guint n, float end)
{
    edges[n] = end;
    for (guint i = n; i-- > 0;) {
        if (edges[i] == INFINITY)
            edges[i] = edges[i + 1];
        else if (edges[i] + 1 > edges[i + 1])
            return false;
    }
    return true;
}

static guint16 header_rows(const layout *l)
{
    guint body = l->end;
    for (guint i = 0; i < l->page->cells->len; i++) {
        const pdf_tagged_cell *c = CELL(l->page, i);
        if (c->table == l->table && !c->header && c->row >= l->first)
            body = MIN(body, c->row);
    }
    return (guint16)(body < l->end ? MAX(body - l->first, 1) : 1);
}

static pdf_table *fill(const layout *l, const pdf_styles *styles)
{
    pdf_grid *g = make_grid(l);
    if (!g)
        return NULL;
    GArray **lists = distribute(l, g);
    pdf_table *t = NULL;
    if (find_edges(l, g, lists) && ascends(g->ys, g->rows, l->box.y1) &&
        ascends(g->xs, g->columns, l->box.x1))
        t = pdf_grid_take(g, l->page, styles, lists);
    for (guint i = 0; i < g->rows * g->columns; i++)
        if (lists[i])
            g_array_free(lists[i], TRUE);
    g_free(lists);
    pdf_grid_free(g);
    if (t)
        t->header_rows = header_rows(l);
    return t;
}

void pdf_tagged_find(pdf_page *page, const pdf_styles *styles)
{
    int last = 0;
    for (guint i = 0; i < page->cells->len; i++) {
        layout l = {.page = page, .table = CELL(page, i)->table};
        if (!l.table || l.table == last)
            continue;
        last = l.table;
        pdf_table *t = measure(&l) && !holds_other_words(&l) ? fill(&l, styles) : NULL;
        if (!t)
            continue;
        g_ptr_array_add(page->tables, t);
        g_array_append_val(page->table_boxes, l.box);
    }
}
