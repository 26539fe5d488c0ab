/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Objects that lie about themselves: nothing is read outside of the file, and the work on a
 * page is bounded.
 */
#include "kit.h"

#include "file.h"
#include "objects.h"
#include "pages.h"
#include "xref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Parts that lie ---------------------------------------------------------------------- */

static char *stream_with(const char *keys, const void *data, size_t n, size_t *len)
{
    bool foreign;
    objects w = objects_plain();
    w.len = w.offsets[0];
    objects_put_stream(&w, 5, keys, data, n);
    objects_put_table(&w, 6, "");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    char *bytes = pdf_file_stream(f, pdf_file_object(f, 5), len, &foreign);
    pdf_file_free(f);
    return bytes;
}

static void test_predictors(void **state)
{
    (void)state;
    size_t len = 0;
    g_autofree char *left = stream_with("/DecodeParms[<</Predictor 15/Colors 3/Columns 2>>]",
                                        "\1\1\2\3\1\1\1\2\1\1\1\1\1\1", 14, &len);
    assert_int_equal(len, 12);
    assert_memory_equal(left, "\1\2\3\2\3\4\2\3\4\3\4\5", 12);
    char *none = stream_with(
        "/DecodeParms<</Predictor 12/Columns 9999999/Colors 9999999/BitsPerComponent 9999999>>",
        "\1\1\2\3", 4, &len);
    assert_int_equal(len, 0);
    char *empty = stream_with("/DecodeParms<</Predictor 12/Columns 0>>", "\1\1\2\3", 4, &len);
    assert_int_equal(len, 0);
    g_free(none);
    g_free(empty);
}

static size_t length_of_stream(const char *object)
{
    bool foreign;
    size_t len = 0;
    objects w = objects_plain();
    w.len = w.offsets[0];
    objects_put_object(&w, 5, object);
    objects_put_table(&w, 6, "");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    g_free(pdf_file_stream(f, pdf_file_object(f, 5), &len, &foreign));
    pdf_file_free(f);
    return len;
}

static void test_lengths_that_are_wrong(void **state)
{
    (void)state;
    assert_int_equal(length_of_stream("<</Length 3>>stream\nabc\nendstream"), 3);
    assert_int_equal(length_of_stream("<</Length 3>>stream \r\nabc\r\nendstream"), 3);
    assert_int_equal(length_of_stream("<</Length 9>>stream\nabcendstream"), 3);
    assert_int_equal(length_of_stream("<</Length 5 0 R>>stream\nabcendstream"), 3);
    assert_int_equal(length_of_stream("<</Length 3>>stream\nabc"), 3);
    assert_int_equal(length_of_stream("<</Length -3>>stream\nabc"), 0);
}

/* A file that is only a cross-reference stream, behind junk. */
static objects make_stream_of(const char *keys, const void *rows, size_t n)
{
    objects w = {.len = 0};
    objects_put(&w, "junk\n%%PDF-1.5\n");
    size_t at = w.len;
    objects_put_stream(&w, 1, keys, rows, n);
    objects_put(&w, "startxref\n%zu\n%%%%EOF\n", at - 5);
    return w;
}

static char *count_reads(void *ctx, pdf_value stream, size_t *len)
{
    (void)stream;
    ++*(int *)ctx;
    *len = 0;
    return g_strdup("");
}

static char *give_rows(void *ctx, pdf_value stream, size_t *len)
{
    (void)stream;
    *len = 10;
    return g_memdup2(ctx, 10);
}

static void test_entries_that_are_too_large(void **state)
{
    (void)state;
    static const char ROWS[][10] = {"\1\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1",
                                    "\2\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1",
                                    "\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1"};
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        pdf_xref x;
        guint index;
        objects w = make_stream_of("/W[1 8 1]/Index[3 1]/Root 1 0 R", ROWS[i], 10);
        assert_true(pdf_xref_read(&x, w.bytes, w.len, give_rows, (void *)(guintptr)ROWS[i]));
        assert_int_equal(pdf_xref_offset(&x, 3), 0);
        assert_int_equal(pdf_xref_stream(&x, 3, &index), 0);
        pdf_xref_clear(&x);
    }
}

static void test_a_part_is_read_once(void **state)
{
    (void)state;
    int count = 0;
    pdf_xref x;
    objects w = make_stream_of("/W[1 1 1]/Root 1 0 R/Prev 9", "", 0);
    assert_false(pdf_xref_read(&x, w.bytes, w.len, count_reads, &count));
    assert_int_equal(count, 1);
    pdf_xref_clear(&x);
}

static void test_numbers_beyond_those_of_pdf_cost_nothing(void **state)
{
    (void)state;
    static const char ROWS[] = "\2\0\0\0\0\0\0\0\1\1";
    static const char *const INDEX[] = {"/W[1 8 1]/Root 1 0 R/Index[8388607 1]",
                                        "/W[1 8 1]/Root 1 0 R/Index[8388608 1]"};
    size_t size = 9 << 20;
    char *bytes = g_malloc0(size);
    for (int i = 0; i < 2; i++) {
        pdf_xref x;
        objects w = make_stream_of(INDEX[i], "", 0);
        memset(bytes, ' ', size);
        memcpy(bytes, w.bytes, w.len);
        snprintf(bytes + size - 100, 100, "startxref 9 ");
        assert_true(pdf_xref_read(&x, bytes, size, give_rows, (void *)(guintptr)ROWS));
        assert_int_equal(x.entries->len, i == 0 ? 8388608 : 0);
        pdf_xref_clear(&x);
    }
    g_free(bytes);
}

