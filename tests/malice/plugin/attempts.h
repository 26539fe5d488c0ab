/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The attempts, by name.
 */
#pragma once

#include <stddef.h>

/* What was read and should not have been readable: it goes into the document's text. */
extern char malice_loot[8192];
extern size_t malice_loot_len;

void malice_try(const char *verb, char *argument);
