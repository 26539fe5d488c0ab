/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a page's geometry becomes: order, headings, lists, code, tables, running lines.
 */
#include "kit.h"

#include "cover.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LEFT                                                                                   \
    "Left column text that is set\nin lines of one width, as in\na paper, and which the eye\n" \
    "follows downwards until the\ncolumn comes to its end and\n"
#define RIGHT                                                                                  \
    "right column text follows in\nthe same sentence, because it\nstands higher on the page\n" \
    "though it is read afterwards,\nwhich is the point of this.\n"

static void columns_are_read_one_after_the_other(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, MONO, LEFT);
    paper_lines(p, 320, 100, 10, 12, MONO, RIGHT);
    static const char *const parts[] = {"Left column", "comes to its end", "right column",
                                        "point of this.", NULL};
    assert_in_order(convert(p), parts);
}

/* Two articles side by side, each with a headline; with or without a rule between them. */
static paper *articles(bool ruled)
{
    paper *p = paper_new();
    paper_text(p, 72, 76, 14, BOLD, "The wolf on the loose");
    paper_text(p, 250, 76, 14, BOLD, "An accident at a wall");
    for (int part = 0; part < 2; part++) {
        paper_lines(p, 72, 100 + 80 * part, 10, 12, MONO, LEFT);
        paper_lines(p, 250, 100 + 80 * part, 10, 12, MONO, RIGHT);
    }
    if (ruled)
        paper_rule(p, 244.5, 60, 244.5, 240);
    return p;
}

static void a_rule_between_columns_divides_them(void **state)
{
    (void)state;
    static const char *const parts[] = {"The wolf",    "Left column",  "comes to its end",
                                        "An accident", "right column", NULL};
    static const char *const rows[] = {"The wolf", "An accident", "comes to its end", NULL};
    assert_in_order(convert(articles(true)), parts);
    assert_in_order(convert(articles(false)), rows); /* might be cells */
}

static void a_line_over_both_columns_divides_them(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, LEFT);
    paper_lines(p, 240, 100, 10, 12, ROMAN, RIGHT);
    paper_text(p, 72, 180, 10, ROMAN,
               "A sentence that runs over the whole width of the two columns.");
    paper_lines(p, 72, 210, 10, 12, ROMAN, LEFT);
    paper_lines(p, 240, 210, 10, 12, ROMAN, RIGHT);
    static const char *const parts[] = {"Left column", "right column", "A sentence that runs",
                                        "Left column", "right column", NULL};
    assert_in_order(convert(p), parts);
}

static void larger_text_is_a_heading_with_levels_by_size(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 80, 20, BOLD, "The title");
    paper_text(p, 72, 120, 14, BOLD, "A section");
    paper_lines(p, 72, 150, 10, 12, ROMAN, LEFT);
    paper_text(p, 72, 240, 14, BOLD, "Another section");
    paper_lines(p, 72, 270, 10, 12, ROMAN, RIGHT);
    harness_result *r = convert(p);
    assert_int_equal(r->n_headings, 3);
    assert_int_equal(r->headings[0].level, 1);
    assert_int_equal(r->headings[2].level, 2);
    static const char *const parts[] = {"# The title\n\n## A section\n\nLeft",
                                        "## Another section", NULL};
    assert_in_order(r, parts);
}

static void bullets_become_a_nested_list(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "Before the list stands a sentence of some length, as usual.");
    paper_text(p, 80, 120, 10, ROMAN, "\x95");
    paper_text(p, 92, 120, 10, ROMAN, "first");
    paper_text(p, 100, 132, 10, ROMAN, "\x95");
    paper_text(p, 112, 132, 10, ROMAN, "inner");
    paper_text(p, 80, 144, 10, ROMAN, "\x95");
    paper_text(p, 92, 144, 10, ROMAN, "second");
    assert_body(convert(p), "<!-- page 1 -->\n\n"
                            "Before the list stands a sentence of some length, as usual.\n\n"
                            "- first\n  - inner\n- second\n");
}

