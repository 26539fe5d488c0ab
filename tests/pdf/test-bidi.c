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

static void of_what_does_not_fit_the_marks_go(void **state)
{
    (void)state;
    char text[] = RLE "\u05D0\u05D1" PDF;
    PopplerRectangle places[3];
    put_places(places, 3);
    pdf_bidi_align(text, places, 3);
    assert_string_equal(text, "\u05D0\u05D1");
    assert_int_equal((int)places[0].x1, 0);
}

/* More parts that run to the right than are known: the word goes on behind them. */
static void a_word_of_many_parts_is_one(void **state)
{
    (void)state;
    enum { PARTS = 30 };
    PopplerRectangle places[2 * PARTS];
    g_autoptr(GString) text = g_string_new(RLE);
    for (int i = 0; i < PARTS; i++)
        g_string_append(text, "\u05D0" LRE "1" PDF);
    g_string_append(text, PDF);
    put_places(places, 2 * PARTS);
    pdf_bidi_align(text->str, places, 2 * PARTS);
    for (int i = 0; i < 2 * PARTS; i++)
        assert_int_equal((int)places[i].x1, 2 * PARTS - 1 - i);
}

/* Lines whose small letters are Hebrew, and whose digits 0 to 2 are the marks. */
static harness_result *convert_hebrew(const char *first, const char *second)
{
    static const char CMAP[] =
        "/CIDInit/ProcSet findresource begin begincmap\n"
        "1 begincodespacerange <00><FF> endcodespacerange\n"
        "1 beginbfrange <61><7A><05D0> endbfrange\n"
        "3 beginbfchar <30><202B> <31><202C> <32><202A> endbfchar\nendcmap end end";
    g_autofree char *page =
        g_strdup_printf("BT /F 12 Tf 100 700 Td (%s) Tj 0 -20 Td (%s) Tj ET", first, second);
    g_autofree char *file = g_strdup_printf(
        "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        "/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
        "4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n"
        "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding"
        "/ToUnicode 6 0 R>>endobj\n"
        "6 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n"
        "trailer<</Root 1 0 R/Size 7>>\n%%%%EOF\n",
        strlen(page), page, strlen(CMAP), CMAP);
    return convert_bytes(file, strlen(file));
}

static void a_page_of_its_first_and_last_line_is_read(void **state)
{
    (void)state;
    harness_result *r = convert_hebrew("abc", "def");
    assert_non_null(strstr(r->body, "\u05D2\u05D1\u05D0"));
    assert_non_null(strstr(r->body, "\u05D5\u05D4\u05D3"));
    assert_false(harness_warned(r, OKB_W_NEEDS_OCR));
    harness_result_free(r);
}

static void marks_on_the_page_itself_cost_no_text(void **state)
{
    (void)state;
    harness_result *r = convert_hebrew("ab0cd1 efg", "ijk lmn");
    for (const char *const *w =
             (const char *const[]){"\u05D8", "\u05DA", "\u05DB", "\u05DD", NULL};
         *w; w++)
        assert_non_null(strstr(r->body, *w));
    harness_result_free(r);
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
        cmocka_unit_test(of_what_does_not_fit_the_marks_go),
        cmocka_unit_test(a_word_of_many_parts_is_one),
        cmocka_unit_test(a_page_of_its_first_and_last_line_is_read),
        cmocka_unit_test(marks_on_the_page_itself_cost_no_text),
        cmocka_unit_test(words_of_a_line_are_read_in_their_direction),
        cmocka_unit_test(a_page_of_such_text_is_mirrored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
