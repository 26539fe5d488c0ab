/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "markdown/rendering.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <stdlib.h>
#include <string.h>

#define ASSET  "okb-asset:"
#define DIGITS 8

static cmark_parser *parser_of(const char *text, size_t len)
{
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        cmark_parser_attach_syntax_extension(parser,
                                             cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, text, len);
    return parser;
}

char *rendering_html(const char *text, size_t len)
{
    cmark_parser *parser = parser_of(text, len);
    cmark_node *root = cmark_parser_finish(parser);
    char *html =
        cmark_render_html(root, CMARK_OPT_UNSAFE, cmark_parser_get_syntax_extensions(parser));
    cmark_node_free(root);
    cmark_parser_free(parser);
    return html;
}

/* The quotation mark that the plugin puts around a bare HTML value; also as the text of an
 * image's description, where cmark shows HTML as it is written. */
static size_t added_quote(const char *before, const char *after)
{
    static const char *const marks[] = {"\"", "&quot;"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t len = strlen(marks[i]);
        if (strncmp(after, marks[i], len) == 0 && strncmp(before, marks[i], len) != 0 &&
            strncmp(after + len, ASSET, strlen(ASSET)) == 0)
            return len;
    }
    return 0;
}

bool rendering_equal(const char *before, const char *after)
{
    while (*after) {
        size_t quote = added_quote(before, after);
        if (!quote && (strncmp(after, ASSET, strlen(ASSET)) != 0 ||
                       strncmp(before, ASSET, strlen(ASSET)) == 0)) {
            if (*before++ != *after++)
                return false;
            continue;
        }
        after += quote + strlen(ASSET) + DIGITS;
        while (*before && (quote ? !strchr(" \t\n>&", *before) : *before != *after))
            before++;
        after += quote;
    }
    return *before == '\0';
}

char *rendering_code(const char *text, size_t len)
{
    cmark_parser *parser = parser_of(text, len);
    cmark_node *root = cmark_parser_finish(parser);
    cmark_iter *iter = cmark_iter_new(root);
    char *all = calloc(1, 1);
    size_t n = 0;
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        cmark_node_type type = cmark_node_get_type(node);
        if (event != CMARK_EVENT_ENTER ||
            (type != CMARK_NODE_CODE && type != CMARK_NODE_CODE_BLOCK))
            continue;
        const char *literal = cmark_node_get_literal(node);
        size_t more = strlen(literal) + 1;
        all = realloc(all, n + more + 1);
        memcpy(all + n, literal, more);
        n += more;
        all[n - 1] = '\n';
        all[n] = '\0';
    }
    cmark_iter_free(iter);
    cmark_node_free(root);
    cmark_parser_free(parser);
    return all;
}
