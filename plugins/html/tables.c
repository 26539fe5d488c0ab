/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tables of data become pipe tables: a grid in which spans leave empty cells. Tables that only
 * lay out a page become the blocks they hold. A table in a cell is written into that cell.
 *
 * Spans are clamped to what the table really has, and the empty cells they may add are counted,
 * so that colspan=1000000 costs nothing.
 */
#include "convert.h"

#include <stdlib.h>

#define MAX_COLUMNS 1000

/* ---- The shape of a table ---------------------------------------------------------------- */

typedef struct {
    size_t rows, cells, columns, most_cells;
    bool headers, nested, blocks, header_row;
    const node *first_row, *caption;
} shape;

/* The next row of the table after `row`, or its first. Rows are in it or in its sections. */
static node *next_row(const node *table, const node *row)
{
    const node *n = row ? node_skip(row, table) : table->first;
    while (n) {
        if (n->tag == TAG_TR)
            return (node *)n;
        bool section = n->tag == TAG_TBODY || n->tag == TAG_THEAD || n->tag == TAG_TFOOT;
        n = section && !n->dropped ? node_next(n, table) : node_skip(n, table);
    }
    return NULL;
}

static bool is_cell(const node *n)
{
    return (n->tag == TAG_TD || n->tag == TAG_TH) && !n->dropped;
}

static size_t span_of(const node *cell, attr_id name)
{
    long n = str_number(node_attr(cell, name), 1);
    return n < 1 ? 1 : n > MAX_COLUMNS ? MAX_COLUMNS : (size_t)n;
}

/* Blocks that a cell of data does not hold: more than one paragraph, headings, code, quotes. */
static void look_into(const node *cell, shape *s)
{
    size_t paragraphs = 0;
    for (const node *n = cell->first; n;) {
        paragraphs += n->tag == TAG_P;
        s->nested |= n->tag == TAG_TABLE;
        s->blocks |= (n->tag >= TAG_H1 && n->tag <= TAG_H6) || n->tag == TAG_PRE ||
                     n->tag == TAG_BLOCKQUOTE || n->tag == TAG_FORM || n->tag == TAG_DL;
        n = n->tag == TAG_TABLE ? node_skip(n, cell) : node_next(n, cell);
    }
    s->blocks |= paragraphs > 1;
}

static void look_at_row(const node *row, shape *s)
{
    size_t cells = 0, headers = 0;
    for (const node *n = row->first; n; n = n->next) {
        if (!is_cell(n))
            continue;
        cells++;
        headers += n->tag == TAG_TH;
        look_into(n, s);
    }
    if (!cells)
        return;
    if (!s->first_row) {
        s->first_row = row;
        s->header_row = headers == cells || row->parent->tag == TAG_THEAD;
    }
    s->rows++;
    s->cells += cells;
    s->headers |= headers > 0;
    if (cells > s->most_cells)
        s->most_cells = cells;
}

static size_t row_width(const node *row, size_t widest)
{
    size_t width = 0;
    for (const node *n = row->first; n; n = n->next) {
        if (!is_cell(n))
            continue;
        size_t span = span_of(n, ATTR_COLSPAN);
        width += span < widest ? span : widest;
    }
    return width;
}

static shape study(const node *table)
{
    shape s = {0};
    for (const node *n = table->first; n && !s.caption; n = n->next)
        if (n->tag == TAG_CAPTION)
            s.caption = n;
    for (node *row = next_row(table, NULL); row; row = next_row(table, row))
        look_at_row(row, &s);
    for (node *row = next_row(table, NULL); row; row = next_row(table, row)) {
        size_t width = row_width(row, s.most_cells);
        if (width > s.columns)
            s.columns = width;
    }
    size_t most = s.most_cells * 2 < MAX_COLUMNS ? s.most_cells * 2 : MAX_COLUMNS;
    if (s.columns > most)
        s.columns = most;
    return s;
}

static bool lays_out(const node *table, const shape *s)
{
    okb_str role = node_attr(table, ATTR_ROLE);
    if (s->rows == 0 || str_is(role, "presentation") || str_is(role, "none"))
        return true;
    if (s->headers || s->caption || s->first_row->parent->tag == TAG_THEAD)
        return false;
    return s->nested || s->blocks || s->columns == 1;
}

