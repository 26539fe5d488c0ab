/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The numbers that a listing's lines carry in the margin are no part of the code.
 */
#ifndef OKB_PDF_NUMBERS_H
#define OKB_PDF_NUMBERS_H

#include "model.h"

/* Take line numbers of listings out of the page's words. */
void pdf_line_numbers_drop(pdf_page *page);

#endif
