/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Characters with rectangles become words: pieces of one style and one link, without spaces.
 */
#ifndef OKB_PDF_CHARS_H
#define OKB_PDF_CHARS_H

#include "model.h"

#include <poppler.h>

/*
 * `text` has `n` characters with one rectangle each; `attributes` are poppler's, in order.
 * Links are looked up in page->areas. Appends to page->words and page->text.
 */
void pdf_chars_to_words(pdf_page *page, const char *text, const PopplerRectangle *boxes,
                        guint n, const GList *attributes, pdf_styles *styles);

#endif
