/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a page is made of when it does not say so: elements of one tag and first class that
 * repeat and hold most of what is to be read. A thread's carry a name and a time each, a list's
 * a link and a heading or picture. A product has a price and something to order it by.
 *
 * An article with comments is no thread and one with teasers no list: what stands outside of
 * the items is weighed against them. A page taken for none of these is read as before, and none
 * of these is ever cut down to an article: a wrong guess keeps too much, not too little.
 */
#include "content.h"

#define MAX_KINDS  256 /* a power of two; more kinds of elements are not looked at */
#define MAX_TRIED  8
#define MIN_SHARE  4 /* items hold a MIN_SHARE-th of the page's text at least */
#define MIN_POSTS  2
#define MIN_LISTED 4
#define SHORTEST   200 /* bytes of running text that make an article */

typedef struct {
    const node *sample; /* NULL when free */
    okb_str class;
    uint32_t n, text, prose;
    uint32_t longest, most_prose; /* of one item */
    uint32_t until;               /* index of the first node behind the last item */
    bool tried;
} item_kind;

typedef struct {
    uint32_t posts, entries; /* items that look like one */
    node *region;
} evidence;

/* ---- Kinds ------------------------------------------------------------------------------- */

static okb_str first_word(okb_str s)
{
    size_t start = 0, end;
    while (start < s.len && is_space(s.data[start]))
        start++;
    for (end = start; end < s.len && !is_space(s.data[end]);)
        end++;
    return (okb_str){s.data + start, end - start};
}

static bool may_be_item(const node *n)
{
    switch (n->tag) {
    case TAG_DIV:
    case TAG_SECTION:
    case TAG_TABLE:
    case TAG_TR:
        return node_has_attr(n, ATTR_CLASS);
    case TAG_LI:
    case TAG_ARTICLE:
        return true;
    default:
        return false;
    }
}

/* What surrounds the content, and what figures.c counts as nothing. */
static bool is_passed_over(const node *n)
{
    switch (n->tag) {
    case TAG_NAV:
    case TAG_FOOTER:
    case TAG_ASIDE:
    case TAG_TITLE:
    case TAG_TEMPLATE:
    case TAG_SVG:
    case TAG_NOSCRIPT:
    case TAG_SELECT:
    case TAG_SCRIPT:
    case TAG_STYLE:
        return true;
    default:
        return n->dropped;
    }
}

static bool is_of(const item_kind *k, const node *n)
{
    if (!may_be_item(n) || n->tag != k->sample->tag)
        return false;
    okb_str class = first_word(node_attr(n, ATTR_CLASS));
    return class.len == k->class.len &&
           (class.len == 0 || memcmp(class.data, k->class.data, class.len) == 0);
}

static item_kind *kind_of(item_kind *kinds, const node *n)
{
    okb_str class = first_word(node_attr(n, ATTR_CLASS));
    size_t h = (size_t)n->tag;
    for (size_t i = 0; i < class.len; i++)
        h = (h ^ (unsigned char)class.data[i]) * 0x100000001b3;
    for (size_t i = 0; i < 8; i++) {
        item_kind *k = &kinds[((h ^ h >> 32) + i) & (MAX_KINDS - 1)];
        if (!k->sample)
            *k = (item_kind){.sample = n, .class = class};
        if (is_of(k, n))
            return k;
    }
    return NULL;
}

/* One within another of its kind counts with that one. */
static void count_item(selection *s, item_kind *k, const node *n)
{
    const figures *f = figures_of(s, n);
    if (k->n && n->index < k->until)
        return;
    const node *behind = node_skip(n, s->doc->root);
    k->until = behind ? behind->index : UINT32_MAX;
    k->n++;
    k->text += f->text;
    k->prose += f->prose;
    k->longest = f->text > k->longest ? f->text : k->longest;
    k->most_prose = f->prose > k->most_prose ? f->prose : k->most_prose;
}

static void count_kinds(selection *s, item_kind *kinds)
{
    node *root = s->doc->root;
    for (node *n = root->first; n;) {
        bool skip = is_passed_over(n);
        item_kind *k =
            !skip && may_be_item(n) && figures_of(s, n)->text ? kind_of(kinds, n) : NULL;
        if (k)
            count_item(s, k, n);
        n = skip ? node_skip(n, root) : node_next(n, root);
    }
}

/* ---- Evidence ---------------------------------------------------------------------------- */

static bool names_time(const node *n)
{
    static const char *const words[] = {"date", "time", "posted", "timestamp", "when", "age"};
    return str_has_any(node_attr(n, ATTR_CLASS), words, 6);
}

static bool names_author(const node *n)
{
    okb_str class = node_attr(n, ATTR_CLASS);
    return str_has_nocase(class, "author") || str_has_nocase(class, "user") ||
           str_has_nocase(class, "poster") || str_has_nocase(class, "profile") ||
           str_has_nocase(class, "nick") || str_is(node_attr(n, ATTR_REL), "author");
}

