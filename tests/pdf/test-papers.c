/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What papers and manuals have: abstracts, titles of several lines, numbered sections, close
 * references, formulas in lines, long lines in columns, rules that are images.
 */
#include "kit.h"

#include <stdio.h>
#include <string.h>

#define PROSE                                                                                  \
    "This is a line of running text, as long as all of the others\n"                           \
    "and the next one goes on with the sentence that it has begun\n"                           \
    "until, at the end of the third line, the paragraph has ended.\n"

static void references_set_closer_leave_the_text_above_whole(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    for (int i = 0; i < 6; i++)
        paper_lines(p, 72, 150 + 22 * i, 8, 9, ROMAN,
                    "[1] A. Author, Title of something that was printed somewhere in a year\n"
                    "and of which the second line is here.\n");
    static const char *const parts[] = {"the others and the next one goes on",
                                        "begun until, at the end", NULL};
    assert_in_order(convert(p), parts);
}

static void a_title_of_two_lines_is_one_heading(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 190, 80, 18, BOLD, "A Title That Is Broken");
    paper_text(p, 205, 100, 18, BOLD, "Over Its Two Lines");
    paper_lines(p, 72, 150, 10, 12, ROMAN, PROSE);
    paper_text(p, 72, 210, 14, BOLD, "A section");
    paper_text(p, 72, 240, 14, BOLD, "Another below it");
    paper_lines(p, 72, 260, 10, 12, ROMAN, PROSE);
    static const char *const parts[] = {"# A Title That Is Broken Over Its Two Lines\n",
                                        "## A section\n\n## Another below it\n", NULL};
    assert_in_order(convert(p), parts);
}

static void an_abstract_in_its_text_is_a_heading(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 190, 80, 18, BOLD, "A Title of a Paper");
    paper_text(p, 72, 120, 10, BOLD, "Abstract.");
    paper_text(p, 118, 120, 10, ROMAN, "This text tells what is in the paper and why it is.");
    paper_text(p, 72, 150, 10, ROMAN, "Abstract art is no heading, for the word goes on.");
    static const char *const parts[] = {"## Abstract\n\nThis text tells",
                                        "\nAbstract art is no heading", NULL};
    assert_in_order(convert(p), parts);
}

static void numbers_decide_the_levels_of_headings(void **state)
{
    (void)state;
    static const char *const titles[] = {"1 First", "1.1 Inner", "1.2 Inner too", "2 Second",
                                         "2.1 Last"};
    paper *p = paper_new();
    paper_text(p, 190, 60, 14, BOLD, "A Title");
    for (int i = 0; i < 5; i++) {
        paper_text(p, 72, 120 + 80 * i, i == 2 ? 13 : 14, BOLD, titles[i]);
        paper_lines(p, 72, 145 + 80 * i, 10, 12, ROMAN, PROSE);
    }
    static const char *const parts[] = {"\n# A Title\n",
                                        "\n## 1 First\n",
                                        "\n### 1.1 Inner\n",
                                        "\n### 1.2 Inner too\n",
                                        "\n## 2 Second\n",
                                        "\n### 2.1 Last\n",
                                        NULL};
    assert_in_order(convert(p), parts);
}

static void capitals_over_a_column_are_a_heading(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    paper_text(p, 160, 160, 10, ROMAN, "REFERENCES");
    paper_lines(p, 72, 180, 10, 12, ROMAN, PROSE);
    static const char *const parts[] = {"# REFERENCES\n\nThis is", NULL};
    assert_in_order(convert(p), parts);
}

static void versions_at_the_top_of_pages_are_headings(void **state)
{
    (void)state;
    paper *p = paper_new();
    for (int i = 1; i <= 4; i++) {
        char version[16];
        if (i > 1)
            paper_page(p);
        snprintf(version, sizeof version, "2.%d.0", i);
        paper_text(p, 72, 60, 14, BOLD, version);
        paper_lines(p, 72, 90, 10, 12, ROMAN, PROSE);
    }
    static const char *const parts[] = {"# 2.1.0\n", "# 2.2.0\n", "# 2.3.0\n", "# 2.4.0\n",
                                        NULL};
    assert_in_order(convert(p), parts);
}

