/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What of a page is worth reading.
 */
#include "html.h"

static bool style_hides(okb_str style)
{
    return str_has_nocase(style, "display:none") || str_has_nocase(style, "display: none") ||
           str_has_nocase(style, "visibility:hidden") ||
           str_has_nocase(style, "visibility: hidden");
}

bool node_is_hidden(const node *n)
{
    if (n->tag == TAG_TEXT || n->tag == TAG_MATH || n->tag == TAG_IMG)
        return false;
    if (n->tag == TAG_INPUT)
        return str_is_nocase(node_attr(n, ATTR_TYPE), "hidden");
    return node_has_attr(n, ATTR_HIDDEN) || style_hides(node_attr(n, ATTR_STYLE)) ||
           str_is_nocase(node_attr(n, ATTR_ARIA_HIDDEN), "true");
}

void choose_content(document *doc, content_mode mode)
{
    (void)mode;
    for (node *n = doc->root; n;
         n = n->dropped ? node_skip(n, doc->root) : node_next(n, doc->root))
        n->dropped = node_is_hidden(n);
}
