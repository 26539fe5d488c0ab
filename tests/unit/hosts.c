/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The checker's host is as strict as the worker's: what services.c says of the one holds of the
 * other. A plugin that misuses nothing is the control.
 */
#include "misuses.h"

#include "check/host.h"

#include <string.h>
#include <unistd.h>

#include "check.h"

static const Misuse *current;

static okb_status misbehave(okb_job *job, const okb_host *host, const okb_source *source)
{
    (void)source;
    bool answered = current->act(job, host) == current->expected;
    bool latched = host->body_write(job, "more", 4) == current->expected;
    return answered && latched ? OKB_OK : OKB_E_INTERNAL;
}

static okb_status behave(okb_job *job, const okb_host *host, const okb_source *source)
{
    (void)source;
    okb_asset_id id;
    int32_t fd;
    host->page_begin(job, 1, OKB_STR("i"));
    host->body_write(job, "a\xe2\x82", 3);
    host->body_write(job, "\xac\n\n", 3);
    host->heading(job, 1, OKB_STR("a"), 1);
    host->asset_begin(job, OKB_STR("image/png"), OKB_STR("a"), &id, &fd);
    host->asset_write(job, id, "x", 1);
    if (write(fd, "y", 1) != 1)
        return OKB_E_IO;
    host->asset_end(job, id);
    host->body_asset_ref(job, id, OKB_STR("a\nb"));
    host->outline(job, 1, OKB_STR("a"), 1);
    return host->meta(job, OKB_STR("x-a"), OKB_STR("a\nb"));
}

static harness_result *run(okb_status (*prepare)(okb_job *, const okb_host *,
                                                 const okb_source *))
{
    static const harness_input input = {.limits = {.struct_size = sizeof input.limits,
                                                   .max_assets = MISUSE_ASSETS,
                                                   .max_body_bytes = MISUSE_BYTES,
                                                   .max_total_bytes = MISUSE_BYTES,
                                                   .max_depth = MISUSE_DEPTH}};
    const okb_plugin plugin = {.prepare = prepare};
    return harness_run(&plugin, "", 0, &input);
}

static void misuse_is_answered_as_by_the_worker(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_misuses; i++) {
        current = &misuses[i];
        harness_result *r = run(misbehave);
        if (r->status != current->expected || r->returned != OKB_OK || !r->message)
            fail_msg("%s: status %d", current->label, r->status);
        harness_result_free(r);
    }
}

static void what_is_no_misuse_is_kept(void **state)
{
    (void)state;
    harness_result *r = run(behave);
    assert_int_equal(r->status, OKB_OK);
    assert_string_equal(r->body, "<!-- page 1 -->\n\na\xe2\x82\xac\n\nokb-asset:00000001");
    assert_int_equal(r->assets[0].len, 2);
    assert_int_equal(r->headings[0].offset, 17 + 6);
    harness_result_free(r);
}

static okb_status cut(okb_job *job, const okb_host *host, const okb_source *source)
{
    (void)source;
    return host->body_write(job, "a\xe2\x82", 3);
}

static void a_text_that_ends_inside_a_character_fails(void **state)
{
    (void)state;
    harness_result *r = run(cut);
    assert_int_equal(r->status, OKB_E_MISUSE);
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_answered_as_by_the_worker),
        cmocka_unit_test(what_is_no_misuse_is_kept),
        cmocka_unit_test(a_text_that_ends_inside_a_character_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
