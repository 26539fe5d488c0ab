/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One page as poppler interprets it: characters with rectangles and fonts. A page is
 * interpreted once; everything here comes from poppler's one text page.
 *
 * Ownership: pdf_page_free() frees all. Threads: none.
 */
#ifndef OKB_PDF_PAGE_H
#define OKB_PDF_PAGE_H

#include "model.h"

#include <poppler.h>

pdf_page *pdf_page_new(void);
void pdf_page_free(pdf_page *page);

/* Forget the page before. */
void pdf_page_clear(pdf_page *page);

/* Fill `page` with the words of one page; page->areas must be known, for words end at links. */
void pdf_page_load(pdf_page *page, PopplerPage *source, uint32_t number, pdf_styles *styles);

#endif
