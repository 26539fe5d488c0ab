/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From the entries of front matter to the host's metadata: names of keys, form of dates and
 * languages. What has no such form is left out.
 */
#ifndef OPENKB_MARKDOWN_METADATA_H
#define OPENKB_MARKDOWN_METADATA_H

#include "arena.h"

#include <openkb/plugin.h>

#include <stdint.h>

typedef struct {
    md_arena *arena;
    const okb_host *host;
    okb_job *job;
    uint32_t seen; /* one bit for each key of the host that is set only once */
} md_metadata;

/* An md_entry; `context` is an md_metadata. */
void md_metadata_entry(void *context, const char *key, const char *value);

/* Set the title unless front matter did. */
void md_metadata_title(md_metadata *metadata, const char *title);

#endif
