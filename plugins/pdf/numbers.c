/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Line numbers stand one below the other, rise by one, and have text in fixed pitch, and
 * nothing else, to their right.
 */
#include "numbers.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    uint32_t word;
    uint32_t value;
    float y, x1;
    bool code; /* fixed pitch follows on its line */
} number;

static bool is_number(const pdf_page *page, const pdf_word *w, uint32_t *value)
{
    const char *s = page->text->str + w->text;
    *value = 0;
    for (uint32_t i = 0; i < w->len; i++) {
        if (!g_ascii_isdigit(s[i]))
            return false;
        *value = *value * 10 + (uint32_t)(s[i] - '0');
    }
    return w->len >= 1 && w->len <= 4 && !w->rotated;
}

/* A smaller number that stands higher than what follows marks a note. */
static bool is_raised(const pdf_word *w, const pdf_word *v)
{
    return w->size < 0.85F * v->size && v->box.y1 - w->box.y1 > 0.25F * v->size;
}

/* -1 other text stands on the number's line, 0 none, 1 only larger or other fixed pitch. */
static int what_follows(const pdf_page *page, const pdf_word *w)
{
    int found = 0;
    float y = (w->box.y0 + w->box.y1) / 2;
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *v = WORD(page, i);
        float middle = (v->box.y0 + v->box.y1) / 2;
        if (v == w || v->rotated || fabsf(middle - y) > 0.4F * MAX(w->size, v->size) ||
            v->box.x0 > w->box.x1 + 400)
            continue;
        if (v->box.x1 <= w->box.x0)
            continue;
        if (!v->mono || is_raised(w, v) || (w->mono && v->size < 1.15F * w->size))
            return -1;
        found = 1;
    }
    return found;
}

static int by_place(const void *a, const void *b)
{
    const number *p = a, *q = b;
    if (fabsf(p->x1 - q->x1) > 1)
        return p->x1 < q->x1 ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return p->word < q->word ? -1 : p->word > q->word;
}

static GArray *find_numbers(const pdf_page *page)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(number));
    for (guint i = 0; i < page->words->len && numbers->len < 400; i++) {
        const pdf_word *w = WORD(page, i);
        number n = {.word = i};
        if (!is_number(page, w, &n.value))
            continue;
        int follows = what_follows(page, w);
        if (follows < 0)
            continue;
        n.code = follows > 0;
        n.y = (w->box.y0 + w->box.y1) / 2;
        n.x1 = w->box.x1;
        g_array_append_val(numbers, n);
    }
    return numbers;
}

static bool follows(const number *a, const number *b, float size)
{
    return b->value == a->value + 1 && fabsf(a->x1 - b->x1) <= 1.5F && b->y - a->y < 6 * size;
}

void pdf_line_numbers_drop(pdf_page *page)
{
    bool mono = false;
    for (guint i = 0; i < page->words->len && !mono; i++)
        mono = WORD(page, i)->mono;
    if (!mono)
        return;
    g_autoptr(GArray) numbers = find_numbers(page);
    if (numbers->len)
        qsort(numbers->data, numbers->len, sizeof(number), by_place);
    for (guint i = 0, end; i < numbers->len; i = end) {
        const number *first = &g_array_index(numbers, number, i);
        guint code = first->code;
        for (end = i + 1;
             end < numbers->len &&
             follows(&g_array_index(numbers, number, end - 1),
                     &g_array_index(numbers, number, end), WORD(page, first->word)->size);
             end++)
            code += g_array_index(numbers, number, end).code;
        if (code * 2 < end - i || (end - i == 1 && first->value != 1))
            continue;
        for (guint k = i; k < end; k++)
            WORD(page, g_array_index(numbers, number, k).word)->taken = true;
    }
}
