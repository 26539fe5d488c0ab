/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Inside the tree builder: the stack of open elements (stack.c), active formatting and the
 * adoption agency (formatting.c), and HTML5's rules for each tag (builder.c).
 *
 * Bounds: the stack is at most MAX_OPEN deep (deeper elements become siblings), the list of
 * active formatting at most MAX_ACTIVE long, so that every search is O(1) and the whole linear.
 */
#ifndef OKB_HTML_BUILDER_H
#define OKB_HTML_BUILDER_H

#include "html.h"

#define MAX_OPEN   512
#define MAX_ACTIVE 24

struct builder {
    document *doc;
    node *stack[MAX_OPEN + 1];
    size_t depth;             /* stack[0] is the root */
    size_t too_deep;          /* starts not pushed since */
    unsigned open[TAG_COUNT]; /* open elements of each kind */
    node *active[MAX_ACTIVE]; /* NULL is a marker */
    size_t n_active;
};

static inline bool is(tag_id tag, unsigned flag)
{
    return tag_flags[tag] & flag;
}

/* stack.c */
node *tree_current(const builder *b);
void tree_unlink_node(node *n);
void tree_link_node(node *n, node *parent, node *before);
node *tree_new_node(builder *b, tag_id tag);
bool tree_is_table_part(tag_id tag);
/* Where content goes, given whether it may stand in a table; *before NULL: at the end. */
node *tree_place(const builder *b, bool fits_table, node **before);
bool tree_fits_table(tag_id tag);
node *tree_insert(builder *b, tag_id tag);
void tree_push(builder *b, node *n);
void tree_pop(builder *b);
void tree_pop_to(builder *b, size_t depth);
void tree_remove_from_stack(builder *b, size_t i);

/* formatting.c */
void tree_forget_active(builder *b, size_t i);
void tree_set_marker(builder *b);
void tree_clear_to_marker(builder *b);
void tree_add_active(builder *b, node *n);
/* Index in the stack, or -1. */
long tree_on_stack(const builder *b, const node *n);
/* Open again what a block has closed. */
void tree_reconstruct(builder *b);
long tree_find_active(const builder *b, tag_id tag);
size_t tree_active_index(const builder *b, const node *n);
/* One round of the adoption agency: false when there is nothing more to do. */
bool tree_adopt(builder *b, tag_id tag);

#endif
