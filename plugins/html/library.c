/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "library.h"

#include <dlfcn.h>
#include <string.h>

bool library_open(const char *soname, const library_symbol *symbols, size_t n)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    for (size_t i = 0; library && i < n; i++) {
        void *found = dlsym(library, symbols[i].name);
        memcpy(symbols[i].function, &found, sizeof found);
        if (!found)
            return false;
    }
    return library != NULL;
}
