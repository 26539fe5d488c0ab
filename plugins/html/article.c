/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The element that holds an article: paragraphs give points to what they are in, names and link
 * density weigh them. Then what does not belong is taken out of it.
 */
#include "content.h"

#define MIN_PARAGRAPH 20 /* bytes of text that make a paragraph worth points */
#define RUNNING       70 /* bytes of text in the lines of running text */
#define SHORT         40
#define LEVELS        5 /* ancestors that share in them */

/* ---- Points ------------------------------------------------------------------------------ */

static bool is_block(const node *n)
{
    return n->tag != TAG_TEXT && (tag_flags[n->tag] & TAG_IS_BLOCK);
}

static double name_weight(selection *s, const node *n)
{
    switch (classify_name(s, n)) {
    case NAME_ARTICLE:
        return 1.5;
    case NAME_MAIN:
        return 1.1;
    case NAME_COMMENTS:
        return 0.2;
    case NAME_BOILERPLATE:
        return 0.3;
    case NAME_UNLIKELY:
        return 0.7;
    case NAME_NOTHING:
        break;
    }
    return n->tag == TAG_ARTICLE ? 1.2 : 1;
}

/* Lines between double breaks count as paragraphs. */
static double points_of(const figures *f)
{
    double pieces = 1 + f->own_breaks / 2.0, length = f->own_text / 100.0;
    double points = pieces + f->own_commas + (length < 3 * pieces ? length : 3 * pieces);
    return points * (1 - (double)f->own_link_text / f->own_text);
}

static void share_points(selection *s, const node *n, double points)
{
    double part = 1;
    const node *a = n->tag == TAG_P || n->tag == TAG_PRE ? n->parent : n;
    for (int level = 0; a && level < LEVELS; a = a->parent, level++) {
        figures_of(s, a)->score += (float)(points * part);
        part *= 0.6;
    }
}

static bool gives_points(const node *n)
{
    return n->tag == TAG_P || n->tag == TAG_PRE || n->tag == TAG_DIV || n->tag == TAG_SECTION ||
           n->tag == TAG_ARTICLE || n->tag == TAG_TD || n->tag == TAG_BLOCKQUOTE ||
           n->tag == TAG_MAIN || n->tag == TAG_CENTER;
}

static void score_prose(selection *s)
{
    for (node *n = s->doc->root; n;) {
        const figures *f = figures_of(s, n);
        if (!n->dropped && is_block(n) && gives_points(n) && f->own_text >= MIN_PARAGRAPH)
            share_points(s, n, points_of(f));
        n = n->dropped ? node_skip(n, s->doc->root) : node_next(n, s->doc->root);
    }
}

static bool may_hold_article(const node *n)
{
    return n->tag == TAG_DIV || n->tag == TAG_ARTICLE || n->tag == TAG_SECTION ||
           n->tag == TAG_MAIN || n->tag == TAG_TD || n->tag == TAG_HTML || n->tag == TAG_FORM ||
           n->tag == TAG_CENTER || n->tag == TAG_FIELDSET || n->tag == TAG_BLOCKQUOTE ||
           n->tag == TAG_SPAN;
}

static node *best_scored(selection *s)
{
    node *best = NULL;
    double most = 0;
    for (node *n = s->doc->root; n;) {
        figures *f = figures_of(s, n);
        if (!n->dropped && may_hold_article(n) && f->score > 0) {
            double score = f->score * (1 - link_density(f)) * name_weight(s, n);
            if (score > most) {
                most = score;
                best = n;
            }
        }
        n = n->dropped ? node_skip(n, s->doc->root) : node_next(n, s->doc->root);
    }
    return best;
}

/* The text of an element that is in paragraphs and the like. */
static node *widen(selection *s, node *best)
{
    for (node *p = best->parent; p && p->parent; p = p->parent) {
        const figures *f = figures_of(s, p), *b = figures_of(s, best);
        name_class name = classify_name(s, p);
        bool same = f->text < b->text * 1.08;
        bool named = (name == NAME_ARTICLE || name == NAME_MAIN || p->tag == TAG_ARTICLE) &&
                     f->prose > b->prose * 1.2 && f->prose * 10 > f->text * 6;
        if (!same && !named)
            break;
        best = p;
    }
    return best;
}

node *find_article(selection *s)
{
    score_prose(s);
    node *best = best_scored(s);
    return best ? widen(s, best) : NULL;
}

/* ---- Pruning and cleaning ---------------------------------------------------------------- */

