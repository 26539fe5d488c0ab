/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * HTML5's tree construction, as far as it changes what is read: which tag ends what. There is
 * one root; <html>, <head> and <body> are no nodes.
 */
#include "builder.h"

#include <stdlib.h>

/* ---- Ends -------------------------------------------------------------------------------- */

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
        tree_pop_to(b, p);
}

static bool is_heading(tag_id tag)
{
    return tag >= TAG_H1 && tag <= TAG_H6;
}

static void end_heading(builder *b)
{
    for (size_t i = b->depth; i-- > 1 && !is(b->stack[i]->tag, TAG_IS_SCOPE);) {
        if (is_heading(b->stack[i]->tag)) {
            tree_pop_to(b, i);
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
            tree_pop_to(b, i);
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
    tree_pop_to(b, at);
    if (tag == TAG_TD || tag == TAG_TH || tag == TAG_CAPTION)
        tree_clear_to_marker(b);
}

static void end_cell(builder *b)
{
    end_table_part(b, TAG_TD);
    end_table_part(b, TAG_TH);
    end_table_part(b, TAG_CAPTION);
}

static void end_formatting(builder *b, tag_id tag)
{
    if (tree_find_active(b, tag) < 0) {
        end_other(b, tag);
        return;
    }
    for (int round = 0; round < 8 && tree_adopt(b, tag); round++)
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
    tree_pop_to(b, at);
    if (tag == TAG_OBJECT || tag == TAG_MARQUEE || tag == TAG_APPLET)
        tree_clear_to_marker(b);
}

static void end_li(builder *b)
{
    for (size_t i = b->open[TAG_LI] ? b->depth : 0; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        if (t == TAG_LI)
            tree_pop_to(b, i);
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

/* ---- Starts ------------------------------------------------------------------------------ */

/* An open <li>, <dd> or <dt> ends before the next, unless a block lies between. */
static void close_item(builder *b, tag_id one, tag_id other)
{
    if (!b->open[one] && !b->open[other])
        return;
    for (size_t i = b->depth; i-- > 1;) {
        tag_id t = b->stack[i]->tag;
        if (t == one || t == other) {
            tree_pop_to(b, i);
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
            tree_pop_to(b, i + 1);
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
    if (cell && tree_current(b)->tag != TAG_TR) {
        node *row = tree_insert(b, TAG_TR);
        if (row)
            tree_push(b, row);
    }
    return true;
}

static void begin_table(builder *b)
{
    if (!tree_is_table_part(tree_current(b)->tag)) {
        close_p(b);
        return;
    }
    end_table_part(b, TAG_TABLE); /* a table directly in a table ends it */
}

static void begin_a(builder *b)
{
    long at = tree_find_active(b, TAG_A);
    if (at < 0)
        return;
    node *open = b->active[at];
    end_formatting(b, TAG_A);
    size_t i = tree_active_index(b, open);
    if (i < b->n_active)
        tree_forget_active(b, i);
    long stacked = tree_on_stack(b, open);
    if (stacked > 0)
        tree_remove_from_stack(b, (size_t)stacked);
}

/* What a start tag closes. False: the tag is ignored. */
static bool make_way(builder *b, tag_id tag)
{
    if (is_heading(tag)) {
        close_p(b);
        if (is_heading(tree_current(b)->tag))
            tree_pop(b);
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
        if (tree_current(b)->tag == TAG_OPTION)
            tree_pop(b);
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
        if (tree_current(b)->tag == TAG_RT || tree_current(b)->tag == TAG_RP ||
            tree_current(b)->tag == TAG_RB)
            tree_pop(b);
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
    if (kept)
        memcpy(kept, attrs, n * sizeof *kept);
    return kept;
}

static void learn(builder *b, const node *n)
{
    document *doc = b->doc;
    if (n->tag == TAG_BASE && !doc->base.data)
        doc->base = node_attr(n, ATTR_HREF);
    if (n->tag == TAG_A && !doc->has_fragments)
        doc->has_fragments = str_starts(node_attr(n, ATTR_HREF), "#");
    if (n->tag == TAG_TITLE && !doc->title)
        doc->title = (node *)n;
}

static void root_attrs(builder *b, const attr *attrs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (attrs[i].name == ATTR_LANG || attrs[i].name == ATTR_XML_LANG)
            if (!b->doc->lang.data)
                b->doc->lang = attrs[i].value;
}

void builder_start(builder *b, tag_id tag, const attr *attrs, size_t n_attrs)
{
    if (tag == TAG_HTML || tag == TAG_HEAD || tag == TAG_BODY) {
        root_attrs(b, attrs, n_attrs);
        return;
    }
    if (tag == TAG_OTHER || !make_way(b, tag))
        return;
    if (!is(tag, TAG_IS_BLOCK) && !tree_fits_table(tag) && tag != TAG_META && tag != TAG_LINK)
        tree_reconstruct(b);
    const attr *kept = keep_attrs(b, attrs, n_attrs);
    node *n = tree_insert(b, tag);
    if (!n || (n_attrs && !kept))
        return;
    n->attrs = kept;
    n->n_attrs = (uint16_t)n_attrs;
    learn(b, n);
    if (is(tag, TAG_IS_VOID))
        return;
    tree_push(b, n);
    if (!n->is_open)
        return;
    if (is(tag, TAG_IS_FORMATTING))
        tree_add_active(b, n);
    else if (is(tag, TAG_IS_SCOPE) && tag != TAG_TABLE)
        tree_set_marker(b);
}

/* ---- Text -------------------------------------------------------------------------------- */

static bool all_space(const char *s, size_t len)
{
    while (len && is_space(*s))
        s++, len--;
    return len == 0;
}

void builder_text(builder *b, okb_str s)
{
    bool space = all_space(s.data, s.len);
    if (space && tree_is_table_part(tree_current(b)->tag))
        return;
    if (!space)
        tree_reconstruct(b);
    node *n = tree_new_node(b, TAG_TEXT), *before;
    if (!n)
        return;
    n->text = s;
    node *parent = tree_place(b, false, &before);
    tree_link_node(n, parent, before);
}

builder *builder_new(document *doc)
{
    builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->doc = doc;
    doc->root = tree_new_node(b, TAG_HTML);
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
