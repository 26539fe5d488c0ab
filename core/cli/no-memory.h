/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What happens when there is no memory: the program says so and ends with SIGABRT, and the next
 * command recovers. That is so wherever GLib, jansson or SQLite asked for it.
 */
#pragma once

/* Once, at the start, before anything asks for memory. */
void okb_no_memory_install(void);
