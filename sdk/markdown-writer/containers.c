/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Lists, items, quotes and footnotes: a stack of boxes and the prefix they give to every line.
 *
 * Invariants: `first` and `rest` are equal but for the markers of items whose first line is not
 * yet written. Boxes beyond max_depth are flat and lie above all others. A blank line between
 * blocks is only noted (`blank_due`) and written with the line after it, when it is known what
 * that line is.
 */
#include "writer.h"

#include <stdio.h>
#include <string.h>

#define MAX_NUMBER 999999999u
#define BIT(kind)  (1u << (kind))

/* In a tight item: the blocks after which one of this kind needs no blank line. */
static const uint16_t follows_closely[] = {
    [BLOCK_PARAGRAPH] = BIT(BLOCK_HEADING) | BIT(BLOCK_CODE) | BIT(BLOCK_RULE),
    [BLOCK_HEADING] = (uint16_t)~BIT(BLOCK_HTML),
    [BLOCK_CODE] = (uint16_t)~BIT(BLOCK_HTML),
    [BLOCK_RULE] = (uint16_t)~BIT(BLOCK_HTML),
    [BLOCK_HTML] = BIT(BLOCK_HEADING) | BIT(BLOCK_CODE) | BIT(BLOCK_RULE),
    [BLOCK_TABLE] = BIT(BLOCK_HEADING) | BIT(BLOCK_CODE) | BIT(BLOCK_RULE),
    [BLOCK_QUOTE] = (uint16_t) ~(BIT(BLOCK_HTML) | BIT(BLOCK_QUOTE)),
    [BLOCK_LIST] = (uint16_t) ~(BIT(BLOCK_HTML) | BIT(BLOCK_QUOTE)),
    [BLOCK_NOTE] = 0,
};

box *okb_md_inner_box(okb_md *md)
{
    return &md->boxes[md->n_deep - 1];
}

static bool is_tight(const okb_md *md)
{
    return md->boxes[md->n_deep - 1].kind == BOX_ITEM && !md->boxes[md->n_deep - 2].loose;
}

static void want_blank(okb_md *md)
{
    if (md->blank_due)
        return;
    md->blank_due = true;
    md->blank_len = md->rest.len;
}

/* Note that a child of this kind comes next in the innermost box. */
static void separate(okb_md *md, block_kind kind)
{
    box *parent = okb_md_inner_box(md);
    bool close = is_tight(md) && (follows_closely[kind] & BIT(parent->last));
    if (parent->last != BLOCK_NONE && !close)
        want_blank(md);
    parent->last = kind;
}

static size_t without_blanks(const char *s, size_t len)
{
    while (len && s[len - 1] == ' ')
        len--;
    return len;
}

void okb_md_start_line(okb_md *md)
{
    if (md->blank_due) {
        okb_md_put(md, md->rest.data, without_blanks(md->rest.data, md->blank_len));
        okb_md_put(md, "\n", 1);
        md->blank_due = false;
    }
    okb_md_put(md, md->first.data, md->first.len);
    if (md->first.len == md->rest.len && !okb_md_inner_box(md)->empty)
        return;
    for (size_t i = md->n_deep;
         i-- > 1 && (md->boxes[i].empty || md->boxes[i].kind == BOX_LIST);)
        md->boxes[i].empty = false;
    md->first.len = 0;
    if (!bytes_append(&md->first, md->rest.data, md->rest.len))
        okb_md_latch(md, OKB_E_NOMEM);
}

/* ---- Boxes ------------------------------------------------------------------------------- */

static box *push(okb_md *md, box_kind kind, bool flat)
{
    if (!array_reserve(&md->boxes, md->n_boxes, &md->cap_boxes, sizeof *md->boxes)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return NULL;
    }
    box *b = &md->boxes[md->n_boxes++];
    *b = (box){.kind = kind, .flat = flat, .outer_prefix = md->rest.len};
    if (!flat)
        md->n_deep = md->n_boxes;
    return b;
}

