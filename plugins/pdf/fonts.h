/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Shortens the font programs of a PDF in memory. poppler opens the fonts of every page anew,
 * and inflates Type 1 programs as a whole to look for a name and an encoding at their
 * beginning: a fifth of the time of a document made by TeX. What it looks at for text is left,
 * the outlines go: such a document can be read, never rendered.
 *
 * A program is shortened when its stream is found whole, is deflated and nothing else, and its
 * beginning fits in its place; all others are left as they are. The bytes stay a PDF whose
 * objects stand where they stood. Threads: none. Errors: none.
 */
#ifndef OKB_PDF_FONTS_H
#define OKB_PDF_FONTS_H

#include <stddef.h>

/* A file larger than this is mostly pictures and is left as it is. */
enum { PDF_FONTS_MOST_BYTES = 64 << 20 };

void pdf_fonts_shorten(char *bytes, size_t size);

/* Another stream over an old one, from behind the "<<" of its dictionary to its "endstream",
 * with these keys and its length; where it does not fit nothing is done. */
void pdf_fonts_write_over(char *dict, const char *end, const char *keys, const char *data,
                          size_t n);

#endif
