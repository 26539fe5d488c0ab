/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * result.json (format 1), the last that a conversion writes. The newline at its end, and the
 * only one in it, says that it is whole. What reads it is ingest/bundle.h, which believes none
 * of it.
 */
#pragma once

#include "worker/job.h"

/* After okb_services_end(). False when it could not be written: then there is no result. */
bool okb_result_write(okb_job *job, uint32_t output_version);
