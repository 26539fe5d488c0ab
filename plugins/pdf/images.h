/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pictures on the pages: which are worth keeping, where they stand among the blocks, what their
 * captions say, and their files as assets.
 */
#ifndef OKB_PDF_IMAGES_H
#define OKB_PDF_IMAGES_H

#include "document.h"

/* What the option "images" says. */
typedef enum { IMAGES_NONE, IMAGES_EMBEDDED, IMAGES_ALL } pdf_image_choice;

/* Insert blocks for the pictures of a page whose blocks begin at `first`. */
void pdf_images_place(pdf_document *d, const pdf_page *page, guint first);

/* Drop pictures that most pages repeat; give the others their captions. */
void pdf_images_judge(pdf_document *d);

typedef struct pdf_image_store pdf_image_store;

pdf_image_store *pdf_image_store_new(pdf_document *d);
void pdf_image_store_free(pdf_image_store *store);

/* The asset that a picture block shows, written at its first use; 0 when it cannot be. */
okb_asset_id pdf_image_store_get(pdf_image_store *store, const pdf_block *block);

/* The same for the figure of a number, see figures.h. The blocks have not moved since the store
 * was made. */
okb_asset_id pdf_image_store_figure(pdf_image_store *store, uint32_t figure);

/* Whether a paragraph begins as captions do. */
bool pdf_begins_caption(const pdf_block *block);

#endif
