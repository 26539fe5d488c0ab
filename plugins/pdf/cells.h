/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The cells of tables in the structure tree, as far as words of the page are in such tables:
 * page->cells. A table is read as a whole on each page that it is on, if it has no more than a
 * thousand cells. Threads: none.
 */
#ifndef OKB_PDF_CELLS_H
#define OKB_PDF_CELLS_H

#include "file.h"
#include "model.h"

/* Fill page->cells, and the cell of each of page->tags. */
void pdf_cells_read(pdf_file *file, pdf_page *page);

#endif
