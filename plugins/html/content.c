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

bool node_is_hidden(const node *n)
{
    if (n->tag == TAG_TEXT || n->tag == TAG_MATH || n->tag == TAG_IMG || n->n_attrs == 0)
        return false;
    if (n->tag == TAG_INPUT)
        return str_is_nocase(node_attr(n, ATTR_TYPE), "hidden");
    return node_has_attr(n, ATTR_HIDDEN) || style_hides(node_attr(n, ATTR_STYLE)) ||
           str_is_nocase(node_attr(n, ATTR_ARIA_HIDDEN), "true");
}

static void drop_hidden(document *doc)
{
    for (node *n = doc->root->first; n;) {
        n->dropped = node_is_hidden(n);
        n = n->dropped ? node_skip(n, doc->root) : node_next(n, doc->root);
    }
}

/* Everything but `keep`, what is in it and what it is in. */
static void drop_outside(document *doc, node *keep)
{
    for (node *n = keep; n != doc->root; n = n->parent)
        for (node *sibling = n->parent->first; sibling; sibling = sibling->next)
            if (sibling != n)
                sibling->dropped = true;
}

void choose_content(document *doc, content_mode mode)
{
    drop_hidden(doc);
    if (mode == CONTENT_FULL)
        return;
    selection s = {.doc = doc, .mode = mode};
    if (!measure(&s))
        return;
    prune(&s);
    measure(&s);
    node *article = find_article(&s);
    if (!article)
        return;
    clean_article(&s, article);
    drop_outside(doc, article);
}
