/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Slides: titles, side bars, and pages that uncover one slide step by step.
 */
#include "kit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const POINTS[] = {"The first of the points made here",
                                     "Another one that is made later",
                                     "And the last of them, to finish with"};

/* A slide: its title as large as its text, and so many points. */
static void put_slide(paper *p, const char *title, int points)
{
    paper_text(p, 60, 50, 16, ROMAN, title);
    for (int i = 0; i < points; i++)
        paper_text(p, 100, 150 + 40 * i, 16, ROMAN, POINTS[i]);
}

static paper *some_slides(void)
{
    static const char *const titles[] = {"On one thing.",   "On another",     "On one thing.",
                                         "On one thing.",   "On many things", "On the rest",
                                         "On what is left", "On the end"};
    paper *p = paper_new();
    for (int i = 0; i < 8; i++) {
        if (i)
            paper_page(p);
        put_slide(p, titles[i], 2 + i % 2);
        if (i == 4)
            paper_text(p, 60, 66, 12, ROMAN, "with a subtitle");
        paper_text(p, 60, 390, 8, ROMAN, "Some author at some place");
    }
    return p;
}

static void what_many_slides_have_on_top_is_their_title(void **state)
{
    (void)state;
    paper *p = some_slides();
    paper_slides(p);
    harness_result *r = convert(p);
    assert_int_equal(r->n_headings, 8);
    assert_int_equal(r->headings[7].level, 1);
    assert_null(strstr(r->body, "Some author"));
    static const char *const parts[] = {"# On one thing.\n\nThe first", "# On another",
                                        "# On one thing.", "# On the end", NULL};
    assert_in_order(r, parts);
}

static void pages_of_a_book_have_no_such_titles(void **state)
{
    (void)state;
    harness_result *r = convert(some_slides());
    assert_int_equal(r->n_headings, 0);
    harness_result_free(r);
}

/* Three slides, the second uncovered in three steps. */
static paper *uncovered(const char *label, bool changed)
{
    paper *p = paper_new();
    paper_slides(p);
    put_slide(p, "On one thing", 3);
    paper_label(p, "1");
    for (int step = 1; step <= 3; step++) {
        paper_page(p);
        put_slide(p, "On another", step);
        if (changed && step == 2)
            paper_text(p, 100, 340, 16, ROMAN, "seen for a moment");
        paper_label(p, step < 3 ? "2" : label);
        if (step == 1)
            paper_bookmark(p, "On another");
    }
    paper_page(p);
    put_slide(p, "On the rest", 2);
    paper_label(p, "3");
    return p;
}

static size_t count_of(const harness_result *r, const char *s)
{
    size_t n = 0;
    for (const char *at = r->body; (at = strstr(at, s)); at++)
        n++;
    return n;
}

static void of_a_slide_in_steps_the_last_is_kept(void **state)
{
    (void)state;
    harness_result *r = convert(uncovered("2", false));
    assert_int_equal(count_of(r, "On another"), 1);
    assert_int_equal(count_of(r, "The first of"), 3);
    assert_int_equal(r->n_outline, 1);
    assert_int_equal(r->outline[0].page, 4);
    static const char *const parts[] = {"<!-- page 2", "<!-- page 3",  "<!-- page 4",
                                        "On another",  "And the last", "<!-- page 5",
                                        NULL};
    assert_in_order(r, parts);
}

static void no_word_is_lost_and_a_label_of_its_own_keeps_a_page(void **state)
{
    (void)state;
    harness_result *r = convert(uncovered("2", true));
    assert_int_equal(count_of(r, "seen for a moment"), 1);
    assert_int_equal(count_of(r, "On another"), 2);
    harness_result_free(r);
    r = convert(uncovered("2a", false));
    assert_int_equal(count_of(r, "On another"), 2);
    harness_result_free(r);
}

