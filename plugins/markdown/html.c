/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * HTML in Markdown. Inline, a tag is what CommonMark's grammar says; in an HTML block, what a
 * browser's tokenizer says, so that a tag inside a comment, a script or an attribute is none.
 */
#include "targets.h"

#include <string.h>
#include <strings.h>

typedef struct {
    size_t name, name_end, value, value_end;
    bool quoted;
} attribute;

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}

static char at(const char *s, size_t len, size_t pos)
{
    return pos < len ? s[pos] : '\0';
}

static size_t skip_spaces(const char *s, size_t len, size_t pos)
{
    while (pos < len && is_space(s[pos]))
        pos++;
    return pos;
}

/* ---- Tags inside inline content ---------------------------------------------------------- */

static size_t strict_value_end(const char *s, size_t len, size_t pos)
{
    char quote = at(s, len, pos);
    if (quote == '"' || quote == '\'') {
        const char *end = memchr(s + pos + 1, quote, len - pos - 1);
        return end ? (size_t)(end - s) + 1 : 0;
    }
    size_t i = pos;
    while (i < len && !is_space(s[i]) && !strchr("\"'=<>`", s[i]))
        i++;
    return i > pos ? i : 0;
}

/* One attribute with the blanks before it: its end, `pos` when there is none, 0 when it is bad.
 */
static size_t strict_attribute_end(const char *s, size_t len, size_t pos)
{
    size_t name = skip_spaces(s, len, pos), i = name, value;
    if (name == pos ||
        !(is_alpha(at(s, len, i)) || at(s, len, i) == '_' || at(s, len, i) == ':'))
        return pos;
    while (is_name(at(s, len, i)) || (at(s, len, i) && strchr("_.:", at(s, len, i))))
        i++;
    value = skip_spaces(s, len, i);
    if (at(s, len, value) != '=')
        return i;
    return strict_value_end(s, len, skip_spaces(s, len, value + 1));
}

static size_t open_tag_end(const char *s, size_t len, size_t pos)
{
    size_t i = pos + 1, next;
    while (is_name(at(s, len, i)))
        i++;
    while ((next = strict_attribute_end(s, len, i)) != i) {
        if (!next)
            return 0;
        i = next;
    }
    i = skip_spaces(s, len, i);
    i += at(s, len, i) == '/';
    return at(s, len, i) == '>' ? i + 1 : 0;
}

static size_t close_tag_end(const char *s, size_t len, size_t pos)
{
    size_t i = pos + 2;
    if (!is_alpha(at(s, len, i)))
        return 0;
    while (is_name(at(s, len, i)))
        i++;
    i = skip_spaces(s, len, i);
    return at(s, len, i) == '>' ? i + 1 : 0;
}

/* A comment holds no "--" before its end, and begins with neither ">" nor "->". */
static size_t comment_end(const char *s, size_t len, size_t pos)
{
    size_t i = pos + 4;
    if (at(s, len, i) == '>' || (at(s, len, i) == '-' && at(s, len, i + 1) == '>'))
        return 0;
    const char *dashes = i < len ? memmem(s + i, len - i, "--", 2) : NULL;
    return dashes && at(s, len, (size_t)(dashes - s) + 2) == '>' ? (size_t)(dashes - s) + 3 : 0;
}

/* What begins at `pos` and ends with `mark`. `none_from` remembers a search that failed. */
static size_t until(const char *s, size_t len, size_t pos, const char *mark, size_t *none_from)
{
    if (*none_from && pos + 1 >= *none_from)
        return 0;
    const char *end = memmem(s + pos, len - pos, mark, strlen(mark));
    if (!end)
        *none_from = pos + 1;
    return end ? (size_t)(end - s) + strlen(mark) : 0;
}

static size_t declaration_end(const char *s, size_t len, size_t pos, md_html_memo *memo)
{
    size_t i = pos + 2;
    while (at(s, len, i) >= 'A' && at(s, len, i) <= 'Z')
        i++;
    return is_space(at(s, len, i)) ? until(s, len, i, ">", &memo->no_declaration) : 0;
}

size_t md_html_inline_end(const char *s, size_t len, size_t pos, md_html_memo *memo)
{
    char c = at(s, len, pos + 1);
    if (is_alpha(c))
        return open_tag_end(s, len, pos);
    if (c == '/')
        return close_tag_end(s, len, pos);
    if (c == '?')
        return until(s, len, pos + 2, "?>", &memo->no_instruction);
    if (c != '!')
        return 0;
    if (at(s, len, pos + 2) == '-' && at(s, len, pos + 3) == '-')
        return comment_end(s, len, pos);
    if (len - pos > 9 && memcmp(s + pos, "<![CDATA[", 9) == 0)
        return until(s, len, pos + 9, "]]>", &memo->no_cdata);
    if (at(s, len, pos + 2) >= 'A' && at(s, len, pos + 2) <= 'Z')
        return declaration_end(s, len, pos, memo);
    return 0;
}

/* ---- Attributes, as a browser reads them ------------------------------------------------- */