static void numbers_that_rise_become_an_ordered_list(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "Before the list stands a sentence of some length, as usual.");
    for (int i = 0; i < 3; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d.", i + 3);
        paper_text(p, 80, 120 + 12 * i, 10, ROMAN, number);
        paper_text(p, 95, 120 + 12 * i, 10, ROMAN, "item");
    }
    static const char *const parts[] = {"3. item\n4. item\n5. item\n", NULL};
    assert_in_order(convert(p), parts);
}

static void fixed_pitch_lines_are_code_with_their_indentation(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "The following lines are a program, which ends with a brace.");
    paper_text(p, 72, 130, 10, MONO, "int main(void)");
    paper_text(p, 72, 142, 10, MONO, "{");
    paper_text(p, 96, 154, 10, MONO, "return 0;");
    paper_text(p, 72, 166, 10, MONO, "}");
    static const char *const parts[] = {"```\nint main(void)\n{\n    return 0;\n}\n```\n",
                                        NULL};
    assert_in_order(convert(p), parts);
}

static void put_cells(paper *p, double y)
{
    static const char *const cells[4][3] = {{"Name", "Year", "City"},
                                            {"Ada", "1815", "London"},
                                            {"Grace", "1906", "New York"},
                                            {"Alan", "1912", "London"}};
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 3; c++)
            paper_text(p, 80 + 90 * c, y + 12 + 16 * r, 10, ROMAN, cells[r][c]);
}

#define TABLE                                                                                  \
    "| Name | Year | City |\n| --- | --- | --- |\n| Ada | 1815 | London |\n"                   \
    "| Grace | 1906 | New York |\n| Alan | 1912 | London |\n"

static void draw_grid(paper *p, double y)
{
    for (int r = 0; r <= 4; r++)
        paper_rule(p, 75, y + 16 * r, 345, y + 16 * r);
    for (int c = 0; c <= 3; c++)
        paper_rule(p, 75 + 90 * c, y, 75 + 90 * c, y + 64);
}

static void draw_stripes(paper *p, double y)
{
    paper_rule(p, 75, y, 345, y);
    paper_rule(p, 75, y + 16, 345, y + 16);
    paper_rule(p, 75, y + 64, 345, y + 64);
}

static void draw_nothing(paper *p, double y)
{
    (void)p;
    (void)y;
}

static void tables_are_found_by_rules_and_by_space(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        void (*draw)(paper *p, double y);
    } rows[] = {{"ruled", draw_grid}, {"striped", draw_stripes}, {"borderless", draw_nothing}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        paper *p = paper_new();
        print_message("%s\n", rows[i].label);
        paper_text(p, 72, 100, 10, ROMAN,
                   "Above the table stands a sentence, and below it another.");
        rows[i].draw(p, 120);
        put_cells(p, 120);
        paper_text(p, 72, 220, 10, ROMAN,
                   "Below the table stands a sentence that has no more words.");
        static const char *const parts[] = {"another.\n\n" TABLE "\nBelow", NULL};
        assert_in_order(convert(p), parts);
    }
}

static void a_missing_rule_makes_a_span(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 80, 132, 10, ROMAN, "Name");
    paper_text(p, 170, 132, 10, ROMAN, "Year and City of birth");
    paper_text(p, 80, 148, 10, ROMAN, "Ada");
    paper_text(p, 170, 148, 10, ROMAN, "1815");
    paper_text(p, 260, 148, 10, ROMAN, "London");
    for (int r = 0; r <= 2; r++)
        paper_rule(p, 75, 120 + 16 * r, 345, 120 + 16 * r);
    paper_rule(p, 75, 120, 75, 152);
    paper_rule(p, 345, 120, 345, 152);
    paper_rule(p, 165, 120, 165, 152);
    paper_rule(p, 255, 136, 255, 152);
    static const char *const parts[] = {
        "<th>Name</th><th colspan=\"2\">Year and City of birth</th>",
        "<td>Ada</td><td>1815</td><td>London</td>", NULL};
    assert_in_order(convert(p), parts);
}

