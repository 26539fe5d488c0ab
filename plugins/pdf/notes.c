/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Footnotes, where that is sure: at the foot of a page, smaller than running text, a paragraph
 * that begins with a raised mark, and in that page's text the same mark, raised, exactly once.
 * Anything else stays as it stands. In the end a note stands behind the paragraph that refers
 * to it, or behind the list whose item does: a page's end is nothing to readers.
 */
#include "structure.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_MARK = 4 };

typedef struct {
    const pdf_document *d;
    guint first, end; /* blocks of the page */
} page_blocks;

/* The text of a span without the blanks around it. */
static okb_str span_text(const pdf_text *t, uint32_t i)
{
    uint32_t start = t->spans[i].start;
    uint32_t end = i + 1 < t->n_spans ? t->spans[i + 1].start : t->len;
    while (end > start && g_ascii_isspace(t->bytes[end - 1]))
        end--;
    while (start < end && g_ascii_isspace(t->bytes[start]))
        start++;
    return (okb_str){t->bytes + start, end - start};
}

static bool is_mark(okb_str s)
{
    static const char *const signs[] = {"*", "\xE2\x80\xA0", "\xE2\x80\xA1", "\xC2\xA7", NULL};
    for (const char *const *sign = signs; *sign; sign++)
        if (s.len == strlen(*sign) && memcmp(s.data, *sign, s.len) == 0)
            return true;
    for (size_t i = 0; i < s.len; i++)
        if (!g_ascii_isdigit(s.data[i]))
            return false;
    return s.len > 0 && s.len < LONGEST_MARK;
}

static bool is_small(const pdf_document *d, const pdf_block *b)
{
    return b->size < 0.94F * d->body_size;
}

/* Nothing but notes, and what is dropped, stands below it. */
static bool is_at_foot(const page_blocks *p, const pdf_block *b)
{
    float height = g_array_index(p->d->leaves, pdf_leaf, b->page - 1).height;
    if (b->box.y0 < 0.4F * height)
        return false;
    for (guint i = p->first; i < p->end; i++) {
        const pdf_block *other = BLOCK(p->d->blocks, i);
        if (other->kind != BLOCK_DROPPED && !other->turned && other->box.y0 > b->box.y0 &&
            pdf_overlap(other->box.x0, other->box.x1, b->box.x0, b->box.x1) > 0 &&
            !is_small(p->d, other))
            return false;
    }
    return true;
}

static bool begins_with_mark(const pdf_text *t)
{
    return t->n_spans >= 2 && t->spans[0].script == SCRIPT_SUPER && is_mark(span_text(t, 0));
}

/* A raised mark behind a word; behind a digit it is an exponent. */
static bool refers(const pdf_text *t, uint32_t i, okb_str mark)
{
    if (t->spans[i].script != SCRIPT_SUPER || !t->spans[i].start)
        return false;
    okb_str s = span_text(t, i);
    return s.len == mark.len && memcmp(s.data, mark.data, s.len) == 0 &&
           !g_ascii_isdigit(t->bytes[t->spans[i].start - 1]);
}

/* The only reference to a mark on the page; NULL when there is none or another. */
static pdf_span *find_reference(const page_blocks *p, const pdf_block *note, okb_str mark)
{
    pdf_span *found = NULL;
    for (guint i = p->first; i < p->end; i++) {
        pdf_block *b = BLOCK(p->d->blocks, i);
        if (b == note || (b->kind != BLOCK_TEXT && b->kind != BLOCK_ITEM))
            continue;
        for (uint32_t k = 0; k < b->text.n_spans; k++) {
            if (!refers(&b->text, k, mark))
                continue;
            if (found)
                return NULL;
            found = &b->text.spans[k];
        }
    }
    return found;
}