static void look_into(selection *s, const node *item, evidence *e)
{
    bool time = false, author = false, mark = false;
    for (const node *n = item; n; n = node_next(n, item)) {
        if (n->tag == TAG_TEXT)
            continue;
        time |= n->tag == TAG_TIME || (!time && n->n_attrs && names_time(n));
        author |= !author && n->n_attrs && names_author(n);
        mark |= (n->tag >= TAG_H1 && n->tag <= TAG_H6) || n->tag == TAG_IMG;
    }
    e->posts += time && author;
    e->entries += mark && figures_of(s, item)->links > 0;
}

/* Calls nothing for what is within an item. */
static evidence examine(selection *s, const item_kind *k, void (*each)(node *))
{
    node *root = s->doc->root;
    evidence e = {0};
    for (node *n = root->first; n;) {
        bool skip = is_passed_over(n);
        bool item = !skip && is_of(k, n) && figures_of(s, n)->text;
        if (item && each)
            each(n);
        else if (item) {
            look_into(s, n, &e);
            e.region = e.region ? common_ancestor(e.region, n) : n->parent;
        }
        n = skip || item ? node_skip(n, root) : node_next(n, root);
    }
    return e;
}

/* ---- Judging ----------------------------------------------------------------------------- */

static bool most_of(uint32_t n, const item_kind *k)
{
    return n * 5 >= k->n * 4;
}

static page_form judge(selection *s, const item_kind *k, const evidence *e)
{
    uint32_t prose = figures_of(s, s->doc->root)->prose;
    uint32_t outside = prose > k->prose ? prose - k->prose : 0;
    if (k->n >= MIN_POSTS && most_of(e->posts, k) && outside * 2 < k->prose &&
        outside < k->most_prose)
        return FORM_FORUM;
    if (k->n >= MIN_LISTED && most_of(e->entries, k) && k->longest * 2 < k->text &&
        (outside < SHORTEST || outside * 3 < k->text))
        return FORM_LISTING;
    return FORM_NONE;
}

/* The kind not yet tried that holds most text. */
static item_kind *next_kind(selection *s, item_kind *kinds)
{
    uint32_t page = figures_of(s, s->doc->root)->text;
    item_kind *best = NULL;
    for (item_kind *k = kinds; k < kinds + MAX_KINDS; k++)
        if (k->n >= MIN_POSTS && !k->tried && k->text * MIN_SHARE >= page &&
            (!best || k->text > best->text))
            best = k;
    if (best)
        best->tried = true;
    return best;
}

/* ---- A product --------------------------------------------------------------------------- */

static bool orders(const node *n)
{
    if (n->tag != TAG_BUTTON && n->tag != TAG_FORM && n->tag != TAG_INPUT && n->tag != TAG_A)
        return false;
    const okb_str all[] = {node_attr(n, ATTR_CLASS), node_attr(n, ATTR_ID),
                           node_attr(n, ATTR_NAME)};
    for (size_t i = 0; i < 3; i++)
        if (str_has_nocase(all[i], "add-to-cart") || str_has_nocase(all[i], "add_to_cart") ||
            str_has_nocase(all[i], "addtocart") || str_has_nocase(all[i], "add-to-basket") ||
            str_has_nocase(all[i], "buy-now") || str_has_nocase(all[i], "buybox"))
            return true;
    return false;
}

static bool is_price(const node *n)
{
    static const char *const words[] = {"price", "product-price", "price-box", "our-price"};
    return n->n_attrs > 0 && (str_has_any(node_attr(n, ATTR_CLASS), words, 4) ||
                              str_is(node_attr(n, ATTR_ITEMPROP), "price"));
}

/* Most pages have no price, and are walked once. */
static bool has_such(selection *s, bool (*is)(const node *))
{
    node *root = s->doc->root;
    for (node *n = root->first; n;) {
        bool skip = is_passed_over(n);
        if (!skip && n->tag != TAG_TEXT && is(n))
            return true;
        n = skip ? node_skip(n, root) : node_next(n, root);
    }
    return false;
}

static bool is_product(selection *s)
{
    return has_such(s, is_price) && has_such(s, orders) && node_find(s->doc->root, TAG_H1);
}

/* ---- The page ---------------------------------------------------------------------------- */

page_form find_shape(selection *s, node **ret_region)
{
    item_kind kinds[MAX_KINDS] = {0};
    item_kind *k;
    *ret_region = s->doc->root;
    count_kinds(s, kinds);
    for (int i = 0; i < MAX_TRIED && (k = next_kind(s, kinds)); i++) {
        evidence e = examine(s, k, NULL);
        page_form form = judge(s, k, &e);
        if (form == FORM_NONE)
            continue;
        examine(s, k, mark_holders);
        *ret_region = e.region;
        return form;
    }
    return is_product(s) ? FORM_PRODUCT : FORM_NONE;
}
