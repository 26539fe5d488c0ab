/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "unicode.h"

#include <string.h>

static const char *const LIGATURES[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

/* Bullets as Symbol, Wingdings and old TeX fonts number them in the private use area. */
static const gunichar PRIVATE_BULLETS[] = {0xF0B7, 0xF0A7, 0xF0A8, 0xF0D8, 0xF0FC, 0xF076,
                                           0xF06E, 0xF0B2, 0xF071, 0xF0E8, 0xF095, 0xF06C};

static const gunichar BULLETS[] = {
    0x2022, 0x2023, 0x2043, 0x204C, 0x204D, 0x2219, 0x25AA, 0x25AB, 0x25A0, 0x25A1,
    0x25B6, 0x25B8, 0x25BA, 0x25CB, 0x25CF, 0x25E6, 0x2794, 0x27A2, 0x2013, 0x2212,
    0x25C6, 0x25C7, 0x2756, 0x2B1D, 0x2605, 0x2713, 0x2714, 0x2610, 0x2611, 0x2612,
    0x00B7, 0x2666, 0x25FE, 0x25FC, 0x25FB, 0x2B27, 0x29BF, 0x2217, 0x22C6};

static const struct {
    gunichar spacing, combining;
} ACCENTS[] = {{0x00B4, 0x0301}, {0x0060, 0x0300}, {0x00A8, 0x0308}, {0x02C6, 0x0302},
               {0x02DC, 0x0303}, {0x02C7, 0x030C}, {0x00AF, 0x0304}, {0x02D8, 0x0306},
               {0x02DA, 0x030A}, {0x00B8, 0x0327}, {0x02DD, 0x030B}, {0x02D9, 0x0307},
               {0x02DB, 0x0328}};

static bool among(gunichar c, const gunichar *list, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (list[i] == c)
            return true;
    return false;
}

bool pdf_unicode_unmapped(gunichar c)
{
    return c == 0xFFFD || c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0xE000 && c < 0xF900) ||
           c >= 0xF0000;
}

size_t pdf_unicode_hyphen(const char *s, size_t n, bool *soft)
{
    *soft = true;
    if (n >= 2 && memcmp(s + n - 2, "\xC2\xAD", 2) == 0)
        return 2;
    if (n >= 3 && memcmp(s + n - 3, "\xE2\x80\x90", 3) == 0)
        return 3;
    *soft = false;
    return n >= 1 && s[n - 1] == '-';
}

bool pdf_unicode_is_bullet(gunichar c)
{
    return among(c, BULLETS, G_N_ELEMENTS(BULLETS));
}

bool pdf_unicode_is_space(gunichar c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == 0xA0 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x3000;
}

bool pdf_unicode_is_cjk(gunichar c)
{
    return (c >= 0x2E80 && c < 0xA4D0) || (c >= 0xF900 && c < 0xFB00) ||
           (c >= 0xFE30 && c < 0xFE50) || (c >= 0xFF00 && c < 0xFF61) ||
           (c >= 0x20000 && c < 0x40000);
}

gunichar pdf_unicode_combining(gunichar c)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ACCENTS); i++)
        if (ACCENTS[i].spacing == c)
            return ACCENTS[i].combining;
    return 0;
}

static int map_ligature(gunichar c, gunichar out[4])
{
    const char *letters = LIGATURES[c - 0xFB00];
    int n = 0;
    for (; letters[n]; n++)
        out[n] = (guchar)letters[n];
    return n;
}

int pdf_unicode_map(gunichar c, gunichar out[4])
{
    out[0] = c;
    if (c >= 0x20 && c < 0x7F)
        return 1;
    if (c == 0x2011)
        out[0] = '-';
    if (c >= 0xFB00 && c <= 0xFB06)
        return map_ligature(c, out);
    if (among(c, PRIVATE_BULLETS, G_N_ELEMENTS(PRIVATE_BULLETS))) {
        out[0] = 0x2022;
        return 1;
    }
    if (c == 0xFEFF || c == 0x200B || (c >= 0x200E && c <= 0x200F) ||
        (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || pdf_unicode_unmapped(c))
        return 0;
    return 1;
}