static void scripts_stand_at_their_letters(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (The water of the sea is H) Tj /F0 7 Tf -2 Ts (2) Tj "
                 "/F0 10 Tf 0 Ts 30 Tz ( ) Tj 100 Tz (O, they say, and salt) Tj ET\n");
    static const char *const parts[] = {"the sea is H₂O, they say", NULL};
    assert_in_order(convert(p), parts);
}

static void punctuation_in_formulas_has_no_emphasis(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (The numbers 6) Tj /F2 10 Tf (, ) Tj /F0 10 Tf "
                 "(25 and ) Tj /F2 10 Tf (n) Tj /F0 10 Tf ( are sensitive) Tj ET\n");
    static const char *const parts[] = {"The numbers 6, 25 and *n* are sensitive\n", NULL};
    assert_in_order(convert(p), parts);
}

static void a_line_that_is_too_long_breaks_no_paragraph(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, MONO, "This is some code first\n");
    paper_lines(p, 72, 130, 10, 12, ROMAN, PROSE);
    paper_text(p, 72, 166, 10, ROMAN,
               "and a fourth one holds http://example.com/a/name/that/is/much/too/long/for/it");
    paper_lines(p, 72, 178, 10, 12, ROMAN, PROSE);
    static const char *const parts[] = {"others and the next", "goes on", "a fourth",
                                        "others and the next", NULL};
    assert_in_order(convert(p), parts);
}

#define LEFT_LINES                                                                             \
    "Left column text that is set\nin lines of one width, as in\na paper, and which the eye\n"
#define RIGHT_LINES                                                                            \
    "right column text follows in\nthe same sentence, because it\nstands higher on the page\n"

static void a_line_that_sticks_out_of_its_column_stays_in_it(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 64, 10, 12, MONO, LEFT_LINES LEFT_LINES LEFT_LINES LEFT_LINES);
    paper_text(p, 72, 208, 10, MONO, "is/much/too/long/for/its/column");
    paper_lines(p, 72, 220, 10, 12, MONO, LEFT_LINES);
    paper_lines(p, 250, 64, 10, 12, MONO, RIGHT_LINES RIGHT_LINES RIGHT_LINES RIGHT_LINES);
    paper_text(p, 262, 208, 10, MONO, "beside the long one it stands");
    paper_lines(p, 250, 220, 10, 12, MONO, RIGHT_LINES);
    static const char *const parts[] = {
        "Left column",     "much/too/long", "Left column", "right column",
        "beside the long", "right column",  NULL};
    assert_in_order(convert(p), parts);
}

static void the_left_column_goes_on_below_the_right_one(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 76, 10, 12, MONO, LEFT_LINES LEFT_LINES LEFT_LINES LEFT_LINES);
    paper_lines(p, 250, 76, 10, 12, MONO, RIGHT_LINES RIGHT_LINES RIGHT_LINES RIGHT_LINES);
    paper_text(p, 72, 220, 10, MONO, "a command --with=options that=is too=long");
    paper_lines(p, 72, 240, 10, 12, MONO,
                "The end of the left column,\nwhich is here.\n"
                "And the last line of it.\n");
    static const char *const parts[] = {"Left column", "a command", "which is here",
                                        "right column", NULL};
    assert_in_order(convert(p), parts);
}

/* Columns of short lines, which on a page of their own are a table. */
static void put_short_lines(paper *p, double y)
{
    for (int i = 0; i < 6; i++) {
        paper_text(p, 72, y + 12 * i, 10, ROMAN,
                   i % 2 ? "apples and pears now" : "and some plums there");
        paper_text(p, 250, y + 12 * i, 10, ROMAN,
                   i % 2 ? "one and two or some more" : "or even three of them");
    }
}

static void a_gutter_of_pages_before_is_one(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 64, 10, 12, MONO, LEFT_LINES LEFT_LINES);
    paper_lines(p, 250, 64, 10, 12, MONO, RIGHT_LINES RIGHT_LINES);
    paper_page(p);
    put_short_lines(p, 100);
    paper *alone = paper_new();
    put_short_lines(alone, 100);
    harness_result *control = convert(alone);
    assert_non_null(strstr(control->body, "| and some plums there | or even three of them |"));
    harness_result_free(control);
    harness_result *r = convert(p);
    assert_null(strchr(r->body, '|'));
    harness_result_free(r);
}

