/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What ends a worker's whole process group when its owner dies without a word. The worker
 * itself dies with its owner (PDEATHSIG); but a plugin that has taken the worker over can have
 * started processes that forgot to ask for that, and no living parent would be there to look
 * for them.
 *
 * The guard is a process of the group that was forked before anything of the plugin was loaded:
 * it has no descriptor but one of the owner, runs no code of a plugin, cannot be traced, and is
 * out of reach of signals: it stands outside the worker's Landlock domain, and without those
 * the filter allows signals to oneself only. As nothing leaves the group (the filter refuses
 * setpgid and setsid), one kill ends all.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Starts it. Called with one thread, before confinement; false with errno. */
bool okb_guard_start(pid_t owner);
