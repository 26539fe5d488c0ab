/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A heading is short, stands apart and is set larger or heavier than running text. Levels
 * follow the ranks of the styles that headings have, so they are the same over the whole
 * document.
 */
#include "structure.h"

#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 240, MAX_RANKS = 6 };

typedef struct {
    float size;
    bool bold;
    uint32_t uses;
} rank;

/* ---- Is it one?
 * ----------------------------------------------------------------------------------------- */

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

static bool is_heading(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    bool numbered =
        b->kind == BLOCK_ITEM && b->marker != '-' && (b->bold || b->size > d->body_size * 1.1F);
    if ((b->kind != BLOCK_TEXT && !numbered) || b->lines > 4 || b->text.len > LONGEST ||
        !has_letters(&b->text) || b->continued)
        return false;
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

/* ---- Levels
 * ---------------------------------------------------------------------------------------------
 */

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

/* The number belongs to the heading's text. */
static void restore_number(pdf_block *b)
{
    char number[32];
    static const char *const romans[] = {"",   "I",   "II",   "III", "IV", "V",
                                         "VI", "VII", "VIII", "IX",  "X"};
    if (b->marker == '1')
        g_snprintf(number, sizeof number, "%u%c ", b->number, b->marker_close);
    else if ((b->marker == 'I' || b->marker == 'i') && b->number <= 10)
        g_snprintf(number, sizeof number, "%s%c ", romans[b->number], b->marker_close);
    else
        g_snprintf(number, sizeof number, "%c%c ",
                   (char)((b->marker == 'a' ? 'a' : 'A') + (b->number - 1) % 26),
                   b->marker_close);
    pdf_text_builder t;
    pdf_text_begin(&t);
    pdf_text_bytes(&t, number, strlen(number));
    pdf_text_join(&t, &b->text);
    pdf_text_clear(&b->text);
    b->text = pdf_text_end(&t);
}

void pdf_headings_find(pdf_document *d)
{
    g_autoptr(GArray) ranks = g_array_new(FALSE, FALSE, sizeof(rank));
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (!is_heading(d, i))
            continue;
        if (b->kind == BLOCK_ITEM)
            restore_number(b);
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
