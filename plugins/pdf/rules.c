/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "tables.h"

#include <math.h>
#include <stdlib.h>

#define SNAP 1.5F /* points: rules nearer than this stand at the same place */
#define JOIN 2.5F /* points: a gap that does not end a rule */

static int by_place(const void *a, const void *b)
{
    const pdf_rule *p = a, *q = b;
    if (p->at != q->at)
        return p->at < q->at ? -1 : 1;
    if (p->from != q->from)
        return p->from < q->from ? -1 : 1;
    return p->to < q->to ? -1 : p->to > q->to;
}

static int by_start(const void *a, const void *b)
{
    const pdf_rule *p = a, *q = b;
    if (p->from != q->from)
        return p->from < q->from ? -1 : 1;
    return p->to < q->to ? -1 : p->to > q->to;
}

/* Rules at one place, in the order of their beginnings, joined. */
static void join_group(pdf_rule *rules, guint n, GArray *out)
{
    qsort(rules, n, sizeof *rules, by_start);
    pdf_rule r = rules[0];
    for (guint i = 1; i < n; i++) {
        if (rules[i].from <= r.to + JOIN) {
            r.to = MAX(r.to, rules[i].to);
            r.width = MAX(r.width, rules[i].width);
            continue;
        }
        g_array_append_val(out, r);
        r = rules[i];
    }
    g_array_append_val(out, r);
}

static void clean(GArray **rules)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(pdf_rule));
    pdf_rule *all = (pdf_rule *)(void *)(*rules)->data;
    if (all)
        qsort(all, (*rules)->len, sizeof *all, by_place);
    for (guint i = 0, end; i < (*rules)->len; i = end) {
        float at = all[i].at;
        for (end = i + 1; end < (*rules)->len && all[end].at - at <= SNAP;)
            end++;
        for (guint k = i; k < end; k++)
            all[k].at = at;
        join_group(all + i, end - i, out);
    }
    guint kept = 0;
    for (guint i = 0; i < out->len; i++) {
        pdf_rule r = g_array_index(out, pdf_rule, i);
        if (r.to - r.from >= 5)
            g_array_index(out, pdf_rule, kept++) = r;
    }
    g_array_set_size(out, kept);
    g_array_free(*rules, TRUE);
    *rules = out;
}

void pdf_rules_clean(pdf_page *page)
{
    clean(&page->across);
    clean(&page->down);
}
