/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Shared libraries that few pages need. Every mapping of a worker is made anew in the process
 * of each document: those of libxml2 and uchardet, with what they need in turn, are half of
 * all.
 */
#ifndef OKB_HTML_LIBRARY_H
#define OKB_HTML_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *name;
    void *function; /* where the pointer to it goes */
} library_symbol;

/* Loads it for the rest of the process, when it is not there yet, and finds its functions.
 * False when it, or one of them, is missing. */
bool library_open(const char *soname, const library_symbol *symbols, size_t n);

#endif
