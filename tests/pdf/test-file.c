/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Objects are found in the bytes of a file: tables and streams of both kinds, what is damaged
 * is refused and repaired, and nothing is read outside.
 */
#include "kit.h"

#include "file.h"
#include "pages.h"
#include "repair.h"
#include "xref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

typedef struct {
    char bytes[8192];
    size_t len, offsets[20];
} writer;

static void put(writer *w, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void put(writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    w->len += (size_t)vsnprintf(w->bytes + w->len, sizeof w->bytes - w->len, format, args);
    va_end(args);
    assert_true(w->len < sizeof w->bytes);
}

static void begin(writer *w, int number)
{
    w->offsets[number] = w->len;
    put(w, "%d 0 obj\n", number);
}

static void put_object(writer *w, int number, const char *text)
{
    begin(w, number);
    put(w, "%s\nendobj\n", text);
}

static void put_table(writer *w, int n, const char *keys)
{
    size_t at = w->offsets[0] = w->len;
    put(w, "xref\n0 %d\n0000000000 65535 f \n", n);
    for (int i = 1; i < n; i++)
        put(w, "%010zu 00000 %c \n", w->offsets[i], w->offsets[i] ? 'n' : 'f');
    put(w, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n", n, keys, at);
}

/* Deflated from 300 bytes at most. */
static void put_stream(writer *w, int number, const char *keys, const void *data, size_t n)
{
    Bytef out[400];
    uLongf len = sizeof out;
    assert_int_equal(compress(out, &len, data, n), Z_OK);
    begin(w, number);
    put(w, "<<%s/Filter/FlateDecode/Length %lu>>stream\n", keys, len);
    memcpy(w->bytes + w->len, out, len);
    w->len += len;
    put(w, "\nendstream\nendobj\n");
}

static writer make_plain(void)
{
    writer w = {.len = 0};
    put(&w, "%%PDF-1.4\n");
    put_object(&w, 1, "<</Type/Catalog/Pages 2 0 R>>");
    put_object(&w, 2, "<</Kids[3 0 R]/Count 1/MediaBox[0 0 10 20]>>");
    put_object(&w, 3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>");
    put_stream(&w, 4, "", "BT ET", 5);
    put_object(&w, 5, "5 0 R");
    put_table(&w, 6, "");
    return w;
}

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
    writer w = make_plain();
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

/* Rows of a cross-reference stream: kind, two bytes, index; PNG's "up" before each. */
static size_t make_rows(const int rows[][3], int n, guint8 *out)
{
    guint8 above[4] = {0};
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        guint8 row[4] = {(guint8)rows[i][0], (guint8)(rows[i][1] >> 8), (guint8)rows[i][1],
                         (guint8)rows[i][2]};
        out[len++] = 2;
        for (int k = 0; k < 4; k++)
            out[len++] = (guint8)(row[k] - above[k]);
        memcpy(above, row, 4);
    }
    return len;
}

static writer make_compressed(const char *first)
{
    static const char OBJECTS[] = "1 0 2 25 <</Pages 2 0 R/X(in it)>><</Kids[]/Count 0>>";
    char keys[200];
    guint8 rows[100];
    writer w = {.len = 0};
    put(&w, "%%PDF-1.5\n");
    snprintf(keys, sizeof keys, "/Type/ObjStm/N %s/First 9", first);
    put_stream(&w, 3, keys, OBJECTS, sizeof OBJECTS - 1);
    size_t at = w.len;
    const int table[][3] = {
        {0, 0, 0}, {2, 3, 0}, {2, 3, 1}, {1, (int)w.offsets[3], 0}, {1, (int)at, 0}};
    put_stream(&w, 4,
               "/Type/XRef/Size 5/Root 1 0 R/W[1 2 1]/DecodeParms<</Predictor 12/Columns 4>>",
               rows, make_rows(table, 5, rows));
    put(&w, "startxref\n%zu\n%%%%EOF\n", at);
    return w;
}

static void test_a_file_with_object_streams(void **state)
{
    (void)state;
    writer w = make_compressed("2");
    pdf_file *f = pdf_file_open(w.bytes, w.len);
    assert_non_null(f);
    g_autofree char *text = pdf_value_text(pdf_file_key(f, pdf_file_root(f), "/X"));
    assert_string_equal(text, "in it");
    pdf_file_free(f);
    w = make_compressed("2 0 R"); /* how many there are is told within */
    assert_null(pdf_file_open(w.bytes, w.len));
}

static void test_a_damaged_file_is_repaired(void **state)
{
    (void)state;
    writer w = make_plain();
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

static bool can_be_opened(const writer *w)
{
    pdf_file *f = pdf_file_open(w->bytes, w->len);
    pdf_file_free(f);
    return f != NULL;
}

static void test_tables_that_go_in_circles_end(void **state)
{
    (void)state;
    char prev[40];
    writer w = make_plain();
    snprintf(prev, sizeof prev, "/Prev %zu", w.offsets[0]);
    w.len = w.offsets[0];
    put_table(&w, 6, "");
    assert_true(can_be_opened(&w)); /* the control */
    w.len = w.offsets[0];
    put_table(&w, 6, prev);
    assert_false(can_be_opened(&w));
}

/* ---- Parts that lie ---------------------------------------------------------------------- */

static char *stream_with(const char *keys, const void *data, size_t n, size_t *len)
{
    bool foreign;
    writer w = make_plain();
    w.len = w.offsets[0];
    put_stream(&w, 5, keys, data, n);
    put_table(&w, 6, "");
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
    g_autofree char *none = stream_with(
        "/DecodeParms<</Predictor 12/Columns 9999999/Colors 9999999/BitsPerComponent 9999999>>",
        "\1\1\2\3", 4, &len);
    assert_int_equal(len, 0);
    g_autofree char *empty =
        stream_with("/DecodeParms<</Predictor 12/Columns 0>>", "\1\1\2\3", 4, &len);
    assert_int_equal(len, 0);
}

static size_t length_of_stream(const char *object)
{
    bool foreign;
    size_t len = 0;
    writer w = make_plain();
    w.len = w.offsets[0];
    put_object(&w, 5, object);
    put_table(&w, 6, "");
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
static writer make_stream_of(const char *keys, const void *rows, size_t n)
{
    writer w = {.len = 0};
    put(&w, "junk\n%%PDF-1.5\n");
    size_t at = w.len;
    put_stream(&w, 1, keys, rows, n);
    put(&w, "startxref\n%zu\n%%%%EOF\n", at - 5);
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
        writer w = make_stream_of("/W[1 8 1]/Index[3 1]/Root 1 0 R", ROWS[i], 10);
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
    writer w = make_stream_of("/W[1 1 1]/Root 1 0 R/Prev 9", "", 0);
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
        writer w = make_stream_of(INDEX[i], "", 0);
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
    writer w = make_plain(), rest = {.len = 0};
    GString *out = g_string_new_len(w.bytes, (gssize)w.offsets[0]);
    memcpy(rest.offsets, w.offsets, sizeof w.offsets);
    rest.offsets[5] = out->len;
    g_string_append_printf(out, "5 0 obj %s%*s%s endobj\n", head, BLANKS, "", tail);
    g_autofree char *end = g_strdup_printf("startxref %zu ", out->len);
    put_table(&rest, 6, "");
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
    writer w = make_plain();
    w.len = w.offsets[0];
    begin(&w, 2);
    put(&w, "<</Count %d/Kids[", KIDS + 1);
    for (int i = 0; i < KIDS; i++)
        put(&w, "3 0 R ");
    put(&w, "]>>endobj\n");
    put_table(&w, 6, "");
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

static void mutate(const writer *w)
{
    unsigned seed = 7;
    for (int i = 0; i < 4000; i++) {
        writer changed = *w;
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
    writer plain = make_plain(), compressed = make_compressed("2");
    mutate(&plain);
    mutate(&compressed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_file_with_a_table),
        cmocka_unit_test(test_a_file_with_object_streams),
        cmocka_unit_test(test_a_damaged_file_is_repaired),
        cmocka_unit_test(test_tables_that_go_in_circles_end),
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