static bool add_prefix(okb_md *md, const char *first, size_t first_len, const char *rest,
                       size_t rest_len)
{
    md->depth++;
    if (bytes_append(&md->first, first, first_len) && bytes_append(&md->rest, rest, rest_len))
        return true;
    okb_md_latch(md, OKB_E_NOMEM);
    return false;
}

/* The markers of an item or quote that held nothing still have to be seen. */
static void write_empty(okb_md *md)
{
    box *b = okb_md_inner_box(md);
    if (b->kind == BOX_ITEM && b->task != OKB_MD_NO_TASK) {
        okb_md_put_task(md, b);
        okb_md_put(md, "\n", 1);
        return;
    }
    const box *list = b - 1;
    bool at_paragraph =
        b->kind == BOX_ITEM && list->items == 1 && list->before == BLOCK_PARAGRAPH;
    if (at_paragraph && !md->blank_due) { /* "text\n-" would be a heading */
        md->blank_due = true;
        md->blank_len = list->outer_prefix;
    }
    md->first.len = without_blanks(md->first.data, md->first.len);
    okb_md_start_line(md);
    okb_md_put(md, "\n", 1);
}

static void pop(okb_md *md)
{
    box *b = &md->boxes[md->n_boxes - 1];
    if (!b->flat) {
        if (b->empty && b->kind != BOX_LIST)
            write_empty(md);
        b = &md->boxes[md->n_boxes - 1];
        md->rest.len = b->outer_prefix;
        if (md->first.len > md->rest.len)
            md->first.len = md->rest.len;
        md->depth -= b->kind != BOX_LIST;
        md->n_deep = md->n_boxes - 1;
    }
    md->n_boxes--;
}

void okb_md_close_boxes(okb_md *md, size_t keep)
{
    while (md->n_boxes > keep)
        pop(md);
}

/* Close the innermost box of this kind, if there is one, and all within. */
static void end_box(okb_md *md, box_kind kind)
{
    if (!okb_md_ok(md))
        return;
    size_t i = md->n_boxes;
    while (i > 1 && md->boxes[i - 1].kind != kind)
        i--;
    if (i <= 1)
        return;
    okb_md_table_end(md);
    okb_md_close_leaf(md);
    okb_md_close_boxes(md, i - 1);
}

/* What is open becomes ready for a block or container: no leaf, no list without an item. */
static void ready(okb_md *md)
{
    okb_md_table_end(md);
    okb_md_close_leaf(md);
    if (md->boxes[md->n_boxes - 1].kind == BOX_LIST)
        okb_md_item_begin(md, OKB_MD_NO_TASK);
}

void okb_md_open_block(okb_md *md, block_kind kind)
{
    if (!okb_md_ok(md))
        return;
    if (kind != BLOCK_TABLE)
        ready(md);
    box *b = okb_md_inner_box(md);
    if (b->kind == BOX_ITEM && b->task != OKB_MD_NO_TASK && kind != BLOCK_PARAGRAPH) {
        separate(md, BLOCK_PARAGRAPH);
        okb_md_put_task(md, b);
        okb_md_put(md, "\n", 1);
    }
    separate(md, kind);
}

/* The mark of a page ends what indentation continued; quotes go on. */
void okb_md_forget_items(okb_md *md)
{
    md->rest.len = 0;
    md->blank_due = false;
    for (size_t i = 0; i < md->n_boxes; i++) {
        box *b = &md->boxes[i];
        b->outer_prefix = md->rest.len;
        b->last = BLOCK_NONE;
        b->empty = false;
        if (b->kind == BOX_QUOTE && !b->flat && !bytes_append(&md->rest, "> ", 2))
            okb_md_latch(md, OKB_E_NOMEM);
    }
    md->first.len = 0;
    if (!bytes_append(&md->first, md->rest.data, md->rest.len))
        okb_md_latch(md, OKB_E_NOMEM);
}

/* ---- The calls --------------------------------------------------------------------------- */

