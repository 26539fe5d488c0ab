/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The stretches of x that bands cover together, band by band: a run of bands grows without
 * looking at all of them again.
 *
 * Where a band only touches stretches that are there, no gutter begins; one that is left is as
 * wide as before or narrower, and the columns beside it are used by no fewer bands. So what
 * pdf_gutters_of() found last is still there when a gap is.
 *
 * Ownership: the caller's arrays. Threads: none.
 */
#ifndef OKB_PDF_COVER_H
#define OKB_PDF_COVER_H

#include "bands.h"

/* Merge a band's stretches (pdf_interval in order) into those of `*cover`, which gives way to a
 * new array; whether each of them touched one. */
bool pdf_cover_add(GArray **cover, const GArray *stretches);

/* How many gaps between stretches are at least `least` wide. */
guint pdf_cover_gaps(const GArray *cover, float least);

#endif
