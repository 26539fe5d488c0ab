/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The HTML plugin on arbitrary bytes: it must end, succeed, give well-formed text in proportion
 * to its input, and give the same text again.
 */
#include "harness/host.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A line within the deepest quotes costs two hundred bytes of prefix, and so does a blank one.
 */
#define MOST 450u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static harness_result *run(const uint8_t *data, size_t size)
{
    static const char *const modes[][2] = {
        {"content=auto", NULL}, {"content=main", NULL}, {"content=full", NULL}};
    harness_input input = {.name = "fuzz.html", .options = modes[size % 3]};
    return harness_run(openkb_plugin_v1(0), data, size, &input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    harness_result *r = run(data, size);
    require(r->status == OKB_OK || r->status == OKB_E_MALFORMED); /* no text at all */
    require(r->body_len <= size * MOST + 1000);
    require(r->body_len == 0 || r->body[r->body_len - 1] == '\n');
    harness_result *again = run(data, size);
    require(again->body_len == r->body_len &&
            (r->body_len == 0 || memcmp(again->body, r->body, r->body_len) == 0));
    harness_result_free(again);
    harness_result_free(r);
    return 0;
}
