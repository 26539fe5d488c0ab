/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where named places of a document are. All names that are wanted are looked up at once: each
 * place can stand in an object stream of its own, and poppler would inflate it for each name.
 *
 * Names are written as poppler_named_dest_from_bytestring() does. Ownership: pdf_dests_free().
 * Threads: none.
 */
#ifndef OKB_PDF_DESTS_H
#define OKB_PDF_DESTS_H

#include "document.h"

typedef struct pdf_dests pdf_dests;

typedef struct {
    uint32_t page;   /* from 1; 0: there is no such place */
    float left, top; /* in the page's own coordinates; NAN when it does not tell */
} pdf_dest;

pdf_dests *pdf_dests_new(void);
void pdf_dests_free(pdf_dests *s);

void pdf_dests_want(pdf_dests *s, const char *name);
/* The pages of `d` are read, and its contents not forgotten. */
void pdf_dests_look_up(pdf_dests *s, const pdf_document *d);
pdf_dest pdf_dests_get(const pdf_dests *s, const char *name);

/* The number of an object -> the page that it is; for the caller to unref. */
GHashTable *pdf_dests_pages(const pdf_document *d);

#endif
