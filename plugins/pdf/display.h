/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Formulas on lines of their own: what was taken for several lines, numerators, what stands
 * beside their bars and denominators, becomes one, and is written as LaTeX.
 *
 * Ownership: none is taken. Threads: none.
 */
#ifndef OKB_PDF_DISPLAY_H
#define OKB_PDF_DISPLAY_H

#include "model.h"

/*
 * Make one line of those that are one formula, in the `lines` of a flow (pdf_line in the order
 * of their height); `display` is set on it.
 */
void pdf_display_find(pdf_page *page, GArray *lines);

/* The formula of a line, between double dollars; false if its pieces do not stand as one does.
 */
bool pdf_display_write(const pdf_page *page, const pdf_line *line, GString *out);

#endif