/* Ten sections, of which one is set like the terms that others explain. */
static harness_result *sections_with_terms(bool bookmarks)
{
    paper *p = paper_new();
    for (int i = 0; i < 10; i++) {
        char title[16];
        if (i)
            paper_page(p);
        snprintf(title, sizeof title, "Section %c", 'A' + i);
        paper_text(p, 72, 60, i == 9 ? 10 : 14, BOLD, title);
        if (bookmarks)
            paper_bookmark(p, title);
        paper_lines(p, 72, 90, 10, 12, ROMAN, PROSE);
        if (i < 3)
            paper_text(p, 72, 140, 10, BOLD, "a term");
        paper_lines(p, 72, 160, 10, 12, ROMAN, PROSE);
    }
    return convert(p);
}

static void terms_that_no_bookmark_names_are_text(void **state)
{
    (void)state;
    harness_result *r = sections_with_terms(false);
    assert_non_null(strstr(r->body, "# a term"));
    harness_result_free(r);
    r = sections_with_terms(true);
    assert_null(strstr(r->body, "# a term"));
    assert_non_null(strstr(r->body, "**a term**"));
    assert_non_null(strstr(r->body, "# Section J\n"));
    harness_result_free(r);
}

static void emphasis_opens_behind_a_comma(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (It is 61) Tj /F2 10 Tf (, value) Tj /F0 10 Tf "
                 "( of the known one) Tj ET\n");
    static const char *const parts[] = {"It is 61, *value* of the known one\n", NULL};
    assert_in_order(convert(p), parts);
}

static void what_a_manual_defines_is_no_table(void **state)
{
    (void)state;
    static const char *const names[] = {"void first (int)", "SECOND_SIZE", "void third (char)"};
    paper *p = paper_new();
    paper_lines(p, 72, 60, 10, 12, ROMAN, PROSE);
    for (int i = 0; i < 3; i++) {
        paper_text(p, 72, 120 + 12 * i, 10, ROMAN, names[i]);
        paper_text(p, 300, 120 + 12 * i, 10, ROMAN, "[Function]");
    }
    static const char *const parts[] = {"void first (int) [Function]\n\nSECOND",
                                        "[Function]\n\nvoid third", NULL};
    assert_in_order(convert(p), parts);
}

/* As dvips draws them: images of one point. */
static void draw_image_rule(paper *p, double x, double y, double w, double h)
{
    char operators[160];
    snprintf(operators, sizeof operators,
             "q %g 0 0 %g %g %g cm BI /IM true /W 1 /H 1 /BPC 1 ID \n\001 EI Q\n", w, h, x,
             800 - y - h);
    paper_raw(p, operators);
}

static void rules_may_be_images(void **state)
{
    (void)state;
    static const char *const cells[] = {"Name", "Count", "apple", "12"};
    paper *p = paper_new();
    paper_lines(p, 72, 60, 10, 12, ROMAN, PROSE);
    for (int i = 0; i < 3; i++) {
        draw_image_rule(p, 100, 150 + 20 * i, 200, 0.4);
        draw_image_rule(p, 100 + 100 * i, 150, 0.4, 40);
    }
    for (int i = 0; i < 4; i++)
        paper_text(p, 110 + 100 * (i % 2), 164 + 20 * (i / 2), 10, ROMAN, cells[i]);
    static const char *const parts[] = {"| Name | Count |", "| apple | 12 |", NULL};
    assert_in_order(convert(p), parts);
}

static void the_lines_of_a_chart_are_no_table(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 60, 10, 12, ROMAN, PROSE);
    for (int i = 0; i < 9; i++) {
        paper_rule(p, 100, 150 + 20 * i, 260, 150 + 20 * i);
        paper_rule(p, 100 + 20 * i, 150, 100 + 20 * i, 310);
    }
    for (int i = 0; i < 4; i++)
        paper_text(p, 104 + 20 * i, 165 + 40 * i, 8, ROMAN, "ab");
    harness_result *r = convert(p);
    assert_null(strchr(r->body, '|'));
    assert_null(strstr(r->body, "<table>"));
    harness_result_free(r);
}

#define SIX "a\nb\nc\nd\ne\nf\n"

