/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The structure tree of a tagged PDF: which paragraph or heading a word belongs to, as the
 * program that made the file knew it. Of the tree only the elements of the page at hand are
 * read, by its parent tree (ISO 32000-1, 14.7.4.4), so a page costs the same in any document.
 *
 * Threads: none.
 */
#ifndef OKB_PDF_TAGS_H
#define OKB_PDF_TAGS_H

#include "contents.h"
#include "model.h"

/* Fill page->tags and page->cells, and the tag of each word of the page that `c` is turned to;
 * its contents have been read. When the tree knows less than most of the page's text, no word
 * has one. Fill the alternative texts of page->pictures. */
void pdf_tags_read(pdf_contents *c, pdf_page *page);

/* The tag of a word; NULL for none. */
static inline const pdf_tag *pdf_tag_of(const pdf_page *page, const pdf_word *word)
{
    return word->tag ? &g_array_index(page->tags, pdf_tag, word->tag - 1) : NULL;
}

static inline const pdf_tag *pdf_tag_of_line(const pdf_page *page, const pdf_line *line)
{
    return pdf_tag_of(page, WORD(page, REF(page, line->first)));
}

static inline bool pdf_tag_is_heading(const pdf_tag *tag)
{
    return tag && tag->role == ROLE_HEADING;
}

#endif
