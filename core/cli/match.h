/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which document a person means by DOC: the one of exactly this name, else the one whose source
 * has exactly this file name or path, else the only one whose name or source's file name
 * contains it in whatever case. Nothing, and more than one, is OKB_ERROR_NOT_FOUND with the
 * candidates.
 */
#pragma once

#include "store/registry.h"

/* What a document is known by; strings are borrowed by okb_match_pick(). */
typedef struct {
    const char *name, *source_name, *path;
} OkbMatchNames;

/* Index of the one that is meant, or -1 and `error`. */
gssize okb_match_pick(const OkbMatchNames *names, gsize count, const char *wanted,
                      GError **error);

/* The document that DOC means. */
OkbDocument *okb_match_document(OkbStore *store, const char *wanted, GError **error);
