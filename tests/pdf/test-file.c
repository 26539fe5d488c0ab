/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Objects are found in the bytes of a file: tables and streams of both kinds; what is damaged
 * is refused and repaired.
 */
#include "kit.h"

#include "file.h"
#include "objects.h"
#include "repair.h"

#include <stdio.h>
#include <string.h>

static void one_value(const char *text, const char *key, const char *expected)
{
    pdf_value v = pdf_value_at(text, text + strlen(text));
    g_autofree char *found = pdf_value_text(pdf_value_find(v, key));
    assert_string_equal(found ? found : "none", expected);
}

static void test_values(void **state)
{
    (void)state;
    one_value("<</A<</B(no)>>/B(yes)>>", "/B", "yes");
    one_value("<</A[(no)<</B(no)>>]/C/B/B(a\\(b\\)\\101\\\n)>>", "/B", "a(b)A");
    one_value("<</A 1 0 R/N#41me<FEFF00E4>>>", "/NAme", "\xC3\xA4");
    one_value("<</A null/B(\x80 \\224)>>", "/B", "\xE2\x80\xA2 \xEF\xAC\x82");
    one_value("<</A/B>>", "/B", "none");
    one_value("<</A>>", "/A", "none");
    one_value("<</A(b", "/A", "b");
    one_value("<</A %(\n(c)>>", "/A", "c");
}

static void one_number(const char *text, double expected, bool whole)
{
    double number = 0;
    gint64 integer = 0;
    pdf_value v = pdf_value_at(text, text + strlen(text));
    assert_true(pdf_value_number(v, &number) && number == expected);
    assert_int_equal(pdf_value_integer(v, &integer), whole);
}

static void test_numbers(void **state)
{
    (void)state;
    double number;
    one_number("12", 12, true);
    one_number("-3]", -3, true);
    one_number("-.5 0 R", -0.5, false);
    one_number("+4.", 4, false);
    assert_false(pdf_value_number(pdf_value_at("/x", (const char *)"/x" + 2), &number));
    const char *reference = "7 0 R";
    assert_int_equal(pdf_value_at(reference, reference + 5).object, 7);
}

static void test_a_file_with_a_table(void **state)
{
    (void)state;
    objects w = objects_plain();
    size_t len = 0;
    bool foreign = true;
    double box[4];
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    pdf_value page = pdf_file_object(f, 3);
    assert_true(pdf_file_numbers(f, pdf_file_inherited(f, page, "/MediaBox"), box, 4));
    assert_true(box[3] == 20);
    g_autofree char *bytes =
        pdf_file_stream(f, pdf_file_key(f, page, "/Contents"), &len, &foreign);
    assert_int_equal(len, 5);
    assert_memory_equal(bytes, "BT ET", 5);
    assert_false(foreign);
    assert_false(pdf_file_is_stream(f, page));
    assert_null(pdf_file_object(f, 5).at); /* it is itself */
    assert_null(pdf_file_object(f, 99).at);
    pdf_file_free(f);
}

/* The table may say so: what it says is true. */
static void test_blanks_before_an_object(void **state)
{
    (void)state;
    objects w = objects_plain();
    w.offsets[4]--; /* the end of the line before */
    w.len = w.offsets[0];
    objects_put_table(&w, 6, "");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    assert_true(pdf_file_is_stream(f, pdf_file_object(f, 4)));
    pdf_file_free(f);
}

static void test_a_file_with_object_streams(void **state)
{
    (void)state;
    objects w = objects_compressed("2");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    g_autofree char *text = pdf_value_text(pdf_file_key(f, pdf_file_root(f), "/X"));
    assert_string_equal(text, "in it");
    pdf_file_free(f);
    w = objects_compressed("2 0 R"); /* how many there are is told within */
    assert_null(pdf_file_open(w.bytes, w.len));
}

static void test_a_damaged_file_is_repaired(void **state)
{
    (void)state;
    objects w = objects_plain();
    size_t len = 0;
    w.bytes[w.offsets[4]] = '7'; /* the table is wrong now */
    assert_null(pdf_file_open(w.bytes, w.len));
    g_autofree char *repaired = pdf_repair(w.bytes, w.len, &len);
    assert_non_null(repaired);
    pdf_file *f = pdf_file_open(repaired, len);
    assert_non_null(f);
    assert_true(pdf_value_is_dictionary(pdf_file_key(f, pdf_file_root(f), "/Pages")));
    pdf_file_free(f);
}

static bool can_be_opened(const objects *w)
{
    pdf_file *f = pdf_file_open(w->bytes, w->len);
    pdf_file_free(f);
    return f != NULL;
}

static void test_tables_that_go_in_circles_end(void **state)
{
    (void)state;
    char prev[40];
    objects w = objects_plain();
    snprintf(prev, sizeof prev, "/Prev %zu", w.offsets[0]);
    w.len = w.offsets[0];
    objects_put_table(&w, 6, "");
    assert_true(can_be_opened(&w)); /* the control */
    w.len = w.offsets[0];
    objects_put_table(&w, 6, prev);
    assert_false(can_be_opened(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_file_with_a_table),
        cmocka_unit_test(test_blanks_before_an_object),
        cmocka_unit_test(test_a_file_with_object_streams),
        cmocka_unit_test(test_a_damaged_file_is_repaired),
        cmocka_unit_test(test_tables_that_go_in_circles_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
