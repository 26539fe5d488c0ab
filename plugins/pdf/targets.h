/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Links within the document. Markdown has a name for a heading and for no other place: a link
 * that leads to a heading becomes one to that, any other is text.
 *
 * While pages are read such a link is interned like an URI, by a key that is none
 * (PDF_TARGET); when the headings are known the key gives way to "#name" or to nothing.
 *
 * What costs too much stays text: more than 20,000 named places, or places on pages of so many
 * blocks that four million would have to be looked at.
 *
 * Threads: none.
 */
#ifndef OKB_PDF_TARGETS_H
#define OKB_PDF_TARGETS_H

#include "document.h"
#include "inline.h"

/* What the key begins with; no URI does. */
#define PDF_TARGET '\1'

/* The key of the place that a link annotation leads to; NULL when it leads elsewhere, or to
 * what is known to be no heading. The caller frees. */
char *pdf_target_key(pdf_file *f, pdf_value annotation);

/* Before anything is written; `w` is how headings will be. */
void pdf_targets_resolve(pdf_document *d, const pdf_inline *w);

#endif
