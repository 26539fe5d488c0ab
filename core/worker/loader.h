/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Loading the module, after the process was confined.
 */
#pragma once

#include "worker/protocol.h"

#include <openkb/plugin.h>

/* What must be opened before the confinement hides it. */
typedef struct {
    int maps;  /* /proc/self/maps */
    int tasks; /* /proc/self/task */
} OkbLoaderEyes;

bool okb_loader_open_eyes(OkbLoaderEyes *ret_eyes);

/* Loads, compares the mapped file with OKB_FD_MODULE, checks the descriptor against what the
 * manifest said, calls warm(). False, and why in *ret_reason (static or leaked: the process is
 * about to end). */
bool okb_loader_load(const OkbMessage *start, const OkbLoaderEyes *eyes, okb_plugin *ret_plugin,
                     const char **ret_reason);

/* Threads of this process; more than one means that it cannot fork. */
unsigned okb_loader_count_tasks(const OkbLoaderEyes *eyes);
