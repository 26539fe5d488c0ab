/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the blocks are to the document as a whole. Each step looks at all blocks and changes
 * their kind, level or text; the order is that of pdf_structure_find().
 */
#ifndef OKB_PDF_STRUCTURE_H
#define OKB_PDF_STRUCTURE_H

#include "document.h"

void pdf_structure_find(pdf_document *d);

/* The steps. */
void pdf_overlays_fold(pdf_document *d);  /* slides that are uncovered step by step */
void pdf_running_drop(pdf_document *d);   /* headers, footers, page numbers that repeat */
void pdf_headings_find(pdf_document *d);  /* blocks that head what follows, with levels */
void pdf_abstract_part(pdf_document *d);  /* part of the former: "Abstract" before a text */
void pdf_slides_title(pdf_document *d);   /* part of the former: titles of slides */
void pdf_headings_level(pdf_document *d); /* part of the former */
/* Part of the former: numbers decide between styles; `named`: what bookmarks name stays. */
void pdf_headings_number(pdf_document *d, const bool *named);
void pdf_notes_find(pdf_document *d);      /* footnotes and the marks that refer to them */
void pdf_notes_place(pdf_document *d);     /* behind what refers to them; the last step */
void pdf_join_paragraphs(pdf_document *d); /* over columns and pages */

/* The page where what page `number` says is to be found: itself, if it was not folded. */
static inline uint32_t pdf_page_said_on(const pdf_document *d, uint32_t number)
{
    uint32_t on = g_array_index(d->leaves, pdf_leaf, number - 1).said_on;
    return on ? on : number;
}

/* Whether the pages are slides. */
bool pdf_slides_are(const pdf_document *d);

#endif
