/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tables of a page, found in four ways, in this order; words of a table are taken, so that the
 * later ways and the flows do not see them.
 */
#ifndef OKB_PDF_TABLES_H
#define OKB_PDF_TABLES_H

#include "model.h"

/* Join rules that continue each other, drop what is too short to be one. */
void pdf_rules_clean(pdf_page *page);

/* Tables with ruling lines in both directions. Before the flows are made. */
void pdf_lattice_find(pdf_page *page, const pdf_styles *styles);

/* Tables of the structure tree (cells.h): after those that rules tell, for programs leave out
 * of the tree which cells span rows and columns. Before the flows are made. */
void pdf_tagged_find(pdf_page *page, const pdf_styles *styles);

/* Tables with horizontal rules only. Before the flows are made. */
void pdf_striped_find(pdf_page *page, const pdf_styles *styles);

/* Tables without rules. Divides page->flows. */
void pdf_borderless_find(pdf_page *page, const pdf_styles *styles);

#endif
