/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Main content that is no article: a thread of posts, a list of entries, a product. Rules for
 * articles would keep one post and take the entries of a list for links to elsewhere. What is
 * kept here is the smallest element that holds all items, without what is boilerplate in it.
 *
 * Used where a page declares its form, or shapes.c sees it; `opened` marks items and what holds
 * them until the walk of convert.c, which sets it anew.
 */
#include "content.h"

#define MIN_SHARE 4 /* the region holds a MIN_SHARE-th of the page's text at least */

typedef struct {
    const char *const *types; /* of schema.org */
    const char *const *words; /* of classes */
    size_t least;             /* items that make the form believable */
    bool largest;             /* only the largest counts */
} item_rule;

static const char *const post_types[] = {"Comment", "Answer", "Question",
                                         "DiscussionForumPosting", NULL};
static const char *const post_words[] = {"post",     "postbody",   "post-body",    "message",
                                         "comment",  "topic-post", "message-body", "answer",
                                         "question", "reply",      "postcell",     NULL};
static const char *const entry_types[] = {"Product",     "ListItem",    "Article",
                                          "BlogPosting", "NewsArticle", NULL};
static const char *const entry_words[] = {"item",    "card",   "product",       "result",
                                          "entry",   "teaser", "product-item",  "list-item",
                                          "listing", "hentry", "search-result", NULL};
static const char *const product_types[] = {"Product", NULL};
static const char *const product_words[] = {"product",      "product-detail", "product-details",
                                            "product-main", "product-page",   "product-single",
                                            "product-view", "product-info",   NULL};

static const item_rule rules[] = {
    [FORM_FORUM] = {post_types, post_words, 2, false},
    [FORM_LISTING] = {entry_types, entry_words, 3, false},
    [FORM_PRODUCT] = {product_types, product_words, 1, true},
};

/* ---- Items ------------------------------------------------------------------------------- */

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words[n])
        n++;
    return n;
}

/* "https://schema.org/Product": the last part. */
static bool has_type(const node *n, const char *const *types)
{
    okb_str type = node_attr(n, ATTR_ITEMTYPE);
    const char *slash = type.len ? memrchr(type.data, '/', type.len) : NULL;
    if (!slash)
        return false;
    okb_str last = {slash + 1, type.len - (size_t)(slash + 1 - type.data)};
    for (size_t i = 0; types[i]; i++)
        if (str_is(last, types[i]))
            return true;
    return false;
}

static bool is_item(const node *n, const item_rule *rule)
{
    if (n->tag == TAG_TEXT || !(tag_flags[n->tag] & TAG_IS_BLOCK))
        return false;
    return has_type(n, rule->types) || (n->tag == TAG_ARTICLE && !rule->largest) ||
           str_has_any(node_attr(n, ATTR_CLASS), rule->words, count_words(rule->words));
}

/* ---- The region -------------------------------------------------------------------------- */

static size_t depth_of(const node *n)
{
    size_t depth = 0;
    for (; n->parent; n = n->parent)
        depth++;
    return depth;
}

node *common_ancestor(node *a, node *b)
{
    size_t x = depth_of(a), y = depth_of(b);
    for (; x > y; x--)
        a = a->parent;
    for (; y > x; y--)
        b = b->parent;
    for (; a != b; b = b->parent)
        a = a->parent;
    return a;
}

void mark_holders(node *item)
{
    for (node *n = item; n && !n->opened; n = n->parent)
        n->opened = true;
}

static node *find_region(selection *s, const item_rule *rule)
{
    node *root = s->doc->root, *region = NULL;
    size_t n_items = 0;
    for (node *n = root->first; n;) {
        bool item = !n->dropped && is_item(n, rule) && figures_of(s, n)->text > 0;
        if (item && rule->largest) {
            bool larger = !region || figures_of(s, n)->text > figures_of(s, region)->text;
            region = larger ? n : region;
        } else if (item) {
            region = region ? common_ancestor(region, n) : n;
            mark_holders(n);
        }
        n_items += item;
        n = n->dropped || item ? node_skip(n, root) : node_next(n, root);
    }
    if (region && rule->largest)
        mark_holders(region);
    return n_items >= rule->least ? region : NULL;
}

/* ---- What does not belong ---------------------------------------------------------------- */

static bool is_foreign(selection *s, const node *n)
{
    if (n->tag == TAG_TEXT || n->opened)
        return false;
    if (n->tag == TAG_NAV || n->tag == TAG_FOOTER || n->tag == TAG_ASIDE ||
        n->tag == TAG_BUTTON || n->tag == TAG_DIALOG || n->tag == TAG_TEXTAREA)
        return true;
    bool block = tag_flags[n->tag] & TAG_IS_BLOCK;
    return block && classify_name(s, n) == NAME_BOILERPLATE;
}

void keep_region(selection *s, node *region)
{
    for (node *n = region->first; n;) {
        n->dropped |= is_foreign(s, n);
        n = n->dropped ? node_skip(n, region) : node_next(n, region);
    }
    drop_outside(s->doc, region);
}

bool keep_form(selection *s, page_form form)
{
    node *region = find_region(s, &rules[form]);
    const figures *page = figures_of(s, s->doc->root);
    if (!region || region == s->doc->root ||
        figures_of(s, region)->text * MIN_SHARE < page->text)
        return false;
    keep_region(s, region);
    return true;
}