/* The mark, or the mark and its page when it was used before. */
static char *make_label(const pdf_document *d, uint32_t page, okb_str mark)
{
    g_autofree char *plain = g_strndup(mark.data, mark.len);
    if (!g_ascii_isdigit(*plain))
        return g_strdup_printf("p%u-n%u", page, d->notes->len); /* no digit's label */
    for (guint i = 0; i < d->notes->len; i++)
        if (strcmp(g_ptr_array_index(d->notes, i), plain) == 0)
            return g_strdup_printf("p%u-%s", page, plain);
    return g_steal_pointer(&plain);
}

static void try_note(const page_blocks *p, pdf_block *b)
{
    if (b->kind != BLOCK_TEXT || b->turned || !is_small(p->d, b) ||
        !begins_with_mark(&b->text) || !is_at_foot(p, b))
        return;
    okb_str mark = span_text(&b->text, 0);
    pdf_span *reference = find_reference(p, b, mark);
    if (!reference)
        return;
    reference->script = SCRIPT_NOTE;
    reference->link = p->d->notes->len;
    b->kind = BLOCK_NOTE;
    b->number = p->d->notes->len;
    g_ptr_array_add(p->d->notes, make_label(p->d, b->page, mark));
    pdf_text_cut(&b->text, b->text.spans[1].start);
}

void pdf_notes_find(pdf_document *d)
{
    page_blocks p = {.d = d};
    for (; p.first < d->blocks->len; p.first = p.end) {
        for (p.end = p.first + 1;
             p.end < d->blocks->len &&
             BLOCK(d->blocks, p.end)->page == BLOCK(d->blocks, p.first)->page;)
            p.end++;
        for (guint i = p.first; i < p.end; i++)
            try_note(&p, BLOCK(d->blocks, i));
    }
}

/* ---- Where they stand -------------------------------------------------------------------- */

static bool is_in_list(const pdf_block *b)
{
    return b->kind == BLOCK_ITEM || b->continued || b->kind == BLOCK_DROPPED;
}

/* The block behind which what block `i` refers to may stand. */
static guint end_of_list(const GArray *blocks, guint i)
{
    guint last = i;
    if (BLOCK(blocks, i)->kind != BLOCK_ITEM && !BLOCK(blocks, i)->continued)
        return i;
    for (guint k = i + 1; k < blocks->len; k++) {
        const pdf_block *b = BLOCK(blocks, k);
        if (!is_in_list(b) && b->kind != BLOCK_NOTE)
            break;
        if (b->kind == BLOCK_ITEM || b->continued)
            last = k;
    }
    return last;
}

/* For each note, by its number, the block behind which it belongs; UINT32_MAX: it stays. */
static guint *find_places(const pdf_document *d)
{
    guint *places = g_new(guint, d->notes->len);
    memset(places, 0xFF, d->notes->len * sizeof *places);
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_text *t = &BLOCK(d->blocks, i)->text;
        for (uint32_t k = 0; k < t->n_spans; k++)
            if (t->spans[k].script == SCRIPT_NOTE && t->spans[k].link < d->notes->len)
                places[t->spans[k].link] = end_of_list(d->blocks, i);
    }
    return places;
}

typedef struct {
    guint place, from;
    bool behind; /* what stands at its place goes first */
} move;

static int by_place(const void *a, const void *b)
{
    const move *p = a, *q = b;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    if (p->behind != q->behind)
        return p->behind ? 1 : -1;
    return p->from < q->from ? -1 : 1;
}

void pdf_notes_place(pdf_document *d)
{
    if (!d->notes->len)
        return;
    g_autofree guint *places = find_places(d);
    g_autofree move *moves = g_new(move, d->blocks->len);
    g_autofree pdf_block *ordered = g_new(pdf_block, d->blocks->len);
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        bool moved = b->kind == BLOCK_NOTE && places[b->number] != UINT32_MAX;
        moves[i] = (move){moved ? places[b->number] : i, i, moved};
    }
    qsort(moves, d->blocks->len, sizeof *moves, by_place);
    for (guint i = 0; i < d->blocks->len; i++)
        ordered[i] = *BLOCK(d->blocks, moves[i].from);
    memcpy(d->blocks->data, ordered, d->blocks->len * sizeof *ordered);
}
