/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Converting one document in the process that was made for it.
 */
#pragma once

#include "worker/protocol.h"

#include <openkb/plugin.h>

/* Moves the descriptors of a JOB to OKB_FD_SOURCE and the numbers behind it, and closes all
 * others. */
bool okb_document_take_fds(OkbMessage *job);

/* Runs prepare(), writes result.json and ends the process. Descriptors as above. */
_Noreturn void okb_document_run(const OkbMessage *job, const OkbMessage *start,
                                const okb_plugin *plugin);
