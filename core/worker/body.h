/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The stream of text: checked to be UTF-8 as it passes, control characters other than tab and
 * newline replaced by U+FFFD, buffered, counted against the limit.
 */
#pragma once

#include "worker/job.h"

/* Latches E_MISUSE for ill-formed text, E_LIMIT, E_IO. */
okb_status okb_body_append(okb_job *job, const char *bytes, size_t len);

/* A mark, a reference or the end cannot stand inside a character: latches E_MISUSE. */
okb_status okb_body_boundary(okb_job *job);

/* Writes out what is buffered. */
okb_status okb_body_flush(okb_job *job);
