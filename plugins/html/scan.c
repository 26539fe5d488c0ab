/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A quote that never closes would swallow the rest of the page; it is read as part of an
 * unquoted value instead, which ends with the tag.
 */
#include "scan.h"

/* What ends names and values. */
enum { SPACE = 1, SLASH = 2, CLOSE = 4, EQUALS = 8 };

static const unsigned char kinds[256] = {
    [' '] = SPACE,  ['\t'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE,
    ['\r'] = SPACE, ['/'] = SLASH,  ['>'] = CLOSE,  ['='] = EQUALS,
};

static bool is_any(char c, int kind)
{
    return kinds[(unsigned char)c] & kind;
}

size_t scan_tag_name(okb_str s)
{
    size_t n = 0;
    while (n < s.len && !is_any(s.data[n], SPACE | SLASH | CLOSE))
        n++;
    return n;
}

static okb_str read_name(okb_str tag, size_t *at)
{
    size_t begin = (*at)++; /* even "=" may begin a name */
    while (*at < tag.len && !is_any(tag.data[*at], SPACE | SLASH | CLOSE | EQUALS))
        (*at)++;
    return (okb_str){tag.data + begin, *at - begin};
}

static bool read_quoted(okb_str tag, size_t *at, okb_str *value, scan_memory *memory)
{
    char quote = tag.data[*at];
    bool *none = !memory ? NULL : quote == '"' ? &memory->no_double : &memory->no_single;
    if (none && *none)
        return false;
    const char *begin = tag.data + *at + 1;
    const char *end = memchr(begin, quote, tag.len - *at - 1);
    if (!end) {
        if (none)
            *none = true;
        return false;
    }
    *value = (okb_str){begin, (size_t)(end - begin)};
    *at = (size_t)(end + 1 - tag.data);
    return true;
}

static okb_str read_value(okb_str tag, size_t *at, scan_memory *memory)
{
    okb_str value;
    char c = *at < tag.len ? tag.data[*at] : '>';
    if ((c == '"' || c == '\'') && read_quoted(tag, at, &value, memory))
        return value;
    size_t begin = *at;
    while (*at < tag.len && !is_any(tag.data[*at], SPACE | CLOSE))
        (*at)++;
    return (okb_str){tag.data + begin, *at - begin};
}

static void skip_space(okb_str tag, size_t *at)
{
    while (*at < tag.len && is_space(tag.data[*at]))
        (*at)++;
}

bool scan_next_attr(okb_str tag, size_t *at, scan_attr *ret, scan_memory *memory)
{
    while (*at < tag.len && is_any(tag.data[*at], SPACE | SLASH))
        (*at)++;
    if (*at >= tag.len || tag.data[*at] == '>')
        return false;
    ret->name = read_name(tag, at);
    ret->id = attr_lookup(ret->name.data, ret->name.len);
    ret->value = (okb_str){"", 0};
    size_t after_name = *at;
    skip_space(tag, at);
    if (*at < tag.len && tag.data[*at] == '=') {
        (*at)++;
        skip_space(tag, at);
        ret->value = read_value(tag, at, memory);
    } else {
        *at = after_name;
    }
    return true;
}
