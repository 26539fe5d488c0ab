/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a module's file says about itself, without loading it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    bool other_machine; /* not the one this program runs on; the rest is empty then */
    bool text_relocations, executable_stack, relro, bind_now;
    char *search_path;   /* RPATH or RUNPATH, or NULL */
    GPtrArray *exported; /* char * */
    GPtrArray *imported;
} ElfFacts;

/* False and *error when the file is not a shared object that can be read. */
bool elf_read(const char *path, ElfFacts *ret_facts, GError **error);
void elf_clear(ElfFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ElfFacts, elf_clear)
