/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The labels of a figure are written only when it is not.
 *
 * A page's mark stands before the first block that begins on it. A mark ends the lists that are
 * open, so inside a list it waits for the next item of the outermost level; the page of a
 * nested item is told with that.
 */
#include "emit.h"

#include "figures.h"
#include "images.h"
#include "inline.h"
#include "targets.h"
#include "write-table.h"

#include <string.h>

enum { MAX_DEPTH = 16 };

typedef struct {
    bool ordered;
    bool item; /* an item is open */
    char kind;
    uint32_t next;
} open_list;

typedef struct {
    pdf_document *d;
    pdf_inline w;
    okb_md *md;
    pdf_image_store *images;
    uint32_t page; /* marks written */
    open_list lists[MAX_DEPTH];
    int depth;
} writer;

/* ---- Pages and lists --------------------------------------------------------------------- */

static void close_lists(writer *w, int depth)
{
    while (w->depth > depth) {
        w->depth--;
        if (w->lists[w->depth].item)
            okb_md_item_end(w->md);
        okb_md_list_end(w->md);
    }
}

static void turn_to_page(writer *w, uint32_t page)
{
    if (w->page < page)
        close_lists(w, 0);
    while (w->page < page) {
        const char *label = g_array_index(w->d->leaves, pdf_leaf, w->page).label;
        w->page++;
        okb_md_page(w->md, w->page, (okb_str){label, label ? strlen(label) : 0});
    }
}

static void open_list_for(writer *w, const pdf_block *b)
{
    bool ordered = b->marker != '-';
    okb_md_list list = {.ordered = ordered, .start = ordered ? b->number : 0};
    w->lists[w->depth++] =
        (open_list){.ordered = ordered, .kind = b->marker, .next = b->number};
    okb_md_list_begin(w->md, &list);
}

static void begin_item(writer *w, const pdf_block *b)
{
    int depth = MIN((int)b->level, w->depth);
    depth = MIN(depth, MAX_DEPTH - 1);
    close_lists(w, depth + 1);
    if (w->depth == depth + 1) {
        open_list *top = &w->lists[depth];
        if (top->item)
            okb_md_item_end(w->md);
        top->item = false;
        if (top->kind != b->marker || (top->ordered && top->next != b->number))
            close_lists(w, depth);
    }
    if (w->depth == depth)
        open_list_for(w, b);
    open_list *top = &w->lists[depth];
    top->item = true;
    top->next = b->number + 1;
    okb_md_item_begin(w->md, OKB_MD_NO_TASK);
}

/* ---- Blocks ------------------------------------------------------------------------------ */

static void write_text(writer *w, const pdf_block *b)
{
    w->w.plain_bold = false;
    w->w.plain = false;
    okb_md_paragraph_begin(w->md);
    pdf_inline_write(&w->w, &b->text);
    okb_md_paragraph_end(w->md);
}

static void write_heading(writer *w, const pdf_block *b)
{
    w->w.plain_bold = true;
    okb_md_heading_begin(w->md, b->level);
    pdf_inline_write(&w->w, &b->text);
    okb_md_heading_end(w->md);
}

static void write_code(writer *w, const pdf_block *b)
{
    okb_md_code_block(w->md, (okb_str){NULL, 0}, (okb_str){b->text.bytes, b->text.len});
}

static void write_note(writer *w, const pdf_block *b)
{
    const char *label = g_ptr_array_index(w->d->notes, b->number);
    okb_md_footnote_begin(w->md, (okb_str){label, strlen(label)});
    write_text(w, b);
    okb_md_footnote_end(w->md);
}

static void write_item(writer *w, const pdf_block *b)
{
    begin_item(w, b);
    write_text(w, b);
}

static void write_picture(writer *w, const pdf_block *b)
{
    okb_asset_id asset = pdf_image_store_get(w->images, b);
    g_autofree char *alt = b->text.len ? pdf_inline_plain(&w->w, &b->text) : NULL;
    if (!asset)
        return;
    okb_md_paragraph_begin(w->md);
    okb_md_image_asset(w->md, asset, (okb_str){alt, alt ? strlen(alt) : 0}, (okb_str){NULL, 0});
    okb_md_paragraph_end(w->md);
}

static void write_table(writer *w, const pdf_block *b)
{
    pdf_write_table(&w->w, b->table);
}

static void (*const WRITERS[])(writer *, const pdf_block *) = {
    [BLOCK_TEXT] = write_text,   [BLOCK_ITEM] = write_item,
    [BLOCK_CODE] = write_code,   [BLOCK_HEADING] = write_heading,
    [BLOCK_NOTE] = write_note,   [BLOCK_CAPTION] = write_text,
    [BLOCK_TABLE] = write_table, [BLOCK_PICTURE] = write_picture,
    [BLOCK_DROPPED] = NULL,
};

static void write_block(writer *w, const pdf_block *b)
{
    bool nested = b->kind == BLOCK_ITEM ? b->level > 0 : b->continued;
    if (!WRITERS[b->kind])
        return;
    if (!(nested && w->depth > 0))
        turn_to_page(w, b->page);
    if (b->kind != BLOCK_ITEM)
        close_lists(w, b->continued ? b->level + 1 : 0);
    WRITERS[b->kind](w, b);
}

static void settle_label(writer *w, pdf_block *b)
{
    if (b->kind == BLOCK_DROPPED && b->figure && !pdf_image_store_figure(w->images, b->figure))
        pdf_figure_restore(b);
}

okb_status pdf_emit(pdf_document *d)
{
    writer w = {.d = d, .md = okb_md_new_for_host(d->host, d->job)};
    if (!w.md)
        return OKB_E_NOMEM;
    w.w = (pdf_inline){.md = w.md,
                       .styles = d->styles,
                       .notes = d->notes,
                       .words = pdf_vocabulary_new(d->blocks)};
    w.images = pdf_image_store_new(d);
    pdf_targets_resolve(d, &w.w);
    pdf_contents_forget(d->contents);
    for (guint i = 0; i < d->blocks->len; i++) {
        settle_label(&w, BLOCK(d->blocks, i));
        write_block(&w, BLOCK(d->blocks, i));
        if (okb_md_status(w.md) != OKB_OK)
            break;
    }
    turn_to_page(&w, d->n_pages);
    close_lists(&w, 0);
    okb_status status = okb_md_finish(w.md);
    okb_md_free(w.md);
    pdf_image_store_free(w.images);
    pdf_vocabulary_free((pdf_vocabulary *)w.w.words);
    return status;
}
