/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * HTML5's tree construction, as far as it changes what is read: implied ends, tables with
 * foster parenting, formatting that is opened again, the adoption agency. There is one root;
 * <html>, <head> and <body> are no nodes.
 *
 * Bounds: the stack of open elements is at most MAX_OPEN deep (deeper elements become
 * siblings), the list of active formatting at most MAX_ACTIVE long, so that every search is
 * O(1) and the whole linear. open[tag] counts the open elements of each kind, so that most
 * searches do not begin.
 */
#include "html.h"

#include <stdlib.h>

#define MAX_OPEN   512
#define MAX_ACTIVE 24
#define MAX_SAME   3

struct builder {
    document *doc;
    node *stack[MAX_OPEN + 1];
    size_t depth;    /* stack[0] is the root */
    size_t too_deep; /* starts not pushed since */
    unsigned open[TAG_COUNT];
    node *active[MAX_ACTIVE]; /* NULL is a marker */
    size_t n_active;
    node *text; /* the text node that ends the arena, to be continued */
};

static bool is(tag_id tag, unsigned flag)
{
    return tag_flags[tag] & flag;
}

static node *current(const builder *b)
{
    return b->stack[b->depth - 1];
}

/* ---- Nodes in and out
 * ------------------------------------------------------------------------------- */

static void unlink_node(node *n)
{
    if (!n->parent)
        return;
    *(n->prev ? &n->prev->next : &n->parent->first) = n->next;
    *(n->next ? &n->next->prev : &n->parent->last) = n->prev;
    n->parent = n->prev = n->next = NULL;
}

/* Before `before`, or as the last child. */
static void link_node(node *n, node *parent, node *before)
{
    n->parent = parent;
    n->next = before;
    n->prev = before ? before->prev : parent->last;
    *(n->prev ? &n->prev->next : &parent->first) = n;
    *(n->next ? &n->next->prev : &parent->last) = n;
}

static node *new_node(builder *b, tag_id tag)
{
    node *n = arena_alloc(&b->doc->arena, sizeof *n);
    if (!n)
        return NULL;
    *n = (node){.tag = (uint16_t)tag};
    b->doc->n_nodes++;
    b->text = NULL;
    return n;
}

static bool is_table_part(tag_id tag)
{
    return tag == TAG_TABLE || tag == TAG_TBODY || tag == TAG_THEAD || tag == TAG_TFOOT ||
           tag == TAG_TR;
}

