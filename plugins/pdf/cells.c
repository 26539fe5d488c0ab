/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From each block of the page up to its cell and table; then the rows and cells of each such
 * table are read once, from the table down. Spans are placed as in HTML.
 */
#include "cells.h"

#include <string.h>

enum { MOST_TAGS = 4000, MOST_TABLES = 20, MOST_CELLS = 1000, MOST_COLUMNS = 40 };
enum { MAX_PARENTS = 8, MAX_SPAN = 100, MAX_ATTRIBUTES = 8 };

typedef struct {
    pdf_file *file;
    pdf_page *page;
    GHashTable *numbers;       /* object number of a cell -> cell, from 1 */
    int table;                 /* that is being read */
    guint row, column;         /* where the next cell comes, unless one from above is there */
    guint kids;                /* read of it so far */
    guint below[MOST_COLUMNS]; /* the row below the cell that reaches down this column */
} reader;

static pdf_value get(const reader *r, pdf_value element, const char *key)
{
    return pdf_file_key(r->file, element, key);
}

static bool is_a(const reader *r, pdf_value element, const char *type)
{
    return pdf_value_is_name(get(r, element, "/S"), type);
}

static bool is_cell(const reader *r, pdf_value element)
{
    return is_a(r, element, "/TD") || is_a(r, element, "/TH");
}

/* The nearest one, from `element` up, that is a cell or else a table; 0 when there is none. */
static int climb(const reader *r, pdf_value *element, bool cell)
{
    for (int i = 0; i < MAX_PARENTS && pdf_value_is_dictionary(*element); i++) {
        if (cell ? is_cell(r, *element) : is_a(r, *element, "/Table"))
            return element->object;
        *element = get(r, *element, "/P");
    }
    return 0;
}

/* ---- From a table down ------------------------------------------------------------------- */

static guint span_in(const reader *r, pdf_value attributes, const char *key)
{
    gint64 n = 1;
    if (pdf_value_is_dictionary(attributes))
        pdf_value_integer(get(r, attributes, key), &n);
    return (guint)CLAMP(n, 1, MAX_SPAN);
}

/* Attributes are a dictionary, or an array of them. */
static guint span_of(const reader *r, pdf_value cell, const char *key)
{
    pdf_value a = get(r, cell, "/A"), item;
    guint span = span_in(r, a, key);
    pdf_values items = pdf_value_items(a);
    for (int i = 0; i < MAX_ATTRIBUTES && pdf_file_next(r->file, &items, &item); i++)
        span = MAX(span, span_in(r, item, key));
    return span;
}

static void read_cell(reader *r, pdf_value element)
{
    pdf_tagged_cell c = {.table = r->table,
                         .rows = (uint16_t)span_of(r, element, "/RowSpan"),
                         .columns = (uint16_t)span_of(r, element, "/ColSpan"),
                         .header = is_a(r, element, "/TH")};
    while (r->column < MOST_COLUMNS && r->below[r->column] > r->row)
        r->column++;
    c.row = (uint16_t)r->row;
    c.column = (uint16_t)r->column;
    for (guint k = 0; k < c.columns && r->column < MOST_COLUMNS; k++)
        r->below[r->column++] = r->row + c.rows;
    g_array_append_val(r->page->cells, c);
    if (element.object)
        g_hash_table_insert(r->numbers, GINT_TO_POINTER(element.object),
                            GUINT_TO_POINTER(r->page->cells->len));
}

typedef void (*read_fn)(reader *r, pdf_value element);

/* The elements right within one, until there are too many. */
static void each_kid(reader *r, pdf_value element, read_fn read)
{
    pdf_value kids = get(r, element, "/K"), kid;
    pdf_values items = pdf_value_items(kids);
    if (pdf_value_is_dictionary(kids))
        read(r, kids);
    for (; r->kids < MOST_CELLS && pdf_file_next(r->file, &items, &kid); r->kids++)
        if (pdf_value_is_dictionary(kid))
            read(r, kid);
}

static void read_row_part(reader *r, pdf_value element)
{
    if (is_cell(r, element))
        read_cell(r, element);
}

static void read_row(reader *r, pdf_value element)
{
    if (!is_a(r, element, "/TR"))
        return;
    r->column = 0;
    each_kid(r, element, read_row_part);
    r->row++;
}

static void read_table_part(reader *r, pdf_value element)
{
    if (is_a(r, element, "/TR"))
        read_row(r, element);
    else if (is_a(r, element, "/THead") || is_a(r, element, "/TBody") ||
             is_a(r, element, "/TFoot"))
        each_kid(r, element, read_row);
}

/* A table that is not read to its end is none. */
static void read_table(reader *r, pdf_value element, int object)
{
    guint before = r->page->cells->len;
    r->table = object;
    r->row = r->column = r->kids = 0;
    memset(r->below, 0, sizeof r->below);
    each_kid(r, element, read_table_part);
    if (r->kids >= MOST_CELLS)
        for (guint i = before; i < r->page->cells->len; i++)
            g_array_index(r->page->cells, pdf_tagged_cell, i).table = 0;
}

/* ---- From the page up -------------------------------------------------------------------- */

static uint16_t cell_of(reader *r, GHashTable *tables, int object)
{
    pdf_value element = pdf_file_object(r->file, object);
    int cell = climb(r, &element, true);
    int table = cell ? climb(r, &element, false) : 0;
    if (!table)
        return 0;
    if (!g_hash_table_contains(tables, GINT_TO_POINTER(table))) {
        if (g_hash_table_size(tables) >= MOST_TABLES)
            return 0;
        g_hash_table_add(tables, GINT_TO_POINTER(table));
        read_table(r, element, table);
    }
    return (uint16_t)GPOINTER_TO_UINT(g_hash_table_lookup(r->numbers, GINT_TO_POINTER(cell)));
}

void pdf_cells_read(pdf_file *file, pdf_page *page)
{
    if (page->tags->len > MOST_TAGS)
        return;
    g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) tables = g_hash_table_new(NULL, NULL);
    reader r = {.file = file, .page = page, .numbers = numbers};
    for (guint i = 0; i < page->tags->len; i++) {
        pdf_tag *tag = &g_array_index(page->tags, pdf_tag, i);
        tag->cell = tag->element ? cell_of(&r, tables, tag->element) : 0;
    }
}
