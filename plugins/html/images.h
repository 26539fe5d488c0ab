/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pictures as assets. One is kept once, whatever number of places show it, by its content.
 */
#ifndef OKB_HTML_IMAGES_H
#define OKB_HTML_IMAGES_H

#include "convert.h"

/* The asset for a data: URI or for a file beside the source; 0 when it is neither or is
 * refused. */
okb_asset_id image_asset(conv *v, okb_str url, okb_str alt);
/* What the first bytes say: "image/png"; NULL when they are no picture. */
const char *image_type(const unsigned char *bytes, size_t len);

#endif
