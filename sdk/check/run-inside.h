/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the two ways to run a conversion (run.h) share.
 */
#pragma once

#include "run.h"

/* In the process that converts: converts, notes what happened, writes the transcript. */
harness_result *run_inside(const okb_plugin *plugin, const Job *job, RunFacts *facts,
                           int transcript);
void run_limit(guint seconds, guint64 memory);

/* In the process that watches. */
void run_judge_end(Run *run, bool in_time, int status);
void run_read_transcript(Run *run, int fd);

/* Follows a child that stopped itself until it ends, and notes what it called. */
bool run_trace(pid_t pid, double seconds, Run *run, int *ret_status);
