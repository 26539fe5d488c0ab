/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The two Landlock layers.
 *
 * Layer 1, of the worker, handles every right that the running kernel knows: reading is allowed
 * below the system's libraries, the module's directory and the declared data sets; writing,
 * below this worker's slot; TCP, abstract sockets and signals to the outside are not. Layer 2,
 * of one document, handles rights to write only, and allows them below its out directory; so
 * what layer 1 lets be read stays readable.
 *
 * Both return false with errno. no_new_privs must be set before.
 */
#pragma once

#include <stdbool.h>

/* Of the running kernel; 0 when there is none. */
int okb_landlock_abi(void);

/* `data` is a list of paths joined by newlines; those that do not exist are passed over. */
bool okb_landlock_confine_worker(int abi, int slot, int module_dir, const char *data);

bool okb_landlock_confine_document(int abi, int out);
