/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A heading is short, stands apart and is set larger or heavier than running text. Levels
 * follow the ranks of the styles that headings have, so they are the same over the whole
 * document.
 */
#include "structure.h"

#include "lists.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 240 };

/* ---- Is it one? -------------------------------------------------------------------------- */

static bool has_letters(const pdf_text *t)
{
    for (const char *p = t->bytes; p < t->bytes + t->len; p = g_utf8_next_char(p))
        if (g_unichar_isalpha(g_utf8_get_char(p)))
            return true;
    return false;
}

/* "2.2.0" heads the news of a version. */
static bool is_version(const pdf_text *t)
{
    uint32_t dots = 0;
    for (uint32_t i = 0; i < t->len; i++) {
        bool dot = t->bytes[i] == '.' && i && i + 1 < t->len;
        if (!dot && !g_ascii_isdigit(t->bytes[i]))
            return false;
        dots += dot;
    }
    return dots > 0 && t->len <= 12;
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

/* On a page of contents what ends with a number is an entry. */
static bool is_entry(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    if (!b->text.len || !g_ascii_isdigit(b->text.bytes[b->text.len - 1]))
        return false;
    for (guint k = i > 8 ? i - 8 : 0; k < d->blocks->len && k < i + 8; k++)
        if (BLOCK(d->blocks, k)->contents)
            return true;
    return false;
}

/* The size of its first letter: small capitals follow a larger one. */
static float capital_size(const pdf_document *d, const pdf_block *b)
{
    return b->text.n_spans ? STYLE(d->styles, b->text.spans[0].style)->size : b->size;
}

/* "ACKNOWLEDGMENT" over the middle of its column, with text below. */
static bool is_centred_title(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    if (b->kind != BLOCK_TEXT || b->display || b->lines > 1 || !b->centred ||
        !all_capitals(&b->text) || ends_sentence(&b->text) || b->gap_above < 0.3F * b->size)
        return false;
    for (guint k = i + 1; k < d->blocks->len; k++) {
        const pdf_block *next = BLOCK(d->blocks, k);
        if (next->kind != BLOCK_DROPPED)
            return (next->kind == BLOCK_TEXT || next->kind == BLOCK_ITEM) && !next->centred;
    }
    return false;
}

/* Some programs call everything a heading, and some nothing. */
static bool trusts_tags(const pdf_document *d)
{
    guint64 headings = 0, letters = 0;
    guint n = 0;
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        letters += b->tagged ? b->text.len : 0;
        headings += b->tagged_heading ? b->text.len : 0;
        n += b->tagged_heading;
    }
    return n >= 3 && headings * 3 < letters;
}

static bool is_tagged_heading(const pdf_block *b)
{
    return b->tagged_heading && b->kind == BLOCK_TEXT && b->text.len > 0 &&
           b->text.len <= LONGEST;
}

static bool is_heading(const pdf_document *d, guint i)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    bool numbered = b->kind == BLOCK_ITEM && b->marker != '-' &&
                    (b->bold || b->size > d->body_size * 1.1F || is_numbered_title(d, i));
    if ((b->kind != BLOCK_TEXT && !numbered) || b->display || b->lines > 4 ||
        b->text.len > LONGEST ||
        !(has_letters(&b->text) ||
          (b->bold && b->size > 1.1F * d->body_size && is_version(&b->text))) ||
        b->continued || b->contents || b->turned || is_entry(d, i))
        return false;
    if (numbered && is_numbered_title(d, i))
        return true;
    float ratio = b->size / d->body_size;
    if (capital_size(d, b) >= 0.95F * d->body_size && is_centred_title(d, i))
        return true;
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

/* ---- A heading of several lines ---------------------------------------------------------- */

static bool is_numbered(const pdf_text *t)
{
    return t->len && g_ascii_isdigit(t->bytes[0]);
}

/* Whether `b` is a further line of the heading `a`, which was broken before its end. */
static bool goes_on(const pdf_block *a, const pdf_block *b)
{
    float gap = b->box.y0 - a->box.y1, em = a->size;
    if (a->page != b->page || fabsf(a->size - b->size) > 0.3F || a->bold != b->bold ||
        a->lines + b->lines > 4 || a->text.len + b->text.len > LONGEST || gap > 0.45F * em ||
        gap < -0.6F * em || is_numbered(&b->text))
        return false;
    return (a->centred && b->centred) || (fabsf(a->box.x0 - b->box.x0) < 0.5F * em) ||
           (is_numbered(&a->text) && b->box.x0 > a->box.x0 && b->box.x0 < a->box.x0 + 4 * em);
}

static void join_lines(pdf_document *d)
{
    pdf_block *before = NULL;
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED)
            continue;
        if (before && b->kind == BLOCK_HEADING && goes_on(before, b)) {
            pdf_text_append_line(&before->text, &b->text);
            before->box = pdf_union(before->box, b->box);
            before->lines += b->lines;
            b->kind = BLOCK_DROPPED;
            continue;
        }
        before = b->kind == BLOCK_HEADING ? b : NULL;
    }
}

void pdf_headings_find(pdf_document *d)
{
    bool trusted = trusts_tags(d);
    pdf_abstract_part(d);
    if (!trusted)
        pdf_slides_title(d);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_HEADING ||
            !(trusted && b->tagged ? is_tagged_heading(b) : is_heading(d, i)))
            continue;
        b->tagged_heading = b->tagged_heading && trusted;
        if (b->kind == BLOCK_ITEM)
            pdf_item_to_text(b);
        b->kind = BLOCK_HEADING;
    }
    join_lines(d);
    pdf_headings_level(d);
}
