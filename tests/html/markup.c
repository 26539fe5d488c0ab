/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Markup that HTML 4 parsers get wrong, read by HTML5's rules.
 */
#include "cases.h"

static void test_formatting_survives_wrong_nesting(void **state)
{
    static const page_case cases[] = {
        {"closed in the wrong order", "<p><b>one<i>two</b>three</i>",
         "<strong>one*two*</strong>*three*\n"},
        {"bold across paragraphs", "<p><b>x<p>y</b>z", "**x**\n\n**y**z\n"},
        {"block inside, closed outside", "<b>x<p>y</b>z</p>", "**x**\n\n**y**z\n"},
        {"bold around a section", "<b><section>x</section></b>", "**x**\n"},
        {"never closed", "<p><em>x<p>y", "*x*\n\n*y*\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_ends_are_implied_by_html5s_rules(void **state)
{
    static const page_case cases[] = {
        {"section ends p", "<p>a<section>b</section>", "a\n\nb\n"},
        {"article, nav, aside", "<p>a<article>b</article><p>c<figure>d</figure>",
         "a\n\nb\n\nc\n\nd\n"},
        {"items", "<ul><li>a<li>b</ul>c", "- a\n- b\n\nc\n"},
        {"item in a div", "<ul><li><div>a<li>b</ul>", "- a\n- b\n"},
        {"list in an item is its own", "<ul><li>a<ul><li>b</ul><li>c</ul>",
         "- a\n  - b\n- c\n"},
        {"terms", "<dl><dt>a<dd>b<dt>c<dd>d</dl>", "- a\n  - b\n- c\n  - d\n"},
        {"heading in a heading", "<h1>a<h2>b</h2>", "# a\n\n## b\n"},
        {"form feed", "<p\fclass=x>a\fb", "a b\n"},
        {"unknown end", "<p>a</foo></b>b", "ab\n"},
        {"break as an end", "<p>a</br>b", "a\\\nb\n"},
        {"button in a button", "<button>a<button>b", "ab\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_what_cannot_be_in_a_table_goes_before_it(void **state)
{
    static const page_case cases[] = {
        {"text", "<table>x<tr><th>a<tr><td>b</table>", "x\n\n| a |\n| --- |\n| b |\n"},
        {"paragraph", "<table><tr><p>x</p><th>a<tr><td>b</table>",
         "x\n\n| a |\n| --- |\n| b |\n"},
        {"cells without a row", "<table><th>a<th>b</table>", "| a | b |\n| --- | --- |\n"},
        {"cells without a table", "<td>a</td><p>b", "a\n\nb\n"},
        {"table directly in a table", "<table><table><tr><th>a</table>", "| a |\n| --- |\n"},
        {"bold does not leak out of a cell", "<table><tr><th><b>a<th>c</table>",
         "| **a** | c |\n| --- | --- |\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_raw_text_is_no_markup(void **state)
{
    static const page_case cases[] = {
        {"textarea", "<textarea><b>x</b></textarea>", "\\<b>x\\</b>\n"},
        {"title", "<title><b>T</title><p>x", "x\n"},
        {"xmp", "<xmp><b>x</b></xmp>", "```\n<b>x</b>\n```\n"},
        {"script that writes tags", "<script>document.write('<p>no</p>')</script>x", "x\n"},
        {"script never closed", "<script>a<p>x", "a\n\nx\n"},
        {"style with a child selector", "<style>a > b {}</style>x", "x\n"},
        {"template", "<template><p>no</p></template>x", "x\n"},
        {"drawing", "<svg><title>no</title><text>no</text></svg>x", "x\n"},
        {"comment", "a<!-- <p>no</p> -->b", "ab\n"},
        {"comment of two dashes", "a<!-- x -- y -->b<!-->c<!--->d", "abcd\n"},
        {"comment never closed", "a<!-- <p>x</p> y", "ax y\n"},
        {"conditional comment", "<![if !IE]>a<![endif]>b", "ab\n"},
        {"character data", "<![CDATA[a<b]]>c", "a\\<bc\n"},
        {"document type with a subset", "<!DOCTYPE html [<!ENTITY x \"y\">]><p>a&x;",
         "a\\&x;\n"},
        {"entity of a file",
         "<!DOCTYPE html [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><p>a&x;", "a\\&x;\n"},
        {"document type of a file", "<!DOCTYPE html SYSTEM \"file:///etc/passwd\"><p>a", "a\n"},
        {"inclusion", "<p>a<xi:include href='file:///etc/passwd' parse=text />b", "ab\n"},
        {"processing instruction", "<?php echo 1 ?>x", "x\n"},
        {"less than", "<p>a < b <3 <-- c", "a < b <3 <-- c\n"},
        {"quote never closed", "<a href=\"x>t</a><p>y", "[t](\"x)\n\ny\n"},
        {"tag never closed", "<p>a<b", "a\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_attributes_are_read_as_browsers_do(void **state)
{
    static const page_case cases[] = {
        {"the first counts", "<a href=a href=b>t</a>", "[t](a)\n"},
        {"capitals", "<A HREF='a'>t</A>", "[t](a)\n"},
        {"no quotes", "<a href=a/b?c=d>t</a>", "[t](a/b?c=d)\n"},
        {"greater than in quotes", "<a href='a>b' title=\"x>y\">t</a>", "[t](a>b \"x>y\")\n"},
        {"references", "<a href='?a=1&amp;b=&lt;2'>t</a>", "[t](?a=1&b=<2)\n"},
        {"quotes in quotes", "<a href=u title='say \"x\"'>t</a>", "[t](u \"say \\\"x\\\"\")\n"},
        {"self-closing means nothing", "<b/>x", "**x**\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formatting_survives_wrong_nesting),
        cmocka_unit_test(test_ends_are_implied_by_html5s_rules),
        cmocka_unit_test(test_what_cannot_be_in_a_table_goes_before_it),
        cmocka_unit_test(test_raw_text_is_no_markup),
        cmocka_unit_test(test_attributes_are_read_as_browsers_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
