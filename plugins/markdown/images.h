/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Turns destinations into assets of the job: files beside the document through the host, data:
 * URIs by decoding them. A destination that occurs again gives the same asset. What is no image
 * by its bytes is refused. Every refusal is a warning, once for each destination.
 */
#ifndef OPENKB_MARKDOWN_IMAGES_H
#define OPENKB_MARKDOWN_IMAGES_H

#include "arena.h"
#include "targets.h"

#include <openkb/plugin.h>

typedef struct {
    md_arena *arena;
    const okb_host *host;
    okb_job *job;
    okb_limits limits;
    uint64_t written;
    uint32_t assets;
    unsigned char *buffer;
    struct md_known {
        const char *key;
        okb_asset_id asset;
    } * known; /* open addressing, `size` a power of two */
    size_t size, used;
} md_images;

void md_images_open(md_images *images, md_arena *arena, okb_job *job, const okb_host *host);

/* Sets `*asset` to the asset that the destination `bytes` becomes, or 0 when the bytes are to
 * stay. Fails only as the host's services do. */
okb_status md_images_take(md_images *images, md_target_kind kind, const char *bytes, size_t len,
                          okb_asset_id *asset);

/* The media type of an image, by its first bytes; NULL when it is none. */
const char *md_image_type(const unsigned char *bytes, size_t len);

#endif
