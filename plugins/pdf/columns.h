/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reading order: the page's free words and tables become flows, one below or beside the other,
 * in the order a person reads them.
 *
 * A page is a stack of bands (what overlaps vertically). A gutter is an interval of x that
 * stays free over many bands; where it divides running text, the bands it crosses are two
 * columns, read one after the other, each divided again in the same way. Everything else flows
 * from band to band. A gutter between the cells of a table is not one: see
 * prose_on_both_sides().
 */
#ifndef OKB_PDF_COLUMNS_H
#define OKB_PDF_COLUMNS_H

#include "model.h"

/* Fill page->refs and page->flows from the words that are not taken and from page->tables. */
void pdf_columns_order(pdf_page *page);

#endif
