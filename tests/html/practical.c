/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What people keep complaining about in converters, one page each. The expected Markdown was
 * written from the page alone, before any converter had seen it.
 */
#include "cases.h"

static void test_tables_keep_their_columns(void **state)
{
    static const page_case cases[] = {
        {"colspan",
         "<table><tr><th colspan=2>Both</th></tr><tr><td>l</td><td>r</td></tr></table>",
         "| Both |  |\n| --- | --- |\n| l | r |\n",
         {"| Both | Both |\n| --- | --- |\n| l | r |\n"}},
        {"rowspan",
         "<table><tr><th>A</th><th>B</th></tr><tr><td "
         "rowspan=2>x</td><td>1</td></tr><tr><td>2</td></tr></table>",
         "| A | B |\n| --- | --- |\n| x | 1 |\n|  | 2 |\n",
         {"| A | B |\n| --- | --- |\n| x | 1 |\n| x | 2 |\n"}},
        {"no header",
         "<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>",
         "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n",
         {"<table><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>\n"}},
        {"omitted ends", "<table><tr><th>a<th>b<tr><td>1<td>2</table>",
         "| a | b |\n| --- | --- |\n| 1 | 2 |\n"},
        {"pipes", "<table><tr><th>A</th></tr><tr><td>p|q <code>r|s</code></td></tr></table>",
         "| A |\n| --- |\n| p\\|q `r\\|s` |\n"},
        {"list in a cell",
         "<table><tr><th>A</th><th>B</th></tr><tr><td><ul><li>p</li><li>q</li></ul></td><td>z</"
         "td></tr></table>",
         "| A | B |\n| --- | --- |\n| <ul><li>p</li><li>q</li></ul> | z |\n",
         {"| A | B |\n| --- | --- |\n| - p<br>- q | z |\n",
          "| A | B |\n| --- | --- |\n| • p<br>• q | z |\n",
          "<table><tr><th>A</th><th>B</th></tr><tr><td><ul><li>p</li><li>q</li></ul></"
          "td><td>z</td></tr></table>\n"}},
        {"paragraphs in a cell",
         "<table><tr><th>A</th></tr><tr><td><p>p</p><p>q</p></td></tr></table>",
         "| A |\n| --- |\n| p<br>q |\n",
         {"| A |\n| --- |\n| p<br><br>q |\n",
          "<table><tr><th>A</th></tr><tr><td><p>p</p><p>q</p></td></tr></table>\n"}},
        {"break in a cell", "<table><tr><th>A</th></tr><tr><td>p<br>q</td></tr></table>",
         "| A |\n| --- |\n| p<br>q |\n"},
        {"code in a cell",
         "<table><tr><th>A</th></tr><tr><td><pre>p\nq</pre></td></tr></table>",
         "| A |\n| --- |\n| `p`<br>`q` |\n",
         {"| A |\n| --- |\n| <pre>p<br>q</pre> |\n",
          "| A |\n| --- |\n| <code>p<br>q</code> |\n",
          "<table><tr><th>A</th></tr><tr><td><pre>p\nq</pre></td></tr></table>\n"}},
        {"table in a cell",
         "<table><tr><th>A</th><th>B</th></tr><tr><td><table><tr><td>n</td><td>m</td></tr></"
         "table></td><td>z</td></tr></table>",
         "| A | B |\n| --- | --- |\n| n m | z |\n",
         {"| A | B |\n| --- | --- |\n| n \\| m | z |\n",
          "| A | B |\n| --- | --- |\n| <table><tr><td>n</td><td>m</td></tr></table> | z |\n",
          "<table><tr><th>A</th><th>B</th></tr><tr><td><table><tr><td>n</td><td>m</td></tr></"
          "table></td><td>z</td></tr></table>\n"}},
        {"layout", "<table><tr><td><h1>T</h1><p>x</p></td></tr></table>", "# T\n\nx\n"},
        {"caption",
         "<table><caption>C</caption><tr><th>A</th></tr><tr><td>1</td></tr></table>",
         "C\n\n| A |\n| --- |\n| 1 |\n",
         {"| A |\n| --- |\n| 1 |\n\nC\n", "**C**\n\n| A |\n| --- |\n| 1 |\n",
          "*C*\n\n| A |\n| --- |\n| 1 |\n",
          "<table><caption>C</caption><tr><th>A</th></tr><tr><td>1</td></tr></table>\n"}},
        {"alignment",
         "<table><tr><th align=right>A</th><th style='text-align: center'>B</th></tr></table>",
         "| A | B |\n| --: | :-: |\n"},
        {"heading in a cell",
         "<table><tr><th>A</th></tr><tr><td><h3>T</h3>x</td></tr></table>",
         "| A |\n| --- |\n| **T**<br>x |\n",
         {"| A |\n| --- |\n| **T** x |\n", "| A |\n| --- |\n| <h3>T</h3>x |\n"}},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_lists_keep_their_shape(void **state)
{
    static const page_case cases[] = {
        {"list directly in a list",
         "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>",
         "- a\n  - b\n- c\n",
         {"- a\n- - b\n- c\n"}},
        {"list before any item", "<ul><ul><li>b</li></ul></ul>", "- - b\n", {"- b\n"}},
        {"start", "<ol start=7><li>a</li><li>b</li></ol>", "7. a\n8. b\n"},
        {"paragraphs make it loose", "<ul><li><p>a</p></li><li><p>b</p></li></ul>",
         "- a\n\n- b\n"},
        {"code in an item", "<ol><li>a<pre>x</pre></li><li>b</li></ol>",
         "1. a\n   ```\n   x\n   ```\n2. b\n"},
        {"tasks",
         "<ul><li><input type=checkbox checked> done</li><li><input type=checkbox> "
         "todo</li></ul>",
         "- [x] done\n- [ ] todo\n"},
        {"definitions",
         "<dl><dt>T</dt><dd>D</dd><dt>U</dt><dd>E</dd><dd>F</dd></dl>",
         "- T\n  - D\n- U\n  - E\n  - F\n",
         {"<dl><dt>T</dt><dd>D</dd><dt>U</dt><dd>E</dd><dd>F</dd></dl>\n",
          "T\n\nD\n\nU\n\nE\n\nF\n", "**T**\n\nD\n\n**U**\n\nE\n\nF\n",
          "T\n: D\n\nU\n: E\n: F\n"}},
        {"task in a label", "<ul><li><label><input type=checkbox> a</label></li></ul>",
         "- [ ] a\n"},
        {"omitted ends of items", "<ul><li>a<li>b</ul><dl><dt>T<dd>D</dl><p>x<p>y",
         "- a\n- b\n\n* T\n  - D\n\nx\n\ny\n"},
        {"item after a break", "<ul><li>a<br>b</li></ul>", "- a\\\n  b\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_white_space_and_spans_settle(void **state)
{
    static const page_case cases[] = {
        {"space in bold", "<p>foo<b> bar </b>baz</p>", "foo **bar** baz\n"},
        {"only space in bold", "<p>a<b> </b>b</p>", "a b\n"},
        {"adjacent", "<p><b>a</b><b>b</b></p>", "**ab**\n"},
        {"intraword", "<p>a<b>b</b>c x<em>y</em>z</p>", "a**b**c x*y*z\n"},
        {"lines", "<p>a\n  b\n<b>c</b>\nd</p>", "a b **c** d\n"},
        {"colon in bold", "<p><b>Note:</b>text</p>", "<strong>Note:</strong>text\n"},
        {"two breaks", "<div>a<br><br>b</div>", "a\n\nb\n", {"a<br><br>b\n", "a\\\n<br>b\n"}},
        {"break", "<p>a<br>b</p>", "a\\\nb\n"},
        {"bold around blocks",
         "<b><p>x</p><p>y</p></b>",
         "**x**\n\n**y**\n",
         {"<b><p>x</p><p>y</p></b>\n"}},
        {"link around blocks",
         "<a href=/x><h3>T</h3><p>d</p></a>",
         "### [T](/x)\n\n[d](/x)\n",
         {"<a href=\"/x\"><h3>T</h3><p>d</p></a>\n", "### [T](/x)\n\nd\n"}},
        {"inline blocks", "<div>a</div><div>b</div>", "a\n\nb\n"},
        {"sub and sup",
         "<p>H<sub>2</sub>O x<sup>2</sup></p>",
         "H<sub>2</sub>O x<sup>2</sup>\n",
         {"H₂O x²\n"}},
        {"links on lines", "<p><a href=a>x</a>\n<a href=b>y</a></p>", "[x](a) [y](b)\n"},
        {"space in a link", "<p>foo<a href=u> bar </a>baz</p>", "foo [bar](u) baz\n"},
        {"spans", "<p><span>a</span><span>b</span> <span>c</span></p>", "ab c\n"},
        {"invisible characters", "<p>a\u200bb \u202ec\u2069 \ufeffd</p>",
         "a\u200bb \u202ec\u2069 \ufeffd\n"},
        {"long lines",
         "<p>A line of more than eighty characters is a line all the same, and "
         "<a href='/a/long/address'>a link of several words at its end</a></p>",
         "A line of more than eighty characters is a line all the same, and "
         "[a link of several words at its end](/a/long/address)\n"},
        {"quotation",
         "<p>He said <q>no</q>.</p>",
         "He said “no”.\n",
         {"He said \"no\".\n", "He said <q>no</q>.\n"}},
        {"ruby",
         "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>",
         "漢(kan)\n",
         {"漢 (kan)\n", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>\n"}},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_text_stays_text(void **state)
{
    static const page_case cases[] = {
        {"hash", "<p># not a heading</p>", "\\# not a heading\n"},
        {"year", "<p>1986. A year</p>", "1986\\. A year\n"},
        {"angles", "<p>use &lt;div> and &amp;lt;</p>", "use \\<div> and \\&lt;\n"},
        {"rule", "<p>---</p><p>x</p>", "\\---\n\nx\n"},
        {"list marks", "<p>+ a</p><p>- b</p><p>* c</p><p>1) d</p><p>> e</p>",
         "\\+ a\n\n\\- b\n\n\\* c\n\n1\\) d\n\n\\> e\n"},
        {"fences", "<p>```</p><p>~~~</p>", "\\`\\`\\`\n\n\\~\\~\\~\n"},
        {"backticks", "<p>a `b` c</p>", "a \\`b\\` c\n"},
        {"script as text", "<p>&lt;script>x&lt;/script></p>", "\\<script>x\\</script>\n"},
        {"nothing to escape",
         "<p>C# 1.5 - a [b] (c) 3 * 4 = 12, x_y! ~5 a+b #1 5) &lt; 6 > 4 {x} a|b: \"q\" $5</p>",
         "C# 1.5 - a [b] (c) 3 * 4 = 12, x_y! ~5 a+b #1 5) < 6 > 4 {x} a|b: \"q\" $5\n"},
        {"url", "<p>see http://example.com/a_b</p>", "see http\\://example.com/a_b\n"},
        {"definition", "<p>[x]: y</p>", "\\[x]: y\n"},
        {"script and style", "<style>.a{}</style><script>x()</script><p>ok</p>", "ok\n"},
        {"hidden", "<p style='display:none'>s</p><p hidden>h</p><p>ok</p>", "ok\n"},
        {"name with underscores", "<p>a_b_c __x__</p>", "a_b_c \\_\\_x\\_\\_\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_code_keeps_text_and_language(void **state)
{
    static const page_case cases[] = {
        {"fence inside", "<pre><code>```\nx\n```</code></pre>", "````\n```\nx\n```\n````\n"},
        {"breaks", "<pre>a<br>b</pre>", "```\na\nb\n```\n"},
        {"class on code", "<pre><code class=language-js>a</code></pre>", "```js\na\n```\n"},
        {"class on pre", "<pre class='brush: java'>a</pre>", "```java\na\n```\n"},
        {"data-lang", "<pre><code data-lang=go>a</code></pre>", "```go\na\n```\n"},
        {"class on div",
         "<div class=highlight-py><div class=highlight><pre>a</pre></div></div>",
         "```py\na\n```\n"},
        {"sourceCode", "<pre class='sourceCode hs'><code>a</code></pre>", "```hs\na\n```\n"},
        {"hljs", "<pre><code class='hljs rust'>a</code></pre>", "```rust\na\n```\n"},
        {"github", "<div class='highlight highlight-source-shell'><pre>a</pre></div>",
         "```shell\na\n```\n"},
        {"gutter of spans",
         "<pre><span class=lineno>1 </span>a\n<span class=lineno>2 </span>b</pre>",
         "```\na\nb\n```\n"},
        {"gutter of a table",
         "<table><tr><td class=linenos><pre>1\n2</pre></td><td "
         "class=code><pre>a\nb</pre></td></tr></table>",
         "```\na\nb\n```\n"},
        {"line elements", "<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```\n"},
        {"blank lines", "<pre>a\n\n  b\n</pre>", "```\na\n\n  b\n```\n"},
        {"inline", "<p><code>a`b</code></p>", "``a`b``\n"},
        {"inline with a link",
         "<p><code>f(<a href=x>y</a>)</code></p>",
         "`f(`[`y`](x)`)`\n",
         {"<code>f(<a href=\"x\">y</a>)</code>\n", "[`f(y)`](x)\n"}},
        {"keyboard",
         "<p>press <kbd>Ctrl</kbd></p>",
         "press `Ctrl`\n",
         {"press <kbd>Ctrl</kbd>\n"}},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_links_and_pictures_find_their_address(void **state)
{
    static const page_case cases[] = {
        {"base", "<base href='https://e.com/d/'><a href=p.html>t</a>",
         "[t](https://e.com/d/p.html)\n"},
        {"base and dots", "<base href='https://e.com/d/e/f'><a href='../q?x#y'>t</a>",
         "[t](https://e.com/d/q?x#y)\n"},
        {"blank and parentheses", "<a href='/a b(c)d'>t</a>", "[t](</a b(c)d>)\n"},
        {"lazy", "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw=' data-src=r.jpg alt=x>",
         "![x](r.jpg)\n"},
        {"srcset",
         "<picture><source srcset='a.webp 1x'><img srcset='s.jpg 320w, l.jpg 1024w' "
         "alt=x></picture>",
         "![x](l.jpg)\n",
         {"![x](a.webp)\n", "<picture><source srcset=\"a.webp 1x\"><img srcset=\"s.jpg 320w, "
                            "l.jpg 1024w\" alt=\"x\"></picture>\n"}},
        {"noscript", "<img class=lazy alt=x><noscript><img src=r.jpg alt=x></noscript>",
         "![x](r.jpg)\n"},
        {"noscript doubles nothing",
         "<img src=r.jpg alt=x><noscript><img src=r.jpg></noscript>", "![x](r.jpg)\n"},
        {"javascript", "<a href='java\nscript:x()'>t</a>", "t\n"},
        {"other addresses that act",
         "<a href='data:text/html,x'>t</a> <a href=VBScript:x>u</a>", "t u\n"},
        {"own place", "<h2>T<a class=headerlink href='#t'>¶</a></h2>", "## T\n"},
        {"iframe",
         "<iframe src='https://v.example/1' title=Film></iframe>",
         "[Film](https://v.example/1)\n",
         {"<https://v.example/1>\n",
          "<iframe src=\"https://v.example/1\" title=\"Film\"></iframe>\n"}},
        {"picture in a link", "<a href=b><img src=a.png alt=x></a>", "[![x](a.png)](b)\n"},
        {"link in a link", "<a href=a>x<a href=b>y</a>", "[x](a)[y](b)\n", {"[x](a) [y](b)\n"}},
        {"address as text", "<a href='http://e.com/'>http://e.com/</a>", "<http://e.com/>\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

/* What the host knows of the source; the page's own base is relative to it. */
static void test_addresses_are_relative_to_the_source(void **state)
{
    static const page_case cases[] = {
        {"no base", "<a href='../p.html#x'>t</a>", "[t](https://e.com/p.html#x)\n"},
        {"own base", "<base href='/d/'><a href=p.html>t</a>", "[t](https://e.com/d/p.html)\n"},
        {"its own place", "<a href='#x'>t</a>", "[t](#x)\n"},
    };
    harness_input input = {.name = "page.html", .base_url = "https://e.com/a/b.html"};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        harness_result *r =
            harness_run(openkb_plugin_v1(0), cases[i].html, strlen(cases[i].html), &input);
        assert_string_equal(r->body, cases[i].markdown);
        harness_result_free(r);
    }
}

static void test_formulas_become_tex(void **state)
{
    static const page_case cases[] = {
        {"annotation",
         "<math><semantics><mi>x</mi><annotation "
         "encoding='application/x-tex'>x^2</annotation></semantics></math>",
         "$x^2$\n",
         {"$`x^2`$\n", "\\\\(x^2\\\\)\n", "`$x^2$`\n"}},
        {"katex",
         "<span class=katex><span class=katex-mathml><math><annotation "
         "encoding='application/x-tex'>E=mc^2</annotation></math></span><span class=katex-html "
         "aria-hidden=true>E=mc2</span></span>",
         "$E=mc^2$\n",
         {"$`E=mc^2`$\n", "\\\\(E=mc^2\\\\)\n"}},
        {"script",
         "<p>so <script type='math/tex'>a+b</script></p>",
         "so $a+b$\n",
         {"so $`a+b`$\n", "so \\\\(a+b\\\\)\n"}},
        {"hazards go into code",
         "<math><annotation encoding=tex>a_1*b_2</annotation></math>",
         "$`a_1*b_2`$\n",
         {"$a_1\\*b_2$\n", "$a_1*b_2$\n"}},
        {"without annotation",
         "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
         "$\\frac{a}{b}$\n",
         {"$`\\frac{a}{b}`$\n", "$a/b$\n",
          "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>\n"}},
        {"display",
         "<math display=block><annotation encoding=tex>x</annotation></math>",
         "$$x$$\n",
         {"$$\nx\n$$\n", "$`x`$\n", "```math\nx\n```\n", "\\\\[x\\\\]\n"}},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_details_and_figures_keep_their_text(void **state)
{
    static const page_case cases[] = {
        {"details",
         "<details><summary>S</summary><p>x</p></details>",
         "**S**\n\nx\n",
         {"<details><summary>S</summary>\n\nx\n\n</details>\n", "S\n\nx\n"}},
        {"figure",
         "<figure><img src=a.png alt=x><figcaption>C</figcaption></figure>",
         "![x](a.png)\n\nC\n",
         {"![x](a.png)\n\n*C*\n", "![x](a.png)\n*C*\n", "![x](a.png)\nC\n",
          "<figure><img src=\"a.png\" alt=\"x\"><figcaption>C</figcaption></figure>\n"}},
        {"quote", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>", "> a\n>\n> - b\n"},
        {"thematic break", "a<hr>b", "a\n\n***\n\nb\n"},
        {"strike", "<p><del>a</del> <s>b</s></p>", "~~a~~ ~~b~~\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_keep_their_columns),
        cmocka_unit_test(test_lists_keep_their_shape),
        cmocka_unit_test(test_white_space_and_spans_settle),
        cmocka_unit_test(test_text_stays_text),
        cmocka_unit_test(test_code_keeps_text_and_language),
        cmocka_unit_test(test_links_and_pictures_find_their_address),
        cmocka_unit_test(test_addresses_are_relative_to_the_source),
        cmocka_unit_test(test_formulas_become_tex),
        cmocka_unit_test(test_details_and_figures_keep_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
