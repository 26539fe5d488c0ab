/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes that are no text in any encoding, whatever their name says: pictures, archives,
 * programs. Text has hardly any control characters; one byte of nine is one in random bytes.
 */
#include "html.h"

#include <string.h>

enum { SAMPLE = 65536, FEW = 32, OF_UTF8 = 8, OF_OTHERS = 32 };

/* Escape belongs to the Japanese encodings; backspace is in old manuals. */
static bool is_control(unsigned char c)
{
    return (c < ' ' && !is_space((char)c) && c != '\b' && c != '\x1b') || c == 0x7f;
}

bool bytes_are_binary(const void *bytes, size_t len)
{
    const unsigned char *s = bytes;
    size_t sample = len < SAMPLE ? len : SAMPLE, controls = 0;
    while (sample > 0 && sample < len && (s[sample] & 0xc0) == 0x80)
        sample--; /* not within a character */
    for (size_t i = 0; i < sample; i++)
        controls += is_control(s[i]);
    if (controls < FEW || controls <= sample / OF_OTHERS)
        return false;
    return controls > sample / OF_UTF8 || !bytes_are_utf8(s, sample);
}
