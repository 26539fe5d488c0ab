/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Slides: pages wider than high with little text on each. The topmost text of a slide is its
 * title where nothing on the slide is larger, and where many slides have theirs in that style:
 * a third if it is larger or heavier than running text, else half, and all at one height. A
 * full stop at its end does not matter.
 */
#include "structure.h"

#include <math.h>

enum { LEAST_SLIDES = 3, MOST_LETTERS = 1500, LONGEST_TITLE = 140 };

/* ---- Are they slides? -------------------------------------------------------------------- */

bool pdf_slides_are(const pdf_document *d)
{
    guint wide = 0;
    guint64 letters = 0;
    for (guint i = 0; i < d->leaves->len; i++) {
        const pdf_leaf *leaf = &g_array_index(d->leaves, pdf_leaf, i);
        wide += leaf->width > 1.15F * leaf->height;
    }
    for (guint i = 0; i < d->blocks->len; i++)
        letters += BLOCK(d->blocks, i)->text.len;
    return wide >= LEAST_SLIDES && wide * 10 >= d->leaves->len * 8 &&
           letters < (guint64)d->leaves->len * MOST_LETTERS;
}

/* ---- Titles ------------------------------------------------------------------------------ */

static bool is_shown(const pdf_block *b)
{
    return b->kind != BLOCK_DROPPED && b->kind != BLOCK_PICTURE && !b->turned && !b->panel;
}

/* The topmost of blocks [first, end), which are a page's. */
static pdf_block *topmost(const pdf_document *d, guint first, guint end)
{
    pdf_block *top = NULL;
    for (guint i = first; i < end; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (is_shown(b) && b->size >= 0.8F * d->body_size && (!top || b->box.y0 < top->box.y0))
            top = b;
    }
    return top;
}

/* Larger or heavier than running text. */
static bool stands_out(const pdf_document *d, const pdf_block *b)
{
    return b->size >= 1.08F * d->body_size ||
           (b->bold && !STYLE(d->styles, d->body)->bold && b->size >= 0.95F * d->body_size);
}

/* Something follows, and nothing on the page is larger. */
static bool is_title(const pdf_document *d, const pdf_block *b, guint first, guint end)
{
    float height = g_array_index(d->leaves, pdf_leaf, b->page - 1).height;
    bool followed = false;
    if (b->kind != BLOCK_TEXT || b->display || b->lines > 2 || !b->text.len ||
        b->text.len > LONGEST_TITLE || b->box.y0 > 0.3F * height ||
        b->size < 0.95F * d->body_size)
        return false;
    for (guint i = first; i < end; i++) {
        const pdf_block *other = BLOCK(d->blocks, i);
        if (is_shown(other) && other->size > b->size + 0.3F)
            return false;
        followed |= other != b && other->kind != BLOCK_DROPPED;
    }
    return followed;
}

static bool alike(const pdf_document *d, const pdf_block *a, const pdf_block *b)
{
    return fabsf(a->size - b->size) <= 0.3F && a->bold == b->bold &&
           (stands_out(d, a) || fabsf(a->box.y0 - b->box.y0) < 0.4F * a->size);
}

/* A subtitle may stand close below some titles, not below all. */
static bool stands_apart(const pdf_document *d, const pdf_block *b)
{
    return stands_out(d, b) || b->gap_below >= 0.5F * b->size;
}

/* One of those that are most alike; NULL when too few are. */
static const pdf_block *usual(const pdf_document *d, const GPtrArray *titles)
{
    const pdf_block *best = NULL;
    guint most = 0;
    for (guint i = 0; i < titles->len && i < 200; i++) {
        guint n = 0;
        for (guint k = 0; k < titles->len; k++)
            n += stands_apart(d, titles->pdata[k]) &&
                 alike(d, titles->pdata[i], titles->pdata[k]);
        if (n > most)
            most = n, best = titles->pdata[i];
    }
    guint share = best && stands_out(d, best) ? 3 : 2;
    return most >= LEAST_SLIDES && most * share >= d->leaves->len ? best : NULL;
}

void pdf_slides_title(pdf_document *d)
{
    g_autoptr(GPtrArray) titles = g_ptr_array_new();
    if (!pdf_slides_are(d))
        return;
    for (guint i = 0, end; i < d->blocks->len; i = end) {
        for (end = i + 1;
             end < d->blocks->len && BLOCK(d->blocks, end)->page == BLOCK(d->blocks, i)->page;)
            end++;
        pdf_block *top = topmost(d, i, end);
        if (top && is_title(d, top, i, end))
            g_ptr_array_add(titles, top);
    }
    const pdf_block *style = usual(d, titles);
    for (guint i = 0; style && i < titles->len; i++) {
        pdf_block *b = titles->pdata[i];
        if (alike(d, b, style)) {
            b->kind = BLOCK_HEADING;
            b->title = true;
        }
    }
}
