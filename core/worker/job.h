/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One running conversion, in the process that runs the plugin: what `okb_job` is. Shared by the
 * files that serve it:
 *
 *     job-channel  the socket to the pool: heartbeats, siblings, files it opens for us
 *     body         the stream of text
 *     blobs        assets and embedded sources
 *     services     the table of functions that a plugin sees
 *     result       result.json, written last
 *
 * Invariant: `status` is the first failure, and nothing is recorded after it.
 */
#pragma once

#include "worker/protocol.h"

#include <openkb/plugin.h>

#include <jansson.h>

/* Text of the body on its way to body.md. */
typedef struct {
    int fd;
    uint64_t len; /* bytes put, after replacement: offsets are counted in these */
    size_t used;
    size_t n_partial; /* of a character split over two calls */
    bool replaced;    /* a control character was */
    char partial[4];
    char buffer[32 * 1024];
} OkbBody;

typedef struct {
    int fd; /* -1 when ended */
    uint64_t size;
    char *media_type, *name;
} OkbBlob;

typedef struct {
    OkbFileKind kind;
    OkbBlob *items;
    uint32_t n;
} OkbBlobs;

struct okb_job {
    const OkbJobStart *start;
    const char *options, *defaults; /* "name=value" lines */
    OkbLevel level;
    bool verbose;
    int out, channel, result;

    okb_status status;
    char *message; /* for people; with the first failure */
    bool cancelled;
    uint64_t last_beat_ms;
    uint64_t written; /* body, assets and embeds together */

    OkbBody body;
    OkbBlobs assets, embeds;
    uint32_t pages, outline_depth;
    json_t *page_list, *headings, *outline, *refs, *metadata, *warnings;
};

/* Latches the first failure; returns what is latched. `message` is copied. */
okb_status okb_job_latch(okb_job *job, okb_status status, const char *message);

/* Counts bytes against the document's limit of output. */
okb_status okb_job_account(okb_job *job, uint64_t bytes);
