/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a plugin may not do, and what a host answers: the worker's and the checker's, with the
 * limits below.
 */
#pragma once

#include <openkb/plugin.h>

#include <stddef.h>

enum { MISUSE_BYTES = 1000, MISUSE_ASSETS = 3, MISUSE_DEPTH = 3 };

typedef struct {
    const char *label;
    okb_status (*act)(okb_job *job, const okb_host *host);
    okb_status expected; /* of act(), of what follows, of the document */
} Misuse;

extern const Misuse misuses[];
extern const size_t n_misuses;
