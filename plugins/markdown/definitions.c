/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reference definitions, "[label]: destination", in the lines that no block of cmark's tree
 * holds: cmark takes definitions out of the tree. What precedes one in its line are the marks
 * of the quotes and lists it stands in.
 */
#include "targets.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* After a list marker and its blank, or `pos` when there is none. */
static size_t after_marker(const char *s, size_t end, size_t pos)
{
    size_t i = pos;
    if (i < end && strchr("-+*", s[i])) {
        i++;
    } else {
        while (i < end && is_digit(s[i]))
            i++;
        if (i == pos || i == end || (s[i] != '.' && s[i] != ')'))
            return pos;
        i++;
    }
    return i < end && is_blank(s[i]) ? i + 1 : pos;
}

static size_t after_containers(const char *s, size_t end, size_t pos, bool lists)
{
    for (size_t next = pos;; pos = next) {
        while (next < end && (is_blank(s[next]) || s[next] == '>'))
            next++;
        if (lists)
            next = after_marker(s, end, next);
        if (next == pos)
            return pos;
    }
}

/* "[label]:" at `pos`: where the ']' stands, or 0. A footnote's label begins with '^'. */
static size_t label_close(const char *s, size_t end, size_t pos)
{
    if (pos + 3 >= end || s[pos] != '[' || s[pos + 1] == '^')
        return 0;
    for (size_t i = pos + 1; i + 1 < end && s[i] != '['; i++) {
        if (s[i] == '\\')
            i++;
        else if (s[i] == ']')
            return s[i + 1] == ':' && i > pos + 1 ? i : 0;
    }
    return 0;
}

/* The destination that begins at `pos` in a line, followed by a blank or the line's end. */
static void add(md_arena *arena, const char *s, size_t line_end, size_t pos, size_t label,
                size_t close, md_targets *targets)
{
    size_t start, end, stop = md_destination_end(s, line_end, pos, &start, &end);
    if (!stop || end == start || (stop < line_end && !is_blank(s[stop])))
        return;
    *MD_PUSH(arena, targets) = (md_target){.kind = MD_DEFINITION,
                                           .start = start,
                                           .end = end,
                                           .alt = s + label,
                                           .alt_len = close - label};
}

void md_scan_definitions(md_arena *arena, const md_blocks *blocks, md_gap gap,
                         md_targets *targets)
{
    const char *s = blocks->text;
    for (size_t line = gap.first; line < gap.end && line < blocks->lines.count; line++) {
        size_t end = md_line_end(blocks, line);
        size_t open = after_containers(s, end, blocks->lines.items[line], true);
        size_t close = label_close(s, end, open);
        if (!close)
            continue;
        size_t pos = after_containers(s, end, close + 2, false);
        if (pos == end && line + 1 < gap.end && line + 1 < blocks->lines.count) {
            end = md_line_end(blocks, ++line);
            pos = after_containers(s, end, blocks->lines.items[line], false);
        }
        if (pos < end)
            add(arena, s, end, pos, open + 1, close, targets);
    }
}
