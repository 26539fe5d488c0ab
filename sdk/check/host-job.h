/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the parts of the host in memory share: host.c (the services), host-rules.c,
 * host-blobs.c, host-memory.c, host-sibling.c and host-run.c (one conversion).
 */
#ifndef OPENKB_CHECK_HOST_JOB_H
#define OPENKB_CHECK_HOST_JOB_H

#include "host.h"

typedef struct {
    harness_asset *items;
    size_t n;
    int *fds;
} harness_blobs;

struct okb_job {
    harness_result *result;
    const harness_input *input;
    unsigned calls;
    double last_beat, injected_at; /* CPU seconds */
    size_t body_cap;
    size_t judged;  /* bytes of the body that are whole characters */
    size_t written; /* to the body and to blobs */
    harness_blobs assets, embeds;
};

/* ---- Memory ------------------------------------------------------------------------------ */

/* Memory, or the end of the program: a test has no use for a half host. Not counted. */
void *harness_realloc(void *old, size_t size);
char *harness_dup(okb_str s);
/* From here on the host's own allocations switch the flag off; it is set. NULL ends it. */
void harness_count_in(bool *flag);
/* An open file that nobody else knows. */
int harness_scratch(void);

/* One more; its address. */
#define HARNESS_GROW(array, count)                                                             \
    ((array) = harness_realloc((array), ((count) + 1) * sizeof *(array)), &(array)[(count)++])

/* ---- Rules ------------------------------------------------------------------------------- */

/* The first failure stands. All return what the document's status is now. */
okb_status harness_latch(okb_job *job, okb_status status, const char *message);
okb_status harness_misuse(okb_job *job, const char *message);
/* Every service begins here: counts the call, injects the failure asked for. */
okb_status harness_enter(okb_job *job, harness_slot slot);
/* Counts bytes against the limit on all that is written. */
okb_status harness_account(okb_job *job, size_t bytes);
/* Fails where the text ends inside a character. */
okb_status harness_boundary(okb_job *job);

/* UTF-8 without control characters: a line of any length, a line, lines. */
bool harness_is_line(okb_str s);
bool harness_is_title(okb_str s);
bool harness_is_text(okb_str s);

/* The longest time without a call that shows progress. */
void harness_beat(okb_job *job);
void harness_measure_end(okb_job *job);

/* ---- Output ------------------------------------------------------------------------------ */

void harness_append(okb_job *job, const void *bytes, size_t len);

okb_status harness_blob_begin(okb_job *job, harness_blobs *blobs, okb_str type, okb_str name,
                              uint32_t *ret_id, int32_t *ret_fd);
okb_status harness_blob_write(okb_job *job, harness_blobs *blobs, uint32_t id,
                              const void *bytes, size_t len);
okb_status harness_blob_end(okb_job *job, harness_blobs *blobs, uint32_t id);
/* Closes what was not ended, which is misuse. */
void harness_blobs_finish(okb_job *job, harness_blobs *blobs);

/* ---- Files beside the source ------------------------------------------------------------- */

/* A file beside the source, or -1: here; by a process made before; asking that process. */
int harness_sibling_open(const char *directory, const char *path);
int harness_sibling_ask(int socket, const char *path);

#endif
