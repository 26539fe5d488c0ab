/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The text of a document as it stands in wiki/sources/: Markdown with a "<!-- page N -->" line
 * before each page, or for long documents a JSON array with an object for each page.
 */
#pragma once

#include <glib.h>

/* Page `page` (from 1) of Markdown: what stands between its mark and the next page's. The marks
 * count up one by one; a line that looks like one out of turn is text. NULL when there is no
 * such mark. g_free() it. */
char *okb_page_of_markdown(const char *text, gsize len, guint64 page);

/* Page `page` of a per-page JSON; "" when it is not in there (pages without text are left out).
 * NULL and `error` when it is no such JSON. */
char *okb_page_of_json(const char *text, gsize len, guint64 page, GError **error);

/* All of a per-page JSON as Markdown with page marks. */
char *okb_page_all_of_json(const char *text, gsize len, GError **error);
