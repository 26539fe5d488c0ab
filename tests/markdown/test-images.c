/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which destinations become assets, and which bytes stay. In the expectations, @1 is the first
 * asset of the document and so on; "=" means the input, unchanged.
 */
#include "markdown/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *label, *input, *expected;
} example;

static char *with_assets(const char *text)
{
    char *out = malloc(strlen(text) * 20 + 1), *p = out;
    for (; *text; text++)
        if (*text == '@' && text[1] >= '1' && text[1] <= '9')
            p += sprintf(p, "okb-asset:%08d", *++text - '0');
        else
            *p++ = *text;
    *p = '\0';
    return out;
}

static void check_all(const example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *expected =
            strcmp(examples[i].expected, "=") == 0 ? examples[i].input : examples[i].expected;
        char *want = with_assets(expected);
        const char *got = kit_body(examples[i].input);
        if (strcmp(got, want) != 0)
            fail_msg("%s:\n--- wanted\n%s\n--- got\n%s", examples[i].label, want, got);
        free(want);
    }
}

#define CHECK_ALL(examples) check_all((examples), sizeof(examples) / sizeof *(examples))

static void test_inline_images_become_assets(void **state)
{
    static const example examples[] = {
        {"plain", "![x](a.png)\n", "![x](@1)\n"},
        {"title", "![x](a.png \"t\")\n", "![x](@1 \"t\")\n"},
        {"title on the next line", "![x](a.png\n 't')\n", "![x](@1\n 't')\n"},
        {"title in parentheses", "![x]( a.png (t) )\n", "![x]( @1 (t) )\n"},
        {"angle brackets with a blank", "![x](<b c.png>)\n", "![x](<@1>)\n"},
        {"percent-encoding", "![x](b%20c.png)\n", "![x](@1)\n"},
        {"literal percent sign", "![x](%2541.png)\n", "![x](@1)\n"},
        {"dot component", "![x](./img/./a.png)\n", "![x](@1)\n"},
        {"dot-dot that stays beneath", "![x](img/../a.png)\n", "![x](@1)\n"},
        {"backslash as separator", "![x](img\\a.png)\n", "![x](@1)\n"},
        {"query and fragment", "![x](a.png?raw=true#top)\n", "![x](@1)\n"},
        {"entity", "![x](a&#46;png)\n", "![x](@1)\n"},
        {"escape", "![x](a\\.png)\n", "![x](@1)\n"},
        {"two", "![x](a.png) ![y](img/a.png)\n", "![x](@1) ![y](@2)\n"},
        {"the same twice", "![x](a.png) ![y](./a.png)\n", "![x](@1) ![y](@1)\n"},
        {"brackets in the text", "![x [y] \\] z](a.png)\n", "![x [y] \\] z](@1)\n"},
        {"image in a link", "[![x](a.png)](http://e/)\n", "[![x](@1)](http://e/)\n"},
        {"image in a link to an image", "[![x](a.png)](b%20c.png)\n", "[![x](@1)](@2)\n"},
        {"image in emphasis", "**a ![x](a.png)** b\n", "**a ![x](@1)** b\n"},
        {"link with code in its text", "![`]`](a.png)\n", "![`]`](@1)\n"},
        {"svg", "![x](img/c.svg)\n", "![x](@1)\n"},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void test_images_are_found_in_every_kind_of_block(void **state)
{
    static const example examples[] = {
        {"heading", "# A ![x](a.png) #\n", "# A ![x](@1) #\n"},
        {"setext heading", "A ![x](a.png)\n===\n", "A ![x](@1)\n===\n"},
        {"quote", "> a\n> ![x](a.png)\n", "> a\n> ![x](@1)\n"},
        {"lazy line", "> a\n![x](a.png)\n", "> a\n![x](@1)\n"},
        {"list", "- a\n\n  ![x](a.png)\n", "- a\n\n  ![x](@1)\n"},
        {"tabs", "-\ta\n\n\t![x](a.png)\n", "-\ta\n\n\t![x](@1)\n"},
        {"task", "- [ ] ![x](a.png)\n", "- [ ] ![x](@1)\n"},
        {"quote in a list", "1. > ![x](a.png)\n   > b\n", "1. > ![x](@1)\n   > b\n"},
        {"second line", "a\n   ![x](a.png)\nb\n", "a\n   ![x](@1)\nb\n"},
        {"table header", "| ![x](a.png) | b |\n|---|---|\n", "| ![x](@1) | b |\n|---|---|\n"},
        {"table body", "a | b\n--|--\nc | ![x](a.png)\n", "a | b\n--|--\nc | ![x](@1)\n"},
        {"table after text", "t ![x](a.png)\n| ![y](a.png) |\n|--|\n",
         "t ![x](@1)\n| ![y](@1) |\n|--|\n"},
        {"table in a quote", "> | ![x](a.png) |\n> |--|\n> | ![y](a.png) |\n",
         "> | ![x](@1) |\n> |--|\n> | ![y](@1) |\n"},
        {"escaped pipe", "| a |\n|--|\n| \\| ![x](a.png) `\\|` ![y](a.png) |\n",
         "| a |\n|--|\n| \\| ![x](@1) `\\|` ![y](@1) |\n"},
        {"after definitions", "[r]: x\n[s]: y\n![x](a.png)\n", "[r]: x\n[s]: y\n![x](@1)\n"},
        {"after many blank lines", "a\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n![x](a.png)\n",
         "a\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n![x](@1)\n"},
        {"no line end", "![x](a.png)", "![x](@1)\n"},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void test_references_wiki_embeds_and_html_become_assets(void **state)
{
    static const example examples[] = {
        {"reference", "![x][r]\n\n[r]: a.png\n", "![x][r]\n\n[r]: @1\n"},
        {"collapsed", "![r][]\n\n[r]: <b c.png> 't'\n", "![r][]\n\n[r]: <@1> 't'\n"},
        {"shortcut", "![r]\n\n[r]:\n  a.png\n  'title'\n", "![r]\n\n[r]:\n  @1\n  'title'\n"},
        {"definition before", "[r]: a.png\n![r]\n", "[r]: @1\n![r]\n"},
        {"definition in a quote", "![r]\n\n> [r]: a.png\n", "![r]\n\n> [r]: @1\n"},
        {"definition in a list", "![r]\n\n- [r]: a.png\n", "![r]\n\n- [r]: @1\n"},
        {"several definitions", "![r] ![s]\n\n[q]: z\n[r]: a.png\n[s]: img/a.png\n",
         "![r] ![s]\n\n[q]: z\n[r]: @1\n[s]: @2\n"},
        {"link to an image", "[x](a.png)\n", "[x](@1)\n"},
        {"wiki", "![[a.png]]\n", "![[@1]]\n"},
        {"wiki with a width", "![[b c.png|100]]\n", "![[@1|100]]\n"},
        {"wiki in a table", "| a |\n|--|\n| ![[a.png\\|100]] |\n",
         "| a |\n|--|\n| ![[@1\\|100]] |\n"},
        {"html block", "<p>\n<img alt='x' src='a.png'>\n</p>\n",
         "<p>\n<img alt='x' src='@1'>\n</p>\n"},
        {"html inline", "a <img src=\"a.png\" /> b\n", "a <img src=\"@1\" /> b\n"},
        {"html in a quote", "> <div>\n> <img src='a.png'>\n", "> <div>\n> <img src='@1'>\n"},
        {"html without quotes", "<img src=a.png>\n", "<img src=\"@1\">\n"},
        {"html with entities", "<img src='b&#32;c.png'>\n", "<img src='@1'>\n"},
        {"html, upper case", "<IMG SRC='a.png'>\n", "<IMG SRC='@1'>\n"},
        {"html, first attribute wins", "<img src='a.png' src='img/a.png'>\n",
         "<img src='@1' src='img/a.png'>\n"},
        {"data", "![x](data:image/png;base64,iVBORw0KGgo=)\n", "![x](@1)\n"},
        {"data twice",
         "![x](data:;base64,iVBORw0KGgo=)\n<img src='data:;base64,iVBORw0KGgo='>\n",
         "![x](@1)\n<img src='@1'>\n"},
        {"data, svg", "<img src='data:image/svg+xml,%3Csvg%3E%3C/svg%3E'>\n",
         "<img src='@1'>\n"},
        {"data in a definition", "![r]\n\n[r]: data:image/gif;base64,R0lGODlhAQ==\n",
         "![r]\n\n[r]: @1\n"},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void test_what_is_no_image_keeps_its_bytes(void **state)
{
    static const example examples[] = {
        {"code span", "`![x](a.png)`\n", "="},
        {"code span over lines", "``a\n![x](a.png)` b``\n", "="},
        {"indented code", "    ![x](a.png)\n", "="},
        {"fence", "```\n![x](a.png)\n```\n", "="},
        {"fence in a list", "- ~~~\n  ![x](a.png)\n  [r]: a.png\n", "="},
        {"fence never closed", "````\n![x](a.png)\n```\n\n[r]: a.png\n\n\n", "="},
        {"backticks in the info of a fence", "~~~ a`b ```\n![x](a.png)\n~~~\n", "="},
        {"fence in a quote", "> ```\n> ![x](a.png)\n> ```\n", "="},
        {"tabs before code", "-\t![x\n\n\t\t![x](a.png)\n", "="},
        {"invisible characters", "\u202e![x](\u200ba.png)\u2069 \ufeff`![x](a.png)`\n", "="},
        {"escaped", "\\![x\\](a.png)\n", "="},
        {"comment", "<!-- <img src='a.png'> ![x](a.png) -->\n", "="},
        {"inline comment", "a <!-- <img src='a.png'> ![x](a.png) -->\n", "="},
        {"script", "<script>\n'<img src=\"a.png\">'\n</script>\n", "="},
        {"attribute", "<p title=\"<img src='a.png'>\">x</p>\n", "="},
        {"markdown in an html block", "<div>\n![x](a.png)\n</div>\n", "="},
        {"autolink", "<http://e/![x](a.png)>\n", "="},
        {"blank in the destination", "![x](b c.png)\n", "="},
        {"definition inside a paragraph", "text\n[r]: a.png\n", "="},
        {"definition in code", "![r]\n\n    [r]: a.png\n", "="},
        {"footnote", "![x][^1]\n\n[^1]: a.png\n", "="},
        {"remote", "![x](http://e/a.png) ![y](//e/a.png)\n", "="},
        {"other schemes", "![x](file:///a.png) ![y](C:/a.png) ![z](cid:a.png)\n", "="},
        {"fragment", "![x](#a.png) ![y](?a.png) ![z]()\n", "="},
        {"missing", "![x](none.png)\n", "="},
        {"no image", "![x](fake.png) ![y](page.html)\n", "="},
        {"directory", "![x](img)\n", "="},
        {"link to a page", "[x](page.html)\n", "="},
        {"link to no image", "[x](fake.png)\n", "="},
        {"wiki of a page", "![[page.html]]\n", "="},
        {"wiki in code", "`![[a.png]]`\n", "="},
        {"bad data", "![x](data:image/png;base64,####)\n", "="},
        {"data of no image", "![x](data:image/png;base64,aGVsbG8=)\n", "="},
        {"a second run", "![x](okb-asset:00000001)\n", "="},
    };
    (void)state;
    CHECK_ALL(examples);
}

static void test_paths_that_lead_outside_are_refused(void **state)
{
    static const char *const paths[] = {
        "../a.png",        "/a.png",      "..%2fa.png",       "..%5Ca.png",
        "img/../../a.png", "..\\\\a.png", "%2e%2e/a.png",     "img/..//../a.png",
        "a.png%00",        "%ff.png",     "\\\\\\\\h\\a.png",
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char text[256];
        snprintf(text, sizeof text, "![x](%s)\n", paths[i]);
        harness_result *r = kit_convert_text(text);
        if (r->status != OKB_OK || r->n_assets || r->n_siblings || strcmp(r->body, text) != 0 ||
            !harness_warned(r, OKB_W_REFUSED_ASSET))
            fail_msg("%s was not refused: %s", paths[i], r->body);
        harness_result_free(r);
    }
}

static void test_refusals_are_reported_once_for_each_destination(void **state)
{
    (void)state;
    harness_result *r = kit_convert_text("![x](no.png) ![y](no.png)\n\n![z](./no.png)\n");
    assert_int_equal(r->n_warnings, 1);
    assert_true(harness_warned(r, OKB_W_MISSING_ASSET));
    assert_int_equal(r->n_siblings, 1);
    harness_result_free(r);
    r = kit_convert_text("![x](fake.png)\n");
    assert_true(harness_warned(r, OKB_W_REFUSED_ASSET));
    harness_result_free(r);
}

static void test_assets_hold_the_bytes_and_the_true_type(void **state)
{
    (void)state;
    harness_result *r = kit_convert_text("![An *alt*\ntext](img/c.svg)\n![](b%20c.png)\n"
                                         "![](data:text/plain;base64,R0lG\tODlhAQ)\n");
    assert_int_equal(r->status, OKB_OK);
    assert_int_equal(r->n_assets, 2); /* a tab ends a destination */
    assert_string_equal(r->assets[0].media_type, "image/svg+xml");
    assert_string_equal(r->assets[0].name_hint, "c.svg");
    assert_int_equal(r->assets[0].len, 48);
    assert_string_equal(r->assets[1].media_type, "image/png");
    assert_memory_equal(r->assets[1].bytes, "\x89PNG\r\n\x1a\nsecond", 14);
    assert_true(r->assets[0].ended && r->assets[1].ended);
    assert_string_equal(r->refs[0].alt, "An *alt* text");
    harness_result_free(r);
}

static void test_an_asset_too_large_stays_where_it_is(void **state)
{
    harness_input input = {.name = "t.md", .sibling_dir = kit_dir()};
    static const char text[] = "![x](a.png) ![y](img/c.svg)\n";
    (void)state;
    input.limits = (okb_limits){.struct_size = sizeof(okb_limits),
                                .max_assets = 10,
                                .max_asset_bytes = 20,
                                .max_total_bytes = 1000,
                                .memory_bytes = 1 << 30};
    harness_result *r = harness_run(openkb_plugin_v1(0), text, sizeof text - 1, &input);
    assert_int_equal(r->status, OKB_OK);
    assert_string_equal(r->body, "![x](okb-asset:00000001) ![y](img/c.svg)\n");
    assert_true(harness_warned(r, OKB_W_TRUNCATED));
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inline_images_become_assets),
        cmocka_unit_test(test_images_are_found_in_every_kind_of_block),
        cmocka_unit_test(test_references_wiki_embeds_and_html_become_assets),
        cmocka_unit_test(test_what_is_no_image_keeps_its_bytes),
        cmocka_unit_test(test_paths_that_lead_outside_are_refused),
        cmocka_unit_test(test_refusals_are_reported_once_for_each_destination),
        cmocka_unit_test(test_assets_hold_the_bytes_and_the_true_type),
        cmocka_unit_test(test_an_asset_too_large_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
