/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the tests of the Markdown plugin share: a directory with images beside the document, and
 * the conversion of a string.
 */
#ifndef OPENKB_TESTS_MARKDOWN_KIT_H
#define OPENKB_TESTS_MARKDOWN_KIT_H

#include "harness/host.h"

/* Makes the directory: a.png, "b c.png", img/a.png, img/c.svg, page.html, data (no image). */
int kit_setup(void **state);
int kit_teardown(void **state);
const char *kit_dir(void);

/* Convert; the caller frees the result. */
harness_result *kit_convert(const void *bytes, size_t len);
harness_result *kit_convert_text(const char *text);

/* The body of a conversion that must succeed; freed at the next call. */
const char *kit_body(const char *text);

#endif
