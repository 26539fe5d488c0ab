/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The words of a flow become lines: rows of words from left to right (right to left where the
 * script runs so), superscripts and subscripts recognised.
 */
#ifndef OKB_PDF_LINES_H
#define OKB_PDF_LINES_H

#include "model.h"

/*
 * Group `count` words page->refs[first...] into lines from top to bottom; sorts that part of
 * refs so that each line's words are together. Returns pdf_line; the caller frees.
 */
GArray *pdf_lines_make(pdf_page *page, const pdf_styles *styles, uint32_t first,
                       uint32_t count);

/* Whether two neighbours on a line are separated by a space. */
bool pdf_words_spaced(const pdf_page *page, uint32_t left, uint32_t right);

#endif
