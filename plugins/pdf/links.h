/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Annotations: the areas of a page that lead somewhere, and the fields of forms. They are
 * read by file.h, because poppler keeps every annotation that it was asked for until the
 * document is closed.
 *
 * Threads: none.
 */
#ifndef OKB_PDF_LINKS_H
#define OKB_PDF_LINKS_H

#include "contents.h"
#include "model.h"

/* Fill page->areas with the links, out of the document and within it (see targets.h), and
 * page->fields with the filled fields, of the page that `c` is turned to. */
void pdf_links_read(pdf_contents *c, pdf_page *page, pdf_styles *styles);

#endif
