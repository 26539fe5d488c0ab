/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Character references as HTML5 reads them, all 2,231 names, because libxml2 knows HTML 4's
 * 253.
 */
#include "html.h"

static const struct {
    const char *name, *text;
    bool bare; /* known without its semicolon too */
} entities[] = {
#include "entities.inc"
};

#define COUNT (sizeof entities / sizeof *entities)

/* What windows-1252 has where Latin-1 has controls; references mean these. */
static const uint16_t c1_meant[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int digit_value(char c, bool hex)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return hex && c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t code_meant(uint32_t code)
{
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0xfffd;
    if (code >= 0x80 && code < 0xa0)
        return c1_meant[code - 0x80];
    return code < ' ' && !is_space((char)code) ? ' ' : code;
}

/* "&#39;", "&#x27;", with or without the semicolon. */
static size_t decode_number(const char *s, size_t len, char text[8], size_t *text_len)
{
    bool hex = len > 2 && lower(s[2]) == 'x';
    size_t at = hex ? 3 : 2, begin = at;
    uint32_t code = 0;
    for (int digit; at < len && (digit = digit_value(s[at], hex)) >= 0; at++)
        code = code > 0x110000 ? code : code * (hex ? 16 : 10) + (uint32_t)digit;
    if (at == begin)
        return 0;
    *text_len = utf8_put(text, code_meant(code));
    return at + (at < len && s[at] == ';');
}

static int find(const char *name, size_t len)
{
    size_t low = 0, high = COUNT;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(name, entities[middle].name, len);
        if (order == 0 && entities[middle].name[len])
            order = -1;
        if (order == 0)
            return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static size_t take(int entity, size_t consumed, char text[8], size_t *text_len)
{
    *text_len = strlen(entities[entity].text);
    memcpy(text, entities[entity].text, *text_len);
    return consumed;
}

size_t entity_decode(const char *s, size_t len, bool in_attribute, char text[8],
                     size_t *text_len)
{
    if (len > 1 && s[1] == '#')
        return decode_number(s, len, text, text_len);
    size_t n = 0;
    while (n + 1 < len && n < 32 && is_alnum(s[1 + n]))
        n++;
    if (n == 0)
        return 0;
    int found = n + 1 < len && s[1 + n] == ';' ? find(s + 1, n) : -1;
    if (found >= 0)
        return take(found, n + 2, text, text_len);
    for (size_t prefix = n < 6 ? n : 6; prefix >= 2; prefix--) {
        found = find(s + 1, prefix);
        if (found < 0 || !entities[found].bare)
            continue;
        char next = 1 + prefix < len ? s[1 + prefix] : ' ';
        if (in_attribute && (next == '=' || is_alnum(next)))
            return 0;
        return take(found, prefix + 1, text, text_len);
    }
    return 0;
}