static bool is_never_article(tag_id tag)
{
    return tag == TAG_NAV || tag == TAG_FOOTER || tag == TAG_ASIDE || tag == TAG_FORM ||
           tag == TAG_BUTTON || tag == TAG_DIALOG || tag == TAG_FIELDSET ||
           tag == TAG_TEXTAREA || tag == TAG_MENU;
}

/* More links than text, for what is not prose. */
static bool is_link_list(const node *n, const figures *f)
{
    if (n->tag == TAG_P || !is_block(n) || n->tag == TAG_TR || n->tag == TAG_TD)
        return false;
    double density = link_density(f);
    if (n->tag == TAG_UL || n->tag == TAG_OL || n->tag == TAG_DL)
        return density > 0.6 && f->links > 1;
    return f->links > 1 && ((density > 0.5 && f->paragraphs < 2) || density > 0.8);
}

/* Wherever it stands: what names or tags say is no content, unless too much of the page is in
 * it. */
static bool is_boilerplate(selection *s, const node *n, const figures *page)
{
    if (n->tag == TAG_TEXT || n->tag == TAG_IMG || n->tag == TAG_A)
        return false;
    const figures *f = figures_of(s, n);
    bool large = f->prose * 10 > page->prose * 4;
    if (is_never_article(n->tag))
        return !large;
    if (!is_block(n) && n->tag != TAG_SPAN)
        return false;
    name_class name = classify_name(s, n);
    return (name == NAME_BOILERPLATE || name == NAME_COMMENTS) && !large;
}

void prune(selection *s)
{
    const figures *page = figures_of(s, s->doc->root);
    for (node *n = s->doc->root->first; n;) {
        if (!n->dropped)
            n->dropped = is_boilerplate(s, n, page);
        n = n->dropped ? node_skip(n, s->doc->root) : node_next(n, s->doc->root);
    }
}

/* A leaf that is a link and nothing else: what else to read, not what is read. */
static bool is_link_line(const node *n, const figures *f)
{
    bool leaf = is_block(n) && f->own_text == f->text && n->tag != TAG_LI && n->tag != TAG_TD &&
                n->tag != TAG_TH && n->tag != TAG_DT && n->tag != TAG_DD;
    return leaf && f->links && f->link_text * 10 >= f->text * 7 && f->text < 200;
}

static bool is_caption(const node *n)
{
    return n->tag == TAG_FIGCAPTION;
}

static bool is_clutter(const node *n, const figures *f, const figures *whole)
{
    if (n->tag == TAG_TEXT || f->text * 10 > whole->text * 4)
        return false;
    return is_caption(n) || (f->text && (is_link_list(n, f) || is_link_line(n, f)));
}

/* Lines of running text, as opposed to dates, names and labels. */
static bool is_running(const figures *f)
{
    return f->own_text >= RUNNING && f->own_link_text * 3 < f->own_text;
}

/* What stands above the first running text and is short: title, author, date, labels. */
static void drop_head(selection *s, node *top)
{
    for (node *n = node_next(top, top); n;) {
        const figures *f = figures_of(s, n);
        bool block = is_block(n) && !n->dropped;
        if (block && n->tag != TAG_H1 && is_running(f))
            return;
        bool leaf = block && f->own_text == f->text && f->text;
        if (leaf && (f->text < RUNNING || n->tag == TAG_H1))
            n->dropped = true;
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
}

/* What stands below the last running text and is short. */
static void drop_tail(selection *s, node *top)
{
    node *last = NULL;
    for (node *n = node_next(top, top); n;) {
        if (is_block(n) && !n->dropped && is_running(figures_of(s, n)))
            last = n;
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
    for (node *n = last ? node_skip(last, top) : NULL; n;) {
        const figures *f = figures_of(s, n);
        bool part = n->tag == TAG_LI || n->tag == TAG_TD || n->tag == TAG_TH ||
                    n->tag == TAG_DD || n->tag == TAG_DT ||
                    (n->tag >= TAG_H1 && n->tag <= TAG_H6);
        bool leaf = is_block(n) && f->own_text == f->text && f->text && f->text < SHORT;
        n->dropped |= leaf && !part;
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
}

void clean_article(selection *s, node *top)
{
    const figures *whole = figures_of(s, top);
    for (node *n = node_next(top, top); n;) {
        n->dropped |= is_clutter(n, figures_of(s, n), whole);
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
    drop_head(s, top);
    drop_tail(s, top);
}
