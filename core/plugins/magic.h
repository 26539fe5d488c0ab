/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Patterns over the first bytes of a file: "OFFSET:HEX;OFFSET:HEX", all of which must hold. A
 * "~" before the offset compares ASCII text without case, after a byte-order mark and blanks.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct OkbMagic OkbMagic;

/* OKB_ERROR_FAILED says what is wrong with the text. */
OkbMagic *okb_magic_parse(const char *text, GError **error);
void okb_magic_free(OkbMagic *magic);

/* Bytes that matched, summed over the parts; 0 when one does not hold. */
gsize okb_magic_match(const OkbMagic *magic, const guint8 *head, gsize head_len);
