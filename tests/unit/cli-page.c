/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pages out of the text of a document.
 */
#include "unit/check.h"

#include "cli/page.h"
#include "util/error.h"

#include <string.h>

static const char markdown[] =
    "Before all.\n\n"
    "<!-- page 1 -->\n\nOne.\n\n<!-- page 3 -->\n\nStill one.\n\n"
    "<!-- page 2 -->\n\n<!-- page 3 -->\n\nThree.\n  <!-- page 4 -->\n";

static void test_a_page_ends_at_the_mark_of_the_next(void **state)
{
    (void)state;
    static const struct {
        guint64 page;
        const char *text; /* NULL: no such page */
    } cases[] = {
        {1, "One.\n\n<!-- page 3 -->\n\nStill one.\n"}, /* a mark out of turn is text */
        {2, ""},                                        /* nothing begins on it */
        {3, "Three.\n  <!-- page 4 -->\n"},             /* an indented mark is none */
        {4, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = okb_page_of_markdown(markdown, strlen(markdown), cases[i].page);
        if (g_strcmp0(text, cases[i].text) != 0)
            fail_msg("page %d is “%s”", (int)cases[i].page, text ? text : "(none)");
    }
}

static void test_text_without_marks_has_no_page(void **state)
{
    (void)state;
    assert_null(okb_page_of_markdown("text\n", 5, 1));
    assert_null(okb_page_of_markdown("", 0, 1));
}

static const char json[] = "[{\"page\": 1, \"content\": \"One.\"},"
                           " {\"page\": 3, \"content\": \"Three.\", \"images\": []}, 7, {}]";

static void test_a_page_of_json_is_found_by_its_number(void **state)
{
    (void)state;
    static const char *const pages[] = {NULL, "One.\n", "", "Three.\n"};
    for (guint64 page = 1; page <= 3; page++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = okb_page_of_json(json, strlen(json), page, &error);
        assert_null(error);
        assert_string_equal(text, pages[page]);
    }
}

static void test_all_pages_of_json_become_markdown_with_marks(void **state)
{
    (void)state;
    static const char two[] =
        "[{\"page\": 1, \"content\": \"One.\"}, {\"page\": 2, \"content\": \"Two.\"}]";
    g_autoptr(GError) error = NULL;
    g_autofree char *text = okb_page_all_of_json(two, strlen(two), &error);
    assert_string_equal(text, "<!-- page 1 -->\n\nOne.\n\n<!-- page 2 -->\n\nTwo.\n");
}

static void test_what_is_no_array_is_corrupt(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "{}", "[", "[1", "\"x\"", "[{\"page\":1},]"};
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(okb_page_all_of_json(broken[i], strlen(broken[i]), &error));
        assert_int_equal(error->code, OKB_ERROR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_ends_at_the_mark_of_the_next),
        cmocka_unit_test(test_text_without_marks_has_no_page),
        cmocka_unit_test(test_a_page_of_json_is_found_by_its_number),
        cmocka_unit_test(test_all_pages_of_json_become_markdown_with_marks),
        cmocka_unit_test(test_what_is_no_array_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
