/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where a content stream begins to show a piece of text, and the number of the marked content
 * it stands in. Widths are not known here, so only the beginning is told: page->shown.
 */
#ifndef OKB_PDF_SHOWN_H
#define OKB_PDF_SHOWN_H

#include "draw.h"

/* One operator with its operands; `mcid` is what its property list says, or -1. */
void pdf_shown_operator(pdf_draw *draw, const char *name, size_t len, const double *operands,
                        int n, int mcid);

/* The number of the marked content that is open, or -1. */
int pdf_shown_mcid(const pdf_draw *draw);

#endif
