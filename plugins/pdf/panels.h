/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Panels: the side bars of slides, brochures and curricula, filled from the head of the page
 * to its foot. What stands in one is apart from the text beside it.
 */
#ifndef OKB_PDF_PANELS_H
#define OKB_PDF_PANELS_H

#include "model.h"

enum { PANEL_LEFT, PANEL_RIGHT, PANELS };

/* The panels of a page; an empty box where there is none. False when there is no panel. */
bool pdf_panels_find(const pdf_page *page, pdf_rect panels[PANELS]);

/* The panel that a word or a table belongs to, or PANELS. */
int pdf_panels_of(const pdf_rect panels[PANELS], pdf_rect box);

#endif
