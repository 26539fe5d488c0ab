/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Write a text: line ends resolved, styles as emphasis, code and links.
 */
#ifndef OKB_PDF_INLINE_H
#define OKB_PDF_INLINE_H

#include "document.h"
#include "hyphen.h"

#include <openkb/markdown.h>

typedef struct {
    okb_md *md;
    const pdf_styles *styles;
    const GPtrArray *notes; /* labels of footnotes */
    const pdf_vocabulary *words;
    bool plain_bold; /* the block is bold as a whole: not said again */
    bool plain;      /* no emphasis at all */
    bool cells;      /* line ends are spaces */
} pdf_inline;

void pdf_inline_write(const pdf_inline *w, const pdf_text *text);

/* The text alone, its line ends resolved. The caller frees. */
char *pdf_inline_plain(const pdf_inline *w, const pdf_text *text);

#endif
