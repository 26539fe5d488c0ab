/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes that are no text in any 8-bit encoding, whatever their name says: pictures, archives,
 * programs. Text has hardly any control characters; one byte of nine is one in random bytes.
 */
#ifndef OPENKB_MARKDOWN_BINARY_H
#define OPENKB_MARKDOWN_BINARY_H

#include <stdbool.h>
#include <stddef.h>

bool md_is_binary(const unsigned char *s, size_t len);

#endif
