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

/* Once per worker, before anything else: no core dumps, no new privileges, cwd "/", umask 077.
 */
bool okb_hygiene_settle(void);

/* Before a plugin is confined: nobody may trace it or read its memory, and run by root it
 * becomes an ordinary user whose number is 0, for whom file modes hold again. */
bool okb_hygiene_drop_rights(void);
