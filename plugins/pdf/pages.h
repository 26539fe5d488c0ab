/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pages of a PDF by their numbers.
 */
#ifndef OKB_PDF_PAGES_H
#define OKB_PDF_PAGES_H

#include "file.h"

#include <stdint.h>

/* Where the last page was found, so that the next one is found quickly; zero to begin with. */
typedef struct {
    int node;         /* whose kids these are */
    const char *kids; /* the array */
    uint32_t n, next; /* how many; which one stands at `at` */
    pdf_values at;
    uint32_t steps; /* over the whole document; no page is found when they are too many */
} pdf_pages;

/* Page `index`, from 0; no value when there is none. */
pdf_value pdf_pages_find(pdf_pages *p, pdf_file *f, uint32_t index);

#endif
