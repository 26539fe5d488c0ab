/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pool with real workers and the fixture plugin "actor", at every level that this machine
 * has. $OPENKB_FIXTURES is the plugin directory.
 */
#include "malice/kit.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "check.h"

static const char *plugin_dir;
static OkbSandboxPolicy policy;

static int setup(void **state)
{
    Kit *kit = g_new0(Kit, 1);
    kit_open(kit, plugin_dir, policy, 2, NULL);
    *state = kit;
    return 0;
}

static int teardown(void **state)
{
    kit_close(*state);
    g_free(*state);
    return 0;
}

static void expect_body(Kit *kit, OkbOutcome *outcome, const char *expected)
{
    g_autofree char *reason = NULL;
    g_autofree char *body = kit_body(kit, outcome, &reason);
    if (!body)
        fail_msg("no body: %s", reason ? reason : outcome->message);
    assert_string_equal(body, expected);
}

static void a_document_is_converted(void **state)
{
    OkbOutcome outcome = kit_convert(*state, "actor", "Hello\n");
    assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
    expect_body(*state, &outcome, "Hello\n");
    okb_outcome_clear(&outcome);
}

static void one_worker_serves_many_documents(void **state)
{
    for (int i = 0; i < 20; i++) {
        OkbOutcome outcome = kit_convert(*state, "actor", i % 2 ? "odd" : "even");
        assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
        expect_body(*state, &outcome, i % 2 ? "odd\n" : "even\n");
        okb_outcome_clear(&outcome);
    }
}

static void pages_and_images_are_where_the_result_says(void **state)
{
    OkbOutcome outcome =
        kit_convert(*state, "actor", "actor: page i\nOne\nactor: image cat\nactor: page ii\n");
    Kit *kit = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbBundle) bundle = okb_bundle_read(outcome.out, &kit->limits, &error);
    if (!bundle)
        fail_msg("%s", error->message);
    assert_int_equal(bundle->pages->len, 2);
    assert_string_equal(g_array_index(bundle->pages, OkbPage, 1).label, "ii");
    assert_int_equal(bundle->assets->len, 1);
    assert_int_equal(bundle->refs->len, 1);
    assert_int_equal(g_array_index(bundle->refs, OkbAssetRef, 0).asset, 0);
    okb_outcome_clear(&outcome);
}

static void a_crash_costs_one_document(void **state)
{
    OkbOutcome outcome = kit_convert(*state, "actor", "actor: crash\n");
    assert_int_equal(outcome.kind, OKB_OUTCOME_CRASHED);
    assert_int_equal(outcome.signal, SIGSEGV);
    okb_outcome_clear(&outcome);
    a_document_is_converted(state);
}

static void a_failure_carries_its_reason(void **state)
{
    OkbOutcome outcome = kit_convert(*state, "actor", "actor: fail torn page\n");
    g_autofree char *reason = NULL;
    assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
    assert_null(kit_body(*state, &outcome, &reason));
    assert_string_equal(reason, "torn page");
    okb_outcome_clear(&outcome);
}

static bool run_level(OkbSandboxPolicy level, const char *name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_converted, setup, teardown),
        cmocka_unit_test_setup_teardown(one_worker_serves_many_documents, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_and_images_are_where_the_result_says, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_crash_costs_one_document, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_carries_its_reason, setup, teardown),
    };
    policy = level;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL) == 0;
}

int main(void)
{
    plugin_dir = g_getenv("OPENKB_FIXTURES");
    if (!plugin_dir)
        return 2;
    bool off = run_level(OKB_SANDBOX_OFF, "pool, sandbox off");
    bool confined = run_level(OKB_SANDBOX_AUTO, "pool, confined");
    return off && confined ? 0 : 1;
}
