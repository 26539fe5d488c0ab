/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * An image XObject as a file: the JPEG that it is, or a PNG of its samples with its soft mask
 * as alpha. Colour spaces: grey, RGB, ICC-based with one or three components, and palettes of
 * these.
 */
#ifndef OKB_PDF_PIXELS_H
#define OKB_PDF_PIXELS_H

#include "contents.h"

/*
 * The bytes of image `object`, or NULL when it uses something that is not handled or is
 * damaged. `media_type` is set to a static string.
 */
GByteArray *pdf_contents_image(pdf_contents *c, int object, int generation,
                               const char **media_type);

/* What decoding image `object` costs, in millions of pixels that a JPEG has; more than any
 * budget when its size is unknown or too large to be decoded within the memory of a worker. */
double pdf_contents_image_cost(pdf_contents *c, int object, int generation);

#endif
