/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Stretches are kept apart and in order; those of a band are merged into them.
 */
#include "cover.h"

/* Put a stretch behind those that begin before it. */
static void append(GArray *out, pdf_interval s)
{
    pdf_interval *last = out->len ? &g_array_index(out, pdf_interval, out->len - 1) : NULL;
    if (last && s.from <= last->to)
        last->to = MAX(last->to, s.to);
    else
        g_array_append_val(out, s);
}

/* Whether each of the stretches touches one of `cover`. */
static bool all_touch(const GArray *cover, const GArray *stretches)
{
    guint k = 0;
    for (guint i = 0; i < stretches->len; i++) {
        const pdf_interval *s = &g_array_index(stretches, pdf_interval, i);
        while (k < cover->len && g_array_index(cover, pdf_interval, k).to < s->from)
            k++;
        if (k == cover->len || g_array_index(cover, pdf_interval, k).from > s->to)
            return false;
    }
    return true;
}

bool pdf_cover_add(GArray **cover, const GArray *stretches)
{
    GArray *old = *cover,
           *out = g_array_sized_new(FALSE, FALSE, sizeof(pdf_interval), old->len);
    bool touch = all_touch(old, stretches);
    for (guint i = 0, k = 0; i < old->len || k < stretches->len;) {
        const pdf_interval *a = i < old->len ? &g_array_index(old, pdf_interval, i) : NULL;
        const pdf_interval *b =
            k < stretches->len ? &g_array_index(stretches, pdf_interval, k) : NULL;
        bool first = a && (!b || a->from <= b->from);
        append(out, first ? *a : *b);
        *(first ? &i : &k) += 1;
    }
    g_array_free(old, TRUE);
    *cover = out;
    return touch;
}

guint pdf_cover_gaps(const GArray *cover, float least)
{
    guint n = 0;
    for (guint i = 1; i < cover->len; i++)
        n += g_array_index(cover, pdf_interval, i).from -
                 g_array_index(cover, pdf_interval, i - 1).to >=
             least;
    return n;
}
