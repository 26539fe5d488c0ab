/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The flows of a page become blocks: paragraphs, list items, code and tables. What a block is
 * for the document (heading, caption, running header) is decided later, over all pages.
 */
#ifndef OKB_PDF_BLOCKS_H
#define OKB_PDF_BLOCKS_H

#include "model.h"

/* A GArray of pdf_block that frees what its blocks own. */
GArray *pdf_blocks_new(void);

/* Append the blocks of a page whose flows are in order. Takes the page's tables. */
void pdf_blocks_add_page(GArray *blocks, pdf_page *page, const pdf_styles *styles);

void pdf_table_free(pdf_table *table);

#endif
