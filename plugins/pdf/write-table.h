/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Write a table: as GFM when every cell is a single place, else as HTML.
 */
#ifndef OKB_PDF_WRITE_TABLE_H
#define OKB_PDF_WRITE_TABLE_H

#include "inline.h"

void pdf_write_table(pdf_inline *w, const pdf_table *table);

#endif
