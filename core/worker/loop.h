/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The two lives of a worker. Neither returns: the process ends when the pool closes the control
 * socket, or on anything unexpected.
 */
#pragma once

#include "worker/confine.h"
#include "worker/loader.h"

/* Confine, load, warm; then fork for each JOB, wait for the child, report. */
_Noreturn void okb_loop_serve(const OkbMessage *start, OkbConfinement *confinement,
                              const OkbLoaderEyes *eyes);

/* For runtimes that cannot be forked: take one JOB, confine for it, load, warm, convert. */
_Noreturn void okb_loop_once(const OkbMessage *start, OkbConfinement *confinement,
                             const OkbLoaderEyes *eyes);
