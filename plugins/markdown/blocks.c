/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One pass of cmark over the text, then one walk over the tree.
 *
 * Facts about cmark-gfm 0.29 that this file stands on, each with a test:
 *  - the content of a paragraph is the ends of its source lines, blanks in front removed; what
 * was a reference definition is gone from its front, its start_line stays;
 *  - a paragraph's end_line is its last line; that of a setext heading is the line after its
 *    underline, or the underline at the end of the text;
 *  - a table row's line is right but for the header, which stands two lines before the first
 * row of the body; a paragraph that cmark cut from a table's front has no line.
 */
#include "blocks.h"

#include <cmark-gfm-extension_api.h>

#include <stdint.h>
#include <string.h>

/* A heading longer than this gets no inline parsing and a title that is cut. */
#define MAX_HEADING ((size_t)4096)

typedef struct {
    md_arena *arena;
    md_blocks *blocks;
    size_t next;   /* first line, from 1, that no leaf has covered */
    size_t quotes; /* block quotes around the present node */
    size_t table_end;
    bool header; /* the row that comes is a table's header */
    cmark_node *heading;
    struct {
        char *items;
        size_t count, capacity;
    } title;
} walk;

/* ---- Lines ------------------------------------------------------------------------------- */

size_t md_line_end(const md_blocks *blocks, size_t line)
{
    size_t start = blocks->lines.items[line];
    const char *lf = memchr(blocks->text + start, '\n', blocks->len - start);
    return lf ? (size_t)(lf - blocks->text) : blocks->len;
}

static size_t content_line_end(const char *content, size_t len, size_t pos)
{
    const char *lf = memchr(content + pos, '\n', len - pos);
    return lf ? (size_t)(lf - content) : len;
}

/* Where the content's line [pos, end) stands in the source line, or SIZE_MAX. cmark may have
 * put blanks before it in place of half a tab: they are in no source. */
static size_t line_offset(const md_blocks *blocks, const char *content, size_t pos, size_t end,
                          size_t line)
{
    if (line >= blocks->lines.count)
        return SIZE_MAX;
    while (pos < end && (content[pos] == ' ' || content[pos] == '\t'))
        pos++;
    size_t start = blocks->lines.items[line], stop = md_line_end(blocks, line), len = end - pos;
    if (len > stop - start || memcmp(blocks->text + stop - len, content + pos, len) != 0)
        return SIZE_MAX;
    return stop - len;
}

/* Comes to the content's line [pos, end). What is known of a line is kept: a line may be as
 * long as the document and full of targets. */
static void enter_line(const md_blocks *blocks, md_region *region, size_t pos)
{
    size_t end = content_line_end(region->content, region->len, pos);
    size_t line = region->line + region->at_line;
    size_t source = line_offset(blocks, region->content, pos, end, line);
    region->at_end = end + 1;
    region->at_stop = source == SIZE_MAX ? SIZE_MAX : md_line_end(blocks, line);
    region->at_begin = source == SIZE_MAX ? 0 : end - (region->at_stop - source);
}

size_t md_region_offset(const md_blocks *blocks, md_region *region, size_t pos)
{
    if (region->offset != SIZE_MAX)
        return region->offset + pos;
    if (region->at_end == 0)
        enter_line(blocks, region, 0);
    while (pos >= region->at_end) {
        region->at_line++;
        enter_line(blocks, region, region->at_end);
    }
    if (region->at_stop == SIZE_MAX || pos < region->at_begin)
        return SIZE_MAX;
    return region->at_stop - (region->at_end - 1 - pos);
}

/* ---- Regions ----------------------------------------------------------------------------- */

/* Whether anything in it could be an image or a link. */
static bool has_target(const char *content, size_t len, bool html)
{
    const char *end = content + len;
    for (const char *p = content; (p = memchr(p, html ? '<' : '[', (size_t)(end - p))); p++)
        if (!html)
            return true;
        else if (end - p > 4 && strncasecmp(p, "<img", 4) == 0)
            return true;
    return !html && has_target(content, len, true);
}

static void add_content(walk *w, bool html, const char *content, size_t len, size_t line)
{
    if (line < w->blocks->lines.count && has_target(content, len, html))
        *MD_PUSH(w->arena, &w->blocks->regions) = (md_region){
            .html = html, .content = content, .len = len, .offset = SIZE_MAX, .line = line};
}

