/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Markers of list items: bullets, numbers, letters.
 */
#ifndef OKB_PDF_LISTS_H
#define OKB_PDF_LISTS_H

#include "model.h"

typedef struct {
    char kind; /* '-' bullet, '1' number, 'a', 'A' letter, 'i', 'I' roman, '[' reference; 0 none
                */
    char close;      /* '.', ')' or 0 */
    bool weak;       /* "-", "*" and the like: also plain text */
    uint32_t number; /* value of a number, letter or roman numeral */
    gunichar bullet;
    uint32_t words;   /* how many words of the line the marker takes */
    uint32_t bytes;   /* or how much of the first word, when its text is glued to it */
    float x, content; /* where marker and content begin */
} pdf_marker;

/* The marker that a line begins with; kind 0 when there is none. */
pdf_marker pdf_marker_of(const pdf_page *page, const pdf_line *line);

/* Whether `next` may follow `before` in one list. */
bool pdf_marker_follows(const pdf_marker *before, const pdf_marker *next);

/* Items that no other item of their list stands beside are text after all. */
void pdf_lists_check(GArray *blocks);

/* Text again, its marker in it. */
void pdf_item_to_text(pdf_block *item);

/* Give items their depth, and find the paragraphs that belong to an item. */
void pdf_lists_nest(GArray *blocks);

#endif
