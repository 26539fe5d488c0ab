/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The objects of a PDF by their numbers, read from its bytes when they are asked for.
 *
 * It is for files that are in order and not encrypted: where the table of objects and the
 * objects do not agree the file is not opened, and repair.h makes another one. Object streams
 * stay inflated as long as there is room; values of theirs are valid until pdf_file_tidy().
 *
 * Hostile files: memory for objects is bounded (MOST_INFLATED), so is what is passed over
 * between two calls of pdf_file_tidy(); beyond either, values are missing.
 *
 * Ownership: pdf_file_free() frees all but the bytes, which must outlive it. Threads: none.
 */
#ifndef OKB_PDF_FILE_H
#define OKB_PDF_FILE_H

#include "xref.h"

typedef struct pdf_file pdf_file;

/* NULL when the file is damaged or encrypted. */
pdf_file *pdf_file_open(const char *bytes, size_t size);
void pdf_file_free(pdf_file *f);

/* Where its objects are; of the bytes given. */
const pdf_xref *pdf_file_table(const pdf_file *f);

/* To be called between pages. */
void pdf_file_tidy(pdf_file *f);

/* Never a reference: what it leads to. */
pdf_value pdf_file_root(pdf_file *f);
pdf_value pdf_file_object(pdf_file *f, int number);
pdf_value pdf_file_resolve(pdf_file *f, pdf_value v);
pdf_value pdf_file_key(pdf_file *f, pdf_value dictionary, const char *key);
/* The value of `key`, or that of the nearest /Parent that has one. */
pdf_value pdf_file_inherited(pdf_file *f, pdf_value dictionary, const char *key);
bool pdf_file_next(pdf_file *f, pdf_values *items, pdf_value *value);
/* False unless the array begins with n numbers. */
bool pdf_file_numbers(pdf_file *f, pdf_value array, double *out, int n);

bool pdf_file_is_stream(pdf_file *f, pdf_value v);
/* What is in a stream, to be freed; NULL when it cannot be read, with *foreign: because it has
 * a filter that is not known here. */
char *pdf_file_stream(pdf_file *f, pdf_value v, size_t *len, bool *foreign);

#endif
