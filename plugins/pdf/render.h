/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Parts of pages as pictures, for what is no picture in the file or none that can be copied.
 *
 * The file is opened a second time, at the first use: the copy that is read for its text has
 * lost the outlines of its fonts (fonts.h). Fonts that are not in the file come from the
 * system, so the pixels depend on what is installed: pdf_renderer_fonts() tells on what.
 *
 * Ownership: pdf_renderer_free() frees all; the source's file descriptor must stay open until
 * then. Threads: none.
 */
#ifndef OKB_PDF_RENDER_H
#define OKB_PDF_RENDER_H

#include "model.h"

#include <openkb/plugin.h>

typedef struct pdf_renderer pdf_renderer;

pdf_renderer *pdf_renderer_new(const okb_source *source);
void pdf_renderer_free(pdf_renderer *r);

/* What `box` of a page (from 1) shows, as PNG on white, two pixels a point; coarser when that
 * would be more than four million. NULL when the page cannot be rendered. The caller frees. */
GByteArray *pdf_render(pdf_renderer *r, uint32_t page, pdf_rect box);

/* A digest of the system's fonts that stood in for fonts of the pages rendered; NULL when none
 * did. The caller frees. */
char *pdf_renderer_fonts(const pdf_renderer *r);

#endif
