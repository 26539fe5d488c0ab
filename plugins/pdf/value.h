/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The objects of a PDF where they stand, in the bytes of the file or of an object stream:
 * nothing is copied, a key or an item is found by passing over what is before it. A value is
 * valid as long as these bytes are. Bytes are hostile: every function ends within them, without
 * recursion; what makes no sense is no value.
 *
 * Threads: pure functions.
 */
#ifndef OKB_PDF_VALUE_H
#define OKB_PDF_VALUE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    const char *at, *end;   /* NULL: no value, or a reference */
    int object, generation; /* what it refers to, or which object it is; else 0 */
} pdf_value;

/* Passes over the items of an array, or the values of a dictionary. */
typedef struct {
    const char *at, *end;
} pdf_values;

const char *pdf_skip_blanks(const char *at, const char *end);
const char *pdf_skip_value(const char *at, const char *end);
/* Behind "12 0 obj", with its numbers; NULL when that does not stand here. */
const char *pdf_skip_object_head(const char *at, const char *end, int *object, int *generation);
/* The number here, from 0; -1 when there is none or it is too large. */
gint64 pdf_read_count(const char **at, const char *end);

/* Both give a reference as it is. Keys and names are told with their "/". */
pdf_value pdf_value_at(const char *at, const char *end);
pdf_value pdf_value_find(pdf_value dictionary, const char *key);
/* And up to where was read for it. */
pdf_value pdf_value_search(pdf_value dictionary, const char *key, const char **stopped);
pdf_values pdf_value_items(pdf_value array);
pdf_values pdf_value_entries(pdf_value dictionary); /* key, value, key, value */
bool pdf_values_next(pdf_values *items, pdf_value *value);

bool pdf_value_is_dictionary(pdf_value v); /* also of a stream */
bool pdf_value_is_array(pdf_value v);
bool pdf_value_is_string(pdf_value v);
bool pdf_value_is_name(pdf_value v, const char *name);

bool pdf_value_number(pdf_value v, double *number);
/* False when it is no whole number. */
bool pdf_value_integer(pdf_value v, gint64 *number);
/* To be freed; NULL when it is none. Names lose their escapes, texts become UTF-8. What is
 * longer than 128 KiB in the file, of names 1,000 bytes, is cut. */
char *pdf_value_name(pdf_value v);
char *pdf_value_string(pdf_value v, size_t *len);
char *pdf_value_text(pdf_value v);

#endif
