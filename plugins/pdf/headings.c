/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A heading is short, stands apart and is set larger or heavier than running text. Levels
 * follow the ranks of the styles that headings have, so they are the same over the whole
 * document.
 */
#include "structure.h"

#include "lists.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 240, MAX_RANKS = 6 };

typedef struct {
    float size;
    bool bold;
    uint32_t uses;
} rank;

/* ---- Is it one? -------------------------------------------------------------------------- */

static bool has_letters(const pdf_text *t)
{
    for (const char *p = t->bytes; p < t->bytes + t->len; p = g_utf8_next_char(p))
        if (g_unichar_isalpha(g_utf8_get_char(p)))
            return true;
    return false;
}

static bool ends_sentence(const pdf_text *t)
{
    char last = t->len ? t->bytes[t->len - 1] : 0;
    return last == '.' || last == ',' || last == ';';
}

/* What follows on the same page is text under it. */
static bool heads_something(const pdf_document *d, guint i)
{
    for (guint k = i + 1; k < d->blocks->len; k++)
        if (BLOCK(d->blocks, k)->kind != BLOCK_DROPPED)
            return true;
    return false;
}

static bool all_capitals(const pdf_text *t)
{
    guint upper = 0;
    for (const char *p = t->bytes; p < t->bytes + t->len; p = g_utf8_next_char(p)) {
        if (g_unichar_islower(g_utf8_get_char(p)))
            return false;
        upper += g_unichar_isupper(g_utf8_get_char(p)) != 0;
    }
    return upper >= 4;
}

/* "II. METHODS", "A. Data": one line in capitals or italics, text below. */
static bool is_numbered_title(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    if (b->lines > 2 || b->text.len > 90 || ends_sentence(&b->text) ||
        !(all_capitals(&b->text) || b->italic))
        return false;
    for (guint k = i + 1; k < d->blocks->len; k++) {
        const pdf_block *next = BLOCK(d->blocks, k);
        if (next->kind != BLOCK_DROPPED)
            return next->kind == BLOCK_TEXT || next->marker != b->marker;
    }
    return false;
}

static bool is_heading(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    bool numbered = b->kind == BLOCK_ITEM && b->marker != '-' &&
                    (b->bold || b->size > d->body_size * 1.1F || is_numbered_title(d, i));
    if ((b->kind != BLOCK_TEXT && !numbered) || b->lines > 4 || b->text.len > LONGEST ||
        !has_letters(&b->text) || b->continued)
        return false;
    if (numbered && is_numbered_title(d, i))
        return true;
    float ratio = b->size / d->body_size;
    bool body_bold = STYLE(d->styles, d->body)->bold;
    if (ratio >= 1.15F && (b->bold || ratio >= 1.25F || !ends_sentence(&b->text)))
        return heads_something(d, i) || b->page == 1;
    if (ratio >= 1.05F && b->bold)
        return !ends_sentence(&b->text);
    if (b->bold && !body_bold && !b->mono && ratio >= 0.95F)
        return b->lines <= 2 && !ends_sentence(&b->text) && heads_something(d, i) &&
               b->text.bytes[b->text.len - 1] != ':' && b->gap_above > 0.3F * b->size;
    return false;
}

/* ---- Levels ------------------------------------------------------------------------------ */

static int by_weight(const void *a, const void *b)
{
    const rank *p = a, *q = b;
    if (fabsf(p->size - q->size) > 0.3F)
        return p->size > q->size ? -1 : 1;
    return (int)q->bold - (int)p->bold;
}

static guint rank_of(GArray *ranks, const pdf_block *b)
{
    for (guint i = 0; i < ranks->len; i++) {
        rank *r = &g_array_index(ranks, rank, i);
        if (fabsf(r->size - b->size) <= 0.3F && r->bold == b->bold)
            return i;
    }
    rank r = {b->size, b->bold, 0};
    g_array_append_val(ranks, r);
    return ranks->len - 1;
}

void pdf_headings_find(pdf_document *d)
{
    g_autoptr(GArray) ranks = g_array_new(FALSE, FALSE, sizeof(rank));
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (!is_heading(d, i))
            continue;
        if (b->kind == BLOCK_ITEM)
            pdf_item_to_text(b);
        b->kind = BLOCK_HEADING;
        rank_of(ranks, b);
    }
    if (ranks->len)
        qsort(ranks->data, ranks->len, sizeof(rank), by_weight);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_HEADING)
            b->level = (uint8_t)MIN(rank_of(ranks, b) + 1, MAX_RANKS);
    }
}
