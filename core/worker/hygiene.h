/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a process inherits and must not keep: descriptors, capabilities, core dumps, a life of
 * its own after its parent's death. Seccomp and Landlock revoke none of these.
 *
 * All return false with errno.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Closes every descriptor from `first` on. */
bool okb_hygiene_close_from(int first);

/* Dies with its parent; false (ESRCH) when `parent` is not the parent any more. */
bool okb_hygiene_die_with(pid_t parent);

/* Once per worker, before anything else: no core dumps, nothing of ours to be traced or read
 * through /proc, no capabilities, no new privileges, cwd "/", umask 077. */
bool okb_hygiene_settle(void);
