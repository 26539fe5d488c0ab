/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What poppler-glib cannot tell: the lines, filled boxes and pictures that a page draws. They
 * are read from the content streams.
 *
 * A page whose contents cannot be read simply has no rules. Work on a page is bounded; of what
 * is beyond, nothing is told.
 *
 * Ownership: pdf_contents_close() frees all; the bytes must outlive it. Threads: none.
 */
#ifndef OKB_PDF_CONTENTS_H
#define OKB_PDF_CONTENTS_H

#include "file.h"
#include "model.h"

typedef struct pdf_contents pdf_contents;

/* NULL when neither file.h nor libqpdf can make sense of the file. */
pdf_contents *pdf_contents_open(const void *data, size_t size);
void pdf_contents_close(pdf_contents *c);

/* Turn to page `number`, from 1, before anything of it is read; false when it cannot be found.
 * Values of pages before are gone then. */
bool pdf_contents_turn(pdf_contents *c, uint32_t number);

/* Nothing but images is read any more: let go of the memory. */
void pdf_contents_forget(pdf_contents *c);

/* Fill page->across, down, fills and pictures of the page turned to. */
void pdf_contents_read(pdf_contents *c, pdf_page *page);

/* For who reads more from the file: the file, the page turned to, and where a rectangle of its
 * coordinates lies in ours. */
pdf_file *pdf_contents_file(pdf_contents *c);
pdf_value pdf_contents_page(const pdf_contents *c);
pdf_rect pdf_contents_place(const pdf_contents *c, const double rect[4]);
/* The page's number as an object, and where its own y is 0 (NAN when it is turned). */
int pdf_contents_object(const pdf_contents *c, float *base);
/* The bytes given opened by libqpdf, which may be done late; NULL when it cannot. The objects
 * of pictures are its objects; others are not where the file had to be repaired. */
struct _qpdf_data *pdf_contents_qpdf(pdf_contents *c);

#endif
