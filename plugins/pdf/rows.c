/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A row of a table may have several lines. A line goes on in the row above when the lines of
 * rows stand nearer than rows do, or, where distances say nothing, when it uses only some
 * columns and had no room above.
 */
#include "bands.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_COLUMNS = 63 };

static guint column_of(const pdf_word *w, const GArray *gutters)
{
    guint c = 0;
    while (c < gutters->len && c < MOST_COLUMNS &&
           (w->box.x0 + w->box.x1) / 2 > g_array_index(gutters, pdf_interval, c).from)
        c++;
    return c;
}

guint64 pdf_columns_used(const pdf_page *page, const uint32_t *words, const pdf_band *b,
                         const GArray *gutters)
{
    guint64 used = 0;
    for (guint i = 0; i < b->count; i++)
        used |= G_GUINT64_CONSTANT(1) << column_of(WORD(page, words[b->first + i]), gutters);
    return used;
}

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

static float pitch(const pdf_band *bands, guint i)
{
    return (bands[i].y0 + bands[i].y1 - bands[i - 1].y0 - bands[i - 1].y1) / 2;
}

/* The distance above which bands belong to different rows; 0 when distances say nothing. */
static float row_distance(const pdf_band *bands, guint n)
{
    g_autofree float *gaps = g_new(float, n + 1);
    float widest = 0, limit = 0;
    guint count = 0;
    for (guint i = 1; i < n; i++)
        gaps[count++] = pitch(bands, i);
    qsort(gaps, count, sizeof *gaps, by_float);
    for (guint i = 1; i < count; i++)
        if (gaps[i] - gaps[i - 1] > widest) {
            widest = gaps[i] - gaps[i - 1];
            limit = (gaps[i] + gaps[i - 1]) / 2;
        }
    float height = n ? bands[0].y1 - bands[0].y0 : 0;
    return widest > 0.35F * height && count > 2 ? limit : 0;
}

typedef struct {
    float end[MOST_COLUMNS + 1];   /* where its text ends; -INFINITY: none */
    float first[MOST_COLUMNS + 1]; /* width of its first word */
    guint64 used;
} row_line;

static void look_at_band(const pdf_page *page, const uint32_t *words, const pdf_band *b,
                         const GArray *gutters, row_line *l)
{
    *l = (row_line){.used = 0};
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        l->end[c] = -INFINITY;
    for (guint i = 0; i < b->count; i++) {
        const pdf_word *w = WORD(page, words[b->first + i]);
        guint c = column_of(w, gutters);
        l->used |= G_GUINT64_CONSTANT(1) << c;
        if (l->end[c] == -INFINITY)
            l->first[c] = pdf_width(w->box);
        l->end[c] = MAX(l->end[c], w->box.x1);
    }
}

/* How the columns that both lines use speak: 1 each upper text had no room for the lower one's
 * first word, -1 one had, 0 there are none. */
static int speaks_for_wrap(const row_line *upper, const row_line *lower, const float *edges,
                           float blank)
{
    guint64 both = upper->used & lower->used;
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        if ((both >> c & 1) && upper->end[c] + blank + lower->first[c] < edges[c] - 0.5F)
            return -1;
    return both ? 1 : 0;
}

static void column_edges(const pdf_page *page, const uint32_t *words, const pdf_band *bands,
                         guint n, const GArray *gutters, float *edges)
{
    for (guint c = 0; c <= MOST_COLUMNS; c++)
        edges[c] = -INFINITY;
    for (guint i = 0; i < n; i++) {
        row_line l;
        look_at_band(page, words, &bands[i], gutters, &l);
        for (guint c = 0; c <= MOST_COLUMNS; c++)
            edges[c] = MAX(edges[c], l.end[c]);
    }
}

/* A line goes on in the row above when it stands nearer than rows do, or begins no first
 * column, and its text had no room in the line above. */
static bool goes_on(const row_line *upper, const row_line *line, guint64 row, float gap,
                    float limit, int wrap)
{
    bool within = (line->used & ~row) == 0;
    if (wrap < 0)
        return false;
    if (limit > 0)
        return gap < limit && (wrap > 0 || upper->used != line->used);
    return within && line->used != row && (!(line->used & 1) || wrap > 0);
}

void pdf_rows_of(const pdf_page *page, const uint32_t *words, const pdf_band *bands, guint n,
                 const GArray *gutters, bool *opens)
{
    float limit = row_distance(bands, n), edges[MOST_COLUMNS + 1];
    guint64 row = 0;
    row_line line, upper = {0};
    column_edges(page, words, bands, n, gutters, edges);
    for (guint i = 0; i < n; i++) {
        look_at_band(page, words, &bands[i], gutters, &line);
        float gap = i ? pitch(bands, i) : INFINITY;
        float blank = 0.25F * WORD(page, words[bands[i].first])->size;
        int wrap = i ? speaks_for_wrap(&upper, &line, edges, blank) : -1;
        opens[i] = !(i && goes_on(&upper, &line, row, gap, limit, wrap));
        row = opens[i] ? line.used : row | line.used;
        upper = line;
    }
}
