/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A paragraph that the end of a column or page cut in two becomes one again, and stays with the
 * page where it began.
 */
#include "structure.h"

#include "text.h"
#include "unicode.h"

#include <math.h>
#include <string.h>

static bool ends_open(const pdf_block *b)
{
    const char *end = b->text.bytes + b->text.len;
    const char *last = g_utf8_find_prev_char(b->text.bytes, end);
    if (!last)
        return false;
    gunichar c = g_utf8_get_char(last);
    return !(c == '.' || c == '!' || c == '?' || c == ':' || c == 0x3002 || c == 0xFF01 ||
             c == 0xFF1F);
}

static bool ends_with_hyphen(const pdf_block *b)
{
    bool soft;
    return b->text.len > 3 && pdf_unicode_hyphen(b->text.bytes, b->text.len, &soft) > 0;
}

static bool begins_lower(const pdf_block *b)
{
    const char *p = b->text.bytes, *end = p + b->text.len;
    while (p < end && (*p == '(' || *p == '"' || *p == '\''))
        p++;
    return p < end && g_unichar_islower(g_utf8_get_char(p));
}

static bool goes_on(const pdf_document *d, const pdf_block *a, const pdf_block *b)
{
    if (a->closed || b->kind != BLOCK_TEXT || (a->kind != BLOCK_TEXT && a->kind != BLOCK_ITEM))
        return false;
    if (fabsf(a->size - b->size) > 0.06F * d->body_size || a->bold != b->bold)
        return false;
    if (ends_with_hyphen(a))
        return begins_lower(b);
    return ends_open(a) && begins_lower(b);
}

static bool same_code(const pdf_block *a, const pdf_block *b)
{
    return a->kind == BLOCK_CODE && b->kind == BLOCK_CODE && fabsf(a->size - b->size) < 0.6F &&
           a->page != b->page;
}

static void append(pdf_block *a, pdf_block *b)
{
    pdf_text_builder t;
    pdf_text_begin(&t);
    pdf_text_join(&t, &a->text);
    pdf_text_bytes(&t, "\n", 1);
    pdf_text_join(&t, &b->text);
    pdf_text_clear(&a->text);
    pdf_text_clear(&b->text);
    a->text = pdf_text_end(&t);
    a->lines += b->lines;
    a->closed = b->closed;
    a->last_in_flow = b->last_in_flow;
    b->kind = BLOCK_DROPPED;
}

/* ---- Tables ------------------------------------------------------------------------------ */

#define CELL(t, i) (&g_array_index((t)->cells, pdf_cell, i))

static bool same_header(const pdf_table *a, const pdf_table *b)
{
    for (guint i = 0; i < a->columns; i++) {
        if (i >= a->cells->len || i >= b->cells->len)
            return false;
        const pdf_cell *p = CELL(a, i), *q = CELL(b, i);
        if (p->row || q->row || p->columns != q->columns || p->text.len != q->text.len ||
            memcmp(p->text.bytes ? p->text.bytes : "", q->text.bytes ? q->text.bytes : "",
                   p->text.len) != 0)
            return false;
    }
    return true;
}

static bool bold_header(const pdf_table *t)
{
    for (guint i = 0; i < t->cells->len && CELL(t, i)->row == 0; i++)
        if (CELL(t, i)->text.len && !CELL(t, i)->bold)
            return false;
    return true;
}

static bool same_edges(const pdf_table *a, const pdf_table *b)
{
    for (guint i = 1; i <= a->columns; i++)
        if (fabsf((a->edges[i] - a->edges[0]) - (b->edges[i] - b->edges[0])) > 4)
            return false;
    return true;
}

/* Append the rows of `b` but the first `skip`. */
static void append_rows(pdf_table *a, pdf_table *b, guint skip)
{
    for (guint i = 0; i < b->cells->len; i++) {
        pdf_cell cell = *CELL(b, i);
        if (cell.row < skip)
            continue;
        cell.row = (uint16_t)(cell.row - skip + a->rows);
        CELL(b, i)->text = (pdf_text){0};
        g_array_append_val(a->cells, cell);
    }
    a->rows = (uint16_t)(a->rows + b->rows - skip);
}

static bool continues_table(const pdf_block *a, const pdf_block *b)
{
    bool elsewhere = a->page != b->page || b->box.y0 < a->box.y0;
    if (!elsewhere || a->table->columns != b->table->columns || b->page > a->page + 1 ||
        a->table->rows + b->table->rows > 60000)
        return false;
    if (same_header(a->table, b->table))
        return true;
    return same_edges(a->table, b->table) && bold_header(a->table) && !bold_header(b->table);
}

static void join_tables(pdf_document *d)
{
    pdf_block *open = NULL;
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED)
            continue;
        if (b->kind == BLOCK_TABLE && open && continues_table(open, b)) {
            append_rows(open->table, b->table, same_header(open->table, b->table) ? 1 : 0);
            open->page = b->page;
            open->box = b->box;
            b->kind = BLOCK_DROPPED;
            continue;
        }
        open = b->kind == BLOCK_TABLE ? b : NULL;
    }
}

void pdf_join_paragraphs(pdf_document *d)
{
    pdf_block *open = NULL;
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED || b->kind == BLOCK_PICTURE || b->turned)
            continue;
        if (open && b->first_in_flow && (goes_on(d, open, b) || same_code(open, b))) {
            append(open, b);
            if (!open->last_in_flow)
                open = NULL;
            continue;
        }
        open = b->last_in_flow &&
                       (b->kind == BLOCK_TEXT || b->kind == BLOCK_ITEM || b->kind == BLOCK_CODE)
                   ? b
                   : NULL;
    }
    join_tables(d);
}
