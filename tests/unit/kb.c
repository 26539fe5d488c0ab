/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "scratch.h"

#include "check.h"
#include "kb/kb.h"
#include "util/error.h"

#include <unistd.h>

static void a_new_knowledge_base_has_the_skeleton(void **state)
{
    static const char *const paths[] = {
        "raw",           "wiki/sources/images", "wiki/summaries",      "wiki/concepts",
        "wiki/entities", "wiki/AGENTS.md",      "wiki/index.md",       "wiki/log.md",
        ".openkb",       ".openkb/config.yaml", ".openkb/hashes.json",
    };
    const Scratch *scratch = *state;
    bool adopted = true;
    assert_true(okb_kb_create(scratch->path, &adopted, NULL));
    assert_false(adopted);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *full = g_build_filename(scratch->path, paths[i], NULL);
        assert_true(g_file_test(full, G_FILE_TEST_EXISTS));
    }
    g_autofree char *hashes = scratch_read(scratch, ".openkb/hashes.json");
    assert_string_equal(hashes, "{}\n");
}

static void adopting_changes_no_file_that_is_there(void **state)
{
    const Scratch *scratch = *state;
    bool adopted = false;
    scratch_write(scratch, ".openkb/hashes.json", "{ \"x\": 1 }");
    scratch_write(scratch, "wiki/index.md", "mine");
    assert_true(okb_kb_create(scratch->path, &adopted, NULL));
    assert_true(adopted);
    g_autofree char *hashes = scratch_read(scratch, ".openkb/hashes.json");
    g_autofree char *index = scratch_read(scratch, "wiki/index.md");
    assert_string_equal(hashes, "{ \"x\": 1 }");
    assert_string_equal(index, "mine");
}

static void a_directory_without_openkb_is_none(void **state)
{
    const Scratch *scratch = *state;
    g_autoptr(GError) error = NULL;
    assert_null(okb_kb_open(scratch->path, &error));
    assert_int_equal(okb_error_exit_code(error), OKB_EXIT_NO_KB);
}

static OkbKb *open_with(const Scratch *scratch, const char *config, GError **error)
{
    scratch_write(scratch, ".openkb/config.yaml", config);
    return okb_kb_open(scratch->path, error);
}

static void the_configuration_is_read_and_unknown_keys_are_left_alone(void **state)
{
    static const struct {
        const char *label, *yaml;
        guint threshold;
        bool compat;
    } cases[] = {
        {"empty", "", 20, true},
        {"comment", "# nothing\n", 20, true},
        {"threshold", "pageindex_threshold: 7\n", 7, true},
        {"quoted", "pageindex_threshold: \"9\"\n", 9, true},
        {"compat off", "ingest:\n  python_compat: false\n  pipeline: legacy\n", 20, false},
        {"compat No", "ingest: {python_compat: No}\n", 20, false},
        {"unknown", "model: gpt\nlitellm: {timeout: 3}\nlist: [1, 2]\n", 20, true},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(OkbKb) kb = open_with(*state, cases[i].yaml, &error);
        if (!kb)
            fail_msg("%s: %s", cases[i].label, error->message);
        if (kb->config.pageindex_threshold != cases[i].threshold ||
            kb->config.python_compat != cases[i].compat)
            fail_msg("%s: wrong values", cases[i].label);
    }
}

static void a_malformed_configuration_names_file_and_line(void **state)
{
    static const char *const cases[] = {
        "a: [1, 2\n",
        "pageindex_threshold: many\n",
        "pageindex_threshold: 0\n",
        "pageindex_threshold: -3\n",
        "ingest:\n  python_compat: perhaps\n",
        "\ta: b\n",
        "pageindex_threshold: [20]\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(OkbKb) kb = open_with(*state, cases[i], &error);
        assert_null(kb);
        assert_non_null(strstr(error->message, "config.yaml, line "));
    }
}

static void a_configuration_that_is_no_map_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_null(open_with(*state, "- a\n- b\n", &error));
    assert_non_null(strstr(error->message, "config.yaml"));
}

