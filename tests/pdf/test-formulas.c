/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What TeX sets with its fonts for formulas.
 */
#include "kit.h"

#include <string.h>

/* Its fonts do not tell their characters: an angle bracket is "h" to poppler. */
static void symbols_follow_from_the_name_of_their_font(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (The option ) Tj /F7 10 Tf (h) Tj /F2 10 Tf (name) Tj "
                 "/F7 10 Tf (i) Tj /F0 10 Tf ( takes one, hi, and is ) Tj /F7 10 Tf (6) Tj "
                 "/F0 10 Tf (= the other.) Tj ET\n");
    static const char *const parts[] = {
        "The option ⟨*name*⟩ takes one, hi, and is ≠ the other.", NULL};
    assert_in_order(convert(p), parts);
}

static void a_mark_behind_its_letter_is_its_accent(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN, "Boga\001n wrote it");
    static const char *const parts[] = {"Bog\xC3\xA1n wrote it", NULL};
    assert_in_order(convert(p), parts);
}

/* The two are different words; a character was cut in two where they met. */
static void an_accent_in_another_font_stays_beside_its_letter(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (Over \\264) Tj /F2 10 Tf (e) Tj "
                 "/F0 10 Tf ( and on) Tj ET\n");
    static const char *const parts[] = {"Over \xC2\xB4", "e", "and on", NULL};
    assert_in_order(convert(p), parts);
}

/* Each font is half an em wide; a comma in one for formulas belongs to the formula. */
static void scripts_at_letters_of_formulas_are_latex(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(
        p,
        "BT /F0 10 Tf 72 700 Td (Let the values ) Tj /F6 10 Tf (x) Tj /F6 7 Tf -1.5 Ts (i) Tj "
        "/F6 10 Tf 0 Ts (,) Tj ( ) Tj (y) Tj /F0 7 Tf 4 Ts (2) Tj /F0 10 Tf 0 Ts "
        "( = 3.5 and their sum be known.) Tj ET\n");
    paper_raw(p, "BT /F0 10 Tf 72 660 Td (It was 6 ) Tj /F7 10 Tf (2) Tj /F0 10 Tf ( 10) Tj "
                 "/F0 7 Tf 4 Ts (5) Tj /F0 10 Tf 0 Ts ( times as much, and a letter ) Tj "
                 "/F6 10 Tf (z) Tj /F0 10 Tf ( stays one.) Tj ET\n");
    static const char *const parts[] = {"Let the values $x_{i}, y^{2} = 3.5$ and their sum",
                                        "$6 \\in 10^{5}$ times as much",
                                        "a letter *z* stays one.", NULL};
    assert_in_order(convert(p), parts);
}

/* Without a letter of a formula they are raised characters. */
static void scripts_in_text_are_raised_digits(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (An area of 90 km) Tj /F0 7 Tf 4 Ts (2) Tj "
                 "/F0 10 Tf 0 Ts ( is not so large, said many.) Tj /F0 7 Tf 4 Ts (31) Tj "
                 "/F0 10 Tf 0 Ts ( The 1) Tj /F0 7 Tf 4 Ts (st) Tj ET\n");
    static const char *const parts[] = {"90 km² is not so large, said many.³¹ The 1st", NULL};
    assert_in_order(convert(p), parts);
}

/* The marks are no numbers of lines, and addresses in fixed pitch no code. */
static void notes_that_are_addresses_are_notes(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p,
              "BT /F0 10 Tf 72 700 Td (One has a page) Tj /F0 6 Tf 4 Ts (1) Tj /F0 10 Tf 0 Ts "
              "( and the other too,) Tj /F0 6 Tf 4 Ts (2) Tj /F0 10 Tf 0 Ts "
              "( but this sentence is here to make most of the text as large as it is.) Tj "
              "ET\n");
    paper_raw(
        p,
        "BT /F0 5.5 Tf 72 90 Td 3 Ts (1) Tj /F3 8 Tf 0 Ts 4 0 Td (http://one.example/) Tj ET\n"
        "BT /F0 5.5 Tf 72 80 Td 3 Ts (2) Tj /F3 8 Tf 0 Ts 4 0 Td (http://two.example/) Tj "
        "ET\n");
    static const char *const parts[] = {"a page[^1] and the other too,[^2] but",
                                        "\n[^1]: `http://one.example/`",
                                        "\n[^2]: `http://two.example/`", NULL};
    assert_in_order(convert(p), parts);
}

