/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whether a hyphen at a line's end belongs to the word: the document's own words tell.
 */
#ifndef OKB_PDF_HYPHEN_H
#define OKB_PDF_HYPHEN_H

#include "model.h"

typedef struct pdf_vocabulary pdf_vocabulary;

/* Collect the words of all blocks. */
pdf_vocabulary *pdf_vocabulary_new(const GArray *blocks);
void pdf_vocabulary_free(pdf_vocabulary *v);

/*
 * `before` ends with a hyphen (or U+00AD) at the end of a line, `after` is what the next line
 * begins with. Whether the hyphen goes.
 */
bool pdf_hyphen_goes(const pdf_vocabulary *v, const char *before, size_t n_before,
                     const char *after, size_t n_after);

#endif
