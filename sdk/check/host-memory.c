/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Memory of the host in memory: not the plugin's, so neither counted nor made to fail.
 */
#include "host-job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static bool *counting; /* see harness_input */

void harness_count_in(bool *flag)
{
    counting = flag;
    if (flag)
        *flag = true;
}

void *harness_realloc(void *old, size_t size)
{
    bool was = counting && *counting;
    if (was)
        *counting = false;
    void *p = realloc(old, size);
    if (was)
        *counting = true;
    if (!p)
        abort();
    return p;
}

char *harness_dup(okb_str s)
{
    char *copy = harness_realloc(NULL, s.len + 1);
    if (s.len)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

int harness_scratch(void)
{
    int fd = memfd_create("harness", MFD_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}