#define PROSE                                                                                  \
    "This is a line of running text, as long as all of the others\n"                           \
    "and the next one goes on with the sentence that it has begun\n"

/* "M = a/b + c" with a bar, and the number of the equation. */
static void a_formula_on_a_line_of_its_own_has_fractions(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    paper_raw(p, "BT /F6 10 Tf 200 660 Td (M) Tj /F0 10 Tf ( = ) Tj ET\n"
                 "BT /F6 10 Tf 220 667 Td (a) Tj /F0 7 Tf 4 Ts (2) Tj ET\n"
                 "BT /F6 10 Tf 221 653 Td (b) Tj ET\n"
                 "BT /F0 10 Tf 232 660 Td (+ ) Tj /F6 10 Tf (c,) Tj ET\n"
                 "BT /F0 10 Tf 330 660 Td (\\(12\\)) Tj ET\n");
    paper_rule(p, 219.5, 137.5, 229.5, 137.5);
    paper_lines(p, 72, 180, 10, 12, ROMAN, PROSE);
    static const char *const parts[] = {
        "that it has begun\n\n$$ M = \\frac{a^{2}}{b} + c, \\tag{12} $$\n\nThis is", NULL};
    assert_in_order(convert(p), parts);
}

/* Between large brackets things stand one above the other without a bar. */
static void what_stands_above_what_is_told_only_where_it_is_sure(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 100, 10, 12, ROMAN, PROSE);
    paper_raw(
        p,
        "BT /F8 10 Tf 200 675 Td (h) Tj 40 0 Td (i) Tj ET\n"
        "BT /F6 10 Tf 206 667 Td (a) Tj 20 0 Td (b) Tj -20 -11 Td (c) Tj 20 0 Td (d) Tj ET\n");
    paper_lines(p, 72, 180, 10, 12, ROMAN, PROSE);
    harness_result *r = convert(p);
    assert_null(strstr(r->body, "$$"));
    assert_non_null(strstr(r->body, "a"));
    harness_result_free(r);
}

/* Of a line too long to be looked at nothing is lost. */
static void a_long_line_with_scripts_is_whole(void **state)
{
    (void)state;
    char line[4096] = "";
    paper *p = paper_new();
    for (int i = 0; i < 1200; i++)
        strcat(line, i % 5 ? "/x" : " y");
    paper_raw(p,
              "BT /F6 1 Tf 10 700 Td (a) Tj /F6 0.7 Tf -0.15 Ts (i) Tj /F6 1 Tf 0 Ts 40 Tz (");
    paper_raw(p, line);
    paper_raw(p, " the end) Tj ET\n");
    static const char *const parts[] = {"y/x/x/x/x", "the end", NULL};
    assert_in_order(convert(p), parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_follow_from_the_name_of_their_font),
        cmocka_unit_test(an_accent_in_another_font_stays_beside_its_letter),
        cmocka_unit_test(a_mark_behind_its_letter_is_its_accent),
        cmocka_unit_test(scripts_at_letters_of_formulas_are_latex),
        cmocka_unit_test(scripts_in_text_are_raised_digits),
        cmocka_unit_test(notes_that_are_addresses_are_notes),
        cmocka_unit_test(a_long_line_with_scripts_is_whole),
        cmocka_unit_test(a_formula_on_a_line_of_its_own_has_fractions),
        cmocka_unit_test(what_stands_above_what_is_told_only_where_it_is_sure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
