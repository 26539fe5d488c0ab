/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Numbers of headings say how deep they are: "2.1" below "2", "A." below "II.". Where styles
 * say something else, the headings of one depth follow most of them.
 */
#include "structure.h"

#include <math.h>
#include <string.h>

enum { MAX_LEVEL = 6, DEPTHS = 4 };

/* "2" is 1, "2.1" is 2; 0 when there is no number before a title. */
static guint decimal_depth(const char *s)
{
    guint depth = 0;
    while (g_ascii_isdigit(*s)) {
        depth++;
        while (g_ascii_isdigit(*s))
            s++;
        if (*s == '.')
            s++;
    }
    return *s == ' ' ? depth : 0;
}

static bool no_small_letters(const char *s)
{
    for (; *s; s = g_utf8_next_char(s))
        if (g_unichar_islower(g_utf8_get_char(s)))
            return false;
    return true;
}

/* "II. METHODS" is 1, "A. Data" is 2. */
static guint roman_depth(const char *s)
{
    size_t n = strspn(s, "IVXLC");
    if (n && n < 6 && s[n] == '.' && s[n + 1] == ' ' && no_small_letters(s))
        return 1;
    return g_ascii_isupper(s[0]) && s[1] == '.' && s[2] == ' ' ? 2 : 0;
}

typedef struct {
    guint decimal[DEPTHS][MAX_LEVEL + 1]; /* headings by depth and level */
    guint roman[DEPTHS][MAX_LEVEL + 1];
    const pdf_block *section; /* the first of depth 1 */
} votes;

/* The counter of a heading's depth; NULL when it is not numbered. */
static guint *votes_of(votes *v, const pdf_block *b)
{
    guint depth = decimal_depth(b->text.bytes);
    if (depth)
        return v->decimal[MIN(depth, DEPTHS) - 1];
    depth = roman_depth(b->text.bytes);
    return depth ? v->roman[depth - 1] : NULL;
}

static guint most(const guint *counts)
{
    guint best = 0;
    for (guint i = 1; i <= MAX_LEVEL; i++)
        if (counts[i] > (best ? counts[best] : 0))
            best = i;
    return best;
}

/* Turn counts into levels, each deeper than the one before; the level goes to counts[0].
 * Sections stand right below a title. */
static void decide(guint counts[DEPTHS][MAX_LEVEL + 1], guint least, bool right_below)
{
    for (guint i = 0; i < DEPTHS; i++) {
        guint level = most(counts[i]);
        if (!level)
            continue;
        level = i == 0 && right_below ? least : MIN(MAX(level, least), MAX_LEVEL);
        counts[i][0] = level;
        least = level + 1;
    }
}

/* The title of a document stands above its numbered sections: the first heading, if no other is
 * higher. */
static pdf_block *title_of(const pdf_document *d, votes *v)
{
    pdf_block *first = NULL;
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_HEADING)
            continue;
        if (!first)
            first = b;
        if (b->level < first->level)
            return NULL;
    }
    return first && first->page == 1 && !votes_of(v, first) ? first : NULL;
}

/* What heads text before the first section is no deeper than that. */
static void lift_front(pdf_document *d, votes *v, const bool *named)
{
    const pdf_block *title = title_of(d, v);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        const guint *counts = b->kind == BLOCK_HEADING ? votes_of(v, b) : NULL;
        if (!counts)
            continue;
        for (guint k = 0; k < i; k++)
            if (BLOCK(d->blocks, k)->kind == BLOCK_HEADING && !named[k] &&
                BLOCK(d->blocks, k) != title && BLOCK(d->blocks, k)->level > b->level)
                BLOCK(d->blocks, k)->level = b->level;
        return;
    }
}

/* Sections without a number stand as high as those that have one and look the same. */
static void follow_sections(pdf_document *d, votes *v, const bool *named, guint before)
{
    const pdf_block *title = title_of(d, v);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_HEADING && !named[i] && b != title && !votes_of(v, b) &&
            b->level == before && fabsf(b->size - v->section->size) <= 0.3F &&
            b->bold == v->section->bold)
            b->level = v->section->level;
    }
}

static bool count_headings(const pdf_document *d, votes *v, const bool *named)
{
    bool bookmarks = false;
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        guint *counts = b->kind == BLOCK_HEADING ? votes_of(v, b) : NULL;
        bookmarks = bookmarks || named[i];
        if (!counts)
            continue;
        counts[b->level]++;
        if (!v->section && (counts == v->decimal[0] || counts == v->roman[0]))
            v->section = b;
    }
    return bookmarks;
}

void pdf_headings_number(pdf_document *d, const bool *named)
{
    votes v = {0};
    bool bookmarks = count_headings(d, &v, named);
    const pdf_block *title = title_of(d, &v);
    guint least = title && !bookmarks ? title->level + 1 : 1;
    guint before = v.section ? v.section->level : 0;
    decide(v.decimal, least, false);
    decide(v.roman, least, least > 1);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        guint *counts = b->kind == BLOCK_HEADING && !named[i] ? votes_of(&v, b) : NULL;
        if (counts && counts[0])
            b->level = (uint8_t)counts[0];
    }
    if (v.section)
        follow_sections(d, &v, named, before);
    lift_front(d, &v, named);
}
