/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes to text: each row is a page as bytes and the text a reader must see.
 */
#include "cases.h"

typedef struct {
    const char *label, *bytes;
    size_t len;
    const char *text;
} byte_case;

#define BYTES(literal) literal, sizeof(literal) - 1

static const byte_case cases[] = {
    {"UTF-8 without declaration", BYTES("<p>caf\xc3\xa9 \xe2\x82\xac"), "café €\n"},
    {"title before the declaration",
     BYTES("<title>\xc3\xa9</title><meta charset=utf-8><p>\xc3\xa9"), "é\n"},
    {"BOM against a wrong declaration",
     BYTES("\xef\xbb\xbf<meta charset=iso-8859-1><p>\xc3\xa9"), "é\n"},
    {"one bad byte", BYTES("<meta charset=utf-8><p>\xc3\xa9 \xff \xc3\xa9"),
     "é \xef\xbf\xbd é\n"},
    {"bad bytes one by one", BYTES("<meta charset=utf-8><p>x\xed\xa0\x80y"),
     "x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdy\n"},
    {"overlong", BYTES("<meta charset=utf-8><p>x\xc0\xafy"), "x\xef\xbf\xbd\xef\xbf\xbdy\n"},
    {"no character", BYTES("<meta charset=utf-8><p>x\xef\xbf\xbey"), "x\xef\xbf\xbey\n"},
    {"returns alone", BYTES("<pre>a\rb\r\nc</pre>"), "```\na\nb\nc\n```\n"},
    {"Latin-1 means windows-1252", BYTES("<meta charset=iso-8859-1><p>\x93x\x94 \x80"),
     "“x” €\n"},
    {"gb2312 means gb18030",
     BYTES("<meta charset=gb2312><p>\xe9"
           "F"),
     "镕\n"},
    {"euc-kr means cp949", BYTES("<meta charset=euc-kr><p>\x8c\x63"), "똠\n"},
    {"Shift_JIS", BYTES("<meta charset=Shift_JIS><p>\x93\xfa\x96{"), "日本\n"},
    {"EUC-JP", BYTES("<meta charset=euc-jp><p>\xc6\xfc\xcb\xdc"), "日本\n"},
    {"ISO-2022-JP", BYTES("<meta charset=iso-2022-jp><p>\x1b$B\x46|\x1b(B"), "日\n"},
    {"Big5", BYTES("<meta charset=big5><p>\xa4\xa4"), "中\n"},
    {"KOI8-R", BYTES("<meta charset=koi8-r><p>\xc4\xc1"), "да\n"},
    {"in the old style",
     BYTES(
         "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'><p>\xe4\xe0"),
     "да\n"},
    {"XML declaration", BYTES("<?xml version='1.0' encoding='iso-8859-2'?><p>\xb1"), "ą\n"},
    {"unknown label", BYTES("<meta charset=x-nothing><p>\xc3\xa9"), "é\n"},
    {"UTF-7 is no encoding", BYTES("<meta charset=utf-7><p>+AGE- x"), "+AGE- x\n"},
    {"UTF-16 in a declaration means UTF-8", BYTES("<meta charset=utf-16><p>\xc3\xa9"), "é\n"},
    {"UTF-16 with a mark", BYTES("\xff\xfe<\0p\0>\0\xe9\0"), "é\n"},
    {"UTF-16, big end first", BYTES("\xfe\xff\0<\0p\0>\0\xe9"), "é\n"},
    {"UTF-32 with a mark", BYTES("\xff\xfe\0\0<\0\0\0p\0\0\0>\0\0\0\xe9\0\0\0"), "é\n"},
    {"UTF-16 without a mark", BYTES("\0<\0p\0>\0\xe9"), "é\n"},
    {"a declaration in a comment", BYTES("<!--<meta charset=koi8-r>--><p>\xc3\xa9"), "é\n"},
    {"NUL", BYTES("<p>a\0b"), "ab\n"},
    {"C1 references", BYTES("<p>&#147;x&#148; &#128;"), "“x” €\n"},
    {"names of HTML 5", BYTES("<p>&check;&plus;&NewLine;&lbrace;&notin;&notit;"),
     "✓+ {∉¬it;\n"},
    {"a name without semicolon", BYTES("<p>&copy x &ampx <a href='?a&copy=1'>l</a>"),
     "© x &x [l](?a&copy=1)\n"},
    {"controls",
     BYTES("<p>a\x01\x0c"
           "b&#1;c"),
     "a b c\n"},
    {"empty", BYTES(""), ""},
};

static void test_every_encoding_reads_as_meant(void **state)
{
    harness_input input = {.name = "page.html"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        harness_result *r =
            harness_run(openkb_plugin_v1(0), cases[i].bytes, cases[i].len, &input);
        assert_int_equal(r->status, OKB_OK);
        if (strcmp(r->body, cases[i].text) != 0)
            fail_msg("%s: %s is not %s", cases[i].label, r->body, cases[i].text);
        harness_result_free(r);
    }
}

static void test_what_the_caller_says_goes_before_the_page(void **state)
{
    static const char page[] = "<meta charset=utf-8><p>\xe4\xe0";
    harness_input input = {.name = "page.html", .charset = "windows-1251"};
    (void)state;
    harness_result *r = harness_run(openkb_plugin_v1(0), page, sizeof page - 1, &input);
    assert_string_equal(r->body, "да\n");
    harness_result_free(r);
}

static void test_a_lost_character_is_reported(void **state)
{
    (void)state;
    harness_result *r = convert("<meta charset=utf-8>a\xff", NULL);
    assert_true(harness_warned(r, OKB_W_ENCODING));
    harness_result_free(r);
    r = convert("<meta charset=utf-8>a", NULL);
    assert_false(harness_warned(r, OKB_W_ENCODING));
    harness_result_free(r);
}

static void test_the_source_may_come_as_a_descriptor(void **state)
{
    harness_input input = {.name = "page.html", .no_map = true};
    (void)state;
    harness_result *r = harness_run(openkb_plugin_v1(0), "<p>x", 4, &input);
    assert_string_equal(r->body, "x\n");
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_encoding_reads_as_meant),
        cmocka_unit_test(test_what_the_caller_says_goes_before_the_page),
        cmocka_unit_test(test_a_lost_character_is_reported),
        cmocka_unit_test(test_the_source_may_come_as_a_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
