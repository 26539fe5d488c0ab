/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The judge of the Markdown plugin: renders a document before and after with cmark-gfm and says
 * whether anything but destinations differs. Shares no code with the plugin.
 */
#ifndef OPENKB_TESTS_MARKDOWN_RENDERING_H
#define OPENKB_TESTS_MARKDOWN_RENDERING_H

#include <stdbool.h>
#include <stddef.h>

/* HTML of a document, raw HTML kept; malloc()ed. */
char *rendering_html(const char *text, size_t len);

/* Whether two renderings are equal but for destinations that became assets. */
bool rendering_equal(const char *before, const char *after);

/* The text of all code blocks and spans, one after the other; malloc()ed. */
char *rendering_code(const char *text, size_t len);

#endif
