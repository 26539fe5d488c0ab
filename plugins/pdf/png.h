/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The smallest PNG writer that a converter needs: 8 bits, grey, RGB or RGBA.
 */
#ifndef OKB_PDF_PNG_H
#define OKB_PDF_PNG_H

#include <glib.h>

/*
 * `channels` is 1 (grey), 3 (RGB) or 4 (RGBA); rows follow each other without padding. NULL
 * when zlib fails. The caller frees.
 */
GByteArray *pdf_png_encode(const guint8 *pixels, guint width, guint height, guint channels);

#endif
