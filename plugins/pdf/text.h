/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Text with inline style: built from words, taken apart when it is written.
 */
#ifndef OKB_PDF_TEXT_H
#define OKB_PDF_TEXT_H

#include "model.h"

typedef struct pdf_text_builder {
    GString *bytes;
    GArray *spans; /* pdf_span */
} pdf_text_builder;

void pdf_text_begin(pdf_text_builder *b);
/* Append words page->refs[first .. first + count), spaces between them as on the page. */
void pdf_text_words(pdf_text_builder *b, const pdf_page *page, uint32_t first, uint32_t count);
/* A line with `display` set. */
void pdf_text_display(pdf_text_builder *b, const pdf_page *page, const pdf_line *line);
/* Append bytes in the style of what stands before. */
void pdf_text_bytes(pdf_text_builder *b, const char *bytes, size_t len);
/* Append another text. */
void pdf_text_join(pdf_text_builder *b, const pdf_text *text);
/* Hands the text over; the builder is empty afterwards. */
pdf_text pdf_text_end(pdf_text_builder *b);

/* Put `more` behind `text`, on a line of its own, and empty it. */
void pdf_text_append_line(pdf_text *text, pdf_text *more);
void pdf_text_clear(pdf_text *text);
/* Drop the first `n` bytes. */
void pdf_text_cut(pdf_text *text, uint32_t n);
/* The plain text, lines joined by spaces. */
char *pdf_text_plain(const pdf_text *text);

/* One line without control characters, short enough for every service of the host and cut at a
 * character; NULL when nothing is left or it is no UTF-8. */
char *pdf_text_line(const char *s);

#endif
