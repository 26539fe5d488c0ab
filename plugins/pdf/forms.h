/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Form fields: what was filled in becomes words at the field's place, unless the page shows it
 * already.
 *
 * Threads: none.
 */
#ifndef OKB_PDF_FORMS_H
#define OKB_PDF_FORMS_H

#include "contents.h"
#include "model.h"

/* Remember the value of a widget annotation of the page that `c` is turned to. */
void pdf_form_read(pdf_contents *c, pdf_value widget, pdf_page *page);

/* Add the words of the values that were read to the words of the page. */
void pdf_forms_fill(pdf_page *page, pdf_styles *styles);

#endif
