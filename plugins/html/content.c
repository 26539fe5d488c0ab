/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What of a page is worth reading. Dropping is marking: a dropped node is not converted, and
 * nothing within it.
 */
#include "content.h"

static bool style_hides(okb_str style)
{
    return str_has_nocase(style, "display:none") || str_has_nocase(style, "display: none") ||
           str_has_nocase(style, "visibility:hidden") ||
           str_has_nocase(style, "visibility: hidden");
}

static bool attr_hides(const attr *a)
{
    return a->name == ATTR_HIDDEN || (a->name == ATTR_STYLE && style_hides(a->value)) ||
           (a->name == ATTR_ARIA_HIDDEN && str_is_nocase(a->value, "true"));
}

bool node_is_hidden(const node *n)
{
    if (n->tag == TAG_TEXT || n->tag == TAG_MATH || n->tag == TAG_IMG)
        return false;
    if (n->tag == TAG_INPUT)
        return str_is_nocase(node_attr(n, ATTR_TYPE), "hidden");
    for (size_t i = 0; i < n->n_attrs; i++)
        if (attr_hides(&n->attrs[i]))
            return true;
    return false;
}

static void drop_hidden(document *doc)
{
    for (node *n = doc->root->first; n;) {
        n->dropped = node_is_hidden(n);
        n = n->dropped ? node_skip(n, doc->root) : node_next(n, doc->root);
    }
}

void drop_outside(document *doc, node *keep)
{
    for (node *n = keep; n != doc->root; n = n->parent)
        for (node *sibling = n->parent->first; sibling; sibling = sibling->next)
            if (sibling != n)
                sibling->dropped = true;
}

/* ---- Auto -------------------------------------------------------------------------------- */

/*
 * Whether to trust that this is the article. A page that calls itself one may have much else on
 * it, readers' comments say; any other must have nothing else of any length; and what was never
 * meant to be shared (documentation) is kept.
 */
static bool is_certain(const selection *s, const node *article)
{
    const figures *page = figures_of(s, s->doc->root), *f = figures_of(s, article);
    uint32_t least = s->kind == PAGE_ARTICLE ? 200 : 400;
    if (f->prose < least || f->code > 8 || f->prose * 10 < f->text * 5)
        return false;
    double share = (double)f->prose / page->prose;
    return share > (s->kind == PAGE_ARTICLE ? 0.08 : 0.7);
}

static bool is_frame(const node *n)
{
    okb_str role = node_attr(n, ATTR_ROLE);
    return n->tag == TAG_NAV || n->tag == TAG_FOOTER || str_is_nocase(role, "navigation") ||
           str_is_nocase(role, "contentinfo") || str_is_nocase(role, "search");
}

/* What every page of a site repeats. Returns how much text that is. */
static uint32_t drop_frame(selection *s)
{
    uint32_t dropped = 0;
    for (node *n = s->doc->root->first; n;) {
        if (n->tag != TAG_TEXT && !n->dropped && is_frame(n)) {
            n->dropped = true;
            dropped += figures_of(s, n)->text;
        }
        n = n->dropped ? node_skip(n, s->doc->root) : node_next(n, s->doc->root);
    }
    return dropped;
}

static void forget_drops(document *doc)
{
    for (node *n = doc->root; n; n = node_next(n, doc->root))
        n->dropped = false;
    drop_hidden(doc);
}

/* ---- The choice -------------------------------------------------------------------------- */

/* Cleaning may leave nothing of what was no article after all. */
static bool is_empty(const node *top)
{
    for (const node *n = node_next(top, top); n;) {
        if (!n->dropped && (n->tag == TAG_IMG || (n->tag == TAG_TEXT && str_trim(n->text).len)))
            return false;
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
    return true;
}

static bool keep_article(selection *s, bool only_if_certain)
{
    prune(s);
    measure(s);
    node *article = find_article(s);
    if (!article || (only_if_certain && !is_certain(s, article)))
        return false;
    clean_article(s, article);
    if (is_empty(article))
        return false;
    drop_outside(s->doc, article);
    return true;
}

static bool try_article(selection *s, bool only_if_certain)
{
    if (keep_article(s, only_if_certain))
        return true;
    forget_drops(s->doc);
    measure(s);
    return false;
}

/* False: nothing was chosen. A thread, a list or a product is never cut down to an article. */
static bool keep_main(selection *s, content_mode mode, page_form form)
{
    node *region;
    if (s->kind == PAGE_ARTICLE)
        return try_article(s, mode == CONTENT_AUTO);
    if (form != FORM_NONE)
        return mode == CONTENT_MAIN && (keep_form(s, form) || try_article(s, false));
    if (mode == CONTENT_AUTO && s->kind == PAGE_PLAIN)
        return false;
    if (find_shape(s, &region) == FORM_NONE)
        return try_article(s, mode == CONTENT_AUTO);
    if (mode == CONTENT_MAIN)
        keep_region(s, region);
    return mode == CONTENT_MAIN;
}

void choose_content(document *doc, content_mode mode, page_kind kind, page_form form)
{
    drop_hidden(doc);
    selection s = {.doc = doc, .kind = kind};
    if (mode == CONTENT_FULL || !measure(&s))
        return;
    s.filter = class_filter_get();
    if (keep_main(&s, mode, form))
        return;
    if (drop_frame(&s) * 2 > figures_of(&s, doc->root)->text)
        forget_drops(doc); /* a page of navigation: that is its content */
}
