/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The limits that the kernel keeps for one document, as a second fence behind the pool's
 * deadlines: CPU (SIGXCPU), address space, size of a file (SIGXFSZ), open files, and a timer
 * (SIGALRM) one second after the wall clock's end.
 */
#pragma once

#include "worker/protocol.h"

bool okb_limits_enforce(const OkbJobStart *job);
