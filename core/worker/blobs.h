/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Assets and embedded sources: files with a number, written once, several open at a time. Each
 * function latches its failure in the job and returns what is latched.
 */
#pragma once

#include "worker/job.h"

okb_status okb_blob_begin(okb_job *job, OkbBlobs *blobs, okb_str media_type, okb_str name,
                          uint32_t *ret_id, int32_t *ret_fd);
okb_status okb_blob_write(okb_job *job, OkbBlobs *blobs, uint32_t id, const void *bytes,
                          size_t len);
okb_status okb_blob_end(okb_job *job, OkbBlobs *blobs, uint32_t id);

/* Latches E_MISUSE when one was begun and not ended. */
okb_status okb_blobs_all_ended(okb_job *job, const OkbBlobs *blobs);
