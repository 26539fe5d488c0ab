/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pages of a long document, opened a slice at a time: poppler keeps every page that it has
 * looked up, and all pages before it, until the document is closed.
 *
 * Ownership: pdf_slices_free() closes what is open; the bytes and the file must outlive it.
 * Threads: none.
 */
#ifndef OKB_PDF_SLICES_H
#define OKB_PDF_SLICES_H

#include "file.h"

#include <poppler.h>
#include <stdint.h>

typedef struct pdf_slices pdf_slices;

/* How many writable bytes should follow a document of so many. */
size_t pdf_slices_room(size_t size);

/* NULL when the document is short, or is none of those that can be cut: then it is read as one.
 * Writes behind the end of bytes[size]. */
pdf_slices *pdf_slices_new(char *bytes, size_t size, pdf_file *file, uint32_t n_pages);
void pdf_slices_free(pdf_slices *slices);

/* Page `number`, from 1; NULL when it cannot be read. The caller frees it before it asks for
 * another one. Pages are asked for in order. */
PopplerPage *pdf_slices_page(pdf_slices *slices, uint32_t number);

/* The whole document, for its bookmarks and places: its pages are empty. It must be closed
 * before the bytes go, the slices may go before. NULL when it cannot be opened. No page can be
 * asked for any more. */
PopplerDocument *pdf_slices_whole(pdf_slices *slices);

#endif