/* Rules of one extent at the head, above and below a program, and at the foot. */
static void the_rules_of_head_and_foot_make_no_table(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 40, 9, ROMAN, "The manual");
    paper_text(p, 480, 40, 9, ROMAN, "12 / 99");
    paper_rule(p, 70, 44, 520, 44);
    double y = paper_lines(p, 72, 70, 10, 12, ROMAN, PROSE);
    paper_rule(p, 70, y + 4, 520, y + 4);
    y = paper_lines(p, 72, y + 16, 10, 12, MONO, "first\nsecond\nthird\nfourth\n" SIX SIX SIX);
    paper_rule(p, 70, y, 520, y);
    for (int i = 0; i < 5; i++)
        paper_text(p, 480, y - 24 - 36 * i, 10, MONO, "# why");
    paper_rule(p, 70, y + 120, 520, y + 120);
    harness_result *r = convert(p);
    assert_null(strchr(r->body, '|'));
    assert_null(strstr(r->body, "<table>"));
    harness_result_free(r);
}

static void a_mark_in_front_of_its_note_belongs_to_it(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    paper_raw(p, "BT /F0 10 Tf 72 640 Td (A sentence with a note) Tj /F0 6.5 Tf 3.5 Ts (1) Tj "
                 "/F0 10 Tf 0 Ts ( in it.) Tj ET\n");
    paper_text(p, 72, 716.5, 5.5, ROMAN, "1");
    paper_text(p, 79, 720, 8, ROMAN, "The note, a little away from its mark.");
    static const char *const parts[] = {"a note[^1]", "[^1]: The note, a little", NULL};
    assert_in_order(convert(p), parts);
}

static void a_note_stands_behind_what_refers_to_it(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (A sentence with a note) Tj /F0 6.5 Tf 3.5 Ts (1) Tj "
                 "/F0 10 Tf 0 Ts ( in it.) Tj ET\n"
                 "BT /F0 10 Tf 82 670 Td (- An item with a note) Tj /F0 6.5 Tf 3.5 Ts (2) Tj "
                 "/F0 10 Tf 0 Ts ( in it.) Tj ET\n");
    paper_text(p, 82, 145, 10, ROMAN, "- An item without one.");
    paper_lines(p, 72, 200, 10, 12, ROMAN, PROSE);
    paper_text(p, 72, 706.5, 5.5, ROMAN, "1");
    paper_text(p, 76, 710, 8, ROMAN, "The first note.");
    paper_text(p, 72, 716.5, 5.5, ROMAN, "2");
    paper_text(p, 76, 720, 8, ROMAN, "The second note.");
    paper_page(p);
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    static const char *const parts[] = {
        "a note[^1] in it.\n\n[^1]: The first note.\n", "- An item with a note[^2] in it.\n",
        "- An item without one.\n\n[^2]: The second note.\n", "\nThis is a line", NULL};
    assert_in_order(convert(p), parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_set_closer_leave_the_text_above_whole),
        cmocka_unit_test(a_title_of_two_lines_is_one_heading),
        cmocka_unit_test(an_abstract_in_its_text_is_a_heading),
        cmocka_unit_test(numbers_decide_the_levels_of_headings),
        cmocka_unit_test(capitals_over_a_column_are_a_heading),
        cmocka_unit_test(versions_at_the_top_of_pages_are_headings),
        cmocka_unit_test(scripts_stand_at_their_letters),
        cmocka_unit_test(punctuation_in_formulas_has_no_emphasis),
        cmocka_unit_test(a_line_that_is_too_long_breaks_no_paragraph),
        cmocka_unit_test(a_line_that_sticks_out_of_its_column_stays_in_it),
        cmocka_unit_test(the_left_column_goes_on_below_the_right_one),
        cmocka_unit_test(a_gutter_of_pages_before_is_one),
        cmocka_unit_test(terms_that_no_bookmark_names_are_text),
        cmocka_unit_test(emphasis_opens_behind_a_comma),
        cmocka_unit_test(what_a_manual_defines_is_no_table),
        cmocka_unit_test(rules_may_be_images),
        cmocka_unit_test(the_lines_of_a_chart_are_no_table),
        cmocka_unit_test(the_rules_of_head_and_foot_make_no_table),
        cmocka_unit_test(a_mark_in_front_of_its_note_belongs_to_it),
        cmocka_unit_test(a_note_stands_behind_what_refers_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
