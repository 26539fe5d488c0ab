/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What host.c (the services) and host-run.c (one conversion) share.
 */
#ifndef OPENKB_CHECK_HOST_JOB_H
#define OPENKB_CHECK_HOST_JOB_H

#include "host.h"

struct okb_job {
    harness_result *result;
    const harness_input *input;
    unsigned calls;
    double last_beat, injected_at; /* CPU seconds */
    size_t body_cap;
    int *asset_fds;
    int *embed_fds;
};

/* Memory, or the end of the program: a test has no use for a half host. Not counted. */
void *harness_realloc(void *old, size_t size);
/* From here on the host's own allocations switch the flag off; it is set. NULL ends it. */
void harness_count_in(bool *flag);
void harness_append(okb_job *job, const void *bytes, size_t len);
okb_status harness_misuse(okb_job *job, const char *message);
bool harness_is_utf8(const char *s, size_t len);
/* An open file that nobody else knows. */
int harness_scratch(void);

/* A file beside the source, or -1: here; by a process made before; asking that process. */
int harness_sibling_open(const char *directory, const char *path);
int harness_sibling_ask(int socket, const char *path);

void harness_beat(okb_job *job);
void harness_measure_end(okb_job *job);

#endif
