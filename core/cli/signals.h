/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * SIGINT, SIGTERM and SIGHUP: once sets the flag to 1 (finish what is ready, report), twice to
 * 2 (stop now), the third time the process ends at once; whenever that is, the next command
 * recovers. SIGHUP stays ignored when it was (nohup). SIGPIPE is ignored: a failed write says
 * it. SIGBUS, which a full disk can give where files are mapped, ends with 13 and says why.
 */
#pragma once

#include <signal.h>

/* Installs the handlers; once, at the start. */
void okb_signals_install(void);

/* The flag; it lives as long as the process. */
volatile sig_atomic_t *okb_signals_flag(void);

/* 130 or 143 for the first signal that came, 0 when none did. */
int okb_signals_exit_code(void);
