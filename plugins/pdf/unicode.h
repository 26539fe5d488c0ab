/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What single characters of a PDF's text stand for.
 */
#ifndef OKB_PDF_UNICODE_H
#define OKB_PDF_UNICODE_H

#include <glib.h>
#include <stdbool.h>

/*
 * The text a character stands for: ligatures in letters, bullets of symbol fonts as U+2022.
 * Returns 0 to drop the character; else writes up to 4 characters to `out` and their number.
 */
int pdf_unicode_map(gunichar c, gunichar out[4]);

/* Whether a character has no meaning: private use, replacement, control. */
bool pdf_unicode_unmapped(gunichar c);

/*
 * The bytes of the hyphen that `s` ends with, 0 when it ends otherwise. `soft` says that it was
 * put there to break the line (U+00AD, U+2010) and is no part of the word.
 */
size_t pdf_unicode_hyphen(const char *s, size_t n, bool *soft);

bool pdf_unicode_is_bullet(gunichar c);
bool pdf_unicode_is_space(gunichar c);
bool pdf_unicode_is_cjk(gunichar c);

/* The combining form of a spacing accent that old fonts set beside its letter; 0 for others. */
gunichar pdf_unicode_combining(gunichar spacing_accent);

/* Letters of Hebrew, Arabic and their kin. */
static inline bool pdf_unicode_is_rtl(gunichar c)
{
    return (c >= 0x590 && c < 0x900) || (c >= 0xFB1D && c < 0xFE00) ||
           (c >= 0xFE70 && c < 0xFF00);
}

#endif
