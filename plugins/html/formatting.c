/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Formatting that was left open: it is opened again in the next block, and the adoption agency
 * sorts out what was closed in the wrong order.
 */
#include "builder.h"

#define MAX_SAME 3 /* of equal elements in the list */

/* ---- Active formatting ------------------------------------------------------------------- */

void tree_forget_active(builder *b, size_t i)
{
    memmove(&b->active[i], &b->active[i + 1], (b->n_active - i - 1) * sizeof *b->active);
    b->n_active--;
}

void tree_set_marker(builder *b)
{
    if (b->n_active == MAX_ACTIVE)
        tree_forget_active(b, 0);
    b->active[b->n_active++] = NULL;
}

void tree_clear_to_marker(builder *b)
{
    while (b->n_active && b->active[--b->n_active])
        ;
}

static bool same_element(const node *x, const node *y)
{
    if (x->tag != y->tag || x->n_attrs != y->n_attrs)
        return false;
    for (size_t i = 0; i < x->n_attrs; i++) {
        okb_str p = x->attrs[i].value, q = y->attrs[i].value;
        if (x->attrs[i].name != y->attrs[i].name || p.len != q.len ||
            memcmp(p.data, q.data, p.len) != 0)
            return false;
    }
    return true;
}

void tree_add_active(builder *b, node *n)
{
    size_t same = 0, oldest = 0;
    for (size_t i = b->n_active; i-- > 0 && b->active[i];) {
        if (same_element(b->active[i], n)) {
            same++;
            oldest = i;
        }
    }
    if (same >= MAX_SAME)
        tree_forget_active(b, oldest);
    if (b->n_active == MAX_ACTIVE)
        tree_forget_active(b, 0);
    b->active[b->n_active++] = n;
}

long tree_on_stack(const builder *b, const node *n)
{
    if (n->is_open)
        for (size_t i = b->depth; i-- > 1;)
            if (b->stack[i] == n)
                return (long)i;
    return -1;
}

static node *clone(builder *b, const node *n)
{
    node *copy = tree_new_node(b, n->tag);
    if (copy) {
        copy->n_attrs = n->n_attrs;
        copy->attrs = n->attrs;
    }
    return copy;
}

/* Open again what a block has closed. */
void tree_reconstruct(builder *b)
{
    size_t i = b->n_active;
    while (i > 0 && b->active[i - 1] && !b->active[i - 1]->is_open)
        i--;
    for (; i < b->n_active; i++) {
        node *copy = clone(b, b->active[i]), *before;
        if (!copy || b->depth >= MAX_OPEN)
            return;
        node *parent = tree_place(b, false, &before);
        tree_link_node(copy, parent, before);
        tree_push(b, copy);
        b->active[i] = copy;
    }
}

long tree_find_active(const builder *b, tag_id tag)
{
    for (size_t i = b->n_active; i-- > 0 && b->active[i];)
        if (b->active[i]->tag == tag)
            return (long)i;
    return -1;
}

/* ---- The adoption agency ----------------------------------------------------------------- */

static size_t furthest_block(const builder *b, size_t above)
{
    for (size_t i = above + 1; i < b->depth; i++)
        if (is(b->stack[i]->tag, TAG_IS_SPECIAL))
            return i;
    return 0;
}

static void move_children(node *from, node *to)
{
    while (from->first) {
        node *n = from->first;
        tree_unlink_node(n);
        tree_link_node(n, to, NULL);
    }
}

size_t tree_active_index(const builder *b, const node *n)
{
    size_t i = 0;
    while (i < b->n_active && b->active[i] != n)
        i++;
    return i;
}

/*
 * The elements between the formatting element and the furthest block: the first three that are
 * active are cloned around the block, the others leave the stack. Returns what the block goes
 * into.
 */
static node *rebuild_between(builder *b, size_t element, size_t block, size_t *bookmark)
{
    node *inner = b->stack[block];
    size_t count = 0;
    for (size_t i = block - 1; i > element; i--) {
        size_t at = tree_active_index(b, b->stack[i]);
        if (++count > 3 && at < b->n_active) {
            tree_forget_active(b, at);
            *bookmark -= at < *bookmark;
            at = b->n_active;
        }
        if (at == b->n_active) {
            tree_remove_from_stack(b, i);
            continue;
        }
        node *copy = clone(b, b->stack[i]);
        if (!copy)
            return inner;
        b->stack[i]->is_open = false;
        b->active[at] = b->stack[i] = copy;
        copy->is_open = true;
        if (inner == b->stack[i + 1] && *bookmark <= at)
            *bookmark = at + 1;
        tree_unlink_node(inner);
        tree_link_node(inner, copy, NULL);
        inner = copy;
    }
    return inner;
}

static void put_into_ancestor(node *inner, node *ancestor)
{
    tree_unlink_node(inner);
    bool foster = tree_is_table_part(ancestor->tag);
    node *table = ancestor;
    while (foster && table && table->tag != TAG_TABLE)
        table = table->parent;
    if (foster && table && table->parent)
        tree_link_node(inner, table->parent, table);
    else
        tree_link_node(inner, ancestor, NULL);
}

/* One round: false when there is nothing more to do. */
bool tree_adopt(builder *b, tag_id tag)
{
    long active = tree_find_active(b, tag);
    if (active < 0)
        return false;
    node *element = b->active[active];
    long at = tree_on_stack(b, element);
    if (at < 0) {
        tree_forget_active(b, (size_t)active);
        return false;
    }
    size_t block = furthest_block(b, (size_t)at);
    if (!block) {
        tree_pop_to(b, (size_t)at);
        tree_forget_active(b, (size_t)active);
        return false;
    }
    node *block_node = b->stack[block], *ancestor = b->stack[at - 1];
    size_t bookmark = (size_t)active;
    node *inner = rebuild_between(b, (size_t)at, block, &bookmark);
    put_into_ancestor(inner, ancestor);
    node *copy = clone(b, element);
    if (!copy)
        return false;
    move_children(block_node, copy);
    tree_link_node(copy, block_node, NULL);
    b->active[tree_active_index(b, element)] = copy;
    tree_remove_from_stack(b, (size_t)tree_on_stack(b, element));
    long below = tree_on_stack(b, block_node);
    if (below < 0 || b->depth >= MAX_OPEN)
        return false;
    memmove(&b->stack[below + 2], &b->stack[below + 1],
            (b->depth - (size_t)below - 1) * sizeof *b->stack);
    b->stack[below + 1] = copy;
    copy->is_open = true;
    b->open[copy->tag]++;
    b->depth++;
    return true;
}
