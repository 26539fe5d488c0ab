/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which document DOC means.
 */
#include "unit/check.h"

#include "cli/match.h"
#include "util/error.h"

#include <string.h>

/* match.c asks the registry; these tests ask it about a list. */
OkbDocument *okb_registry_by_name(OkbStore *store, const char *name, GError **error)
{
    (void)store;
    (void)name;
    (void)error;
    return NULL;
}

bool okb_registry_each(OkbStore *store, OkbDocumentVisitor visit, gpointer data, GError **error)
{
    (void)store;
    (void)visit;
    (void)data;
    (void)error;
    return true;
}

static const OkbMatchNames names[] = {
    {"report", "report.pdf", "/data/report.pdf"},
    {"report-2024", "report 2024.pdf", "/data/report 2024.pdf"},
    {"manual", "Handbuch.md", "raw/Handbuch.md"},
    {"STRASSE", "strasse.html", "/x/strasse.html"},
    {"legacy", NULL, ""},
    {"twin-1", "twin.md", "/a/twin.md"},
    {"twin-2", "twin.md", "/b/twin.md"},
    {"report.pdf", "other.pdf", "/data/other.pdf"},
};

static void test_the_first_rule_that_fits_decides(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *found; /* NULL: none or several */
    } cases[] = {
        {"report", "report"},         /* exact name before the substring of two */
        {"report.pdf", "report.pdf"}, /* exact name before another's source name */
        {"report 2024.pdf", "report-2024"},
        {"Handbuch.md", "manual"},
        {"/b/twin.md", "twin-2"}, /* a path tells twins apart */
        {"handb", "manual"},      /* substring of the source name, other case */
        {"2024", "report-2024"},
        {"straße", "STRASSE"}, /* full case folding */
        {"lega", "legacy"},
        {"twin", NULL},
        {"twin.md", NULL},
        {"repor", NULL},
        {"nothing", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gssize found = okb_match_pick(names, G_N_ELEMENTS(names), cases[i].wanted, &error);
        const char *name = found < 0 ? NULL : names[found].name;
        if (g_strcmp0(name, cases[i].found) != 0)
            fail_msg("“%s” finds %s", cases[i].wanted, name ? name : "nothing");
        if (!name)
            assert_int_equal(okb_error_exit_code(error), OKB_EXIT_NOT_FOUND);
    }
}

static void test_several_are_all_named(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_int_equal(okb_match_pick(names, G_N_ELEMENTS(names), "twin", &error), -1);
    assert_non_null(strstr(error->message, "twin-1, twin-2"));
}

static void test_of_very_many_ten_are_named(void **state)
{
    (void)state;
    OkbMatchNames many[30];
    char text[30][16];
    for (int i = 0; i < 30; i++) {
        g_snprintf(text[i], sizeof text[i], "doc-%02d", i);
        many[i] = (OkbMatchNames){text[i], NULL, ""};
    }
    g_autoptr(GError) error = NULL;
    assert_int_equal(okb_match_pick(many, 30, "DOC", &error), -1);
    assert_non_null(strstr(error->message, "doc-09"));
    assert_null(strstr(error->message, "doc-10"));
    assert_non_null(strstr(error->message, "and 20 more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_rule_that_fits_decides),
        cmocka_unit_test(test_several_are_all_named),
        cmocka_unit_test(test_of_very_many_ten_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
