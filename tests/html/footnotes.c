/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Footnotes as the generators of pages write them, and what only looks like one.
 */
#include "cases.h"

static void test_what_links_both_ways_is_a_footnote(void **state)
{
    static const page_case cases[] = {
        {"kramdown, Python-Markdown",
         "<p>a<sup id='fnref:1'><a href='#fn:1' class=footnote>1</a></sup>."
         "<div class=footnotes><ol><li id='fn:1'><p>Note.&#160;"
         "<a href='#fnref:1'>&#8617;</a></p></li></ol></div>",
         "a[^1].\n\n[^1]: Note.\n"},
        {"pandoc",
         "<p>a<a href='#fn1' class=footnote-ref id=fnref1 role=doc-noteref><sup>1</sup></a>"
         "<section><hr><ol><li id=fn1><p>One.</p><p>Two.<a href='#fnref1'>↩</a></p></ol>",
         "a[^1]\n\n***\n\n[^1]: One.\n\n    Two.\n"},
        {"GitHub",
         "<p>a<sup><a href='#user-content-fn-1' id=user-content-fnref-1>1</a></sup>"
         "<section><ol><li id=user-content-fn-1><p>N "
         "<a href='#user-content-fnref-1'>↩</a></p></li></ol></section>",
         "a[^1]\n\n[^1]: N\n"},
        {"MediaWiki",
         "<p>a<sup id=cite_ref-1 class=reference><a href='#cite_note-1'>[1]</a></sup>"
         "<ol><li id=cite_note-1><span class=mw-cite-backlink><b><a href='#cite_ref-1'>^</a>"
         "</b></span> <span>N</span></ol>",
         "a[^1]\n\n[^1]: N\n"},
        {"Sphinx, old",
         "<p>a <a class=footnote-reference href='#id2' id=id1>1</a>"
         "<dl><dt id=id2><span><a href='#id1'>1</a></span><dd><p>N</p></dl>",
         "a [^1]\n\n[^1]: N\n"},
        {"Sphinx, new",
         "<p>a <a class=footnote-reference href='#id2' id=id1><span>[</span>1<span>]</span></a>"
         "<aside id=id2><span><span>[</span><a href='#id1'>1</a><span>]</span></span><p>N</p>"
         "</aside>",
         "a [^1]\n\n[^1]: N\n"},
        {"DocBook",
         "<p>a<a href='#ftn.x' class=footnote name=x><sup>[1]</sup></a>"
         "<div><div id='ftn.x'><p><a href='#x'><sup>[1] </sup></a>N</p></div></div>",
         "a[^1]\n\n[^1]: N\n"},
        {"one note, two references",
         "<p>a<sup id=r1><a href='#n'>1</a></sup> b<sup id=r2><a href='#n'>1</a></sup>"
         "<ol><li id=n>N <a href='#r1'>a</a> <a href='#r2'>b</a></ol>",
         "a[^1] b[^1]\n\n[^1]: N\n"},
        {"in a note, to another",
         "<p>a<sup id=r1><a href='#n1'>1</a></sup><ol><li id=n1>N"
         "<sup id=r2><a href='#n2'>2</a></sup> <a href='#r1'>1</a>"
         "<li id=n2>M <a href='#r2'>^</a></ol>",
         "a[^1]\n\n[^1]: N[^2]\n\n[^2]: M\n"},
        {"in a cell",
         "<table><tr><th>A<tr><td>x<sup id=r><a href='#n'>1</a></sup></table>"
         "<ol><li id=n><a href='#r'>^</a> N</ol>",
         "| A |\n| --- |\n| x[^1] |\n\n[^1]: N\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_what_is_not_sure_stays_a_link(void **state)
{
    static const page_case cases[] = {
        {"no way back", "<p>a<sup><a href='#n'>1</a></sup><ol><li id=n>N</ol>",
         "a<sup>[1](#n)</sup>\n\n1. N\n"},
        {"not there", "<p>a<sup id=r><a href='#n'>1</a></sup>", "a<sup>[1](#n)</sup>\n"},
        {"contents and headings",
         "<ul><li id=c><a href='#h'>Intro</a></ul><h2 id=h><a href='#c'>Intro</a></h2>",
         "- [Intro](#h)\n\n## [Intro](#c)\n"},
        {"a list of notes and others",
         "<p>a<sup id=r><a href='#n'>1</a></sup><ol><li id=n>N <a href='#r'>^</a><li>x</ol>",
         "a<sup>[1](#n)</sup>\n\n1. N [^](#r)\n2. x\n"},
        {"in an item",
         "<ul><li>a<sup id=r><a href='#n'>1</a></sup>"
         "<ol><li id=n>N <a href='#r'>^</a></ol></ul>",
         "- a<sup>[1](#n)</sup>\n  1. N [^](#r)\n"},
        {"in a heading",
         "<p>a<sup id=r><a href='#n'>1</a></sup><h2>T<div id=n>N <a href='#r'>^</a></div></h2>",
         "a<sup>[1](#n)</sup>\n\n## T N [^](#r)\n"},
        {"in a note, to what is none",
         "<p>a<sup id=r1><a href='#n1'>1</a></sup><aside id=n1>N <a href='#r1'>^</a> "
         "see <a id=r2 href='#n2'>[2]</a> in <a href='#s'>3</a></aside>"
         "<ol><li id=n2>M <a href='#r2'>^</a><li>x</ol><h2 id=s>S</h2>",
         "a[^1]\n\n[^1]: N see [\\[2\\]](#n2) in [3](#s)\n\n1. M [^](#r2)\n2. x\n\n## S\n"},
        {"words", "<p id=r>a <a href='#n'>see this</a><p id=n>N <a href='#r'>back</a>",
         "a [see this](#n)\n\nN [back](#r)\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_links_both_ways_is_a_footnote),
        cmocka_unit_test(test_what_is_not_sure_stays_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
