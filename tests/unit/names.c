/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Names of documents. The registry is a set of names here.
 */
#include "unit/check.h"

#include "ingest/names.h"
#include "util/text.h"

#include <stdio.h>
#include <string.h>

static const char *taken[8];

int okb_registry_name_taken(OkbStore *store, const char *name, gint64 except, GError **error)
{
    (void)store;
    (void)except;
    (void)error;
    g_autofree char *key = okb_text_fold(name);
    for (int i = 0; i < 8 && taken[i]; i++) {
        g_autofree char *other = okb_text_fold(taken[i]);
        if (strcmp(key, other) == 0)
            return 1;
    }
    return 0;
}

static void test_a_stem_is_what_pathlib_says(void **state)
{
    (void)state;
    static const struct {
        const char *name, *stem, *suffix;
    } cases[] = {
        {"a.tar.gz", "a.tar", ".gz"}, {".bashrc", ".bashrc", ""},
        {"foo.", "foo.", ""},         {"report.PDF", "report", ".PDF"},
        {"plain", "plain", ""},       {"2509.11420", "2509", ".11420"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *stem = okb_names_stem(cases[i].name);
        assert_string_equal(stem, cases[i].stem);
        assert_string_equal(okb_names_suffix(cases[i].name), cases[i].suffix);
    }
}

static void test_a_stem_is_sanitised_as_python_does(void **state)
{
    (void)state;
    static const struct {
        const char *stem, *name;
    } cases[] = {
        {"my report (final)", "my-report-final"},
        {"a - b", "a---b"},
        {"हिन्दी", "ह-न-द"},
        {"技术报告（最终版）", "技术报告-最终版"},
        {"2509.11420", "2509-11420"},
        {"ﬁle", "file"},
        {"！！！", "document"},
        {"", "document"},
        {"Größe_1", "Größe_1"},
        {"bad\xff name", "bad-name"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = okb_names_sanitize(cases[i].stem);
        assert_string_equal(name, cases[i].name);
    }
}

static void test_a_free_name_stays_clean(void **state)
{
    (void)state;
    memset(taken, 0, sizeof taken);
    g_autofree char *name = okb_names_resolve(NULL, "Report.pdf", "/x/Report.pdf", 0, NULL);
    assert_string_equal(name, "Report");
}

static void test_a_collision_adds_eight_digits_of_the_key(void **state)
{
    (void)state;
    memset(taken, 0, sizeof taken);
    taken[0] = "report"; /* compared folded */
    g_autofree char *name = okb_names_resolve(NULL, "Report.pdf", "/x/Report.pdf", 0, NULL);
    char hex[OKB_DIGEST_HEX];
    okb_digest_bytes("/x/Report.pdf", strlen("/x/Report.pdf"), hex);
    g_autofree char *expected = g_strdup_printf("Report-%.8s", hex);
    assert_string_equal(name, expected);

    taken[1] = expected;
    g_autofree char *second = okb_names_resolve(NULL, "Report.pdf", "/x/Report.pdf", 0, NULL);
    g_autofree char *longer = g_strdup_printf("Report-%.16s", hex);
    assert_string_equal(second, longer);
}

static void test_a_long_name_is_cut_at_a_character(void **state)
{
    (void)state;
    memset(taken, 0, sizeof taken);
    g_autoptr(GString) file = g_string_new(NULL);
    for (int i = 0; i < 83; i++)
        g_string_append(file, "漢");
    g_string_append(file, ".md");
    g_autofree char *name = okb_names_resolve(NULL, file->str, "key", 0, NULL);
    assert_true(g_utf8_validate(name, -1, NULL));
    assert_true(strlen(name) <= OKB_NAME_MAX_SUFFIXED);
    assert_int_equal(name[strlen(name) - 9], '-');
}

static void test_every_suffix_taken_is_an_error(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    char hex[OKB_DIGEST_HEX], names[5][80];
    okb_digest_bytes("k", 1, hex);
    memset(taken, 0, sizeof taken);
    strcpy(names[0], "a");
    for (int i = 1, digits = 8; i < 5; i++, digits *= 2)
        snprintf(names[i], sizeof names[i], "a-%.*s", digits, hex);
    for (int i = 0; i < 5; i++)
        taken[i] = names[i];
    assert_null(okb_names_resolve(NULL, "a.md", "k", 0, &error));
    assert_non_null(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_stem_is_what_pathlib_says),
        cmocka_unit_test(test_a_stem_is_sanitised_as_python_does),
        cmocka_unit_test(test_a_free_name_stays_clean),
        cmocka_unit_test(test_a_collision_adds_eight_digits_of_the_key),
        cmocka_unit_test(test_a_long_name_is_cut_at_a_character),
        cmocka_unit_test(test_every_suffix_taken_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
