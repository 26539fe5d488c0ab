/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pages meant to hang, crash or blow up a converter: all text is kept, the output stays in
 * proportion. A hang is caught by the test's deadline.
 */
#include "cases.h"
#include "floods.h"

static harness_result *check_flood(size_t i, const char *page, size_t len,
                                   const char *const *options)
{
    harness_input input = {.name = "page.html", .options = options};
    harness_result *r = harness_run(openkb_plugin_v1(0), page, len, &input);
    if (r->status != OKB_OK)
        fail_msg("%s: status %d: %s", floods[i].label, r->status, r->message);
    if (!strstr(r->body, "end"))
        fail_msg("%s: the end is lost", floods[i].label);
    if (r->body_len > len * floods[i].most + 1000)
        fail_msg("%s: %zu bytes from %zu", floods[i].label, r->body_len, len);
    return r;
}

static void test_floods_keep_their_text_and_their_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(floods); i++) {
        size_t len;
        char *page = repeat(floods[i].head, floods[i].unit, floods[i].n, floods[i].tail, &len);
        harness_result *own = check_flood(i, page, len, NULL);
        harness_result *other =
            check_flood(i, page, len, (const char *const[]){"parser=libxml2", NULL});
        if (strcmp(own->body, other->body) != 0)
            fail_msg("%s: libxml2 reads it differently", floods[i].label);
        harness_result_free(own);
        harness_result_free(other);
        free(page);
    }
}

/* Also within the depths that are no flood; every level has its letter. */
static void test_no_level_loses_its_text(void **state)
{
    static const char *const units[] = {"<div>x",    "<b>x",          "<font size=1>x",
                                        "<ul><li>x", "<blockquote>x", "<table><tr><td>x"};
    static const size_t depths[] = {300, 1000, 10000, 100000};
    (void)state;
    for (size_t i = 0; i < COUNT(units) * COUNT(depths); i++) {
        size_t len, found = 0, n = depths[i % COUNT(depths)];
        char *page = repeat("", units[i / COUNT(depths)], n, "end", &len);
        harness_result *r = convert(page, NULL);
        assert_int_equal(r->status, OKB_OK);
        for (const char *p = r->body; (p = strchr(p, 'x')); p++)
            found++;
        if (found != n)
            fail_msg("%s: %zu of %zu levels", units[i / COUNT(depths)], found, n);
        harness_result_free(r);
        free(page);
    }
}

/* Nothing is remembered of names that mean nothing; the one that does is found behind them. */
static void test_a_crowd_of_attributes_hides_nothing(void **state)
{
    enum { CROWD = 50000 };
    (void)state;
    char *page = malloc(CROWD * 16 + 64), *p = page + sprintf(page, "<a ");
    assert_non_null(page);
    for (int i = 0; i < CROWD; i++)
        p += sprintf(p, "name%d=%d ", i, i);
    sprintf(p, "href=u>t</a> end");
    harness_result *r = convert(page, NULL);
    assert_string_equal(r->body, "[t](u) end\n");
    harness_result_free(r);
    free(page);
}

static void test_long_pieces_are_kept_whole(void **state)
{
    static const struct {
        const char *head, *unit, *tail;
    } cases[] = {
        {"<p>", "word ", "end"},
        {"<pre>", "line\n", "end</pre>"},
        {"<p title='", "aaaaa", "'>end"},
        {"<!--", "aaaaa", "-->end"},
    };
    harness_input input = {.name = "page.html"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        char *page = repeat(cases[i].head, cases[i].unit, 2400000, cases[i].tail, &len);
        harness_result *r = harness_run(openkb_plugin_v1(0), page, len, &input);
        assert_int_equal(r->status, OKB_OK);
        assert_non_null(strstr(r->body, "end"));
        if (i < 2)
            assert_true(r->body_len > 11900000);
        harness_result_free(r);
        free(page);
    }
}

static void test_flattening_is_reported(void **state)
{
    size_t len;
    (void)state;
    char *page = repeat("", "<div>", 600, "x", &len);
    harness_result *r = convert(page, NULL);
    assert_true(harness_warned(r, OKB_W_STRUCTURE));
    harness_result_free(r);
    free(page);
    r = convert("<div><div>x", NULL);
    assert_false(harness_warned(r, OKB_W_STRUCTURE));
    harness_result_free(r);
}

static size_t cells_of_first_line(const char *text)
{
    size_t n = 0;
    for (; *text && *text != '\n'; text++)
        n += *text == '|';
    return n ? n - 1 : 0;
}

/* As many as there are cells, but a span, and a row, of not more than a thousand. */
static void test_the_columns_of_a_table_are_bounded(void **state)
{
    static const struct {
        size_t cells, columns;
    } cases[] = {{999, 999}, {1000, 1000}, {1200, 1000}};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        char *page = repeat("<table><tr>", "<th>x", cases[i].cells, "<tr><td>y</table>", &len);
        harness_result *r = convert(page, NULL);
        assert_int_equal(cells_of_first_line(r->body), cases[i].columns);
        harness_result_free(r);
        free(page);
    }
}

/* Every host call may fail: the status comes through and nothing is touched afterwards. */
static void test_a_failing_host_ends_the_conversion(void **state)
{
    static const char page[] = "<title>T</title><h1>a</h1><p>b<img src='data:image/gif;base64,"
                               "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs='><p>c";
    (void)state;
    for (unsigned call = 1; call < 40; call++) {
        harness_input input = {.name = "p.html", .fail_call = call, .fail_status = OKB_E_IO};
        harness_result *r = harness_run(openkb_plugin_v1(0), page, sizeof page - 1, &input);
        bool reached = r->message != NULL;
        assert_int_equal(r->status, reached ? OKB_E_IO : OKB_OK);
        harness_result_free(r);
        if (!reached) {
            assert_true(call > 5);
            return;
        }
    }
    fail_msg("more host calls than expected");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floods_keep_their_text_and_their_size),
        cmocka_unit_test(test_no_level_loses_its_text),
        cmocka_unit_test(test_a_crowd_of_attributes_hides_nothing),
        cmocka_unit_test(test_long_pieces_are_kept_whole),
        cmocka_unit_test(test_flattening_is_reported),
        cmocka_unit_test(test_the_columns_of_a_table_are_bounded),
        cmocka_unit_test(test_a_failing_host_ends_the_conversion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
