/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "pages.h"

enum { MAX_PARENTS = 32, MAX_KIDS = 100000, MOST_STEPS = 30000000 };
enum { PASSED_IN_STEP = 16 }; /* kids that are passed over, not looked at */

static bool is_inner(pdf_file *f, pdf_value node)
{
    return pdf_file_key(f, node, "/Kids").at != NULL;
}

static uint32_t count_of(pdf_file *f, pdf_value node)
{
    gint64 count = 0;
    bool told = pdf_value_integer(pdf_file_key(f, node, "/Count"), &count);
    return told ? (uint32_t)CLAMP(count, 0, G_MAXINT) : 0;
}

static uint32_t length_of(pdf_value array)
{
    pdf_values items = pdf_value_items(array);
    pdf_value item;
    uint32_t n = 0;
    while (pdf_values_next(&items, &item))
        n++;
    return n;
}

/* An array at the same place, of the same object, is the same. */
static void look_at(pdf_pages *p, int node, pdf_value kids)
{
    if (node && p->node == node && p->kids == kids.at)
        return;
    *p = (pdf_pages){.node = node, .kids = kids.at, .n = length_of(kids), .steps = p->steps};
    p->steps += p->n / PASSED_IN_STEP;
    p->at = pdf_value_items(kids);
}

static pdf_value kid_at(pdf_pages *p, pdf_file *f, pdf_value kids, uint32_t index)
{
    pdf_value kid = {0};
    if (index < p->next) {
        p->at = pdf_value_items(kids);
        p->next = 0;
    }
    for (; p->next <= index && pdf_values_next(&p->at, &kid); p->next++)
        ;
    return pdf_file_resolve(f, kid);
}

/* The kid of `node` that holds page *index of it, which becomes the page's index in that kid.
 */
static pdf_value kid_with(pdf_pages *p, pdf_file *f, pdf_value node, uint32_t *index)
{
    pdf_value kids = pdf_file_key(f, node, "/Kids"), kid;
    look_at(p, node.object, kids);
    if (p->n == count_of(f, node) && *index < p->n) { /* leaves only */
        uint32_t at = *index;
        *index = 0;
        return kid_at(p, f, kids, at);
    }
    pdf_values items = pdf_value_items(kids);
    for (int i = 0; i < MAX_KIDS && pdf_file_next(f, &items, &kid); i++, p->steps++) {
        uint32_t pages = is_inner(f, kid) ? count_of(f, kid) : 1;
        if (*index < pages)
            return kid;
        *index -= pages;
    }
    return (pdf_value){0};
}

pdf_value pdf_pages_find(pdf_pages *p, pdf_file *f, uint32_t index)
{
    pdf_value node = pdf_file_key(f, pdf_file_root(f), "/Pages");
    for (int depth = 0; depth < MAX_PARENTS && node.at && p->steps < MOST_STEPS; depth++) {
        if (!is_inner(f, node))
            return node;
        node = kid_with(p, f, node, &index);
    }
    return (pdf_value){0};
}
