/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The host's services (openkb/plugin.h) over an out directory and a job socket.
 */
#pragma once

#include "worker/job.h"

/* The table. One for all jobs; before okb_services_begin() only what warm() may use works. */
const okb_host *okb_services_host(void);

/* What option() answers in warm(): the manifest's defaults. */
void okb_services_set_defaults(const char *defaults);

/* Makes a job ready. The caller has filled start, options, level and the descriptors. */
okb_status okb_services_begin(okb_job *job);

/* After prepare() returned `status`: checks what must be complete, ends the body. Returns the
 * document's status. */
okb_status okb_services_end(okb_job *job, okb_status status);