static size_t value_end(const char *s, size_t len, size_t pos, attribute *a)
{
    char quote = at(s, len, pos);
    a->quoted = quote == '"' || quote == '\'';
    a->value = pos + a->quoted;
    size_t i = a->value;
    while (i < len && (a->quoted ? s[i] != quote : !is_space(s[i]) && s[i] != '>'))
        i++;
    a->value_end = i;
    return i + (a->quoted && i < len);
}

/* The next attribute from `pos` on; false at the end of the tag, where `*next` then stands. */
static bool next_attribute(const char *s, size_t len, size_t pos, attribute *a, size_t *next)
{
    while (pos < len && (is_space(s[pos]) || s[pos] == '/'))
        pos++;
    *next = pos;
    if (pos >= len || s[pos] == '>')
        return false;
    *a = (attribute){.name = pos};
    for (pos++; pos < len && !is_space(s[pos]) && !strchr("/>=", s[pos]);)
        pos++;
    a->name_end = pos;
    size_t equals = skip_spaces(s, len, pos);
    if (at(s, len, equals) == '=')
        pos = value_end(s, len, skip_spaces(s, len, equals + 1), a);
    *next = pos;
    return true;
}

static bool is_called(const char *s, const attribute *a, const char *name)
{
    size_t len = a->name_end - a->name;
    return len == strlen(name) && strncasecmp(s + a->name, name, len) == 0;
}

static size_t tag_name_end(const char *s, size_t len, size_t pos)
{
    while (pos < len && !is_space(s[pos]) && s[pos] != '/' && s[pos] != '>')
        pos++;
    return pos;
}

static void add_image(md_arena *arena, const char *s, const attribute *src,
                      const attribute *alt, md_targets *targets)
{
    if (src->value_end > src->value)
        *MD_PUSH(arena, targets) = (md_target){
            .kind = MD_HTML,
            .start = src->value,
            .end = src->value_end,
            .alt = s + alt->value,
            .alt_len = alt->value_end - alt->value,
            .bare = !src->quoted,
        };
}

/* Reads the attributes from `pos` to the tag's end; returns where that stands. */
static size_t read_tag(md_arena *arena, const char *s, size_t len, size_t pos, bool image,
                       md_targets *targets)
{
    attribute a, src = {0}, alt = {0};
    size_t next = pos;
    while (next_attribute(s, len, next, &a, &next)) {
        if (!src.name && is_called(s, &a, "src"))
            src = a;
        if (!alt.name && is_called(s, &a, "alt"))
            alt = a;
    }
    if (image && next < len)
        add_image(arena, s, &src, &alt, targets);
    return next;
}

static bool is_tag(const char *s, size_t start, size_t end, const char *name)
{
    return end - start == strlen(name) && strncasecmp(s + start, name, end - start) == 0;
}

void md_html_image(md_arena *arena, const char *s, size_t start, size_t end,
                   md_targets *targets)
{
    size_t name = start + 1, name_end = tag_name_end(s, end, name);
    if (is_tag(s, name, name_end, "img"))
        read_tag(arena, s, end, name_end, true, targets);
}

/* ---- Blocks ------------------------------------------------------------------------------ */

static size_t after_mark(const char *s, size_t len, size_t pos, const char *mark)
{
    const char *end = pos < len ? memmem(s + pos, len - pos, mark, strlen(mark)) : NULL;
    return end ? (size_t)(end - s) + strlen(mark) : len;
}

/* The end tag that closes an element whose content is no markup. */
static size_t raw_text_end(const char *s, size_t len, size_t pos, const char *name)
{
    for (size_t n = strlen(name); pos + n + 2 <= len; pos++) {
        const char *lt = memchr(s + pos, '<', len - pos);
        if (!lt)
            return len;
        pos = (size_t)(lt - s);
        if (pos + n + 2 <= len && s[pos + 1] == '/' && strncasecmp(s + pos + 2, name, n) == 0)
            return pos;
    }
    return len;
}

static size_t after_start_tag(md_arena *arena, const char *s, size_t len, size_t pos,
                              md_targets *targets)
{
    static const char *const raw[] = {"script", "style", "textarea", "title", "xmp", "noembed"};
    size_t name = pos + 1, name_end = tag_name_end(s, len, name);
    size_t end = read_tag(arena, s, len, name_end, is_tag(s, name, name_end, "img"), targets);
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++)
        if (is_tag(s, name, name_end, raw[i]))
            return raw_text_end(s, len, end, raw[i]);
    return end;
}

void md_scan_html(md_arena *arena, const char *s, size_t len, md_targets *targets)
{
    for (size_t pos = 0; pos < len;) {
        const char *lt = memchr(s + pos, '<', len - pos);
        if (!lt)
            return;
        pos = (size_t)(lt - s);
        if (len - pos >= 4 && memcmp(lt, "<!--", 4) == 0)
            pos = after_mark(s, len, pos + 4, "-->");
        else if (at(s, len, pos + 1) == '!' || at(s, len, pos + 1) == '?')
            pos = after_mark(s, len, pos + 1, ">");
        else if (is_alpha(at(s, len, pos + 1)))
            pos = after_start_tag(arena, s, len, pos, targets);
        else if (at(s, len, pos + 1) == '/')
            pos = after_mark(s, len, pos + 2, ">");
        else
            pos++;
    }
}
