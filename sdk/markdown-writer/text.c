/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whether bytes are text: UTF-8 by RFC 3629 (shortest forms, no surrogates, nothing above
 * U+10FFFF) without control characters that no text has.
 */
#include "writer.h"

static bool is_within(unsigned char c, unsigned low, unsigned high)
{
    return c >= low && c <= high;
}

/* The second byte's range depends on the first. */
static bool fits_second(unsigned char first, unsigned char second)
{
    return is_within(second,
                     first == 0xe0   ? 0xa0
                     : first == 0xf0 ? 0x90
                                     : 0x80,
                     first == 0xed   ? 0x9f
                     : first == 0xf4 ? 0x8f
                                     : 0xbf);
}

/* Length of the character at `p`, 0 when there is none. */
static size_t character(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return p[0] >= 0x20 || is_within(p[0], '\t', '\r') ? 1 : 0;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (!is_within(p[0], 0xc2, 0xf4) || n > left || !fits_second(p[0], p[1]))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!is_within(p[i], 0x80, 0xbf))
            return 0;
    return n;
}

bool okb_md_is_text(okb_str text)
{
    const unsigned char *p = (const unsigned char *)text.data;
    for (size_t at = 0, n; at < text.len; at += n) {
        n = character(p + at, text.len - at);
        if (n == 0)
            return false;
    }
    return true;
}
