/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Nodes in and out of the tree, and the stack of open elements.
 */
#include "builder.h"

node *tree_current(const builder *b)
{
    return b->stack[b->depth - 1];
}

/* ---- Nodes in and out -------------------------------------------------------------------- */

void tree_unlink_node(node *n)
{
    if (!n->parent)
        return;
    *(n->prev ? &n->prev->next : &n->parent->first) = n->next;
    *(n->next ? &n->next->prev : &n->parent->last) = n->prev;
    n->parent = n->prev = n->next = NULL;
}

/* Before `before`, or as the last child. */
void tree_link_node(node *n, node *parent, node *before)
{
    n->parent = parent;
    n->next = before;
    n->prev = before ? before->prev : parent->last;
    *(n->prev ? &n->prev->next : &parent->first) = n;
    *(n->next ? &n->next->prev : &parent->last) = n;
}

node *tree_new_node(builder *b, tag_id tag)
{
    node *n = arena_alloc(&b->doc->arena, sizeof *n);
    if (!n)
        return NULL;
    *n = (node){.tag = (uint16_t)tag};
    b->doc->n_nodes++;
    return n;
}

bool tree_is_table_part(tag_id tag)
{
    return tag == TAG_TABLE || tag == TAG_TBODY || tag == TAG_THEAD || tag == TAG_TFOOT ||
           tag == TAG_TR;
}

/* Where content goes: foster parenting puts before a table what cannot be in it. */
node *tree_place(const builder *b, bool fits_table, node **before)
{
    node *parent = tree_current(b);
    *before = NULL;
    if (fits_table || !tree_is_table_part(parent->tag))
        return parent;
    size_t i = b->depth - 1;
    while (i > 0 && b->stack[i]->tag != TAG_TABLE)
        i--;
    if (b->stack[i]->tag != TAG_TABLE || !b->stack[i]->parent)
        return parent;
    *before = b->stack[i];
    return b->stack[i]->parent;
}

/* A list directly in a list belongs to the item before it. */
static node *in_item(node *parent, tag_id tag)
{
    bool list = tag == TAG_UL || tag == TAG_OL;
    bool in_list = parent->tag == TAG_UL || parent->tag == TAG_OL;
    return list && in_list && parent->last && parent->last->tag == TAG_LI ? parent->last
                                                                          : parent;
}

bool tree_fits_table(tag_id tag)
{
    return tree_is_table_part(tag) || tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION ||
           tag == TAG_COL || tag == TAG_COLGROUP || tag == TAG_SCRIPT || tag == TAG_TEMPLATE ||
           tag == TAG_FORM;
}

node *tree_insert(builder *b, tag_id tag)
{
    node *n = tree_new_node(b, tag), *before;
    if (!n)
        return NULL;
    node *parent = tree_place(b, tree_fits_table(tag), &before);
    tree_link_node(n, before ? parent : in_item(parent, tag), before);
    return n;
}

void tree_push(builder *b, node *n)
{
    if (b->depth > MAX_OPEN - 1) {
        b->doc->flattened = true;
        b->too_deep++;
        return;
    }
    b->stack[b->depth++] = n;
    b->open[n->tag]++;
    n->is_open = true;
}

void tree_pop(builder *b)
{
    node *n = b->stack[--b->depth];
    b->open[n->tag]--;
    n->is_open = false;
}

void tree_pop_to(builder *b, size_t depth)
{
    while (b->depth > depth)
        tree_pop(b);
}

void tree_remove_from_stack(builder *b, size_t i)
{
    b->open[b->stack[i]->tag]--;
    b->stack[i]->is_open = false;
    memmove(&b->stack[i], &b->stack[i + 1], (b->depth - i - 1) * sizeof *b->stack);
    b->depth--;
}
