/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Properties over many generated documents: the rendering before and after is equal but for
 * destinations, no byte of code changes, a second run changes nothing. The generator puts
 * together pieces that interact; its numbers come from a fixed seed.
 */
#include "markdown/kit.h"
#include "markdown/rendering.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 20000u

static const char *const pieces[] = {
    "![x](a.png)",
    "![",
    "](a.png)",
    "[y](img/a.png)",
    "![z][r]",
    "![r]",
    "[r]: a.png",
    "[r]:",
    "<img src='a.png'>",
    "<img src=a.png>",
    "<img ",
    "src=\"b c.png\"",
    "/>",
    ">",
    "<b c.png>",
    "![[a.png]]",
    "![[b c.png|3]]",
    "]]",
    "`",
    "``",
    "```",
    "~~~",
    "    ",
    "\t",
    "  ",
    " ",
    "- ",
    "1. ",
    "> ",
    "# ",
    "\n",
    "\n",
    "\n",
    "\n\n",
    "===",
    "---",
    "---\n",
    "| ",
    "|--|\n",
    "| a | b |\n|--|--|\n",
    "\\",
    "\\|",
    "\\[",
    "*",
    "**",
    "_",
    "~~",
    "<!--",
    "-->",
    "<div>",
    "</div>",
    "<pre>",
    "</pre>",
    "<script>",
    "</script>",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "<http://e/",
    "http://e/x",
    "www.e.f",
    "(",
    ")",
    "[",
    "]",
    "!",
    "\"t\"",
    "'t'",
    "&amp;",
    "&#46;",
    "text",
    "a",
    "é",

    "\r\n",
    "\r",
    "<a href='a.png'>",
    "[^1]",
    "[^1]: ",
    "![](data:;base64,iVBORw0KGgo=)",
    "%20",
    "b%20c.png",
    "../a.png",
    "![q](<b c.png> 'T')",
    "[![x](a.png)](b%20c.png)",
    "title = 1\n",
    "title: x\n",
};

static uint64_t seed;

static uint32_t number(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static size_t generate(char *out, size_t size)
{
    size_t n = 0;
    for (uint32_t left = 3 + number(40); left > 0; left--) {
        const char *piece = pieces[number(sizeof pieces / sizeof *pieces)];
        size_t len = strlen(piece);
        if (n + len >= size)
            break;
        memcpy(out + n, piece, len);
        n += len;
    }
    out[n] = '\0';
    return n;
}

typedef struct {
    size_t assets, refused;
} tally;

/* CR and CRLF become LF; in place. */
static void unix_lines(char *text)
{
    char *out = text;
    for (const char *p = text; *p; p++)
        if (*p != '\r')
            *out++ = *p;
        else if (p[1] != '\n')
            *out++ = '\n';
    *out = '\0';
}

static void check_rendering(char *text, const harness_result *r)
{
    unix_lines(text);
    size_t len = strlen(text);
    char *before = rendering_html(text, len), *after = rendering_html(r->body, r->body_len);
    if (!rendering_equal(before, after))
        fail_msg("%s\n--- became\n%s\n--- and\n%s\n---\n%s", text, r->body, before, after);
    free(before), free(after);
    before = rendering_code(text, len), after = rendering_code(r->body, r->body_len);
    if (strcmp(before, after) != 0)
        fail_msg("code changed:\n%s\n--- became\n%s", text, r->body);
    free(before), free(after);
}

static void check_document(char *text, size_t len, tally *seen)
{
    harness_result *r = kit_convert(text, len);
    if (r->status != OKB_OK)
        fail_msg("status %d for:\n%s", r->status, text);
    check_rendering(text, r);
    harness_result *again = kit_convert(r->body, r->body_len);
    if (strcmp(r->body, again->body) != 0)
        fail_msg("a second run changed:\n%s\n--- to\n%s\n--- of\n%s", r->body, again->body,
                 text);
    seen->assets += r->n_refs;
    for (size_t i = 0; i < r->n_warnings; i++)
        seen->refused += strstr(r->warnings[i].value, "may be no image") != NULL;
    harness_result_free(r), harness_result_free(again);
}

static void test_generated_documents_keep_their_rendering(void **state)
{
    tally seen = {0};
    char text[4096];
    (void)state;
    for (uint32_t i = 0; i < DOCUMENTS; i++) {
        seed = i;
        size_t len = generate(text, sizeof text);
        check_document(text, len, &seen);
    }
    print_message("%zu assets in %u documents, %zu destinations did not stand the proof\n",
                  seen.assets, DOCUMENTS, seen.refused);
    assert_true(seen.assets > DOCUMENTS / 4);
    assert_true(seen.refused < seen.assets / 200);
}

static void test_the_judge_sees_a_difference(void **state)
{
    (void)state;
    assert_true(rendering_equal("<img src=\"a\">", "<img src=\"okb-asset:00000001\">"));
    assert_false(rendering_equal("<img src=\"a\"> b", "<img src=\"okb-asset:00000001\"> c"));
    assert_false(
        rendering_equal("<img src=\"a\" alt=\"b\">", "<img src=\"okb-asset:00000001\">"));
    assert_false(rendering_equal("<p>a</p>", "<p>a</p>\n"));
    char *code = rendering_code("`a` b\n\n    c\n", 12);
    assert_string_equal(code, "a\nc\n\n");
    free(code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generated_documents_keep_their_rendering),
        cmocka_unit_test(test_the_judge_sees_a_difference),
    };
    return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
