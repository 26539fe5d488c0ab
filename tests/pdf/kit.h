/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the tests of the pdf plugin share: paper through the plugin, and what they assert of it.
 */
#ifndef OKB_TESTS_PDF_KIT_H
#define OKB_TESTS_PDF_KIT_H

#include "harness/host.h"
#include "paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Convert and free the paper. */
harness_result *convert(paper *p);
harness_result *convert_bytes(const char *bytes, size_t len);

/* The body is exactly `expected`. Frees the result. */
void assert_body(harness_result *result, const char *expected);
/* The parts stand in the body in this order; the list ends with NULL. Frees the result. */
void assert_in_order(harness_result *result, const char *const *parts);

#endif
