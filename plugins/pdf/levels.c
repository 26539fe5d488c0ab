/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Levels of headings. Styles are ranked by size and weight; where the bookmarks name the
 * headings, their depth decides for the heading and, by majority, for its style. A level that
 * the structure tree tells goes before both.
 */
#include "structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVEL = 6 };

typedef struct {
    float size;
    bool bold;
    guint votes[MAX_LEVEL + 1]; /* of bookmarks, by depth */
    guint uses, level;
} rank;

#define RANK(ranks, i) (&g_array_index(ranks, rank, i))

static int by_weight(const void *a, const void *b)
{
    const rank *p = a, *q = b;
    if (fabsf(p->size - q->size) > 0.3F)
        return p->size > q->size ? -1 : 1;
    return (int)q->bold - (int)p->bold;
}

static rank *rank_of(GArray *ranks, const pdf_block *b)
{
    for (guint i = 0; i < ranks->len; i++)
        if (fabsf(RANK(ranks, i)->size - b->size) <= 0.3F && RANK(ranks, i)->bold == b->bold)
            return RANK(ranks, i);
    rank r = {.size = b->size, .bold = b->bold};
    g_array_append_val(ranks, r);
    return RANK(ranks, ranks->len - 1);
}

/* ---- Bookmarks --------------------------------------------------------------------------- */

/* Letters and digits, folded; numbering in front is left out. */
static guint title_key(const char *s, size_t n)
{
    guint h = 5381, letters = 0;
    const char *end = s + n;
    while (s < end && (g_ascii_isdigit(*s) || *s == '.' || *s == ' '))
        s++;
    for (; s < end; s = g_utf8_next_char(s)) {
        gunichar c = g_utf8_get_char(s);
        if (!g_unichar_isalnum(c))
            continue;
        h = h * 33 + g_unichar_tolower(c);
        letters++;
    }
    return letters ? h : 0;
}

static GHashTable *index_bookmarks(const pdf_document *d)
{
    GHashTable *index = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < d->bookmarks->len; i++) {
        const pdf_bookmark *m = &g_array_index(d->bookmarks, pdf_bookmark, i);
        gint64 *key = g_new(gint64, 1);
        *key = ((gint64)m->page << 32) | title_key(m->title, strlen(m->title));
        g_hash_table_replace(index, key, GUINT_TO_POINTER(MIN(m->depth, MAX_LEVEL)));
    }
    return index;
}

/* Depth of the bookmark that names a heading; 0 when there is none. */
static guint bookmark_of(GHashTable *index, const pdf_block *b)
{
    gint64 key = ((gint64)b->page << 32) | title_key(b->text.bytes, b->text.len);
    return GPOINTER_TO_UINT(g_hash_table_lookup(index, &key));
}

/* ---- Levels ------------------------------------------------------------------------------ */

static guint majority(const rank *r)
{
    guint best = 0;
    for (guint i = 1; i <= MAX_LEVEL; i++)
        if (r->votes[i] > (best ? r->votes[best] : 0))
            best = i;
    return best;
}

/* One more than the last rank above; what bookmarks say goes before. */
static void level_ranks(GArray *ranks, guint shift)
{
    guint last = 0;
    for (guint i = 0; i < ranks->len; i++) {
        rank *r = RANK(ranks, i);
        guint voted = majority(r);
        r->level = voted ? voted + shift : last + 1;
        r->level = MIN(r->level, MAX_LEVEL);
        last = r->level;
    }
}

/* The title stands above the outline: larger than all that bookmarks name. */
static guint title_above(const GArray *ranks)
{
    const rank *first = ranks->len ? RANK(ranks, 0) : NULL;
    return first && !majority(first) && first->uses <= 2 ? 1 : 0;
}

/* Bold text in the size of running text that no bookmark names, where bookmarks name the rest
 * and hardly any of its style: terms that are explained. A number still makes a heading. */
static void demote(const pdf_document *d, GArray *ranks, GHashTable *index)
{
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_HEADING || b->tagged_heading || b->title ||
            b->size >= 1.08F * d->body_size)
            continue;
        const rank *r = rank_of(ranks, b);
        bool term = r->votes[0] * 2 > r->uses && !bookmark_of(index, b) &&
                    !g_ascii_isdigit(b->text.bytes[0]);
        if (term || !majority(r))
            b->kind = BLOCK_TEXT;
    }
}

void pdf_headings_level(pdf_document *d)
{
    g_autoptr(GArray) ranks = g_array_new(FALSE, FALSE, sizeof(rank));
    g_autoptr(GHashTable) index = index_bookmarks(d);
    guint matched = 0, depth;
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_HEADING)
            continue;
        rank *r = rank_of(ranks, b);
        r->uses++;
        depth = bookmark_of(index, b);
        r->votes[depth]++;
        matched += depth > 0;
    }
    if (ranks->len)
        qsort(ranks->data, ranks->len, sizeof(rank), by_weight);
    guint shift = matched ? title_above(ranks) : 0;
    level_ranks(ranks, shift);
    if (matched >= 8 && matched * 2 > d->bookmarks->len)
        demote(d, ranks, index);
    g_autofree bool *named = g_new0(bool, d->blocks->len + 1);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_HEADING)
            continue;
        if (b->tagged_heading && b->level)
            continue;
        depth = bookmark_of(index, b);
        named[i] = depth > 0;
        b->level = (uint8_t)(depth ? MIN(depth + shift, MAX_LEVEL) : rank_of(ranks, b)->level);
    }
    pdf_headings_number(d, named);
}
