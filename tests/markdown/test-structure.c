/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The outline and where its headings begin; hostile nesting; failures of the host.
 */
#include "markdown/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All headings as "level@offset title;". */
static const char *outline(const harness_result *r)
{
    static char all[4096];
    size_t n = 0;
    all[0] = '\0';
    for (size_t i = 0; i < r->n_headings && n < sizeof all - 300; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%u@%zu %.200s;", r->headings[i].level,
                              r->headings[i].offset, r->headings[i].title);
    return all;
}

static void test_headings_are_announced_where_they_begin(void **state)
{
    static const struct {
        const char *label, *input, *expected;
    } examples[] = {
        {"atx", "# A\n\ntext\n\n###   B c ###\n", "1@0 A;3@11 B c;"},
        {"indented", "   ## A\n", "2@3 A;"},
        {"setext", "A\n===\n\nB *b*\nc\n---\nx\n", "1@0 A;2@7 B b c;"},
        {"setext at the end", "x\n\nA\n===", "1@3 A;"},
        {"setext before blank lines", "A\n===\n\n\n", "1@0 A;"},
        {"setext in a list", "- A\n  ===\n- x\n", "1@2 A;"},
        {"setext after definitions", "[a]: b\n[c]: d\nA\n---\n", "2@14 A;"},
        {"setext that begins with a number sign", "#A\n===\n", "1@0 #A;"},
        {"markup", "# ![i](x) [l](y) `c` <b>h</b> &lt; ~~s~~ \\# ☃\n", "1@0 i l c h < s # ☃;"},
        {"in a quote", "> # A\n\n# B\n", "1@7 B;"},
        {"in a list", "- # A\n", "1@2 A;"},
        {"in code", "```\n# A\n```\n\n    # B\n", ""},
        {"in html", "<div>\n# A\n</div>\n", ""},
        {"empty", "#\n\n# #\n", ""},
        {"no heading", "#A\n\n####### B\n\\# C\n", ""},
        {"after front matter", "---\ntitle: t\n---\n\n# A\n", "1@18 A;"},
        {"after many blank lines", "\n\n\n\n\n\n\n\n\n\n\n\n# A\n", "1@12 A;"},
        {"after crlf", "x\r\n\r\n# A\r\n", "1@3 A;"},
        {"control characters", "# A\vb\x01 c\n", "1@0 A b c;"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        harness_result *r = kit_convert_text(examples[i].input);
        if (r->status != OKB_OK || strcmp(outline(r), examples[i].expected) != 0)
            fail_msg("%s: %d %s", examples[i].label, r->status, outline(r));
        harness_result_free(r);
    }
}

static void test_headings_after_an_asset_count_its_path(void **state)
{
    (void)state;
    harness_result *r = kit_convert_text("![](a.png)\n\n# A ![b](a.png)\n");
    assert_string_equal(outline(r), "1@25 A b;");
    assert_memory_equal(r->body + r->headings[0].offset, "# A", 3);
    harness_result_free(r);
}

static void test_a_long_heading_is_cut(void **state)
{
    char *text = malloc(100010);
    (void)state;
    memset(text, 'a', 100000);
    memcpy(text, "# ", 2);
    strcpy(text + 100000, "\n");
    harness_result *r = kit_convert_text(text);
    assert_int_equal(r->n_headings, 1);
    assert_int_equal(strlen(r->headings[0].title), 4096);
    assert_string_equal(r->body, text);
    harness_result_free(r);
    free(text);
}

static const char *const hostile[] = {
    "[",
    "]",
    "![",
    "[a](",
    "![a](<",
    "*",
    "_",
    "**a",
    "`",
    "``a`",
    "<",
    "<a ",
    "<!--",
    "<?",
    "<![CDATA[",
    "<!A ",
    "> ",
    "- ",
    "1. ",
    "  - a\n",
    "[a]: ",
    "[a]: b\n",
    "|",
    "|-",
    "a|b\n",
    "&",
    "\\",
    "~",
    "![[",
    "![[a",
    "http://",
    "www.",
    "[^1]",
    "<img src=",
    "<img src='a.png' ",
    "<img src='a.png'>",
    "![](a.png)",
    "# ",
    "a\n===\n",
    "```\n",
    "\t",
    "(",
    "[a](b \"",
    "[a](b '",
    "[a](b (",
    "<a b=\"",
    "<http:",
    "é",
    "- a\n\n",
    "> a\n\n",
    "[![](",
    "![[](",
    "](",
};

/* Half the input of each family is blank lines: cmark visits every open container for each. */
static char *pathological(const char *unit, size_t size, bool blanks, const char *front)
{
    char *text = malloc(size + 64);
    size_t n = (size_t)sprintf(text, "%s", front), len = strlen(unit);
    while (n + len < (blanks ? size / 2 : size)) {
        memcpy(text + n, unit, len);
        n += len;
    }
    while (blanks && n < size)
        text[n++] = '\n';
    text[n] = '\0';
    return text;
}

static void test_hostile_nesting_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        for (int form = 0; form < 4; form++) {
            char *text =
                pathological(hostile[i], 50000, form & 1, form & 2 ? "![](a.png)\n\n" : "");
            harness_result *r = kit_convert_text(text);
            if (r->status != OKB_OK)
                fail_msg("%s: %d %s", hostile[i], r->status, r->message);
            harness_result_free(r);
            free(text);
        }
}

static void test_every_failure_of_the_host_is_passed_on(void **state)
{
    static const char text[] = "---\ntitle: t\n---\n# A\n![](a.png) ![](none.png)\n"
                               "<img src=img/a.png>\n![](data:;base64,iVBORw0KGgo=)\n";
    harness_input input = {.name = "t.md", .sibling_dir = kit_dir()};
    unsigned call = 0;
    (void)state;
    for (okb_status status = -1; status != OKB_OK;) {
        input.fail_call = ++call;
        input.fail_status = OKB_E_CANCELLED;
        harness_result *r = harness_run(openkb_plugin_v1(0), text, sizeof text - 1, &input);
        status = r->status;
        assert_true(status == OKB_OK || status == OKB_E_CANCELLED);
        harness_result_free(r);
    }
    assert_true(call > 20);
}

static void test_a_text_too_large_for_its_structure_is_passed_through(void **state)
{
    static const char text[] = "# A\n\n![](a.png)\n";
    harness_input input = {.name = "t.md", .sibling_dir = kit_dir()};
    (void)state;
    input.limits = (okb_limits){.struct_size = sizeof(okb_limits), .memory_bytes = 100};
    harness_result *r = harness_run(openkb_plugin_v1(0), text, sizeof text - 1, &input);
    assert_int_equal(r->status, OKB_OK);
    assert_string_equal(r->body, text);
    assert_true(harness_warned(r, OKB_W_STRUCTURE));
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headings_are_announced_where_they_begin),
        cmocka_unit_test(test_headings_after_an_asset_count_its_path),
        cmocka_unit_test(test_a_long_heading_is_cut),
        cmocka_unit_test(test_hostile_nesting_is_survived),
        cmocka_unit_test(test_every_failure_of_the_host_is_passed_on),
        cmocka_unit_test(test_a_text_too_large_for_its_structure_is_passed_through),
    };
    return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
