/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Fill poppler's caches once per worker, and make sure that its data is there.
 */
#ifndef OKB_PDF_WARM_H
#define OKB_PDF_WARM_H

#include <openkb/plugin.h>

/*
 * Reads a small Japanese PDF whose text needs poppler-data. Without that data such PDFs would
 * give empty text without an error, so the worker must not serve: OKB_E_UNSUPPORTED.
 */
okb_status pdf_warm(const okb_host *host);

#endif