static okb_md_align align_of(const node *cell)
{
    okb_str style = node_attr(cell, ATTR_STYLE), align = node_attr(cell, ATTR_ALIGN);
    static const struct {
        const char *name, *style, *spaced;
        okb_md_align align;
    } aligns[] = {
        {"left", "text-align:left", "text-align: left", OKB_MD_ALIGN_LEFT},
        {"center", "text-align:center", "text-align: center", OKB_MD_ALIGN_CENTER},
        {"right", "text-align:right", "text-align: right", OKB_MD_ALIGN_RIGHT},
    };
    for (size_t i = 0; i < 3; i++)
        if (str_is_nocase(align, aligns[i].name) || str_has_nocase(style, aligns[i].style) ||
            str_has_nocase(style, aligns[i].spaced))
            return aligns[i].align;
    return OKB_MD_ALIGN_NONE;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void mark_cells(node *table)
{
    for (node *row = next_row(table, NULL); row; row = next_row(table, row)) {
        row->mark = MARK_ROW;
        for (node *n = row->first; n; n = n->next)
            if (is_cell(n))
                n->mark = MARK_CELL;
    }
}

static bool begin_pipe_table(conv *v, node *n, const shape *s)
{
    okb_md_align *aligns = arena_alloc(v->arena, s->columns * sizeof *aligns);
    uint16_t *carry = arena_alloc(v->arena, s->columns * sizeof *carry);
    if (!aligns || !carry)
        return false;
    memset(aligns, 0, s->columns * sizeof *aligns);
    memset(carry, 0, s->columns * sizeof *carry);
    size_t column = 0;
    for (const node *cell = s->first_row->first; cell && column < s->columns; cell = cell->next)
        if (is_cell(cell)) {
            aligns[column] = align_of(cell);
            column += span_of(cell, ATTR_COLSPAN);
        }
    mark_cells(n);
    n->mark = MARK_TABLE;
    v->table = (table_state){
        .table = n, .columns = s->columns, .carry = carry, .fillers_left = s->cells * 4 + 1024};
    okb_md_table_begin(v->md, s->columns, aligns, s->header_row);
    return true;
}

/* The caption stands before the table, as a paragraph. */
static void write_caption(conv *v, const node *caption)
{
    okb_str text = node_text(v->arena, caption);
    ((node *)caption)->dropped = true;
    if (!text.len)
        return;
    conv_text(v, text);
    conv_boundary(v);
}

bool enter_table(conv *v, node *n)
{
    conv_boundary(v);
    if (v->cell || v->heading)
        return true;
    shape s = study(n);
    if (s.caption && s.rows)
        write_caption(v, s.caption);
    return lays_out(n, &s) || begin_pipe_table(v, n, &s);
}

void leave_table(conv *v, node *n)
{
    if (n->mark == MARK_TABLE) {
        okb_md_table_end(v->md);
        v->table = (table_state){0};
        v->leaf = false;
    }
    conv_boundary(v);
}

bool enter_row(conv *v, node *n)
{
    conv_boundary(v);
    if (n->mark != MARK_ROW)
        return true;
    okb_md_row_begin(v->md);
    v->table.column = 0;
    return true;
}

static void empty_cell(conv *v)
{
    okb_md_cell_begin(v->md);
    okb_md_cell_end(v->md);
    v->table.column++;
}

/* Cells of rows above that reach into this one. */
static void write_carried(conv *v)
{
    table_state *t = &v->table;
    while (t->column < t->columns && t->carry[t->column]) {
        t->carry[t->column]--;
        if (t->fillers_left == 0)
            return;
        t->fillers_left--;
        empty_cell(v);
    }
}

void leave_row(conv *v, node *n)
{
    conv_boundary(v);
    if (n->mark != MARK_ROW)
        return;
    write_carried(v);
    okb_md_row_end(v->md);
    v->boundary = false;
}

bool enter_cell(conv *v, node *n)
{
    if (is_gutter(n))
        return false;
    if (n->mark != MARK_CELL) {
        bool same_line = v->cell && n->prev;
        if (!same_line)
            conv_boundary(v);
        else
            conv_text(v, OKB_STR(" "));
        return true;
    }
    write_carried(v);
    table_state *t = &v->table;
    size_t down = span_of(n, ATTR_ROWSPAN), across = span_of(n, ATTR_COLSPAN);
    for (size_t i = 0; i < across && t->column + i < t->columns; i++)
        t->carry[t->column + i] = (uint16_t)(down - 1);
    okb_md_cell_begin(v->md);
    v->cell++;
    v->leaf = v->boundary = false;
    v->breaks = 0;
    return true;
}

void leave_cell(conv *v, node *n)
{
    if (n->mark != MARK_CELL) {
        if (!v->cell)
            conv_boundary(v);
        return;
    }
    flush_code(v);
    okb_md_cell_end(v->md);
    v->cell--;
    v->leaf = v->boundary = false;
    v->breaks = 0;
    table_state *t = &v->table;
    t->column++;
    for (size_t i = 1; i < span_of(n, ATTR_COLSPAN) && t->column < t->columns; i++) {
        if (t->fillers_left == 0)
            return;
        t->fillers_left--;
        empty_cell(v);
    }
}
