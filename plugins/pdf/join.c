/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A paragraph that the end of a column or page cut in two becomes one again, and stays with the
 * page where it began.
 */
#include "structure.h"

#include "images.h"
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
    if (a->element && a->element == b->element && a->kind == BLOCK_TEXT &&
        b->kind == BLOCK_TEXT)
        return true;
    if (a->closed || a->display || b->display || b->kind != BLOCK_TEXT ||
        (a->kind != BLOCK_TEXT && a->kind != BLOCK_ITEM))
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
    pdf_text_append_line(&a->text, &b->text);
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

/* ---- Paragraphs -------------------------------------------------------------------------- */

/* What may stand between the halves of a paragraph: figures, tables, captions, footnotes. */
static bool floats(const pdf_document *d, const pdf_block *b)
{
    if (b->kind == BLOCK_DROPPED || b->kind == BLOCK_PICTURE || b->kind == BLOCK_TABLE ||
        b->kind == BLOCK_NOTE || b->turned)
        return true;
    return (b->kind == BLOCK_TEXT || b->kind == BLOCK_ITEM) &&
           (b->size < 0.94F * d->body_size || pdf_begins_caption(b));
}

/* In another column or on the next page. */
static bool elsewhere(const pdf_block *a, uint32_t page, pdf_rect box, const pdf_block *b)
{
    if (b->page != page)
        return b->page > a->page && b->page <= page + 2;
    return b->box.y0 < box.y0 && pdf_overlap(box.x0, box.x1, b->box.x0, b->box.x1) <= 0;
}

static bool is_running_text(const pdf_document *d, const pdf_block *b)
{
    return (b->kind == BLOCK_TEXT || b->kind == BLOCK_ITEM) && !b->turned && !b->contents &&
           fabsf(b->size - d->body_size) <= 0.06F * d->body_size && !pdf_begins_caption(b);
}

typedef struct {
    pdf_block *block; /* NULL: none is open */
    uint32_t page;    /* of its last piece */
    pdf_rect box;
    bool next_only; /* only what begins the next flow may go on */
} open_block;

static open_block open_at(const pdf_document *d, pdf_block *b)
{
    bool last = b->last_in_flow &&
                (b->kind == BLOCK_TEXT || b->kind == BLOCK_ITEM || b->kind == BLOCK_CODE);
    bool running = is_running_text(d, b);
    return (open_block){last || running ? b : NULL, b->page, b->box, !running};
}

static bool joins(const pdf_document *d, const open_block *o, const pdf_block *b)
{
    if (!o->block)
        return false;
    if (o->block->last_in_flow && b->first_in_flow && same_code(o->block, b))
        return true;
    if (!goes_on(d, o->block, b))
        return false;
    return o->next_only ? b->first_in_flow
                        : (o->block->last_in_flow && b->first_in_flow) ||
                              elsewhere(o->block, o->page, o->box, b);
}

void pdf_join_paragraphs(pdf_document *d)
{
    open_block open = {0};
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED || b->kind == BLOCK_PICTURE || b->turned)
            continue;
        if (joins(d, &open, b)) {
            open.page = b->page;
            open.box = b->box;
            append(open.block, b);
        } else if (!open.block || open.next_only || !floats(d, b)) {
            open = open_at(d, b);
        }
    }
    join_tables(d);
}