/* ---- Work -------------------------------------------------------------------------------- */

/* Object 5 is `head`, a million blanks and `tail`. */
static char *make_large(const char *head, const char *tail, size_t *len)
{
    enum { BLANKS = 1000000 };
    objects w = objects_plain(), rest = {.len = 0};
    GString *out = g_string_new_len(w.bytes, (gssize)w.offsets[0]);
    memcpy(rest.offsets, w.offsets, sizeof w.offsets);
    rest.offsets[5] = out->len;
    g_string_append_printf(out, "5 0 obj %s%*s%s endobj\n", head, BLANKS, "", tail);
    g_autofree char *end = g_strdup_printf("startxref %zu ", out->len);
    objects_put_table(&rest, 6, "");
    g_string_append_len(out, rest.bytes, (gssize)rest.len);
    g_string_append(out, end);
    *len = out->len;
    return g_string_free(out, FALSE);
}

static guint count_looks(pdf_file *f, const char *key)
{
    guint n = 0;
    while (n < 5000 && pdf_file_key(f, pdf_file_object(f, 5), key).at)
        n++;
    return n;
}

/* What is passed over costs, whatever is found behind it. */
static void test_work_on_a_page_is_bounded(void **state)
{
    (void)state;
    size_t len = 0;
    g_autofree char *bytes = make_large("<</Near 3 0 R/A", "1/Far 3 0 R>>", &len);
    pdf_file *f = pdf_file_open(bytes, len);
    assert_non_null(f);
    assert_int_equal(count_looks(f, "/Near"), 5000); /* the control */
    guint far = count_looks(f, "/Far");
    assert_in_range(far, 300, 500);
    pdf_file_tidy(f);
    assert_in_range(count_looks(f, "/Far"), far, 500);
    pdf_file_free(f);
}

static void test_long_strings_are_cut(void **state)
{
    (void)state;
    size_t len = 0;
    g_autofree char *bytes = make_large("<</A(a", "b)>>", &len);
    pdf_file *f = pdf_file_open(bytes, len);
    assert_non_null(f);
    g_autofree char *text = pdf_value_text(pdf_file_key(f, pdf_file_object(f, 5), "/A"));
    assert_in_range(strlen(text), 1000, 128 << 10);
    pdf_file_free(f);
}

static void test_a_tree_of_pages_that_lies_is_given_up(void **state)
{
    (void)state;
    enum { KIDS = 300 };
    objects w = objects_plain();
    w.len = w.offsets[0];
    objects_begin(&w, 2);
    objects_put(&w, "<</Count %d/Kids[", KIDS + 1);
    for (int i = 0; i < KIDS; i++)
        objects_put(&w, "3 0 R ");
    objects_put(&w, "]>>endobj\n");
    objects_put_table(&w, 6, "");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    pdf_pages p = {0};
    for (uint32_t i = 0; i < KIDS; i++)
        assert_int_equal(pdf_pages_find(&p, f, i).object, 3);
    assert_true(p.steps >= KIDS * KIDS / 2 - KIDS);
    p.steps = G_MAXINT;
    assert_null(pdf_pages_find(&p, f, 0).at);
    pdf_file_free(f);
}

static void look_at_all(const char *bytes, size_t len)
{
    char *copy = g_memdup2(bytes, len); /* of exactly this size, for AddressSanitizer */
    pdf_file *f = pdf_file_open(copy, len);
    for (int i = 0; f && i < 8; i++) {
        size_t n;
        bool foreign;
        pdf_value v = pdf_file_object(f, i);
        pdf_file_inherited(f, v, "/MediaBox");
        g_free(pdf_value_text(v));
        g_free(pdf_value_name(v));
        g_free(pdf_file_stream(f, v, &n, &foreign));
        pdf_file_tidy(f);
    }
    pdf_file_free(f);
    g_free(copy);
}

static void mutate(const objects *w)
{
    unsigned seed = 7;
    for (int i = 0; i < 4000; i++) {
        objects changed = *w;
        for (int k = 0; k < 1 + i % 4; k++) {
            seed = seed * 1103515245u + 12345u;
            changed.bytes[(seed >> 8) % w->len] = "0<>[]()/ R9\\\xFF"[(seed >> 3) % 13];
        }
        look_at_all(changed.bytes, i % 3 ? w->len : (seed >> 5) % w->len);
    }
}

static void test_changed_files_are_read_within_their_bytes(void **state)
{
    (void)state;
    objects plain = objects_plain(), compressed = objects_compressed("2");
    mutate(&plain);
    mutate(&compressed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_predictors),
        cmocka_unit_test(test_lengths_that_are_wrong),
        cmocka_unit_test(test_entries_that_are_too_large),
        cmocka_unit_test(test_a_part_is_read_once),
        cmocka_unit_test(test_numbers_beyond_those_of_pdf_cost_nothing),
        cmocka_unit_test(test_work_on_a_page_is_bounded),
        cmocka_unit_test(test_long_strings_are_cut),
        cmocka_unit_test(test_a_tree_of_pages_that_lies_is_given_up),
        cmocka_unit_test(test_changed_files_are_read_within_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