/* Where content goes: foster parenting puts before a table what cannot be in it. */
static node *place(const builder *b, bool fits_table, node **before)
{
    node *parent = current(b);
    *before = NULL;
    if (fits_table || !is_table_part(parent->tag))
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

static bool fits_table(tag_id tag)
{
    return is_table_part(tag) || tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION ||
           tag == TAG_COL || tag == TAG_COLGROUP || tag == TAG_SCRIPT || tag == TAG_TEMPLATE ||
           tag == TAG_FORM;
}

static node *insert(builder *b, tag_id tag)
{
    node *n = new_node(b, tag), *before;
    if (!n)
        return NULL;
    node *parent = place(b, fits_table(tag), &before);
    link_node(n, before ? parent : in_item(parent, tag), before);
    return n;
}

static void push(builder *b, node *n)
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

static void pop(builder *b)
{
    node *n = b->stack[--b->depth];
    b->open[n->tag]--;
    n->is_open = false;
    b->text = NULL;
}

static void pop_to(builder *b, size_t depth)
{
    while (b->depth > depth)
        pop(b);
}

static void remove_from_stack(builder *b, size_t i)
{
    b->open[b->stack[i]->tag]--;
    b->stack[i]->is_open = false;
    memmove(&b->stack[i], &b->stack[i + 1], (b->depth - i - 1) * sizeof *b->stack);
    b->depth--;
    b->text = NULL;
}

/* ---- Active formatting
 * --------------------------------------------------------------------------------- */

static void forget_active(builder *b, size_t i)
{
    memmove(&b->active[i], &b->active[i + 1], (b->n_active - i - 1) * sizeof *b->active);
    b->n_active--;
}

static void set_marker(builder *b)
{
    if (b->n_active == MAX_ACTIVE)
        forget_active(b, 0);
    b->active[b->n_active++] = NULL;
}

static void clear_to_marker(builder *b)
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

static void add_active(builder *b, node *n)
{
    size_t same = 0, oldest = 0;
    for (size_t i = b->n_active; i-- > 0 && b->active[i];) {
        if (same_element(b->active[i], n)) {
            same++;
            oldest = i;
        }
    }
    if (same >= MAX_SAME)
        forget_active(b, oldest);
    if (b->n_active == MAX_ACTIVE)
        forget_active(b, 0);
    b->active[b->n_active++] = n;
}

static long on_stack(const builder *b, const node *n)
{
    if (n->is_open)
        for (size_t i = b->depth; i-- > 1;)
            if (b->stack[i] == n)
                return (long)i;
    return -1;
}

static node *clone(builder *b, const node *n)
{
    node *copy = new_node(b, n->tag);
    if (copy) {
        copy->n_attrs = n->n_attrs;
        copy->attrs = n->attrs;
    }
    return copy;
}

/* Open again what a block has closed. */
static void reconstruct(builder *b)
{
    size_t i = b->n_active;
    while (i > 0 && b->active[i - 1] && !b->active[i - 1]->is_open)
        i--;
    for (; i < b->n_active; i++) {
        node *copy = clone(b, b->active[i]), *before;
        if (!copy || b->depth >= MAX_OPEN)
            return;
        node *parent = place(b, false, &before);
        link_node(copy, parent, before);
        push(b, copy);
        b->active[i] = copy;
    }
}

static long find_active(const builder *b, tag_id tag)
{
    for (size_t i = b->n_active; i-- > 0 && b->active[i];)
        if (b->active[i]->tag == tag)
            return (long)i;
    return -1;
}

/* ---- The adoption agency
 * ---------------------------------------------------------------------------------- */

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
        unlink_node(n);
        link_node(n, to, NULL);
    }
}

static size_t active_index(const builder *b, const node *n)
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
        size_t at = active_index(b, b->stack[i]);
        if (++count > 3 && at < b->n_active) {
            forget_active(b, at);
            *bookmark -= at < *bookmark;
            at = b->n_active;
        }
        if (at == b->n_active) {
            remove_from_stack(b, i);
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
        unlink_node(inner);
        link_node(inner, copy, NULL);
        inner = copy;
    }
    return inner;
}

static void put_into_ancestor(node *inner, node *ancestor)
{
    unlink_node(inner);
    bool foster = is_table_part(ancestor->tag);
    node *table = ancestor;
    while (foster && table && table->tag != TAG_TABLE)
        table = table->parent;
    if (foster && table && table->parent)
        link_node(inner, table->parent, table);
    else
        link_node(inner, ancestor, NULL);
}

