/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Small files object by object, and the two that the tests of the reader begin with.
 *
 * Ownership: none, all is within. Threads: none. Failure ends the test.
 */
#ifndef OKB_TESTS_PDF_OBJECTS_H
#define OKB_TESTS_PDF_OBJECTS_H

#include <glib.h>
#include <stddef.h>

typedef struct {
    char bytes[8192];
    size_t len, offsets[20]; /* of the objects; [0]: of the table */
} objects;

void objects_put(objects *w, const char *format, ...) G_GNUC_PRINTF(2, 3);
void objects_begin(objects *w, int number);
void objects_put_object(objects *w, int number, const char *text);
/* Deflated, to 400 bytes at most. */
void objects_put_stream(objects *w, int number, const char *keys, const void *data, size_t n);
/* The table of the objects below n, and the end of the file. */
void objects_put_table(objects *w, int n, const char *keys);

/* One page, a stream, and an object that is itself: 1 to 5. */
objects objects_plain(void);
/* Objects 1 and 2 in an object stream, of which `first` says how many there are. */
objects objects_compressed(const char *first);

#endif
