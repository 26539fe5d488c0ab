/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What poppler-glib cannot tell: the lines, filled boxes and pictures that a page draws. They
 * are read from the content streams, which libqpdf finds, decrypts and inflates.
 *
 * A page whose contents cannot be read simply has no rules. Work on a page is bounded; of what
 * is beyond, nothing is told.
 *
 * Ownership: pdf_contents_close() frees all; the bytes must outlive it. Threads: none.
 */
#ifndef OKB_PDF_CONTENTS_H
#define OKB_PDF_CONTENTS_H

#include "model.h"

typedef struct pdf_contents pdf_contents;

/* NULL when libqpdf cannot make sense of the file. */
pdf_contents *pdf_contents_open(const void *data, size_t size);
void pdf_contents_close(pdf_contents *c);

/* The open file, for who reads images from it. */
struct _qpdf_data *pdf_contents_qpdf(pdf_contents *c);

/* Fill page->across, down, fills and pictures of page `page->number`. */
void pdf_contents_read(pdf_contents *c, pdf_page *page);

#endif
