/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * An extension of our own, which extends nothing: cmark asks the extension of a node whether
 * the node contains inlines, and ours says no. It is set on nodes between the last line and the
 * end of the parse, by way of the root, which the extension sees when it is asked to open a
 * block.
 */
#include "parse.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>

#include <string.h>

/* Blank lines fed of a run. cmark visits every open container for each. */
#define MAX_BLANK_LINES 8u

static cmark_syntax_extension *unparsed;
static cmark_node *seen_root; /* of the parse under way */

static int contains_no_inlines(cmark_syntax_extension *self, cmark_node *node)
{
    (void)self, (void)node;
    return 0;
}

static cmark_node *note_root(cmark_syntax_extension *self, int indented, cmark_parser *parser,
                             cmark_node *parent, unsigned char *input, int len)
{
    (void)self, (void)indented, (void)parser, (void)input, (void)len;
    if (!seen_root)
        for (seen_root = parent; cmark_node_parent(seen_root);)
            seen_root = cmark_node_parent(seen_root);
    return NULL;
}

void md_parse_warm(void)
{
    if (unparsed)
        return;
    cmark_gfm_core_extensions_ensure_registered();
    unparsed = cmark_syntax_extension_new("openkb-unparsed");
    cmark_syntax_extension_set_contains_inlines_func(unparsed, contains_no_inlines);
    cmark_syntax_extension_set_open_block_func(unparsed, note_root);
}

bool md_is_unparsed(cmark_node *node)
{
    return cmark_node_get_syntax_extension(node) == unparsed;
}

static bool has_inlines(cmark_node *node)
{
    cmark_node_type type = cmark_node_get_type(node);
    return type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING ||
           strcmp(cmark_node_get_type_string(node), "table_cell") == 0;
}

static void refuse_inlines(cmark_node *root, md_wants_inlines wants, void *context)
{
    cmark_iter *iter = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER && has_inlines(node) && !wants(context, node))
            cmark_node_set_syntax_extension(node, unparsed);
    }
    cmark_iter_free(iter);
}

static bool is_blank(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] != ' ' && p[i] != '\t')
            return false;
    return true;
}

/*
 * The rest of a long run of blank lines changes nothing and is left out. A blank line goes
 * first, so that the extension sees the root whatever follows, and a line end goes last, so
 * that no line is left to process when nodes are marked.
 */
static void feed(md_arena *arena, cmark_parser *parser, const char *text, size_t len,
                 md_lines *lines)
{
    size_t fed = 0, blank = 0;
    cmark_parser_feed(parser, "\n", 1);
    *MD_PUSH(arena, lines) = 0;
    for (size_t at = 0, next; at < len; at = next) {
        const char *lf = memchr(text + at, '\n', len - at);
        size_t end = lf ? (size_t)(lf - text) : len;
        next = lf ? end + 1 : end;
        blank = is_blank(text + at, end - at) ? blank + 1 : 0;
        if (blank <= MAX_BLANK_LINES) {
            *MD_PUSH(arena, lines) = at;
            continue;
        }
        if (fed < at)
            cmark_parser_feed(parser, text + fed, at - fed);
        fed = next;
    }
    if (fed < len)
        cmark_parser_feed(parser, text + fed, len - fed);
    if (len && text[len - 1] != '\n')
        cmark_parser_feed(parser, "\n", 1);
}

cmark_node *md_parse(md_arena *arena, const char *text, size_t len, md_wants_inlines wants,
                     void *context, md_lines *lines)
{
    static const char *const extensions[] = {"table", "strikethrough", "autolink"};
    md_parse_warm();
    md_arena_select(arena);
    seen_root = NULL;
    cmark_parser *parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, md_arena_cmark());
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        cmark_parser_attach_syntax_extension(parser,
                                             cmark_find_syntax_extension(extensions[i]));
    cmark_parser_attach_syntax_extension(parser, unparsed);
    feed(arena, parser, text, len, lines);
    if (seen_root)
        refuse_inlines(seen_root, wants, context);
    return cmark_parser_finish(parser);
}