void okb_md_quote_begin(okb_md *md)
{
    if (!okb_md_ok(md))
        return;
    ready(md);
    bool flat = md->depth >= md->max_depth;
    if (!flat)
        okb_md_open_block(md, BLOCK_QUOTE);
    box *b = push(md, BOX_QUOTE, flat);
    if (b && !flat) {
        b->empty = true;
        add_prefix(md, "> ", 2, "> ", 2);
    }
}

void okb_md_quote_end(okb_md *md)
{
    end_box(md, BOX_QUOTE);
}

static char choose_marker(const box *parent, const okb_md_list *list)
{
    char usual = list->ordered ? '.' : '-', other = list->ordered ? ')' : '*';
    return parent->last == BLOCK_LIST && parent->last_marker == usual ? other : usual;
}

void okb_md_list_begin(okb_md *md, const okb_md_list *list)
{
    if (!okb_md_ok(md))
        return;
    ready(md);
    bool flat = md->depth >= md->max_depth;
    box *parent = okb_md_inner_box(md);
    block_kind before = parent->last;
    char marker = choose_marker(parent, list);
    if (!flat) {
        /* Only a list that begins with 1 may interrupt a paragraph. */
        if (list->ordered && list->start != 1 && before == BLOCK_PARAGRAPH)
            want_blank(md);
        okb_md_open_block(md, BLOCK_LIST);
        okb_md_inner_box(md)->last_marker = marker;
    }
    box *b = push(md, BOX_LIST, flat);
    if (!b)
        return;
    b->ordered = list->ordered;
    b->loose = list->loose;
    b->marker = marker;
    b->before = before;
    b->number = list->start < MAX_NUMBER ? list->start : MAX_NUMBER;
}

void okb_md_list_end(okb_md *md)
{
    end_box(md, BOX_LIST);
}

/* The innermost list is to take an item: close what is open within it. */
static box *list_for_item(okb_md *md)
{
    size_t i = md->n_boxes;
    while (i > 1 && md->boxes[i - 1].kind != BOX_LIST)
        i--;
    if (i <= 1)
        return NULL;
    okb_md_close_boxes(md, i);
    return &md->boxes[i - 1];
}

void okb_md_item_begin(okb_md *md, okb_md_task task)
{
    static const char spaces[] = "               ";
    if (!okb_md_ok(md))
        return;
    okb_md_table_end(md);
    okb_md_close_leaf(md);
    box *list = list_for_item(md);
    if (!list)
        return;
    if (list->items++ && list->loose && !list->flat)
        want_blank(md);
    char text[16];
    int width = list->ordered ? snprintf(text, sizeof text, "%u%c ", list->number, list->marker)
                              : snprintf(text, sizeof text, "%c ", list->marker);
    if (list->number < MAX_NUMBER)
        list->number++;
    bool flat = list->flat;
    box *b = push(md, BOX_ITEM, flat);
    if (!b || flat)
        return;
    b->empty = true;
    b->task = task;
    add_prefix(md, text, (size_t)width, spaces, (size_t)width);
}

void okb_md_item_end(okb_md *md)
{
    end_box(md, BOX_ITEM);
}

static size_t clean_label(char *to, size_t cap, okb_str label)
{
    size_t n = 0;
    for (size_t i = 0; i < label.len && n < cap; i++) {
        unsigned char c = (unsigned char)label.data[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                    (c >= 'a' && c <= 'z') || c == '-' || c == '_';
        to[n++] = fine ? (char)c : '-';
    }
    return n;
}

void okb_md_footnote_begin(okb_md *md, okb_str label)
{
    if (!okb_md_ok(md))
        return;
    ready(md);
    bool flat = md->depth >= md->max_depth;
    if (!flat)
        okb_md_open_block(md, BLOCK_NOTE);
    box *b = push(md, BOX_NOTE, flat);
    if (!b || flat)
        return;
    char text[80] = "[^";
    size_t n = 2 + clean_label(text + 2, 64, label);
    memcpy(text + n, "]: ", 3);
    b->empty = true;
    add_prefix(md, text, n + 3, "    ", 4);
}

void okb_md_footnote_end(okb_md *md)
{
    end_box(md, BOX_NOTE);
}
