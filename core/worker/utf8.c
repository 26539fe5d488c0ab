/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/utf8.h"

#include <stdint.h>
#include <string.h>

/* The second byte's range depends on the first; all later ones are 80..BF. */
static bool second_fits(unsigned char first, unsigned char second)
{
    unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

int okb_utf8_next(const char *text, size_t left)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    for (size_t i = 1; i < n; i++) {
        if (i == left)
            return -1;
        if (i == 1 ? !second_fits(p[0], p[1]) : (p[i] & 0xc0) != 0x80)
            return 0;
    }
    return (int)n;
}

/* No byte of the eight is below 0x20 or above 0x7f. */
static bool all_printable(const char *text)
{
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return ((word | (word - 0x2020202020202020)) & 0x8080808080808080) == 0;
}

size_t okb_utf8_ascii(const char *text, size_t len)
{
    size_t at = 0;
    for (;;) {
        while (len - at >= 8 && all_printable(text + at))
            at += 8;
        size_t end = len - at < 8 ? len : at + 8;
        for (; at < end; at++) {
            unsigned char c = (unsigned char)text[at];
            if (c >= 0x80 || (c < 0x20 && c != '\n' && c != '\t'))
                return at;
        }
        if (at == len)
            return len;
    }
}

bool okb_utf8_is_plain(const char *text, size_t len, bool lines)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 && c != '\t' && !(lines && c == '\n'))
            return false;
        int n = okb_utf8_next(text + i, len - i);
        if (n <= 0)
            return false;
        i += (size_t)n;
    }
    return true;
}
