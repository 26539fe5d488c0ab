/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The part of TOML that front matter uses: keys at the top level with strings, numbers, dates,
 * booleans and arrays of strings. Tables are skipped but for [taxonomies], where some site
 * generators keep the tags.
 */
#include "front-matter.h"

#include <string.h>

typedef struct {
    md_arena *arena;
    const char *p, *end;
    md_entry entry;
    void *context;
} reader;

static bool is_bare(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
}

static void skip_blanks(reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t'))
        r->p++;
}

static void skip_line(reader *r)
{
    while (r->p < r->end && *r->p != '\n')
        r->p++;
    r->p += r->p < r->end;
}

/* Blanks, line ends and comments. */
static void skip_space(reader *r)
{
    for (;;) {
        skip_blanks(r);
        if (r->p < r->end && *r->p == '#')
            skip_line(r);
        else if (r->p < r->end && *r->p == '\n')
            r->p++;
        else
            return;
    }
}

static int digits(reader *r, unsigned count, unsigned *value)
{
    *value = 0;
    for (unsigned i = 0; i < count; i++) {
        if (r->p >= r->end)
            return 0;
        char c = *r->p++ | 0x20;
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 16;
        if (digit > 15)
            return 0;
        *value = *value * 16 + digit;
    }
    return 1;
}

static size_t put_utf8(char *out, unsigned c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6), out[1] = (char)(0x80 | (c & 63));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12), out[1] = (char)(0x80 | (c >> 6 & 63));
        out[2] = (char)(0x80 | (c & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18), out[1] = (char)(0x80 | (c >> 12 & 63));
    out[2] = (char)(0x80 | (c >> 6 & 63)), out[3] = (char)(0x80 | (c & 63));
    return 4;
}

/* What follows a backslash; the number of bytes, or 0 when it is no escape. */
static size_t escape(reader *r, char *out)
{
    static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\x1b\"\\";
    unsigned c;
    char kind = r->p < r->end ? *r->p++ : '\0';
    const char *found = kind ? strchr(from, kind) : NULL;
    if (found) {
        *out = to[found - from];
        return 1;
    }
    if ((kind != 'u' && kind != 'U') || !digits(r, kind == 'u' ? 4 : 8, &c) || c == 0 ||
        c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    return put_utf8(out, c);
}

static bool begins(const reader *r, const char *text)
{
    return (size_t)(r->end - r->p) >= strlen(text) && memcmp(r->p, text, strlen(text)) == 0;
}

/* Bytes until the string is closed, or until it cannot be any more. */
static size_t string_length(const reader *r, const char *quote, bool literal, bool block)
{
    reader ahead = *r;
    while (ahead.p < ahead.end && !begins(&ahead, quote) && (block || *ahead.p != '\n'))
        ahead.p += !literal && *ahead.p == '\\' && ahead.end - ahead.p > 1 ? 2 : 1;
    return (size_t)(ahead.p - r->p);
}

/* A string of any of the four kinds; NULL when it is not closed. */
static const char *string(reader *r)
{
    char quote[4] = {*r->p, *r->p, *r->p, '\0'};
    bool literal = *quote == '\'', block = begins(r, quote);
    if (!block)
        quote[1] = '\0';
    r->p += strlen(quote);
    if (block && r->p < r->end && *r->p == '\n')
        r->p++;
    char *out = md_grow(r->arena, NULL, string_length(r, quote, literal, block) + 5);
    size_t n = 0, added;
    while (r->p < r->end && !begins(r, quote)) {
        if (*r->p == '\n' && !block)
            return NULL;
        out[n++] = *r->p++;
        if (literal || out[n - 1] != '\\')
            continue;
        n--;
        if (block && r->p < r->end && (*r->p == '\n' || *r->p == ' ')) {
            skip_space(r);
            continue;
        }
        if (!(added = escape(r, out + n)))
            return NULL;
        n += added;
    }
    if (r->p >= r->end)
        return NULL;
    r->p += strlen(quote);
    out[n] = '\0';
    return out;
}

static const char *bare_value(reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && !strchr("\n#,]}", *r->p))
        r->p++;
    size_t len = (size_t)(r->p - start);
    while (len && (start[len - 1] == ' ' || start[len - 1] == '\t'))
        len--;
    return len ? md_copy(r->arena, start, len) : NULL;
}

static const char *scalar(reader *r)
{
    return r->p < r->end && (*r->p == '"' || *r->p == '\'') ? string(r) : bare_value(r);
}

static bool array(reader *r, const char *key)
{
    for (r->p++;; r->p++) {
        skip_space(r);
        if (r->p < r->end && *r->p == ']')
            break;
        if (r->p >= r->end || *r->p == '[' || *r->p == '{')
            return false;
        const char *value = scalar(r);
        if (!value)
            return false;
        r->entry(r->context, key, value);
        skip_space(r);
        if (r->p >= r->end || (*r->p != ',' && *r->p != ']'))
            return false;
        if (*r->p == ']')
            break;
    }
    r->p++;
    return true;
}

static const char *key(reader *r)
{
    if (r->p < r->end && (*r->p == '"' || *r->p == '\''))
        return string(r);
    const char *start = r->p;
    while (r->p < r->end && is_bare(*r->p))
        r->p++;
    return r->p > start ? md_copy(r->arena, start, (size_t)(r->p - start)) : NULL;
}

static bool assignment(reader *r, bool seen)
{
    const char *name = key(r);
    skip_blanks(r);
    if (!name || r->p >= r->end || *r->p != '=')
        return false;
    r->p++;
    skip_blanks(r);
    if (r->p < r->end && *r->p == '{') /* an inline table: one line, as the caller knows */
        return true;
    if (r->p < r->end && *r->p == '[')
        return array(r, seen ? name : "");
    const char *value = scalar(r);
    if (value && seen)
        r->entry(r->context, name, value);
    return value != NULL;
}

bool md_toml_entries(md_arena *arena, const char *text, size_t len, md_entry entry,
                     void *context)
{
    reader r = {arena, text, text + len, entry, context};
    bool seen = true;
    for (skip_space(&r); r.p < r.end; skip_space(&r)) {
        if (*r.p == '[') {
            seen = begins(&r, "[taxonomies]");
            skip_line(&r);
        } else if (!assignment(&r, seen)) {
            return false;
        } else {
            skip_line(&r);
        }
    }
    return true;
}
