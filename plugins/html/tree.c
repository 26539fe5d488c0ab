/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Nodes, and the questions asked of them.
 */
#include "html.h"

okb_str node_attr(const node *n, attr_id name)
{
    if (n->tag != TAG_TEXT)
        for (size_t i = 0; i < n->n_attrs; i++)
            if (n->attrs[i].name == name)
                return n->attrs[i].value;
    return (okb_str){NULL, 0};
}

bool node_has_attr(const node *n, attr_id name)
{
    return node_attr(n, name).data != NULL;
}

bool node_has_class(const node *n, const char *word)
{
    return str_has_word(node_attr(n, ATTR_CLASS), word);
}

node *node_skip(const node *n, const node *top)
{
    for (; n != top; n = n->parent)
        if (n->next)
            return n->next;
    return NULL;
}

node *node_next(const node *n, const node *top)
{
    return n->first ? n->first : node_skip(n, top);
}

static void collapse_into(buffer *b, okb_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        bool blank = is_space(s.data[i]);
        if (blank && (b->len == 0 || b->data[b->len - 1] == ' '))
            continue;
        buffer_byte(b, blank ? ' ' : s.data[i]);
    }
}

okb_str node_text(arena *a, const node *top)
{
    buffer b = {0};
    for (const node *n = top; n;) {
        if (n->tag == TAG_TEXT)
            collapse_into(&b, n->text);
        else if ((tag_flags[n->tag] & TAG_IS_BLOCK) || n->tag == TAG_BR)
            collapse_into(&b, OKB_STR(" "));
        n = n->dropped ? node_skip(n, top) : node_next(n, top);
    }
    return arena_take(a, &b);
}

static bool has_ink(okb_str s)
{
    return str_trim(s).len > 0;
}

bool node_has_content(const node *top)
{
    for (const node *n = top; n;) {
        bool hidden = n->dropped || n->tag == TAG_TEMPLATE || n->tag == TAG_SVG;
        if (!hidden && ((n->tag == TAG_TEXT && has_ink(n->text)) || n->tag == TAG_IMG ||
                        n->tag == TAG_HR || n->tag == TAG_IFRAME || n->tag == TAG_VIDEO ||
                        n->tag == TAG_AUDIO || n->tag == TAG_MATH || n->tag == TAG_INPUT))
            return true;
        n = hidden ? node_skip(n, top) : node_next(n, top);
    }
    return false;
}

node *node_find(const node *top, tag_id tag)
{
    for (const node *n = top; n; n = node_next(n, top))
        if (n->tag == tag)
            return (node *)n;
    return NULL;
}
