/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A PDF that is damaged, or encrypted with an empty password, written anew by libqpdf: in
 * order, not encrypted, streams as they are. Objects have other numbers then.
 */
#ifndef OKB_PDF_REPAIR_H
#define OKB_PDF_REPAIR_H

#include <stddef.h>

/* To be freed by g_free(); NULL when libqpdf cannot make sense of the file, or there is no
 * memory to write it: up to three times its size. */
char *pdf_repair(const void *bytes, size_t size, size_t *len);

#endif
