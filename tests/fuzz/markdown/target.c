/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The Markdown plugin on arbitrary bytes: it must end, stay within its memory, give well-formed
 * text, and, when the input is text already, keep its rendering and its code.
 */
#include "harness/host.h"
#include "markdown/rendering.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void compare(const char *text, size_t len, const harness_result *r)
{
    char *before = rendering_html(text, len), *after = rendering_html(r->body, r->body_len);
    require(rendering_equal(before, after));
    free(before), free(after);
    before = rendering_code(text, len), after = rendering_code(r->body, r->body_len);
    require(strcmp(before, after) == 0);
    free(before), free(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    harness_input input = {.name = "fuzz.md"};
    harness_result *r = harness_run(openkb_plugin_v1(0), data, size, &input);
    require(r->status == OKB_OK || r->status == OKB_E_MALFORMED); /* no text at all */
    if (r->status != OKB_OK) {
        harness_result_free(r);
        return 0;
    }
    bool marked = size && strchr("\xef\xfe\xff-+", data[0]); /* or front matter, perhaps */
    bool plain = !marked && !harness_warned(r, OKB_W_ENCODING) && !memchr(data, '\r', size);
    if (plain)
        compare((const char *)data, size, r);
    harness_result_free(r);
    return 0;
}
