/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "kit.h"

#include <string.h>

harness_result *convert_bytes(const char *bytes, size_t len)
{
    harness_input input = {.name = "test.pdf", .media_type = "application/pdf"};
    return harness_run(openkb_plugin_v1(0), bytes, len, &input);
}

harness_result *convert(paper *p)
{
    size_t len = 0;
    const char *bytes = paper_bytes(p, &len);
    harness_result *result = convert_bytes(bytes, len);
    paper_free(p);
    return result;
}

void assert_body(harness_result *result, const char *expected)
{
    assert_int_equal(result->status, OKB_OK);
    assert_string_equal(result->body, expected);
    harness_result_free(result);
}

void assert_in_order(harness_result *result, const char *const *parts)
{
    assert_int_equal(result->status, OKB_OK);
    const char *at = result->body;
    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);
        if (!found) {
            print_error("not found, or not in order: \"%s\" in:\n%s\n", *parts, result->body);
            fail();
        }
        at = found + strlen(*parts);
    }
    harness_result_free(result);
}