static void columns_that_only_the_header_rules_divide_the_rows(void **state)
{
    (void)state;
    paper *p = paper_new();
    put_cells(p, 120);
    for (int r = 0; r <= 4; r++)
        paper_rule(p, 75, 120 + 16 * r, 345, 120 + 16 * r);
    for (int c = 0; c <= 3; c++)
        paper_rule(p, 75 + 90 * c, 120, 75 + 90 * c, 136);
    static const char *const parts[] = {TABLE, NULL};
    assert_in_order(convert(p), parts);
}

/* Rules above, below and under the head, and one that sets off the names. */
static paper *names_and(const char *const rows[5][4], int columns)
{
    paper *p = paper_new();
    for (int r = 0; r < 5; r++)
        for (int c = 0; c < columns; c++)
            paper_text(p, 80 + 60 * c, 132 + 12 * r, 10, ROMAN, rows[r][c]);
    paper_rule(p, 75, 120, 320, 120);
    paper_rule(p, 75, 135, 320, 135);
    paper_rule(p, 75, 183, 320, 183);
    paper_rule(p, 130, 120, 130, 183);
    return p;
}

static void figures_behind_the_last_rule_down_stand_in_columns(void **state)
{
    (void)state;
    static const char *const plain[5][4] = {{"Set", "Number", "Hours", "Age"},
                                            {"MOUT", "33", "21.32", "33.5"},
                                            {"MVAL", "21", "13.49", "28.3"},
                                            {"MLAB", "24", "16", "24.9"},
                                            {"FVO2", "24", "18", "36.1"}};
    static const char *const parts[] = {"| Set | Number | Hours | Age |", "| --- | --- |",
                                        "| MOUT | 33 | 21.32 | 33.5 |",
                                        "| FVO2 | 24 | 18 | 36.1 |", NULL};
    assert_in_order(convert(names_and(plain, 4)), parts);
}

static void a_head_over_two_columns_of_figures_spans_them(void **state)
{
    (void)state;
    static const char *const over[5][4] = {{"Set", "Number and hours", "", "Age"},
                                           {"MOUT", "33", "21.32", "33.5"},
                                           {"MVAL", "21", "13.49", "28.3"},
                                           {"MLAB", "24", "16", "24.9"},
                                           {"FVO2", "24", "18", "36.1"}};
    static const char *const parts[] = {"<th>Set</th><th colspan=\"2\">Number and hours</th>",
                                        "<td>24</td><td>18</td><td>36.1</td>", NULL};
    assert_in_order(convert(names_and(over, 4)), parts);
}

static void words_with_figures_behind_the_last_rule_down_stay_whole(void **state)
{
    (void)state;
    static const char *const words[5][4] = {{"Name", "Years", ""},
                                            {"Ada", "1815 to 1852", ""},
                                            {"Grace", "1906 to 1992", ""},
                                            {"Alan", "1912 to 1954", ""},
                                            {"Kurt", "1906 to 1978", ""}};
    static const char *const parts[] = {"| Name | Years |\n", "| Ada | 1815 to 1852 |\n",
                                        "| Kurt | 1906 to 1978 |\n", NULL};
    assert_in_order(convert(names_and(words, 2)), parts);
}

static void a_long_cell_that_reaches_into_a_gutter_stays_whole(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_rule(p, 98, 98, 400, 98);
    paper_rule(p, 98, 116, 400, 116);
    for (int i = 0; i < 6; i++) {
        double y = 110 + 16 * i;
        paper_text(p, 100, y, 10, ROMAN, i ? "value" : "Name");
        paper_text(p, 150, y, 10, ROMAN,
                   i == 3 ? "one or two or three or four of them" : "one");
        paper_text(p, 320, y, 10, ROMAN, i ? "auto" : "Default");
    }
    paper_rule(p, 98, 200, 400, 200);
    static const char *const parts[] = {
        "| value | one or two or three or four of them | auto |", NULL};
    assert_in_order(convert(p), parts);
}

