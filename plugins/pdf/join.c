/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A paragraph that the end of a column or page cut in two becomes one again, and stays with the
 * page where it began.
 */
#include "structure.h"

#include "text.h"

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
    const char *s = b->text.bytes;
    uint32_t n = b->text.len;
    return (n > 1 && s[n - 1] == '-') || (n > 2 && memcmp(s + n - 2, "\xC2\xAD", 2) == 0);
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

void pdf_join_paragraphs(pdf_document *d)
{
    pdf_block *open = NULL;
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED || b->kind == BLOCK_PICTURE)
            continue;
        if (open && b->first_in_flow && goes_on(d, open, b)) {
            append(open, b);
            if (!open->last_in_flow)
                open = NULL;
            continue;
        }
        open = b->last_in_flow && (b->kind == BLOCK_TEXT || b->kind == BLOCK_ITEM) ? b : NULL;
    }
}
