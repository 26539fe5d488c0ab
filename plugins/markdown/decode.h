/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From the bytes of a file to text: UTF-8 without a byte order mark, lines that end in LF, no
 * NUL, no ill-formed sequence. Text that is so already is not copied.
 *
 * Errors: none; what cannot be decoded becomes U+FFFD and is counted.
 */
#ifndef OPENKB_MARKDOWN_DECODE_H
#define OPENKB_MARKDOWN_DECODE_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *bytes;
    size_t len;
    const char *charset; /* what the bytes were decoded from */
    size_t replaced;     /* bytes or units that became U+FFFD, NUL among them */
    bool guessed;        /* nothing in the file or from the caller said which encoding it is */
    bool binary;         /* these bytes are no text in any encoding */
} md_text;

/* `declared` is an encoding's name from outside, or empty. */
md_text md_decode(md_arena *arena, const void *bytes, size_t len, const char *declared);

/* Length of the well-formed UTF-8 sequence at `p`, or 0. */
size_t md_utf8_length(const unsigned char *p, size_t left);

#endif
