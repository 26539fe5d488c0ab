/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bad ends: each limit ends in its own reason, each crash costs one document, and the next
 * document is converted. $OPENKB_MALICE is the plugin's directory.
 */
#include "malice/kit.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "unit/check.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static const char *plugin_dir;
static OkbSandboxPolicy policy;

static const struct {
    const char *label, *order;
    OkbLimits limits;
    OkbOutcomeKind kind;
    const char *message; /* a part of it; NULL: there is none */
} cases[] = {
    {"too long", "sleep 20000", {.wall_ms = 300}, OKB_OUTCOME_TIMEOUT, "longer than 0.3 s"},
    {"no progress", "sleep 20000", {.idle_ms = 300}, OKB_OUTCOME_TIMEOUT, "no progress"},
    {"in time", "sleep 20", {.idle_ms = 15000}, OKB_OUTCOME_DONE, NULL},
    {"too much CPU", "spin", {.cpu_ms = 1000}, OKB_OUTCOME_LIMIT, "CPU"},
    {"deaf to SIGXCPU", "signal-proof-spin", {.cpu_ms = 1000}, OKB_OUTCOME_LIMIT, "CPU"},
    {"1 TiB, sparse", "sparse 1048576", {.output_bytes = 8 * MIB}, OKB_OUTCOME_LIMIT, "file"},
    {"small, sparse", "sparse 4", {.output_bytes = 8 * MIB}, OKB_OUTCOME_DONE, NULL},
    {"many bytes", "fill 4 8", {.output_bytes = 8 * MIB}, OKB_OUTCOME_LIMIT, "wrote more"},
    {"many files", "fill 0 200", {.files = 50}, OKB_OUTCOME_LIMIT, "50 files"},
    {"some files", "fill 0 40", {.files = 50}, OKB_OUTCOME_DONE, NULL},
    {"no result", "exit 0", {0}, OKB_OUTCOME_NO_RESULT, "exit 0"},
    {"an exit code", "exit 3", {0}, OKB_OUTCOME_NO_RESULT, "exit 3"},
    {"abort", "abort", {0}, OKB_OUTCOME_CRASHED, "signal"},
    {"endless recursion", "recurse", {0}, OKB_OUTCOME_CRASHED, "signal"},
    {"garbage to the pool", "garbage", {0}, OKB_OUTCOME_VIOLATION, "not a message"},
#ifdef OPENKB_SANITIZE
    {"memory", "eat 400", {.memory_bytes = 200 * MIB}, OKB_OUTCOME_LIMIT, "memory"},
#else
    {"memory", "eat 400", {.memory_bytes = 200 * MIB}, OKB_OUTCOME_CRASHED, "signal"},
#endif
    {"memory enough", "eat 20", {.memory_bytes = 600 * MIB}, OKB_OUTCOME_DONE, NULL},
};

static void assert_next_is_converted(Kit *kit, const char *label)
{
    OkbOutcome next = kit_convert(kit, "malice", "sleep 0");
    g_autofree char *body = kit_body(kit, &next, NULL);
    if (!body || !g_str_equal(body, "tried\n"))
        fail_msg("%s: the next document failed", label);
    okb_outcome_clear(&next);
}

static void each_bad_end_has_its_reason(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Kit kit;
        kit_open(&kit, plugin_dir, policy, 1, &cases[i].limits);
        OkbOutcome outcome = kit_convert(&kit, "malice", cases[i].order);
        if (outcome.kind != cases[i].kind ||
            (cases[i].message && !strstr(outcome.message, cases[i].message)))
            fail_msg("%s: outcome %d, %s", cases[i].label, outcome.kind,
                     outcome.message ? outcome.message : "no message");
        okb_outcome_clear(&outcome);
        assert_next_is_converted(&kit, cases[i].label);
        kit_close(&kit);
    }
}

static void a_forged_result_is_judged_like_any_other(void **state)
{
    static const char *const forged[] = {
        "forge {}", "forge []", "forge nonsense",
        "forge {\"format\":1,\"status\":0,\"message\":null,\"output_version\":1,"
        "\"body_bytes\":5,\"pages\":[],\"headings\":[],\"outline\":[],\"refs\":[],"
        "\"assets\":[],\"embeds\":[],\"metadata\":[],\"warnings\":[]}"};
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 1, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(forged); i++) {
        OkbOutcome outcome = kit_convert(&kit, "malice", forged[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(OkbBundle) bundle = okb_bundle_read(&outcome.left, &kit.limits, &error);
        assert_int_equal(outcome.kind, OKB_OUTCOME_DONE);
        if (bundle)
            fail_msg("accepted: %s", forged[i]);
        okb_outcome_clear(&outcome);
    }
    assert_next_is_converted(&kit, "after forgeries");
    kit_close(&kit);
}

static void exec_is_a_violation_when_confined(void **state)
{
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, OKB_SANDBOX_AUTO, 1, NULL);
    OkbOutcome outcome = kit_convert(&kit, "malice", "exec /nonexistent/by-malice");
    assert_int_equal(outcome.kind, OKB_OUTCOME_VIOLATION);
    okb_outcome_clear(&outcome);
    assert_next_is_converted(&kit, "exec");
    kit_close(&kit);
}

static void cancelling_ends_what_runs(void **state)
{
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 2, NULL);
    kit_submit(&kit, "malice", "sleep 20000", NULL);
    kit_submit(&kit, "malice", "spin", NULL);
    okb_pool_cancel(kit.pool);
    for (int i = 0; i < 2; i++) {
        OkbOutcome outcome = kit_wait(&kit);
        assert_int_equal(outcome.kind, OKB_OUTCOME_CANCELLED);
        okb_outcome_clear(&outcome);
    }
    assert_int_equal(okb_pool_idle(kit.pool), 2);
    kit_close(&kit);
}

static void freeing_a_pool_ends_what_runs(void **state)
{
    (void)state;
    Kit kit;
    kit_open(&kit, plugin_dir, policy, 2, NULL);
    kit_submit(&kit, "malice", "sleep 20000", NULL);
    kit_submit(&kit, "malice", "spin", NULL);
    kit_close(&kit);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static bool run_level(OkbSandboxPolicy level, const char *name)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bad_end_has_its_reason),
        cmocka_unit_test(a_forged_result_is_judged_like_any_other),
        cmocka_unit_test(exec_is_a_violation_when_confined),
        cmocka_unit_test(cancelling_ends_what_runs),
        cmocka_unit_test(freeing_a_pool_ends_what_runs),
    };
    policy = level;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL) == 0;
}

int main(void)
{
    plugin_dir = g_getenv("OPENKB_MALICE");
    if (!plugin_dir)
        return 2;
    bool off = run_level(OKB_SANDBOX_OFF, "limits, sandbox off");
    return run_level(OKB_SANDBOX_AUTO, "limits, confined") && off ? 0 : 1;
}
