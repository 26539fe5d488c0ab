/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a destination leads to: a file beside the document, data it carries itself, or somewhere
 * else.
 */
#ifndef OPENKB_MARKDOWN_URL_H
#define OPENKB_MARKDOWN_URL_H

#include "arena.h"
#include "targets.h"

#include <stddef.h>

typedef enum {
    MD_ELSEWHERE, /* another host, a fragment, nothing: stays as it is */
    MD_OUTSIDE,   /* a file that is not beneath the document's directory */
    MD_FILE,      /* `path` is relative, without "." and ".." */
    MD_DATA,      /* a data: URI */
} md_url_kind;

typedef struct {
    md_url_kind kind;
    const char *path; /* MD_FILE */
    size_t path_len;
} md_url;

/* The destination as a reader of the document understands it: escapes and entities resolved. */
const char *md_url_clean(md_arena *arena, md_target_kind kind, const char *bytes, size_t len);

md_url md_url_classify(md_arena *arena, md_target_kind kind, const char *clean);

/* Whether a path's name ends like that of an image. */
bool md_url_is_image_name(const char *path, size_t len);

/* The bytes of a data: URI; false when it is ill-formed. */
bool md_url_data(md_arena *arena, const char *uri, const unsigned char **bytes, size_t *len);

/* Decode %XX; `*len` is the length after. */
char *md_percent_decode(md_arena *arena, const char *bytes, size_t *len);

#endif