/* One round: false when there is nothing more to do. */
static bool adopt(builder *b, tag_id tag)
{
    long active = find_active(b, tag);
    if (active < 0)
        return false;
    node *element = b->active[active];
    long at = on_stack(b, element);
    if (at < 0) {
        forget_active(b, (size_t)active);
        return false;
    }
    size_t block = furthest_block(b, (size_t)at);
    if (!block) {
        pop_to(b, (size_t)at);
        forget_active(b, (size_t)active);
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
    link_node(copy, block_node, NULL);
    b->active[active_index(b, element)] = copy;
    remove_from_stack(b, (size_t)on_stack(b, element));
    long below = on_stack(b, block_node);
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

/* ---- Ends
 * --------------------------------------------------------------------------------------------------
 */

/* The innermost open `tag` that an end tag here can reach, or 0. */
static size_t in_scope(const builder *b, tag_id tag, tag_id also_stop)
{
    if (!b->open[tag])
        return 0;
    for (size_t i = b->depth; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        if (t == tag)
            return i;
        if (is(t, TAG_IS_SCOPE) || t == also_stop)
            return 0;
    }
    return 0;
}

static size_t in_table_scope(const builder *b, tag_id tag)
{
    if (!b->open[tag])
        return 0;
    for (size_t i = b->depth; i-- > 1;) {
        if (b->stack[i]->tag == tag)
            return i;
        if (b->stack[i]->tag == TAG_TABLE || b->stack[i]->tag == TAG_TEMPLATE)
            return 0;
    }
    return 0;
}

static void close_p(builder *b)
{
    size_t p = in_scope(b, TAG_P, TAG_BUTTON);
    if (p)
        pop_to(b, p);
}

static bool is_heading(tag_id tag)
{
    return tag >= TAG_H1 && tag <= TAG_H6;
}

static void end_heading(builder *b)
{
    for (size_t i = b->depth; i-- > 1 && !is(b->stack[i]->tag, TAG_IS_SCOPE);) {
        if (is_heading(b->stack[i]->tag)) {
            pop_to(b, i);
            return;
        }
    }
}

static void end_other(builder *b, tag_id tag)
{
    if (!b->open[tag])
        return;
    for (size_t i = b->depth; i-- > 1;) {
        if (b->stack[i]->tag == tag) {
            pop_to(b, i);
            return;
        }
        if (is(b->stack[i]->tag, TAG_IS_SPECIAL))
            return;
    }
}

static void end_table_part(builder *b, tag_id tag)
{
    size_t at = in_table_scope(b, tag);
    if (!at)
        return;
    pop_to(b, at);
    if (tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION)
        clear_to_marker(b);
}

static void end_cell(builder *b)
{
    end_table_part(b, TAG_TD);
    end_table_part(b, TAG_TH);
    end_table_part(b, TAG_CAPTION);
}

static void end_formatting(builder *b, tag_id tag)
{
    if (find_active(b, tag) < 0) {
        end_other(b, tag);
        return;
    }
    for (int round = 0; round < 8 && adopt(b, tag); round++)
        ;
}

/* The end tags of elements that were too deep to be pushed. */
static bool ends_too_deep(builder *b, tag_id tag)
{
    if (!b->too_deep || is(tag, TAG_IS_VOID))
        return false;
    b->too_deep--;
    return true;
}

static void end_scoped(builder *b, tag_id tag, tag_id also_stop)
{
    size_t at = in_scope(b, tag, also_stop);
    if (!at)
        return;
    pop_to(b, at);
    if (tag == TAG_OBJECT || tag == TAG_MARQUEE || tag == TAG_APPLET)
        clear_to_marker(b);
}

static void end_li(builder *b)
{
    for (size_t i = b->open[TAG_LI] ? b->depth : 0; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        if (t == TAG_LI)
            pop_to(b, i);
        if (t == TAG_LI || t == TAG_UL || t == TAG_OL || is(t, TAG_IS_SCOPE))
            return;
    }
}

void builder_end(builder *b, tag_id tag)
{
    if (ends_too_deep(b, tag))
        return;
    switch (tag) {
    case TAG_HTML:
    case TAG_HEAD:
    case TAG_BODY:
        return;
    case TAG_BR:
        builder_start(b, TAG_BR, NULL, 0);
        return;
    case TAG_P:
        close_p(b);
        return;
    case TAG_LI:
        end_li(b);
        return;
    case TAG_TD:
    case TAG_TH:
    case TAG_CAPTION:
    case TAG_TABLE:
    case TAG_TR:
    case TAG_TBODY:
    case TAG_THEAD:
    case TAG_TFOOT:
        end_table_part(b, tag);
        return;
    default:
        break;
    }
    if (is_heading(tag))
        end_heading(b);
    else if (is(tag, TAG_IS_FORMATTING))
        end_formatting(b, tag);
    else if (is(tag, TAG_IS_SPECIAL) || is(tag, TAG_IS_SCOPE))
        end_scoped(b, tag, TAG_COUNT);
    else
        end_other(b, tag);
}

/* ---- Starts
 * -------------------------------------------------------------------------------------------------
 */

/* An open <li>, <dd> or <dt> ends before the next, unless a block lies between. */
static void close_item(builder *b, tag_id one, tag_id other)
{
    if (!b->open[one] && !b->open[other])
        return;
    for (size_t i = b->depth; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        if (t == one || t == other) {
            pop_to(b, i);
            return;
        }
        if (is(t, TAG_IS_SPECIAL) && t != TAG_ADDRESS && t != TAG_DIV && t != TAG_P)
            return;
    }
}

static void pop_to_table(builder *b, bool row_too)
{
    for (size_t i = b->depth; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        bool section = t == TAG_TBODY || t == TAG_THEAD || t == TAG_TFOOT;
        if (t == TAG_TABLE || t == TAG_TEMPLATE || (row_too && (section || t == TAG_TR))) {
            pop_to(b, i + 1);
            return;
        }
    }
}

/* A part of a table begins: close what it cannot be in. False: there is no table. */
static bool begin_table_part(builder *b, tag_id tag)
{
    if (!in_table_scope(b, TAG_TABLE))
        return false;
    end_cell(b);
    bool cell = tag == TAG_TD || tag == TAG_TH;
    if (tag == TAG_TR)
        end_table_part(b, TAG_TR);
    pop_to_table(b, cell || tag == TAG_TR);
    if (cell && current(b)->tag != TAG_TR) {
        node *row = insert(b, TAG_TR);
        if (row)
            push(b, row);
    }
    return true;
}

static void begin_table(builder *b)
{
    if (!is_table_part(current(b)->tag)) {
        close_p(b);
        return;
    }
    end_table_part(b, TAG_TABLE); /* a table directly in a table ends it */
}

static void begin_a(builder *b)
{
    long at = find_active(b, TAG_A);
    if (at < 0)
        return;
    node *open = b->active[at];
    end_formatting(b, TAG_A);
    size_t i = active_index(b, open);
    if (i < b->n_active)
        forget_active(b, i);
    long stacked = on_stack(b, open);
    if (stacked > 0)
        remove_from_stack(b, (size_t)stacked);
}

/* What a start tag closes. False: the tag is ignored. */
static bool make_way(builder *b, tag_id tag)
{
    if (is_heading(tag)) {
        close_p(b);
        if (is_heading(current(b)->tag))
            pop(b);
        return true;
    }
    switch (tag) {
    case TAG_LI:
        close_item(b, TAG_LI, TAG_LI);
        close_p(b);
        break;
    case TAG_DD:
    case TAG_DT:
        close_item(b, TAG_DD, TAG_DT);
        close_p(b);
        break;
    case TAG_TR:
    case TAG_TD:
    case TAG_TH:
    case TAG_TBODY:
    case TAG_THEAD:
    case TAG_TFOOT:
    case TAG_CAPTION:
    case TAG_COL:
    case TAG_COLGROUP:
        return begin_table_part(b, tag);
    case TAG_TABLE:
        begin_table(b);
        break;
    case TAG_OPTION:
    case TAG_OPTGROUP:
        if (current(b)->tag == TAG_OPTION)
            pop(b);
        break;
    case TAG_BUTTON:
        end_scoped(b, TAG_BUTTON, TAG_COUNT);
        break;
    case TAG_SELECT:
        if (b->open[TAG_SELECT]) { /* a second start tag is an end tag */
            end_scoped(b, TAG_SELECT, TAG_COUNT);
            return false;
        }
        break;
    case TAG_RB:
    case TAG_RT:
    case TAG_RP:
    case TAG_RTC:
        if (current(b)->tag == TAG_RT || current(b)->tag == TAG_RP || current(b)->tag == TAG_RB)
            pop(b);
        break;
    case TAG_A:
        begin_a(b);
        break;
    case TAG_NOBR:
        if (b->open[TAG_NOBR])
            end_formatting(b, TAG_NOBR);
        break;
    default:
        if (is(tag, TAG_CLOSES_P))
            close_p(b);
    }
    return true;
}

static const attr *keep_attrs(builder *b, const attr *attrs, size_t n)
{
    attr *kept = n ? arena_alloc(&b->doc->arena, n * sizeof *kept) : NULL;
    for (size_t i = 0; kept && i < n; i++)
        kept[i] = (attr){attrs[i].name, arena_str(&b->doc->arena, attrs[i].value)};
    return kept;
}

static void learn(builder *b, const node *n)
{
    document *doc = b->doc;
    if (n->tag == TAG_BASE && !doc->base.data)
        doc->base = node_attr(n, ATTR_HREF);
    if (n->tag == TAG_TITLE && !doc->title)
        doc->title = (node *)n;
}

static void root_attrs(builder *b, const attr *attrs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (attrs[i].name == ATTR_LANG || attrs[i].name == ATTR_XML_LANG)
            if (!b->doc->lang.data)
                b->doc->lang = arena_str(&b->doc->arena, attrs[i].value);
}

void builder_start(builder *b, tag_id tag, const attr *attrs, size_t n_attrs)
{
    b->text = NULL;
    if (tag == TAG_HTML || tag == TAG_HEAD || tag == TAG_BODY) {
        root_attrs(b, attrs, n_attrs);
        return;
    }
    if (tag == TAG_OTHER || !make_way(b, tag))
        return;
    if (!is(tag, TAG_IS_BLOCK) && !fits_table(tag) && tag != TAG_META && tag != TAG_LINK)
        reconstruct(b);
    const attr *kept = keep_attrs(b, attrs, n_attrs);
    node *n = insert(b, tag);
    if (!n || (n_attrs && !kept))
        return;
    n->attrs = kept;
    n->n_attrs = (uint16_t)n_attrs;
    learn(b, n);
    if (is(tag, TAG_IS_VOID))
        return;
    push(b, n);
    if (!n->is_open)
        return;
    if (is(tag, TAG_IS_FORMATTING))
        add_active(b, n);
    else if (is(tag, TAG_IS_SCOPE) && tag != TAG_TABLE)
        set_marker(b);
}

/* ---- Text
 * ------------------------------------------------------------------------------------------------------
 */

static bool all_space(const char *s, size_t len)
{
    while (len && is_space(*s))
        s++, len--;
    return len == 0;
}

/* libxml2 delivers long text in pieces: the node goes on while it ends the arena. */
static bool continue_text(builder *b, const char *s, size_t len)
{
    arena *a = &b->doc->arena;
    if (!b->text || b->text->text.data + b->text->text.len != a->next ||
        len > (size_t)(a->end - a->next))
        return false;
    memcpy(a->next, s, len);
    a->next += len;
    b->text->text.len += len;
    return true;
}

void builder_text(builder *b, const char *s, size_t len)
{
    if (continue_text(b, s, len))
        return;
    bool space = all_space(s, len);
    if (space && is_table_part(current(b)->tag))
        return;
    if (!space)
        reconstruct(b);
    node *n = new_node(b, TAG_TEXT), *before;
    arena *a = &b->doc->arena;
    char *text = n ? arena_alloc(a, len) : NULL;
    if (!text)
        return;
    memcpy(text, s, len);
    a->next = text + len; /* unaligned until the next allocation */
    n->text = (okb_str){text, len};
    node *parent = place(b, false, &before);
    link_node(n, parent, before);
    b->text = n;
}

builder *builder_new(document *doc)
{
    builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->doc = doc;
    doc->root = new_node(b, TAG_HTML);
    b->stack[0] = doc->root;
    b->depth = 1;
    if (!doc->root) {
        free(b);
        return NULL;
    }
    return b;
}

void builder_free(builder *b)
{
    free(b);
}
