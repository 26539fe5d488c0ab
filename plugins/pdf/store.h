/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Texts of finished pages, packed: a document of thousands of pages has as many small pieces of
 * text as the heap has holes between poppler's.
 *
 * Ownership: pdf_store_free() frees all that was kept; pdf_text_clear() of a kept text frees
 * nothing. Threads: none.
 */
#ifndef OKB_PDF_STORE_H
#define OKB_PDF_STORE_H

#include "model.h"

typedef struct pdf_store pdf_store;

pdf_store *pdf_store_new(void);
void pdf_store_free(pdf_store *store);

/* Move the texts of blocks[first ..], and of their tables, into the store. */
void pdf_store_keep(pdf_store *store, GArray *blocks, guint first);

#endif
