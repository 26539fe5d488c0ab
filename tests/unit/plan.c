/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which files a command line means. Plugins claim ".md" here.
 */
#include "unit/check.h"

#include "ingest/plan.h"
#include "unit/scratch.h"

bool okb_plugins_claims(const OkbPlugins *plugins, const char *name)
{
    (void)plugins;
    return g_str_has_suffix(name, ".md");
}

static OkbPlan *plan_of(const Scratch *scratch, OkbIngestOptions options, const char *argument,
                        bool as_kb)
{
    g_autofree char *path = g_build_filename(scratch->path, argument, NULL);
    OkbKb kb = {.root = scratch->fd, .path = (char *)scratch->path};
    const char *paths[] = {path, NULL};
    options.paths = paths;
    OkbPlan *plan = okb_plan_make(as_kb ? &kb : NULL, NULL, &options, NULL);
    assert_non_null(plan);
    return plan;
}

static void assert_relative(const OkbPlan *plan, const char *const *expected)
{
    guint i = 0;
    for (; expected[i]; i++) {
        assert_true(i < plan->items->len);
        assert_string_equal(((OkbPlanItem *)plan->items->pdata[i])->relative, expected[i]);
    }
    assert_int_equal(plan->items->len, i);
}

static void test_a_walk_goes_in_path_component_order(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "d/a-b/c.md", "x");
    scratch_write(scratch, "d/a/b.md", "x");
    scratch_write(scratch, "d/a.md", "x");
    g_autoptr(OkbPlan) plan = plan_of(scratch, (OkbIngestOptions){0}, "d", false);
    const char *const expected[] = {"a/b.md", "a-b/c.md", "a.md", NULL};
    assert_relative(plan, expected);
}

static void test_a_walk_skips_and_counts_what_is_no_source(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "d/x.md", "x");
    scratch_write(scratch, "d/.hidden.md", "x");
    scratch_write(scratch, "d/.git/y.md", "x");
    scratch_write(scratch, "d/unknown.xyz", "x");
    assert_int_equal(symlinkat("x.md", scratch->fd, "d/link.md"), 0);
    assert_int_equal(mkfifoat(scratch->fd, "d/fifo.md", 0600), 0);
    g_autoptr(OkbPlan) plan = plan_of(scratch, (OkbIngestOptions){0}, "d", false);
    const char *const expected[] = {"x.md", NULL};
    assert_relative(plan, expected);
    assert_int_equal(plan->skipped_special, 2);
    assert_int_equal(plan->skipped_unknown, 1);
}

static void test_a_knowledge_base_does_not_eat_itself(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "wiki/index.md", "x");
    scratch_write(scratch, "output/o.md", "x");
    scratch_write(scratch, "raw/dropped.md", "x");
    scratch_write(scratch, "notes/wiki/w.md", "x");
    const char *const own[] = {"notes/wiki/w.md", "raw/dropped.md", NULL};
    const char *const all[] = {"notes/wiki/w.md", "output/o.md", "raw/dropped.md",
                               "wiki/index.md", NULL};
    g_autoptr(OkbPlan) inside = plan_of(scratch, (OkbIngestOptions){0}, ".", true);
    g_autoptr(OkbPlan) outside = plan_of(scratch, (OkbIngestOptions){0}, ".", false);
    assert_relative(inside, own);
    assert_relative(outside, all);
}

static void test_include_and_exclude_choose_within_a_walk(void **state)
{
    const Scratch *scratch = *state;
    const char *const include[] = {"*.md", NULL}, *const exclude[] = {"drafts", "a/skip.md",
                                                                      NULL};
    scratch_write(scratch, "d/a/skip.md", "x");
    scratch_write(scratch, "d/a/keep.md", "x");
    scratch_write(scratch, "d/drafts/z.md", "x");
    OkbIngestOptions options = {.include = include, .exclude = exclude, .plugin = "any"};
    scratch_write(scratch, "d/b.txt", "x");
    g_autoptr(OkbPlan) plan = plan_of(scratch, options, "d", false);
    const char *const expected[] = {"a/keep.md", NULL};
    assert_relative(plan, expected);
}

static void test_a_star_stops_at_a_slash(void **state)
{
    const Scratch *scratch = *state;
    const char *const exclude[] = {"a*/x.md", NULL};
    scratch_write(scratch, "d/a/b/x.md", "x");
    scratch_write(scratch, "d/ab/x.md", "x");
    OkbIngestOptions options = {.exclude = exclude, .plugin = "any"};
    g_autoptr(OkbPlan) plan = plan_of(scratch, options, "d", false);
    const char *const expected[] = {"a/b/x.md", NULL};
    assert_relative(plan, expected);
}

static void test_a_bad_argument_becomes_a_refusal(void **state)
{
    const Scratch *scratch = *state;
    assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
    g_autoptr(OkbPlan) absent = plan_of(scratch, (OkbIngestOptions){0}, "absent.md", false);
    g_autoptr(OkbPlan) fifo = plan_of(scratch, (OkbIngestOptions){0}, "fifo", false);
    assert_string_equal(((OkbPlanItem *)absent->items->pdata[0])->reason, "missing");
    assert_string_equal(((OkbPlanItem *)fifo->items->pdata[0])->reason, "not-a-file");
}

static void test_a_named_file_is_taken_whatever_it_is_called(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, ".odd.xyz", "x");
    g_autoptr(OkbPlan) plan = plan_of(scratch, (OkbIngestOptions){0}, ".odd.xyz", false);
    assert_int_equal(plan->items->len, 1);
    assert_null(((OkbPlanItem *)plan->items->pdata[0])->refusal);
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(test_a_walk_goes_in_path_component_order),
        SCRATCH_TEST(test_a_walk_skips_and_counts_what_is_no_source),
        SCRATCH_TEST(test_a_knowledge_base_does_not_eat_itself),
        SCRATCH_TEST(test_include_and_exclude_choose_within_a_walk),
        SCRATCH_TEST(test_a_star_stops_at_a_slash),
        SCRATCH_TEST(test_a_bad_argument_becomes_a_refusal),
        SCRATCH_TEST(test_a_named_file_is_taken_whatever_it_is_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
