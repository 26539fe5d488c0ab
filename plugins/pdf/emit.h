/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Write the blocks as Markdown, with page marks.
 */
#ifndef OKB_PDF_EMIT_H
#define OKB_PDF_EMIT_H

#include "document.h"

okb_status pdf_emit(pdf_document *d);

#endif
