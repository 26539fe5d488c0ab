/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * SQLite goes on without memory: it tells of an error of the registry, or gives NULL for a text
 * that is there, and who asked takes the one for a damaged disk and the other for an empty
 * column. So the program ends where SQLite lacked memory, like everywhere else.
 */
#pragma once

/* Once, before SQLite is used. `end` does not return, and asks for no memory. */
void okb_store_end_without_memory(void (*end)(const char *message));
