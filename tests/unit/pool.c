/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pool with real workers and the fixture plugin "actor", at every level that this machine
 * has. $OPENKB_FIXTURES is the plugin directory.
 */
#include "malice/kit.h"
#include "util/cleanup.h"
#include "util/tree.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static void ignore_signal(int number)
{
    (void)number;
}

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

/* The out directory that the slot has kept. */
static char *spare_of(const Kit *kit)
{
    g_autofree char *slot = g_build_filename(kit->root, "staging/slot-0", NULL);
    g_autoptr(GDir) dir = g_dir_open(slot, 0, NULL);
    const char *name = dir ? g_dir_read_name(dir) : NULL;
    assert_non_null(name);
    return g_build_filename(slot, name, NULL);
}

static bool is_kept(Kit *kit, const char *text)
{
    OkbOutcome outcome = kit_convert(kit, "actor", text);
    assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
    bool kept = outcome.left.out < 0;
    assert_int_equal(kept, outcome.out_path[0] == '\0');
    if (!kept)
        okb_tree_remove(kit->staging, outcome.out_path, NULL);
    okb_outcome_clear(&outcome);
    return kept;
}

static void an_out_directory_serves_again_only_as_it_was_made(void **state)
{
    Kit *kit = *state;
    assert_true(is_kept(kit, "one"));
    assert_true(is_kept(kit, "two"));
    g_autofree char *first = spare_of(kit);
    g_autofree char *stray = g_build_filename(first, "stray", NULL);
    assert_true(g_file_set_contents(stray, "x", 1, NULL));
    assert_false(is_kept(kit, "three"));
    assert_false(is_kept(kit, "actor: image cat\n"));
    assert_true(is_kept(kit, "four"));
    g_autofree char *second = spare_of(kit);
    assert_int_equal(chmod(second, 0755), 0);
    assert_false(is_kept(kit, "five"));
    assert_true(is_kept(kit, "six"));
}

static void pages_and_images_are_where_the_result_says(void **state)
{
    OkbOutcome outcome =
        kit_convert(*state, "actor", "actor: page i\nOne\nactor: image cat\nactor: page ii\n");
    Kit *kit = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbBundle) bundle = okb_bundle_read(&outcome.left, &kit->limits, &error);
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

/* The control is every other document here: none of them leaks. */
static void a_leak_fails_the_document_in_a_sanitizers_build(void **state)
{
#ifdef OPENKB_SANITIZE
    OkbOutcome outcome = kit_convert(*state, "actor", "actor: leak\n");
    g_autofree char *reason = NULL;
    assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
    assert_null(kit_body(*state, &outcome, &reason));
    assert_non_null(strstr(reason, "leaked memory"));
    okb_outcome_clear(&outcome);
#else
    (void)state;
    skip();
#endif
}

static void a_waiting_pool_is_woken_by_a_signal(void **state)
{
    Kit *kit = *state;
    OkbOutcome outcome;
    struct sigaction action = {.sa_handler = ignore_signal}; /* without SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    kit_submit(kit, "actor", "actor: sleep\n", NULL);
    ualarm(10000, 10000); /* again and again: one may come before it waits */
    OkbPoolStatus status = okb_pool_wait(kit->pool, 30000, &outcome, NULL);
    ualarm(0, 0);
    assert_int_equal(status, OKB_POOL_INTERRUPTED);
}

/* The kit's pool with a flag, and a document that sleeps in it. */
static OkbPool *sleeping_pool(Kit *kit, const volatile sig_atomic_t *stop)
{
    okb_pool_free(kit->pool);
    const OkbPoolConfig config = {
        .staging = kit->staging, .slots = 1, .sandbox = policy, .stop = stop};
    kit->pool = okb_pool_new(&config, NULL);
    assert_non_null(kit->pool);
    kit_submit(kit, "actor", "actor: sleep\n", NULL);
    return kit->pool;
}

/* Its handler ran after the caller had looked at the flag, and before the pool went to sleep.
 */
