/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The first words of a document, for summaries and catalogues.
 */
#pragma once

#include "ingest/bundle.h"

/*
 * The first paragraph of prose in the body, as Markdown on its own: no heading, list, table,
 * quote, code, HTML or page mark, and nothing that holds an image. "" when there is none in the
 * first 64 KiB. g_free() it.
 */
char *okb_excerpt_paragraph(const OkbBundle *bundle);

/* The words of a paragraph without its markup. Not a parser: links become their text, marks of
 * emphasis and code are dropped, HTML tags too. g_free() it. */
char *okb_excerpt_plain(const char *markdown);
