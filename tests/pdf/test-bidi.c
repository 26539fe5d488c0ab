/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Text that runs from right to left: Hebrew letters stand for all.
 */
#include "kit.h"

#include "bidi.h"
#include "page.h"

#include <string.h>

#define RLE "\xE2\x80\xAB"
#define LRE "\xE2\x80\xAA"
#define PDF "\xE2\x80\xAC"

/* Places one point wide, from left to right. */
static void put_places(PopplerRectangle *places, guint n)
{
    for (guint i = 0; i < n; i++)
        places[i] = (PopplerRectangle){i, 0, i + 1, 10};
}

static void marks_go_and_places_follow_the_letters(void **state)
{
    (void)state;
    char text[] = RLE "\u05D0\u05D1" LRE "12" PDF "\u05D2" PDF " ab";
    PopplerRectangle places[8];
    put_places(places, 8);
    pdf_bidi_align(text, places, 8);
    assert_string_equal(text, "\u05D0\u05D1"
                              "12"
                              "\u05D2 ab");
    static const int expected[] = {4, 3, 1, 2, 0, 5, 6, 7};
    for (int i = 0; i < 8; i++)
        assert_int_equal((int)places[i].x1, expected[i]);
}

static void what_does_not_fit_is_left_alone(void **state)
{
    (void)state;
    char text[] = RLE "\u05D0\u05D1" PDF;
    PopplerRectangle places[3];
    put_places(places, 3);
    pdf_bidi_align(text, places, 3);
    assert_string_equal(text, RLE "\u05D0\u05D1" PDF);
    assert_int_equal((int)places[0].x1, 0);
}

static void add_word(pdf_page *page, float x, const char *text)
{
    pdf_word w = {.text = (uint32_t)page->text->len,
                  .len = (uint32_t)strlen(text),
                  .size = 10,
                  .box = {x, 0, x + 20, 10}};
    g_string_append(page->text, text);
    g_array_append_val(page->words, w);
}

static void assert_order(const pdf_page *page, const char *expected)
{
    uint32_t words[8];
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < page->words->len; i++)
        words[i] = i;
    pdf_bidi_order(page, words, page->words->len);
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, words[i]);
        g_string_append_len(all, page->text->str + w->text, w->len);
        g_string_append_c(all, ' ');
    }
    assert_string_equal(all->str, expected);
}

static void words_of_a_line_are_read_in_their_direction(void **state)
{
    (void)state;
    pdf_page *page = pdf_page_new();
    page->width = 200;
    add_word(page, 10, "\u05D3");
    add_word(page, 40, "two");
    add_word(page, 70, "words");
    add_word(page, 100, "\u05D1");
    add_word(page, 130, "\u05D0");
    assert_order(page, "\u05D0 \u05D1 two words \u05D3 ");
    pdf_page_clear(page);
    add_word(page, 10, "one");
    add_word(page, 40, "\u05D1");
    add_word(page, 70, "\u05D0");
    add_word(page, 100, "three");
    add_word(page, 130, "four");
    assert_order(page, "one \u05D0 \u05D1 three four ");
    pdf_page_free(page);
}

static void a_page_of_such_text_is_mirrored(void **state)
{
    (void)state;
    pdf_page *page = pdf_page_new();
    page->width = 200;
    add_word(page, 10, "a");
    pdf_bidi_mirror(page);
    assert_false(page->mirrored);
    assert_int_equal((int)WORD(page, 0)->box.x0, 10);
    add_word(page, 100, "\u05D0\u05D1");
    pdf_bidi_mirror(page);
    assert_true(page->mirrored);
    assert_int_equal((int)WORD(page, 0)->box.x0, 170);
    assert_int_equal((int)WORD(page, 1)->box.x1, 100);
    pdf_page_free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_go_and_places_follow_the_letters),
        cmocka_unit_test(what_does_not_fit_is_left_alone),
        cmocka_unit_test(words_of_a_line_are_read_in_their_direction),
        cmocka_unit_test(a_page_of_such_text_is_mirrored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
