/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "binary.h"

#include "decode.h"

enum { SAMPLE = 65536, FEW = 32, OF_UTF8 = 8, OF_OTHERS = 32 };

/* Escape belongs to the Japanese encodings; backspace is in old manuals. */
static bool is_control(unsigned char c)
{
    return c < '\b' || c == '\v' || (c > '\r' && c < ' ' && c != '\x1b') || c == 0x7f;
}

static bool is_utf8(const unsigned char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = s[i] < 0x80 ? 1 : md_utf8_length(s + i, len - i);
        if (n == 0)
            return false;
    }
    return true;
}

bool md_is_binary(const unsigned char *s, size_t len)
{
    size_t sample = len < SAMPLE ? len : SAMPLE, controls = 0;
    while (sample > 0 && sample < len && (s[sample] & 0xc0) == 0x80)
        sample--; /* not within a character */
    for (size_t i = 0; i < sample; i++)
        controls += is_control(s[i]);
    if (controls < FEW || controls <= sample / OF_OTHERS)
        return false;
    return controls > sample / OF_UTF8 || !is_utf8(s, sample);
}