static void a_table_over_two_pages_is_one(void **state)
{
    (void)state;
    paper *p = paper_new();
    for (int page = 0; page < 2; page++) {
        if (page)
            paper_page(p);
        draw_grid(p, 120);
        put_cells(p, 120);
    }
    static const char *const parts[] = {"Alan | 1912 | London |\n| Ada | 1815", NULL};
    assert_in_order(convert(p), parts);
}

/* The prose sets the edge: the first call does not fit before it, the second would. */
static void wrapped_code_is_joined_and_statements_stay_apart(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN,
               "These are words of the usual running text, which go as far as");
    paper_text(p, 72, 113, 11, ROMAN,
               "the right edge of the column and end in the second line.");
    paper_text(p, 72, 140, 10, MONO, "result = convert(first_argument, second,");
    paper_text(p, 72, 152, 10, MONO, "third_of_the_arguments)");
    paper_text(p, 72, 176, 10, MONO, "from long_package_name import function_a");
    paper_text(p, 72, 188, 10, MONO, "from long_package_name import function_b");
    paper_text(p, 72, 212, 10, MONO, "function_a(of_something, something, more)");
    paper_text(p, 72, 224, 10, MONO, "function_b(of_something)");
    static const char *const parts[] = {
        "result = convert(first_argument, second, third_of_the_arguments)\n",
        "import function_a\nfrom long_package_name", "more)\nfunction_b(", NULL};
    assert_in_order(convert(p), parts);
}

static void numbers_of_code_lines_go(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "The following lines are a program, which is not long at all.");
    for (int i = 0; i < 3; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d", i + 1);
        paper_text(p, 72, 130 + 12 * i, 7, SANS, number);
        paper_text(p, 90, 130 + 12 * i, 10, MONO, "step();");
    }
    static const char *const parts[] = {"```\nstep();\nstep();\nstep();\n```", NULL};
    assert_in_order(convert(p), parts);
}

static void painted_dots_are_bullets(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "Before the list stands a sentence of some length, as usual.");
    for (int i = 0; i < 2; i++) {
        paper_fill(p, 80, 117 + 12 * i, 3, 3, 0);
        paper_text(p, 90, 121 + 12 * i, 10, ROMAN, "item");
    }
    static const char *const parts[] = {"- item\n- item\n", NULL};
    assert_in_order(convert(p), parts);
}

static void shaded_balls_are_bullets_and_carry_numbers(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN,
               "Before the list stands a sentence of some length, as usual.");
    for (int i = 0; i < 2; i++) {
        paper_raw(p, i ? "q 80 665 5 5 re W n /Sh sh Q\n" : "q 80 677 5 5 re W n /Sh sh Q\n");
        paper_text(p, 90, 121 + 12 * i, 10, ROMAN, "item");
    }
    for (int i = 0; i < 2; i++) {
        paper_raw(p,
                  i ? "q 79 625 10 10 re W n /Sh sh Q\n" : "q 79 641 10 10 re W n /Sh sh Q\n");
        paper_text(p, 82, 157 + 16 * i, 7, ROMAN, i ? "2" : "1");
        paper_text(p, 94, 157 + 16 * i, 10, ROMAN, i ? "2nd step" : "1st step");
    }
    static const char *const parts[] = {"- item\n- item\n", "1. 1st step\n2. 2nd step\n", NULL};
    assert_in_order(convert(p), parts);
}

static void running_lines_and_page_numbers_go(void **state)
{
    (void)state;
    paper *p = paper_new();
    for (int i = 1; i <= 4; i++) {
        char number[8];
        if (i > 1)
            paper_page(p);
        snprintf(number, sizeof number, "%d", i + 6);
        paper_text(p, 72, 30, 9, ROMAN, "A running header");
        paper_lines(p, 72, 100, 10, 12, ROMAN, LEFT);
        paper_text(p, 300, 780, 9, ROMAN, number);
    }
    harness_result *r = convert(p);
    assert_null(strstr(r->body, "running header"));
    assert_null(strstr(r->body, "\n7\n"));
    assert_non_null(strstr(r->body, "Left column"));
    harness_result_free(r);
}

