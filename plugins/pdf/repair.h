/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A PDF that is damaged, or encrypted with an empty password, written anew by libqpdf: in
 * order, not encrypted, what draws deflated or plain. Objects have other numbers then, and
 * images, fonts and attachments are empty: they say what they were in the file.
 */
#ifndef OKB_PDF_REPAIR_H
#define OKB_PDF_REPAIR_H

#include "file.h"

/* In an emptied stream: its number and generation. */
#define PDF_ORIGIN "/OpenkbOrigin"

/* To be freed by g_free(); NULL when libqpdf cannot make sense of the file, or there is no
 * memory to write it: up to three times the size of what is not emptied. */
char *pdf_repair(const void *bytes, size_t size, size_t *len);

/* Which object of the file a stream of the repaired one was; false when it is not known. */
bool pdf_repair_origin(pdf_file *repaired, pdf_value stream, int *number, int *generation);

#endif
