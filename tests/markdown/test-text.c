/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Encodings, line ends, NUL, and the end of a document.
 */
#include "markdown/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *label, *bytes;
    size_t len;
    const char *expected;
    bool warned;
} example;

#define BYTES(literal) literal, sizeof(literal) - 1

static void test_text_is_decoded(void **state)
{
    static const example examples[] = {
        {"utf-8", BYTES("h\xc3\xa9\n"), "h\xc3\xa9\n", false},
        {"utf-8 mark", BYTES("\xef\xbb\xbf# h\n"), "# h\n", false},
        {"utf-16le mark", BYTES("\xff\xfeh\0\xe9\0\n\0"), "h\xc3\xa9\n", false},
        {"utf-16be mark", BYTES("\xfe\xff\0h\0\xe9\0\n"), "h\xc3\xa9\n", false},
        {"utf-16 pair", BYTES("\xff\xfe\x3d\xd8\x00\xde\n\0"), "\xf0\x9f\x98\x80\n", false},
        {"utf-16 half a pair", BYTES("\xff\xfe\x3d\xd8h\0\n\0"), "\xef\xbf\xbdh\n", true},
        {"utf-16 odd length", BYTES("\xff\xfeh\0\n\0x"), "h\n\xef\xbf\xbd\n", true},
        {"utf-16le bare", BYTES("#\0 \0h\0e\0a\0d\0\n\0"), "# head\n", true},
        {"utf-16be bare", BYTES("\0#\0 \0h\0e\0a\0d\0\r\0\n"), "# head\n", true},
        {"utf-32le mark", BYTES("\xff\xfe\0\0h\0\0\0\n\0\0\0"), "h\n", false},
        {"utf-32be mark", BYTES("\0\0\xfe\xff\0\0\0h\0\0\0\n"), "h\n", false},
        {"windows-1252", BYTES("caf\xe9 \x93x\x94\n"),
         "caf\xc3\xa9 \xe2\x80\x9cx\xe2\x80\x9d\n", true},
        {"bad byte in utf-8", BYTES("\xc3\xa9 \xc3\xa9 \xff \xc3\xa9\n"),
         "\xc3\xa9 \xc3\xa9 \xef\xbf\xbd \xc3\xa9\n", true},
        {"surrogate in utf-8", BYTES("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xed\xa0\x80\n"),
         "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n", true},
        {"nul", BYTES("a\0b\n"),
         "a\xef\xbf\xbd"
         "b\n",
         true},
        {"crlf", BYTES("a\r\nb\r\n"), "a\nb\n", false},
        {"cr", BYTES("a\rb\r"), "a\nb\n", false},
        {"cr cr lf", BYTES("a\r\r\nb"), "a\n\nb\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        harness_result *r = kit_convert(examples[i].bytes, examples[i].len);
        if (r->status != OKB_OK || strcmp(r->body, examples[i].expected) != 0 ||
            harness_warned(r, OKB_W_ENCODING) != examples[i].warned)
            fail_msg("%s: status %d, warned %d: %s", examples[i].label, r->status,
                     harness_warned(r, OKB_W_ENCODING), r->body);
        harness_result_free(r);
    }
}

static void test_legacy_encodings_are_found(void **state)
{
    /* "日本語の文書です。" and more, in Shift_JIS. */
    static const char shift_jis[] =
        "# \x93\xfa\x96\x7b\x8c\xea\x82\xcc\x95\xb6\x8f\x91\x82\xc5\x82\xb7\x81\x42\n\n"
        "\x82\xb1\x82\xea\x82\xcd\x83\x65\x83\x58\x83\x67\x82\xc5\x82\xb7\x81\x42\n"
        "\x95\xb6\x8e\x9a\x83\x52\x81\x5b\x83\x68\x82\xf0\x94\xbb\x95\xca\x82\xb7\x82\xe9\x81"
        "\x42\n";
    (void)state;
    harness_result *r = kit_convert(shift_jis, sizeof shift_jis - 1);
    assert_int_equal(r->status, OKB_OK);
    assert_non_null(strstr(r->body, "# \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"));
    assert_true(harness_warned(r, OKB_W_ENCODING));
    harness_result_free(r);
}

static void test_a_document_ends_with_one_newline(void **state)
{
    static const struct {
        const char *label, *input, *expected;
    } examples[] = {
        {"empty", "", "\n"},
        {"blank", "\n \n\t\n", "\n"},
        {"none", "a", "a\n"},
        {"one", "a\n", "a\n"},
        {"many", "a\n\n \n\n", "a\n"},
        {"blanks on the last line stay", "a  \n\n", "a  \n"},
        {"blank lines at the front stay", "\n\n  a\n", "\n\n  a\n"},
        {"open fence", "```\na\n\n\n", "```\na\n\n\n"},
        {"closed fence", "```\na\n```\n\n\n", "```\na\n```\n\n\n"},
        {"html", "<pre>\na\n\n\n", "<pre>\na\n\n\n"},
        {"table", "a|b\n-|-\n\n\n", "a|b\n-|-\n"},
        {"front matter alone", "---\ntitle: x\n---\n\n\n", "---\ntitle: x\n---\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        const char *body = kit_body(examples[i].input);
        if (strcmp(body, examples[i].expected) != 0)
            fail_msg("%s: %s", examples[i].label, body);
    }
}

static void test_a_source_without_a_map_is_read(void **state)
{
    harness_input input = {.name = "t.md", .sibling_dir = kit_dir(), .no_map = true};
    (void)state;
    harness_result *r = harness_run(openkb_plugin_v1(0), BYTES("# a\r\n![](a.png)"), &input);
    assert_int_equal(r->status, OKB_OK);
    assert_string_equal(r->body, "# a\n![](okb-asset:00000001)\n");
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_decoded),
        cmocka_unit_test(test_legacy_encodings_are_found),
        cmocka_unit_test(test_a_document_ends_with_one_newline),
        cmocka_unit_test(test_a_source_without_a_map_is_read),
    };
    return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
