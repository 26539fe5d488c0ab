/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the parts of content selection share: figures of every element, and what its names say.
 */
#ifndef OKB_HTML_CONTENT_H
#define OKB_HTML_CONTENT_H

#include "html.h"

/* Sums over an element and all within, hidden parts left out. */
typedef struct {
    uint32_t text;      /* bytes that are no white space */
    uint32_t link_text; /* ... of them in links */
    uint32_t commas;
    uint32_t prose;      /* ... of them in running text: see figures.c */
    uint32_t paragraphs; /* <p> with some text */
    uint32_t links, code;
    /* In no block within: the element's own lines. */
    uint32_t own_text, own_link_text, own_commas, own_breaks;
    float score;  /* for the choice of the main element */
    uint8_t name; /* classes.c: what it was found to be, plus one */
} figures;

/* Which words a name must have for classes.c to look closer. */
typedef struct {
    uint64_t bits[32];
} class_filter;

/* The one filter there is; filled at the first question. */
const class_filter *class_filter_get(void);

typedef struct {
    document *doc;
    const class_filter *filter;
    figures *all; /* by node->index */
    size_t n;
    page_kind kind;
} selection;

static inline figures *figures_of(const selection *s, const node *n)
{
    return &s->all[n->index];
}

double link_density(const figures *f);

/* What class, id and role say an element is. */
typedef enum {
    NAME_NOTHING,
    NAME_BOILERPLATE, /* navigation, sharing, advertising, ... : goes wherever it stands */
    NAME_UNLIKELY,    /* goes unless it holds what is sought */
    NAME_COMMENTS,
    NAME_ARTICLE, /* what pages call the body of an article */
    NAME_MAIN     /* what holds the content, and maybe more */
} name_class;

name_class classify_name(selection *s, const node *n);

/* figures.c */
bool measure(selection *s);
/* article.c: what is boilerplate wherever it stands; the element that holds the article, or
 * NULL; and cleaning within it. */
void prune(selection *s);
node *find_article(selection *s);
void clean_article(selection *s, node *top);
/* content.c: everything but `keep`, what is in it and what it is in. */
void drop_outside(document *doc, node *keep);
/* forms.c: keep the posts, entries or product; false: there is no such thing. */
bool keep_form(selection *s, page_form form);
/* Keep what is in `region`, without what is boilerplate and holds no marked item. */
void keep_region(selection *s, node *region);
void mark_holders(node *item); /* the item and what it is in, as `opened` */
node *common_ancestor(node *a, node *b);
/* shapes.c: what the page is made of, though it does not say so; `*ret_region` holds all items,
 * which are marked. */
page_form find_shape(selection *s, node **ret_region);

#endif
