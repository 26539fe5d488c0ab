/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Figures that are drawn, not pictures: curves, boxes and labels above a caption.
 */
#ifndef OKB_PDF_FIGURES_H
#define OKB_PDF_FIGURES_H

#include "document.h"

/*
 * Insert a picture block for each drawn figure of a page whose blocks begin at `first`; its
 * `number` is 0, its box what is to be rendered. The labels in it are dropped, but keep in
 * `was` what they were: they are text again when the figure cannot be rendered. Both have its
 * number, from 1, in `figure`. What holds more text than labels, or a table with rules, or has
 * a picture in it, stays as it is.
 */
void pdf_figures_find(pdf_document *d, const pdf_page *page, guint first);

/* Make a label what it was. */
void pdf_figure_restore(pdf_block *label);

#endif
