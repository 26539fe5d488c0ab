/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The document's fonts, sizes and link targets, numbered. poppler-glib tells a font only by its
 * name, so weight, slant and pitch are read from the name.
 *
 * Ownership: pdf_styles_free() frees all. Threads: none.
 */
#ifndef OKB_PDF_STYLES_H
#define OKB_PDF_STYLES_H

#include "model.h"

pdf_styles *pdf_styles_new(void);
void pdf_styles_free(pdf_styles *styles);

/* The number of a style; sizes are told apart in steps of a tenth of a point. */
uint16_t pdf_styles_intern(pdf_styles *styles, const char *font, double size);

/* The number of a link target, from 1; 0 for NULL. */
uint32_t pdf_styles_link(pdf_styles *styles, const char *uri);
/* NULL when the link leads nowhere. */
const char *pdf_styles_uri(const pdf_styles *styles, uint32_t link);
/* Give the target another URI, or none. */
void pdf_styles_set_uri(pdf_styles *styles, uint32_t link, const char *uri);

/* The style of most letters that are not set in a fixed pitch, or of most letters at all. */
uint16_t pdf_styles_body(const pdf_styles *styles);

/* What a font's name says. */
void pdf_font_traits(const char *name, bool *bold, bool *italic, bool *mono);

#endif