/* Three pages, each with more than the one before, of one label, if any, and five others. */
static size_t slides_left(bool slides, const char *label, const char *const others[5])
{
    paper *p = paper_new();
    if (slides)
        paper_slides(p);
    for (int i = 0; i < 8; i++) {
        if (i)
            paper_page(p);
        put_slide(p, i < 3 ? "On another" : "On the rest", i < 3 ? i + 1 : 1);
        if (label)
            paper_label(p, i < 3 ? label : others[i - 3]);
    }
    harness_result *r = convert(p);
    size_t n = count_of(r, POINTS[0]);
    harness_result_free(r);
    return n;
}

static void labels_that_say_nothing_fold_nothing(void **state)
{
    (void)state;
    static const char *const good[] = {"2", "3", "4", "5", "6"};
    static const char *const one[] = {"1", "1", "1", "1", "1"};
    assert_int_equal(slides_left(true, "1", good), 6);
    assert_int_equal(slides_left(true, NULL, NULL), 8);
    assert_int_equal(slides_left(true, "1", one), 8);
    assert_int_equal(slides_left(true, "", good), 8);
    assert_int_equal(slides_left(false, "1", good), 8);
}

/* Text on the left, and on the right what steers through the talk, and a year of the page's
 * own; `grey` is the bar's. */
static paper *with_side_bar(double grey)
{
    static const char *const bar[] = {"A talk", "Its author", "Part one", "Part two"};
    static const char *const years[] = {"Done in 1998", "Done in 2001", "Done in 2007",
                                        "Done in 2019"};
    paper *p = paper_new();
    paper_slides(p);
    for (int page = 0; page < 4; page++) {
        if (page)
            paper_page(p);
        paper_fill(p, 480, 0, 120, 400, grey);
        put_slide(p, "A title", 3);
        for (int i = 0; i < 4; i++)
            paper_text(p, 490, 150 + 40 * i, 9, ROMAN, bar[i]);
        paper_text(p, 490, 330, 9, ROMAN, years[page]);
    }
    return p;
}

static void a_side_bar_is_apart_and_what_it_repeats_is_said_once(void **state)
{
    (void)state;
    harness_result *r = convert(with_side_bar(0.8));
    const char *said = strstr(r->body, "Part one");
    assert_non_null(said);
    assert_null(strstr(said + 1, "Part one"));
    static const char *const parts[] = {"The first of the points made here",
                                        "Another one that is made later",
                                        "1998",
                                        "2001",
                                        "2007",
                                        "2019",
                                        NULL};
    assert_in_order(r, parts);
    r = convert(with_side_bar(1)); /* white is nothing */
    said = strstr(r->body, "Part one");
    assert_non_null(said);
    assert_non_null(strstr(said + 1, "Part one"));
    harness_result_free(r);
}

/* Two lines, each with an image of 4 points before it. */
static const char PICTURED[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R"
    "/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 175>>stream\n"
    "BT /F 10 Tf 30 250 Td (What there is to say:) Tj 20 -20 Td (the one) Tj "
    "0 -20 Td (the other) Tj ET "
    "q 4 0 0 4 40 232 cm /I Do Q q 4 0 0 4 40 212 cm /I Do Q               "
    "               \nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "6 0 obj<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
    "/ColorSpace/DeviceGray/Length 4>>stream\nabcd\nendstream endobj\n"
    "trailer<</Root 1 0 R/Size 7>>\n%%EOF\n";

static void small_pictures_are_bullets(void **state)
{
    (void)state;
    static const char *const parts[] = {"What there is to say:", "- the one\n- the other",
                                        NULL};
    assert_in_order(convert_bytes(PICTURED, sizeof PICTURED - 1), parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_many_slides_have_on_top_is_their_title),
        cmocka_unit_test(pages_of_a_book_have_no_such_titles),
        cmocka_unit_test(of_a_slide_in_steps_the_last_is_kept),
        cmocka_unit_test(no_word_is_lost_and_a_label_of_its_own_keeps_a_page),
        cmocka_unit_test(labels_that_say_nothing_fold_nothing),
        cmocka_unit_test(small_pictures_are_bullets),
        cmocka_unit_test(a_side_bar_is_apart_and_what_it_repeats_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