static void an_explicit_directory_never_falls_back(void **state)
{
    const Scratch *scratch = *state;
    g_autoptr(GError) error = NULL;
    assert_true(okb_kb_create(scratch->path, NULL, NULL));
    g_autofree char *raw = g_build_filename(scratch->path, "raw", NULL);
    assert_null(okb_kb_find(raw, &error));
    assert_int_equal(error->code, OKB_ERROR_NO_KB);
    g_clear_error(&error);
    g_setenv("OPENKB_DIR", raw, TRUE);
    assert_null(okb_kb_find(NULL, &error));
    assert_non_null(strstr(error->message, "$OPENKB_DIR"));
    g_setenv("OPENKB_DIR", scratch->path, TRUE);
    g_autofree char *found = okb_kb_find(NULL, NULL);
    assert_string_equal(found, scratch->path);
    g_unsetenv("OPENKB_DIR");
}

static void the_nearest_directory_upwards_is_found(void **state)
{
    const Scratch *scratch = *state;
    assert_true(okb_kb_create(scratch->path, NULL, NULL));
    g_autofree char *before = g_get_current_dir();
    g_autofree char *deep = g_build_filename(scratch->path, "wiki/sources/images", NULL);
    g_unsetenv("OPENKB_DIR");
    assert_int_equal(chdir(deep), 0);
    g_autofree char *found = okb_kb_find(NULL, NULL);
    assert_int_equal(chdir(before), 0);
    assert_string_equal(found, scratch->path);
}

static void default_kb_of_the_global_configuration_is_the_last_resort(void **state)
{
    const Scratch *scratch = *state;
    g_autofree char *home = g_strdup(g_getenv("HOME"));
    g_autofree char *before = g_get_current_dir();
    g_autofree char *kb = g_build_filename(scratch->path, "kb", NULL);
    g_autofree char *yaml = g_strconcat("default_kb: ", kb, "\nknown_kbs: []\n", NULL);
    scratch_write(scratch, ".config/openkb/global.yaml", yaml);
    assert_true(okb_kb_create(kb, NULL, NULL));
    g_setenv("HOME", scratch->path, TRUE);
    g_unsetenv("OPENKB_DIR");
    assert_int_equal(chdir("/"), 0);
    g_autofree char *found = okb_kb_find(NULL, NULL);
    scratch_write(scratch, ".config/openkb/global.yaml", "x: 1\n");
    g_autoptr(GError) error = NULL;
    g_autofree char *none = okb_kb_find(NULL, &error);
    assert_int_equal(chdir(before), 0);
    if (home)
        g_setenv("HOME", home, TRUE);
    assert_string_equal(found, kb);
    assert_null(none);
    assert_int_equal(error->code, OKB_ERROR_NO_KB);
}

static void source_paths_are_relative_inside_and_absolute_outside(void **state)
{
    const Scratch *scratch = *state;
    g_autofree char *dir = g_build_filename(scratch->path, "kb", NULL);
    assert_true(okb_kb_create(dir, NULL, NULL));
    scratch_write(scratch, "kb/raw/a.md", "a");
    scratch_write(scratch, "kb-other/b.md", "b");
    g_autoptr(OkbKb) kb = okb_kb_open(dir, NULL);
    g_autofree char *inside = g_build_filename(scratch->path, "kb/wiki/../raw/a.md", NULL);
    g_autofree char *outside = g_build_filename(scratch->path, "kb-other/b.md", NULL);
    g_autofree char *missing = g_build_filename(scratch->path, "nothing", NULL);
    g_autofree char *first = okb_kb_source_path(kb, inside, NULL);
    g_autofree char *second = okb_kb_source_path(kb, outside, NULL);
    g_autoptr(GError) error = NULL;
    assert_string_equal(first, "raw/a.md");
    assert_string_equal(second, outside);
    assert_null(okb_kb_source_path(kb, missing, &error));
    assert_non_null(error);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(a_new_knowledge_base_has_the_skeleton),
        IN_DIR(adopting_changes_no_file_that_is_there),
        IN_DIR(a_directory_without_openkb_is_none),
        IN_DIR(the_configuration_is_read_and_unknown_keys_are_left_alone),
        IN_DIR(a_malformed_configuration_names_file_and_line),
        IN_DIR(a_configuration_that_is_no_map_is_refused),
        IN_DIR(an_explicit_directory_never_falls_back),
        IN_DIR(the_nearest_directory_upwards_is_found),
        IN_DIR(default_kb_of_the_global_configuration_is_the_last_resort),
        IN_DIR(source_paths_are_relative_inside_and_absolute_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