static void add_slice(walk *w, size_t start, size_t end)
{
    const char *content = w->blocks->text + start;
    if (has_target(content, end - start, false))
        *MD_PUSH(w->arena, &w->blocks->regions) =
            (md_region){.content = content, .len = end - start, .offset = start};
}

/* Lines [first, end), counted from 1, belong to a leaf; those skipped before it to none. */
static void cover(walk *w, size_t first, size_t end)
{
    if (first > w->next)
        *MD_PUSH(w->arena, &w->blocks->gaps) = (md_gap){w->next - 1, first - 1};
    if (end > w->next)
        w->next = end;
}

static size_t count_lines(const char *content)
{
    size_t count = 0;
    for (const char *p = content; (p = strchr(p, '\n')); p++)
        count++;
    return count + (*content && content[strlen(content) - 1] != '\n');
}

static bool is_type(cmark_node *node, const char *name)
{
    return strcmp(cmark_node_get_type_string(node), name) == 0;
}

/* ---- Leaves ------------------------------------------------------------------------------ */

static void paragraph(walk *w, cmark_node *node)
{
    const char *content = cmark_node_get_string_content(node);
    size_t start = (size_t)cmark_node_get_start_line(node), count = count_lines(content);
    size_t end = (size_t)cmark_node_get_end_line(node) + 1;
    if (start == 0 && cmark_node_next(node)) { /* cut from a table's front */
        start = (size_t)cmark_node_get_start_line(cmark_node_next(node));
        end = start + count;
    }
    if (start == 0 || count > end - 1)
        return;
    cover(w, end - count, end);
    add_content(w, false, content, strlen(content), end - count - 1);
}

static void html_block(walk *w, cmark_node *node)
{
    const char *content = cmark_node_get_literal(node);
    size_t start = (size_t)cmark_node_get_start_line(node);
    cover(w, start, start + count_lines(content));
    add_content(w, true, content, strlen(content), start - 1);
}

/* A row is one line; an inline never crosses a pipe. */
static void table_row(walk *w, cmark_node *node)
{
    size_t line = (size_t)cmark_node_get_start_line(node);
    if (w->header) {
        cmark_node *body = cmark_node_next(node);
        line = body ? (size_t)cmark_node_get_start_line(body) - 2 : w->table_end - 1;
    }
    w->header = false;
    if (line < 1 || line > w->blocks->lines.count)
        return;
    size_t at = w->blocks->lines.items[line - 1], end = md_line_end(w->blocks, line - 1);
    for (size_t i = at; i <= end; i++) {
        if (i < end && w->blocks->text[i] == '\\' && i + 1 < end) {
            i++;
        } else if (i == end || w->blocks->text[i] == '|') {
            add_slice(w, at, i);
            at = i + 1;
        }
    }
}

static void table(walk *w, cmark_node *node)
{
    w->table_end = (size_t)cmark_node_get_end_line(node);
    w->header = true;
    cover(w, (size_t)cmark_node_get_start_line(node), w->table_end + 1);
}

static size_t atx_heading(walk *w, cmark_node *node)
{
    size_t line = (size_t)cmark_node_get_start_line(node);
    size_t start = w->blocks->lines.items[line - 1], end = md_line_end(w->blocks, line - 1);
    cover(w, line, line + 1);
    add_slice(w, start, end);
    return start + (size_t)cmark_node_get_start_column(node) - 1;
}

static size_t setext_heading(walk *w, cmark_node *node, const char *content)
{
    size_t len = strlen(content), count = count_lines(content);
    size_t end = (size_t)cmark_node_get_end_line(node), first = 0, offset = SIZE_MAX;
    for (size_t below = 2; below > 0 && offset == SIZE_MAX; below--) {
        if (end < count + below)
            continue;
        first = end - count - below;
        offset = line_offset(w->blocks, content, 0, content_line_end(content, len, 0), first);
    }
    if (offset == SIZE_MAX)
        return SIZE_MAX;
    cover(w, first + 1, first + 1 + count + 1);
    add_content(w, false, content, len, first);
    return offset;
}

static void begin_heading(walk *w, cmark_node *node)
{
    const char *content = cmark_node_get_string_content(node);
    size_t line = (size_t)cmark_node_get_start_line(node);
    if (line < 1 || line > w->blocks->lines.count)
        return;
    size_t offset =
        strchr(content, '\n') ? setext_heading(w, node, content) : atx_heading(w, node);
    if (offset == SIZE_MAX)
        return;
    *MD_PUSH(w->arena, &w->blocks->headings) =
        (md_heading){.offset = offset,
                     .level = (unsigned)cmark_node_get_heading_level(node),
                     .quoted = w->quotes > 0};
    w->heading = node;
    w->title.count = 0;
}

