/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The cross-reference table of a PDF, of both kinds, with its older parts.
 *
 * It is read only when it can be trusted: every object that it has in the file must begin where
 * it says. Eight bytes an object; numbers beyond the size of the file, or those that PDF
 * allows, are ignored.
 */
#ifndef OKB_PDF_XREF_H
#define OKB_PDF_XREF_H

#include "value.h"

typedef struct {
    const char *bytes;
    size_t size, start; /* of the header: offsets count from there */
    GArray *entries;    /* guint64 */
    int root;           /* number of the catalog; 0: not known */
} pdf_xref;

/* Reads a stream that stands in the file. */
typedef char *(*pdf_xref_reader)(void *ctx, pdf_value stream, size_t *len);

/* False for a table that is damaged, of an encrypted file, or in streams that cannot be read;
 * to be cleared in any case. */
bool pdf_xref_read(pdf_xref *x, const char *bytes, size_t size, pdf_xref_reader read,
                   void *ctx);
void pdf_xref_clear(pdf_xref *x);

/* Where object `number` is in the file; 0 when it is not there. */
size_t pdf_xref_offset(const pdf_xref *x, int number);
/* Its object stream; 0 when it is in none. */
int pdf_xref_stream(const pdf_xref *x, int number, guint *index);

#endif
