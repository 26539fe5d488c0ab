/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which characters a font's codes are is told in a language (ToUnicode) that poppler reads a
 * character at a time, anew for each page. In the private copy it is written over with the same
 * in a quarter of the bytes, where these fit and where it is as plain as most are.
 */
#ifndef OKB_PDF_CMAPS_H
#define OKB_PDF_CMAPS_H

#include "contents.h"

/* Of the fonts of the page that `c` is turned to, before poppler reads it. `copy` are the bytes
 * of the file, or NULL when they cannot be written; `seen` has the objects looked at. */
void pdf_cmaps_shorten(pdf_contents *c, char *copy, size_t size, GHashTable *seen);

/* The same in short; NULL when it is not plain, or no shorter. For the caller to free. */
char *pdf_cmap_short(const char *text, size_t len);

#endif
