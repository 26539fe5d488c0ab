/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pdf plugin on arbitrary bytes: it must end, and either give well-formed text with a mark
 * for each page, or say why not.
 */
#include "harness/host.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    harness_input input = {.name = "fuzz.pdf"};
    harness_result *r = harness_run(openkb_plugin_v1(0), data, size, &input);
    require(r->status != OKB_E_MISUSE && r->status != OKB_E_INTERNAL);
    if (r->status == OKB_OK) {
        require(g_utf8_validate(r->body, (gssize)r->body_len, NULL));
        require(r->n_pages > 0);
    } else {
        require(r->message != NULL);
    }
    harness_result_free(r);
    return 0;
}
