/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The job's socket, from the child's side.
 */
#pragma once

#include "worker/job.h"

/* The pool knows that the job has begun: the first beat has time. */
void okb_channel_begin(okb_job *job);

/* Says that the job lives, at most every 100 ms; never blocks. */
void okb_channel_beat(okb_job *job, uint64_t done, uint64_t total);

/* Whether the pool asked to stop. */
bool okb_channel_cancelled(okb_job *job);

/* A log line for the pool, dropped when it would block. */
void okb_channel_log(okb_job *job, uint32_t level, okb_str text);

/* Asks for a file beside the source: OKB_OK and a descriptor, or OKB_DECLINED, or an error. */
okb_status okb_channel_sibling(okb_job *job, const char *path, int *ret_fd, uint64_t *ret_size);

/* A new file of the out directory, for writing; -1 and errno. At level reduced the pool opens
 * it. */
int okb_channel_create(okb_job *job, OkbFileKind kind, uint32_t number);

/* "assets/00000001.bin" and the like. */
void okb_channel_file_name(OkbFileKind kind, uint32_t number, char ret_name[static 32]);