/* ---- Titles ------------------------------------------------------------------------------ */

/* One line: runs of white space and control characters become one space. */
static void add_title(walk *w, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool space = (unsigned char)text[i] <= ' ' || text[i] == 0x7f;
        if (space && (!w->title.count || w->title.items[w->title.count - 1] == ' '))
            continue;
        *MD_PUSH(w->arena, &w->title) = space ? ' ' : text[i];
    }
}

static size_t cut_at_character(const char *text, size_t len)
{
    while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static void end_heading(walk *w, cmark_node *node)
{
    const char *content = cmark_node_get_string_content(node);
    if (md_is_unparsed(node))
        add_title(w, content, cut_at_character(content, MAX_HEADING));
    if (w->title.count > MAX_HEADING)
        w->title.count = cut_at_character(w->title.items, MAX_HEADING);
    while (w->title.count && w->title.items[w->title.count - 1] == ' ')
        w->title.count--;
    w->blocks->headings.items[w->blocks->headings.count - 1].title =
        md_copy(w->arena, w->title.items, w->title.count);
    w->heading = NULL;
}

static void heading_inline(walk *w, cmark_node *node)
{
    const char *literal = NULL;
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_TEXT:
    case CMARK_NODE_CODE:
        literal = cmark_node_get_literal(node);
        break;
    case CMARK_NODE_SOFTBREAK:
    case CMARK_NODE_LINEBREAK:
        literal = " ";
        break;
    default:
        break;
    }
    if (literal)
        add_title(w, literal, strlen(literal));
}

/* ---- The walk ---------------------------------------------------------------------------- */

static void code_block(walk *w, cmark_node *node)
{
    cover(w, (size_t)cmark_node_get_start_line(node),
          (size_t)cmark_node_get_end_line(node) + 1);
}

static void enter(walk *w, cmark_node *node)
{
    if (w->heading) {
        heading_inline(w, node);
        return;
    }
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_PARAGRAPH:
        paragraph(w, node);
        break;
    case CMARK_NODE_HEADING:
        begin_heading(w, node);
        break;
    case CMARK_NODE_HTML_BLOCK:
        html_block(w, node);
        break;
    case CMARK_NODE_CODE_BLOCK:
    case CMARK_NODE_THEMATIC_BREAK:
        code_block(w, node);
        break;
    case CMARK_NODE_BLOCK_QUOTE:
        w->quotes++;
        break;
    default:
        if (is_type(node, "table"))
            table(w, node);
        else if (is_type(node, "table_row") || is_type(node, "table_header"))
            table_row(w, node);
    }
}

static void leave(walk *w, cmark_node *node)
{
    if (node == w->heading)
        end_heading(w, node);
    else if (cmark_node_get_type(node) == CMARK_NODE_BLOCK_QUOTE)
        w->quotes--;
}

static bool is_leaf(cmark_node_type type)
{
    return type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_CODE_BLOCK ||
           type == CMARK_NODE_THEMATIC_BREAK;
}

static void walk_tree(walk *w, cmark_node *root)
{
    cmark_iter *iter = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(iter)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iter);
        if (event == CMARK_EVENT_ENTER)
            enter(w, node);
        if (event == CMARK_EVENT_EXIT)
            leave(w, node);
        cmark_node_type type = cmark_node_get_type(node);
        if (is_leaf(type) || type == CMARK_NODE_PARAGRAPH)
            w->blocks->ends_open =
                type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_CODE_BLOCK;
    }
    cover(w, w->blocks->lines.count + 1, 0);
}

static bool wants_inlines(void *context, cmark_node *node)
{
    (void)context;
    return cmark_node_get_type(node) == CMARK_NODE_HEADING &&
           strlen(cmark_node_get_string_content(node)) <= MAX_HEADING;
}

void md_blocks_parse(md_arena *arena, const char *text, size_t len, md_blocks *blocks)
{
    walk w = {.arena = arena, .blocks = blocks, .next = 2};
    *blocks = (md_blocks){.text = text, .len = len};
    walk_tree(&w, md_parse(arena, text, len, wants_inlines, NULL, &blocks->lines));
}