static void a_header_on_one_page_only_stays(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 30, 10, ROMAN, "Not a running header");
    paper_lines(p, 72, 100, 10, 12, ROMAN, LEFT);
    paper_page(p);
    paper_lines(p, 72, 100, 10, 12, ROMAN, RIGHT);
    static const char *const parts[] = {"Not a running header", "Left", NULL};
    assert_in_order(convert(p), parts);
}

static void hyphens_at_line_ends_follow_the_documents_words(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(
        p, 72, 100, 10, 12, ROMAN,
        "A sentence with a divi-\nsion and then a well-\nknown one; the well-known word\n"
        "stands there again.");
    static const char *const parts[] = {"a division and then a well-known one; the well-known",
                                        NULL};
    assert_in_order(convert(p), parts);
}

static bool cover(GArray **all, float from, float to, float from2, float to2)
{
    pdf_interval both[] = {{from, to}, {from2, to2}};
    g_autoptr(GArray) stretches = g_array_new(FALSE, FALSE, sizeof(pdf_interval));
    g_array_append_vals(stretches, both, 2);
    return pdf_cover_add(all, stretches);
}

static void stretches_of_bands_are_merged(void **state)
{
    (void)state;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(pdf_interval));
    assert_false(cover(&all, 10, 20, 40, 50));
    assert_int_equal(pdf_cover_gaps(all, 20), 1);
    assert_int_equal(pdf_cover_gaps(all, 21), 0);
    assert_true(cover(&all, 5, 12, 38, 45)); /* wider, but no gap more */
    assert_int_equal(pdf_cover_gaps(all, 18), 1);
    assert_int_equal(pdf_cover_gaps(all, 19), 0);
    assert_false(cover(&all, 15, 22, 30, 32)); /* in the gap */
    assert_int_equal(pdf_cover_gaps(all, 6), 2);
    assert_false(cover(&all, 15, 35, 60, 70)); /* behind all, and over one gap */
    assert_int_equal(pdf_cover_gaps(all, 1), 2);
    assert_true(cover(&all, 1, 39, 45, 61));
    assert_int_equal(pdf_cover_gaps(all, 0.1F), 0);
    assert_int_equal(all->len, 1);
    g_array_free(all, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stretches_of_bands_are_merged),
        cmocka_unit_test(columns_are_read_one_after_the_other),
        cmocka_unit_test(a_rule_between_columns_divides_them),
        cmocka_unit_test(a_line_over_both_columns_divides_them),
        cmocka_unit_test(larger_text_is_a_heading_with_levels_by_size),
        cmocka_unit_test(bullets_become_a_nested_list),
        cmocka_unit_test(numbers_that_rise_become_an_ordered_list),
        cmocka_unit_test(fixed_pitch_lines_are_code_with_their_indentation),
        cmocka_unit_test(tables_are_found_by_rules_and_by_space),
        cmocka_unit_test(a_missing_rule_makes_a_span),
        cmocka_unit_test(columns_that_only_the_header_rules_divide_the_rows),
        cmocka_unit_test(figures_behind_the_last_rule_down_stand_in_columns),
        cmocka_unit_test(a_head_over_two_columns_of_figures_spans_them),
        cmocka_unit_test(words_with_figures_behind_the_last_rule_down_stay_whole),
        cmocka_unit_test(a_long_cell_that_reaches_into_a_gutter_stays_whole),
        cmocka_unit_test(a_table_over_two_pages_is_one),
        cmocka_unit_test(wrapped_code_is_joined_and_statements_stay_apart),
        cmocka_unit_test(numbers_of_code_lines_go),
        cmocka_unit_test(painted_dots_are_bullets),
        cmocka_unit_test(shaded_balls_are_bullets_and_carry_numbers),
        cmocka_unit_test(running_lines_and_page_numbers_go),
        cmocka_unit_test(a_header_on_one_page_only_stays),
        cmocka_unit_test(hyphens_at_line_ends_follow_the_documents_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
