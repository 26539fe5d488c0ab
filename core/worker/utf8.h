/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Well-formed UTF-8 (RFC 3629): shortest forms, no surrogates, nothing above U+10FFFF.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Length of the character at `text`: 1 to 4; 0 when it is ill-formed; -1 when the bytes end
 * before it does and are right so far. `left` is at least 1. */
int okb_utf8_next(const char *text, size_t left);

/* Length of the run of ASCII without control characters but tab and newline. */
size_t okb_utf8_ascii(const char *text, size_t len);

/* Well-formed, and no control character but tab (and newline, when `lines`). */
bool okb_utf8_is_plain(const char *text, size_t len, bool lines);
