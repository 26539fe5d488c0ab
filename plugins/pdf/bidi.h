/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Arabic and Hebrew: text that runs from right to left.
 *
 * poppler gives the characters of a word in the order in which they are read, between marks
 * that have no place, but their places from left to right. And a page of such text is mirrored
 * while it is looked at, so that lines begin, columns follow and lists are indented as
 * everywhere.
 */
#ifndef OKB_PDF_BIDI_H
#define OKB_PDF_BIDI_H

#include "model.h"

#include <poppler.h>

/* Whether poppler's text has words that run from right to left. */
bool pdf_bidi_is_marked(const char *text);

/* Bring the `n` places into the order of the characters, and take the marks out of the text.
 * Where there are not as many places as other characters, the page itself holds such marks:
 * then the places stay in the order they have. */
void pdf_bidi_align(char *text, PopplerRectangle *places, guint n);

/* Mirror a page whose words mostly run from right to left: page->mirrored. */
void pdf_bidi_mirror(pdf_page *page);

/* `words`, in the order of their x on the page, come into the order in which they are read. */
void pdf_bidi_order(const pdf_page *page, uint32_t *words, uint32_t n);

#endif
