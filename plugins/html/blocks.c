/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Headings, lists, quotes, rules.
 */
#include "convert.h"

static bool is_confined(const conv *v)
{
    return v->cell || v->heading;
}

/* ---- Headings ---------------------------------------------------------------------------- */

/* Within a cell a heading can only be strong; one without content is a hook for scripts. */
bool enter_heading(conv *v, node *n)
{
    if (!node_has_content(n) && (n->first || n->n_attrs))
        return false;
    conv_boundary(v);
    if (is_confined(v)) {
        n->mark = conv_push(v, (wrap){.span = OKB_MD_STRONG});
        return true;
    }
    okb_md_heading_begin(v->md, (uint32_t)(n->tag - TAG_H1) + 1);
    v->heading = true;
    v->leaf = false;
    v->boundary = false;
    return true;
}

void leave_heading(conv *v, node *n)
{
    if (n->mark) {
        conv_pop(v);
        conv_boundary(v);
        return;
    }
    if (v->cell) {
        conv_boundary(v);
        return;
    }
    flush_code(v);
    okb_md_heading_end(v->md);
    v->heading = v->leaf = v->boundary = false;
    v->breaks = 0;
}

/* ---- Quotes ------------------------------------------------------------------------------ */

bool enter_quote(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
    if (!is_confined(v))
        okb_md_quote_begin(v->md);
    return true;
}

void leave_quote(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
    if (!is_confined(v))
        okb_md_quote_end(v->md);
}

/* ---- Lists ------------------------------------------------------------------------------- */

/* Loose when an item holds a paragraph of its own. */
static bool is_loose(const node *list)
{
    for (const node *item = list->first; item; item = item->next) {
        if (item->tag != TAG_LI || item->dropped)
            continue;
        for (const node *n = item->first; n; n = n->next)
            if (n->tag == TAG_P && !n->dropped)
                return true;
    }
    return false;
}

/* In a cell a list can only be written as HTML. */
bool enter_list(conv *v, node *n)
{
    if (!node_has_content(n) && !node_find(n, TAG_LI))
        return false;
    conv_boundary(v);
    v->list_depth++;
    if (v->cell) {
        v->boundary = false;
        v->breaks = 0;
        conv_html(v, n->tag == TAG_OL ? "<ol>" : "<ul>");
    } else if (!v->heading) {
        long start = str_number(node_attr(n, ATTR_START), 1);
        okb_md_list list = {.ordered = n->tag == TAG_OL, .loose = is_loose(n)};
        list.start =
            start > 0 || node_has_attr(n, ATTR_START) ? (uint32_t)(start > 0 ? start : 0) : 1;
        okb_md_list_begin(v->md, &list);
    }
    return true;
}

void leave_list(conv *v, node *n)
{
    conv_boundary(v);
    v->list_depth--;
    if (v->cell) {
        v->boundary = false;
        conv_html(v, n->tag == TAG_OL ? "</ol>" : "</ul>");
    } else if (!v->heading) {
        okb_md_list_end(v->md);
    }
}

/* The box that begins an item, perhaps within its paragraph or label. */
static node *task_box(node *item)
{
    for (node *n = item->first; n;) {
        if (n->tag == TAG_TEXT ? str_trim(n->text).len == 0 : n->dropped)
            n = n->next;
        else if (n->tag == TAG_P || n->tag == TAG_LABEL || n->tag == TAG_SPAN)
            n = n->first;
        else
            return n->tag == TAG_INPUT && str_is_nocase(node_attr(n, ATTR_TYPE), "checkbox")
                       ? n
                       : NULL;
    }
    return NULL;
}

bool enter_item(conv *v, node *n)
{
    conv_boundary(v);
    if (v->cell) {
        v->boundary = false;
        conv_html(v, "<li>");
        return true;
    }
    node *box = task_box(n);
    if (box)
        box->dropped = true;
    if (!v->heading)
        okb_md_item_begin(v->md, !box                               ? OKB_MD_NO_TASK
                                 : node_has_attr(box, ATTR_CHECKED) ? OKB_MD_DONE
                                                                    : OKB_MD_TODO);
    return true;
}

void leave_item(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
    if (v->cell) {
        v->boundary = false;
        conv_html(v, "</li>");
    } else if (!v->heading) {
        okb_md_item_end(v->md);
    }
}

/* ---- Definitions: a list of terms, each with the list of its definitions ----------------- */

/* dl->mark: what is open, and how it is spaced. */
enum { TERMS_OPEN = 1, DEFINITIONS_OPEN = 2, ARE_LOOSE = 4 };

static node *definitions_of(node *n)
{
    node *dl = n->parent;
    while (dl && dl->tag != TAG_DL)
        dl = dl->parent;
    return dl;
}

static bool definitions_are_loose(const node *dl)
{
    for (const node *n = dl->first; n; n = n->next)
        for (const node *child = n->tag == TAG_DD ? n->first : NULL; child; child = child->next)
            if (child->tag == TAG_P || child->tag == TAG_PRE || child->tag == TAG_TABLE)
                return true;
    return false;
}

bool enter_definitions(conv *v, node *n)
{
    conv_boundary(v);
    if (is_confined(v))
        return true;
    v->list_depth++;
    n->mark = TERMS_OPEN | (definitions_are_loose(n) ? ARE_LOOSE : 0);
    okb_md_list_begin(v->md, &(okb_md_list){.loose = n->mark & ARE_LOOSE});
    return true;
}

static void end_definitions(conv *v, node *dl)
{
    if (dl->mark & DEFINITIONS_OPEN)
        okb_md_list_end(v->md);
    dl->mark &= (uint8_t)~DEFINITIONS_OPEN;
}

void leave_definitions(conv *v, node *n)
{
    conv_boundary(v);
    if (n->mark == 0)
        return;
    end_definitions(v, n);
    v->list_depth--;
    okb_md_list_end(v->md);
}

bool enter_term(conv *v, node *n)
{
    conv_boundary(v);
    node *dl = definitions_of(n);
    if (is_confined(v) || !dl || dl->mark == 0)
        return true;
    end_definitions(v, dl);
    okb_md_item_begin(v->md, OKB_MD_NO_TASK);
    return true;
}

bool enter_definition(conv *v, node *n)
{
    conv_boundary(v);
    node *dl = definitions_of(n);
    if (is_confined(v) || !dl || dl->mark == 0)
        return true;
    if (!(dl->mark & DEFINITIONS_OPEN))
        okb_md_list_begin(v->md, &(okb_md_list){.loose = dl->mark & ARE_LOOSE});
    dl->mark |= DEFINITIONS_OPEN;
    okb_md_item_begin(v->md, OKB_MD_NO_TASK);
    return true;
}

void leave_definition(conv *v, node *n)
{
    conv_boundary(v);
    node *dl = definitions_of(n);
    if (n->tag == TAG_DD && dl && dl->mark & DEFINITIONS_OPEN && !is_confined(v))
        okb_md_item_end(v->md);
}

/* ---- Others ------------------------------------------------------------------------------ */

bool enter_rule(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
    if (!is_confined(v))
        okb_md_rule(v->md);
    return false;
}

/* What stands for the folded details, or names a group of fields. */
bool enter_summary(conv *v, node *n)
{
    conv_boundary(v);
    n->mark = conv_push(v, (wrap){.span = OKB_MD_STRONG});
    return true;
}
