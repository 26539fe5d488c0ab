/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Text for people and for comparison.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * A file name or any foreign text made safe for a terminal and for one line: control
 * characters, ill-formed UTF-8 and bidirectional overrides become \xNN or \u{N}. Free with
 * g_free().
 */
char *okb_text_escape(const char *text);

/* Any bytes as UTF-8 in NFKC. Ends the process when memory fails, as GLib does elsewhere: here
 * it would give NULL, as for what is no UTF-8. g_free() it. */
char *okb_text_normalize(const char *text);

/* The key under which two names are the same name: NFKC and full case folding. g_free() it. */
char *okb_text_fold(const char *text);

/* One line of at most `max` bytes: blanks collapsed, cut at a code point with "…" when longer.
 */
char *okb_text_one_line(const char *text, gsize max);

/* "1.2 MB": bytes for people. */
char *okb_text_size(guint64 bytes);
