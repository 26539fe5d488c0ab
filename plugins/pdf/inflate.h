/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Deflated data of PDFs in memory. Where it is damaged what came before counts.
 */
#ifndef OKB_PDF_INFLATE_H
#define OKB_PDF_INFLATE_H

#include <stddef.h>

/* At most `most` bytes, to be freed by g_free(). */
char *pdf_inflate(const char *data, size_t size, size_t most, size_t *len);

/* Undoes the predictors of PNG in place, of rows of `width` bits, pixels of `pixel`; returns
 * what is left. */
size_t pdf_unpredict(char *bytes, size_t len, size_t pixel, size_t width);

#endif
