/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The order of words is that of the Unicode algorithm with two levels: the words of the other
 * direction keep together, with what has no direction between them.
 */
#include "bidi.h"

#include "unicode.h"

#include <string.h>

enum { TO_RIGHT_MARK = 0x202A, TO_LEFT_MARK = 0x202B, END_MARK = 0x202C };

/* ---- Characters and places --------------------------------------------------------------- */

static bool is_mark(gunichar c)
{
    return c >= TO_RIGHT_MARK && c <= END_MARK;
}

static void reverse_places(PopplerRectangle *r, guint n)
{
    for (guint i = 0; i < n / 2; i++) {
        PopplerRectangle t = r[i];
        r[i] = r[n - 1 - i];
        r[n - 1 - i] = t;
    }
}

enum { MOST_PARTS = 16 };

typedef struct {
    PopplerRectangle *places;
    guint at;    /* the place of the next character */
    guint begin; /* of the word that runs to the left */
    guint depth;
    guint part;                 /* where the part begins that runs to the right */
    guint parts[MOST_PARTS][2]; /* those of the word: from, to */
    guint n_parts;
} aligner;

/* The places of a word are turned, those of its parts that run to the right once more. */
static void end_word(aligner *a)
{
    reverse_places(a->places + a->begin, a->at - a->begin);
    for (guint i = 0; i < a->n_parts; i++)
        reverse_places(a->places + a->parts[i][0], a->parts[i][1] - a->parts[i][0]);
    a->n_parts = a->depth = 0;
}

static void meet_mark(aligner *a, gunichar mark)
{
    if (mark == TO_LEFT_MARK && a->depth == 0) {
        a->begin = a->at;
        a->depth = 1;
    } else if (mark == TO_RIGHT_MARK && a->depth == 1) {
        a->part = a->at;
        a->depth = 2;
    } else if (mark == END_MARK && a->depth == 2) {
        if (a->n_parts < MOST_PARTS)
            a->parts[a->n_parts][0] = a->part, a->parts[a->n_parts++][1] = a->at;
        a->depth = 1;
    } else if (mark == END_MARK && a->depth == 1) {
        end_word(a);
    }
}

static guint count_without_marks(const char *text)
{
    guint n = 0;
    for (; *text; text = g_utf8_next_char(text))
        n += !is_mark(g_utf8_get_char(text));
    return n;
}

bool pdf_bidi_is_marked(const char *text)
{
    return strstr(text, "\xE2\x80\xAB") != NULL;
}

void pdf_bidi_align(char *text, PopplerRectangle *places, guint n)
{
    aligner a = {.places = places};
    char *out = text;
    if (!pdf_bidi_is_marked(text))
        return;
    bool fits = count_without_marks(text) == n;
    for (const char *p = text; *p;) {
        const char *next = g_utf8_next_char(p);
        gunichar c = g_utf8_get_char(p);
        if (is_mark(c) && fits) {
            meet_mark(&a, c);
        } else if (!is_mark(c)) {
            memmove(out, p, (size_t)(next - p));
            out += next - p;
            a.at++;
        }
        p = next;
    }
    *out = '\0';
}

/* ---- The page ---------------------------------------------------------------------------- */

typedef enum { NEUTRAL, TO_RIGHT, TO_LEFT } direction;

static direction direction_of(const pdf_page *page, const pdf_word *w)
{
    const char *p = page->text->str + w->text, *end = p + w->len;
    direction d = NEUTRAL;
    for (; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (pdf_unicode_is_rtl(c))
            return TO_LEFT;
        if (g_unichar_isalnum(c))
            d = TO_RIGHT;
    }
    return d;
}

static void flip_rules(pdf_page *page)
{
    for (guint i = 0; i < page->across->len; i++) {
        pdf_rule *r = &g_array_index(page->across, pdf_rule, i);
        float from = r->from;
        r->from = page->width - r->to;
        r->to = page->width - from;
    }
    for (guint i = 0; i < page->down->len; i++) {
        pdf_rule *r = &g_array_index(page->down, pdf_rule, i);
        r->at = page->width - r->at;
    }
}

static void flip(pdf_page *page)
{
    float w = page->width;
    for (guint i = 0; i < page->words->len; i++)
        WORD(page, i)->box = pdf_mirrored(WORD(page, i)->box, w);
    for (guint i = 0; i < page->fills->len; i++) {
        pdf_fill *f = &g_array_index(page->fills, pdf_fill, i);
        f->box = pdf_mirrored(f->box, w);
    }
    for (guint i = 0; i < page->dots->len; i++) {
        pdf_rect *r = &g_array_index(page->dots, pdf_rect, i);
        *r = pdf_mirrored(*r, w);
    }
    for (guint i = 0; i < page->pictures->len; i++) {
        pdf_picture *p = &g_array_index(page->pictures, pdf_picture, i);
        p->box = pdf_mirrored(p->box, w);
    }
    flip_rules(page);
}

void pdf_bidi_mirror(pdf_page *page)
{
    guint left = 0, right = 0;
    page->mirrored = false;
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, i);
        direction d = direction_of(page, w);
        left += d == TO_LEFT ? w->len : 0;
        right += d == TO_RIGHT ? w->len : 0;
    }
    if (left <= right)
        return;
    page->mirrored = true;
    flip(page);
}

/* ---- The words of a line ----------------------------------------------------------------- */

static void reverse(uint32_t *words, uint32_t n)
{
    for (uint32_t i = 0; i < n / 2; i++) {
        uint32_t t = words[i];
        words[i] = words[n - 1 - i];
        words[n - 1 - i] = t;
    }
}

/* Turn the runs of words of direction `d` that stand among words of the other. */
static void reverse_runs(const pdf_page *page, uint32_t *words, uint32_t n, direction d)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t end = i;
        if (direction_of(page, WORD(page, words[i])) != d)
            continue;
        for (uint32_t k = i; k < n; k++) {
            direction e = direction_of(page, WORD(page, words[k]));
            if (e != d && e != NEUTRAL)
                break;
            if (e == d)
                end = k;
        }
        reverse(words + i, end - i + 1);
        i = end;
    }
}

void pdf_bidi_order(const pdf_page *page, uint32_t *words, uint32_t n)
{
    uint32_t left = 0, right = 0;
    for (uint32_t i = 0; i < n; i++) {
        direction d = direction_of(page, WORD(page, words[i]));
        left += d == TO_LEFT;
        right += d == TO_RIGHT;
    }
    if (!left && !page->mirrored)
        return;
    bool to_left = left > right || (left == right && page->mirrored);
    if (page->mirrored != to_left)
        reverse(words, n);
    reverse_runs(page, words, n, to_left ? TO_RIGHT : TO_LEFT);
}
