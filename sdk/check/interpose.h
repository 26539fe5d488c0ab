/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Functions of the C library that this program defines itself, so that a plugin and its
 * libraries get ours: memory that runs out, reads that come in pieces, another time, another
 * host. They do as the C library does until asked for something else.
 */
#pragma once

#include <stdbool.h>

typedef struct {
    bool count;                /* allocations are counted */
    unsigned long allocations; /* so far */
    unsigned long fail_at;     /* this one fails; 0: none */
    int cut_fd;                /* reads of this descriptor come in pieces; -1: none */
    unsigned reads;
    long clock_shift; /* seconds */
    bool other_host_name;
} Interposed;

extern Interposed interposed;

/* False in a sanitizer's build, which needs these functions itself. */
bool interpose_works(void);