static void a_signal_that_came_just_before_wakes_a_pool_too(void **state)
{
    (void)state;
    Kit kit;
    OkbOutcome outcome;
    volatile sig_atomic_t stop = 0;
    kit_open(&kit, plugin_dir, policy, 1, NULL);
    OkbPool *pool = sleeping_pool(&kit, &stop);
    assert_int_equal(okb_pool_wait(pool, 300, &outcome, NULL), OKB_POOL_TIMEOUT);
    for (int signals = 1; signals <= 2; signals++) {
        stop = signals;
        assert_int_equal(okb_pool_wait(pool, -1, &outcome, NULL), OKB_POOL_INTERRUPTED);
        /* Each is told once: who waits on for something else is let wait. */
        assert_int_equal(okb_pool_wait(pool, 300, &outcome, NULL), OKB_POOL_TIMEOUT);
    }
    kit_close(&kit);
}

/* Control: a pool that is given no flag sleeps through it. */
static void without_the_flag_it_is_missed(void **state)
{
    (void)state;
    Kit kit;
    OkbOutcome outcome;
    struct sigaction action = {.sa_handler = ignore_signal};
    sigaction(SIGALRM, &action, NULL);
    kit_open(&kit, plugin_dir, policy, 1, NULL);
    OkbPool *pool = sleeping_pool(&kit, NULL);
    raise(SIGALRM);
    assert_int_equal(okb_pool_wait(pool, 300, &outcome, NULL), OKB_POOL_TIMEOUT);
    kit_close(&kit);
}

static void outcomes_come_in_any_order_and_all(void **state)
{
    Kit *kit = *state;
    bool seen[40] = {false};
    for (guint submitted = 0, done = 0; done < G_N_ELEMENTS(seen);) {
        if (submitted < G_N_ELEMENTS(seen) && okb_pool_idle(kit->pool) > 0) {
            kit_submit(kit, "actor", "text\n", NULL);
            submitted++;
            continue;
        }
        OkbOutcome outcome = kit_wait(kit);
        assert_true(outcome.number < G_N_ELEMENTS(seen) && !seen[outcome.number]);
        assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
        seen[outcome.number] = true;
        done++;
        okb_outcome_clear(&outcome);
    }
}

static guint count_descriptors(void)
{
    guint n = 0;
    g_autoptr(DIR) dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    return n;
}

static void nothing_is_left_when_a_pool_is_gone(void **state)
{
    (void)state;
    guint before = count_descriptors();
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 2, NULL);
    OkbOutcome outcome = kit_convert(&kit, "actor", "text\n");
    okb_outcome_clear(&outcome);
    kit_submit(&kit, "actor", "actor: sleep\n", NULL);
    kit_close(&kit);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_plugin_that_is_not_what_its_manifest_says_is_refused(void **state)
{
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 1, NULL);
    OkbPlugin *plugin = (OkbPlugin *)okb_plugins_find(kit.plugins, "actor");
    plugin->output_version = 77;
    OkbOutcome outcome = kit_convert(&kit, "actor", "text\n");
    assert_int_equal(outcome.kind, OKB_OUTCOME_REFUSED);
    assert_non_null(strstr(outcome.message, "output version"));
    okb_outcome_clear(&outcome);
    plugin->output_version = 1;
    a_document_is_converted((void *[]){&kit});
    kit_close(&kit);
}

static void a_plugin_that_cannot_fork_gets_a_process_per_document(void **state)
{
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 1, NULL);
    ((OkbPlugin *)okb_plugins_find(kit.plugins, "actor"))->fork_safe = false;
    a_document_is_converted((void *[]){&kit});
    a_document_is_converted((void *[]){&kit});
    a_crash_costs_one_document((void *[]){&kit});
    kit_close(&kit);
}

static bool run_level(OkbSandboxPolicy level, const char *name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_converted, setup, teardown),
        cmocka_unit_test_setup_teardown(one_worker_serves_many_documents, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_and_images_are_where_the_result_says, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_out_directory_serves_again_only_as_it_was_made,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_crash_costs_one_document, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_carries_its_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(a_leak_fails_the_document_in_a_sanitizers_build, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_waiting_pool_is_woken_by_a_signal, setup, teardown),
        cmocka_unit_test(a_signal_that_came_just_before_wakes_a_pool_too),
        cmocka_unit_test(without_the_flag_it_is_missed),
        cmocka_unit_test_setup_teardown(outcomes_come_in_any_order_and_all, setup, teardown),
        cmocka_unit_test(nothing_is_left_when_a_pool_is_gone),
        cmocka_unit_test(a_plugin_that_is_not_what_its_manifest_says_is_refused),
        cmocka_unit_test(a_plugin_that_cannot_fork_gets_a_process_per_document),
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
