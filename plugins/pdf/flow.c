/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "flow.h"

#include "display.h"
#include "lines.h"
#include "unicode.h"

#include <math.h>
#include <stdlib.h>

float pdf_line_centre(const pdf_line *l)
{
    return l->middle;
}

float pdf_lines_step(const pdf_lines *f, guint i)
{
    return pdf_line_centre(LINE(f, i)) - pdf_line_centre(LINE(f, i - 1));
}

/* The size class of a line; references are set closer than the text above them. */
static guint size_class(const pdf_line *l)
{
    return (guint)CLAMP(lroundf(2 * l->size), 0, PDF_SIZES - 1);
}

/* ---- Measures of a flow ------------------------------------------------------------------ */

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

static void measure_edges(pdf_lines *f)
{
    g_autofree float *ends = g_new(float, f->lines->len + 1);
    guint n = 0;
    f->left = f->column.x1;
    for (guint i = 0; i < f->lines->len; i++) {
        f->left = MIN(f->left, LINE(f, i)->box.x0);
        ends[n++] = LINE(f, i)->box.x1;
        if (!LINE(f, i)->mono)
            f->text_right = MAX(f->text_right, LINE(f, i)->box.x1);
    }
    qsort(ends, n, sizeof *ends, by_float);
    f->right = n ? ends[n - 1 - n / 12] : f->column.x1;
}

bool pdf_lines_alike(const pdf_line *a, const pdf_line *b)
{
    return fabsf(a->size - b->size) <= MAX(0.08F * MAX(a->size, b->size), 0.35F);
}

float pdf_lines_expected(const pdf_lines *f, const pdf_line *l)
{
    float usual = 1.2F * l->size, found = f->leadings[size_class(l)];
    return found > 0.8F * l->size && found < 2.1F * l->size ? found : usual;
}

/* Width of the first word of a line with what is glued to it. */
float pdf_lines_first_word(const pdf_lines *f, const pdf_line *l)
{
    float x0 = WORD(f->page, REF(f->page, l->first))->box.x0;
    uint32_t i = 0;
    while (i + 1 < l->count && !pdf_words_spaced(f->page, REF(f->page, l->first + i),
                                                 REF(f->page, l->first + i + 1)))
        i++;
    return fabsf(WORD(f->page, REF(f->page, l->first + i))->box.x1 - x0);
}

static bool ends_with_hyphen(const pdf_lines *f, const pdf_line *l)
{
    const pdf_word *w = WORD(f->page, REF(f->page, l->first + l->count - 1));
    bool soft;
    size_t n = pdf_unicode_hyphen(f->page->text->str + w->text, w->len, &soft);
    return n > 0 && w->len > n;
}

/* Line i - 1 ended although the first word of line i had room on it. */
bool pdf_lines_had_room(const pdf_lines *f, guint i, float right)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (ends_with_hyphen(f, before))
        return false;
    float room = right - before->box.x1;
    return room > pdf_lines_first_word(f, l) + 0.6F * l->size + 0.01F * (right - f->left);
}

/* ---- Leading ----------------------------------------------------------------------------- */

enum { STEPS = 160 }; /* of half a point */

static float most_frequent(const guint *counts, guint least)
{
    guint best = 0;
    for (guint i = 1; i < STEPS; i++)
        if (counts[i] > counts[best] || (counts[i] == counts[best] && !best))
            best = i;
    return counts[best] >= least ? (float)best / 2 : 0;
}

/* Count the distances between lines of one size: of class `size`, below lines that are full,
 * or, PDF_SIZES, of any. */
static void count_steps(const pdf_lines *f, guint size, guint *counts)
{
    for (guint i = 1; i < f->lines->len; i++) {
        const pdf_line *l = LINE(f, i);
        float d = pdf_lines_step(f, i);
        bool meant =
            size == PDF_SIZES || (size_class(l) == size && !pdf_lines_had_room(f, i, f->right));
        if (meant && d > 0.5F * l->size && d < 2.2F * l->size && d < STEPS / 2 - 1 &&
            fabsf(l->size - LINE(f, i - 1)->size) < 0.6F)
            counts[(guint)(d * 2 + 0.5F)]++;
    }
}

/* The most frequent distance between lines of each size, and of all. */
static void measure_leading(pdf_lines *f)
{
    guint all[STEPS] = {0};
    count_steps(f, PDF_SIZES, all);
    f->leading = most_frequent(all, 1);
    for (guint i = 0; i < f->lines->len; i++) {
        guint size = size_class(LINE(f, i)), counts[STEPS] = {0};
        if (f->leadings[size] > 0)
            continue;
        count_steps(f, size, counts);
        f->leadings[size] = most_frequent(counts, 2);
        if (f->leadings[size] <= 0)
            f->leadings[size] = f->leading;
        if (f->leadings[size] <= 0)
            return; /* no two lines of one size */
    }
}

/* ---- Life -------------------------------------------------------------------------------- */

pdf_lines pdf_lines_open(pdf_page *page, const pdf_styles *styles, const pdf_flow *source)
{
    pdf_lines f = {.page = page, .styles = styles, .column = source->box};
    f.lines = pdf_lines_make(page, styles, source->first, source->count);
    pdf_display_find(page, f.lines);
    f.markers = g_new0(pdf_marker, f.lines->len + 1);
    f.code = g_new0(bool, f.lines->len + 1);
    measure_edges(&f);
    measure_leading(&f);
    pdf_lines_mark(&f);
    return f;
}

void pdf_lines_close(pdf_lines *f)
{
    g_array_free(f->lines, TRUE);
    g_free(f->markers);
    g_free(f->code);
}
