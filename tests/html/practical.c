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
        {"colspan", "<table><tr><th colspan=2>Both<tr><td>l<td>r</table>",
         "| Both |  |\n| --- | --- |\n| l | r |\n"},
        {"rowspan", "<table><tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2</table>",
         "| A | B |\n| --- | --- |\n| x | 1 |\n|  | 2 |\n"},
        {"no header", "<table><tr><td>1<td>2<tr><td>3<td>4</table>",
         "|  |  |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n"},
        {"omitted ends", "<table><tr><th>a<th>b<tr><td>1<td>2</table>",
         "| a | b |\n| --- | --- |\n| 1 | 2 |\n"},
        {"pipes", "<table><tr><th>A<tr><td>p|q <code>r|s</code></table>",
         "| A |\n| --- |\n| p\\|q `r\\|s` |\n"},
        {"list in a cell", "<table><tr><th>A<th>B<tr><td><ul><li>p<li>q</ul><td>z</table>",
         "| A | B |\n| --- | --- |\n| <ul><li>p</li><li>q</li></ul> | z |\n"},
        {"paragraphs in a cell", "<table><tr><th>A<tr><td><p>p<p>q</table>",
         "| A |\n| --- |\n| p<br>q |\n"},
        {"break in a cell", "<table><tr><th>A<tr><td>p<br>q</table>",
         "| A |\n| --- |\n| p<br>q |\n"},
        {"code in a cell", "<table><tr><th>A<tr><td><pre>p\nq</pre></table>",
         "| A |\n| --- |\n| `p`<br>`q` |\n"},
        {"table in a cell",
         "<table><tr><th>A<th>B<tr><td><table><tr><td>n<td>m</table><td>z</table>",
         "| A | B |\n| --- | --- |\n| n m | z |\n"},
        {"layout", "<table><tr><td><h1>T</h1><p>x</table>", "# T\n\nx\n"},
        {"caption", "<table><caption>C</caption><tr><th>A<tr><td>1</table>",
         "C\n\n| A |\n| --- |\n| 1 |\n"},
        {"alignment", "<table><tr><th align=right>A<th style='text-align: center'>B</table>",
         "| A | B |\n| --: | :-: |\n"},
        {"heading in a cell", "<table><tr><th>A<tr><td><h3>T</h3>x</table>",
         "| A |\n| --- |\n| **T**<br>x |\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_lists_keep_their_shape(void **state)
{
    static const page_case cases[] = {
        {"list directly in a list", "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>",
         "- a\n  - b\n- c\n"},
        {"list before any item", "<ul><ul><li>b</li></ul></ul>", "- - b\n"},
        {"start", "<ol start=7><li>a<li>b</ol>", "7. a\n8. b\n"},
        {"paragraphs make it loose", "<ul><li><p>a<li><p>b</ul>", "- a\n\n- b\n"},
        {"code in an item", "<ol><li>a<pre>x</pre><li>b</ol>",
         "1. a\n   ```\n   x\n   ```\n2. b\n"},
        {"tasks",
         "<ul><li><input type=checkbox checked> done<li><input type=checkbox> todo</ul>",
         "- [x] done\n- [ ] todo\n"},
        {"definitions", "<dl><dt>T<dd>D<dt>U<dd>E<dd>F</dl>",
         "- T\n  - D\n- U\n  - E\n  - F\n"},
        {"task in a label", "<ul><li><label><input type=checkbox> a</label></ul>", "- [ ] a\n"},
        {"item after a break", "<ul><li>a<br>b</ul>", "- a\\\n  b\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_white_space_and_spans_settle(void **state)
{
    static const page_case cases[] = {
        {"space in bold", "<p>foo<b> bar </b>baz", "foo **bar** baz\n"},
        {"only space in bold", "<p>a<b> </b>b", "a b\n"},
        {"adjacent", "<p><b>a</b><b>b</b>", "**ab**\n"},
        {"intraword", "<p>a<b>b</b>c x<em>y</em>z", "a**b**c x*y*z\n"},
        {"lines", "<p>a\n  b\n<b>c</b>\nd", "a b **c** d\n"},
        {"colon in bold", "<p><b>Note:</b>text", "<strong>Note:</strong>text\n"},
        {"two breaks", "<div>a<br><br>b</div>", "a\n\nb\n"},
        {"break", "<p>a<br>b", "a\\\nb\n"},
        {"bold around blocks", "<b><p>x</p><p>y</p></b>", "**x**\n\n**y**\n"},
        {"link around blocks", "<a href=/x><h3>T</h3><p>d</p></a>", "### [T](/x)\n\n[d](/x)\n"},
        {"inline blocks", "<div>a</div><div>b</div>", "a\n\nb\n"},
        {"sub and sup", "<p>H<sub>2</sub>O x<sup>2</sup>", "H<sub>2</sub>O x<sup>2</sup>\n"},
        {"quotation", "<p>He said <q>no</q>.", "He said “no”.\n"},
        {"ruby", "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_text_stays_text(void **state)
{
    static const page_case cases[] = {
        {"hash", "<p># not a heading", "\\# not a heading\n"},
        {"year", "<p>1986. A year", "1986\\. A year\n"},
        {"angles", "<p>use &lt;div> and &amp;lt;", "use \\<div> and \\&lt;\n"},
        {"rule", "<p>---</p><p>x", "\\---\n\nx\n"},
        {"url", "<p>see http://example.com/a_b", "see http\\://example.com/a_b\n"},
        {"definition", "<p>[x]: y", "\\[x]: y\n"},
        {"script and style", "<style>.a{}</style><script>x()</script><p>ok", "ok\n"},
        {"hidden", "<p style='display:none'>s</p><p hidden>h</p><p>ok", "ok\n"},
        {"name with underscores", "<p>a_b_c __x__", "a_b_c \\_\\_x\\_\\_\n"},
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
         "<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>",
         "```\na\nb\n```\n"},
        {"line elements", "<pre><div>a</div><div>b</div></pre>", "```\na\nb\n```\n"},
        {"blank lines", "<pre>a\n\n  b\n</pre>", "```\na\n\n  b\n```\n"},
        {"inline", "<p><code>a`b</code>", "``a`b``\n"},
        {"inline with a link", "<p><code>f(<a href=x>y</a>)</code>", "`f(`[`y`](x)`)`\n"},
        {"keyboard", "<p>press <kbd>Ctrl</kbd>", "press `Ctrl`\n"},
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
         "![x](l.jpg)\n"},
        {"noscript", "<img class=lazy alt=x><noscript><img src=r.jpg alt=x></noscript>",
         "![x](r.jpg)\n"},
        {"noscript doubles nothing",
         "<img src=r.jpg alt=x><noscript><img src=r.jpg></noscript>", "![x](r.jpg)\n"},
        {"javascript", "<a href='java\nscript:x()'>t</a>", "t\n"},
        {"own place", "<h2>T<a class=headerlink href='#t'>¶</a></h2>", "## T\n"},
        {"iframe", "<iframe src='https://v.example/1' title=Film></iframe>",
         "[Film](https://v.example/1)\n"},
        {"picture in a link", "<a href=b><img src=a.png alt=x></a>", "[![x](a.png)](b)\n"},
        {"link in a link", "<a href=a>x<a href=b>y</a>", "[x](a)[y](b)\n"},
        {"address as text", "<a href='http://e.com/'>http://e.com/</a>", "<http://e.com/>\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_formulas_become_tex(void **state)
{
    static const page_case cases[] = {
        {"annotation",
         "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x^2</annotation>"
         "</semantics></math>",
         "$x^2$\n"},
        {"katex",
         "<span class=katex><span class=katex-mathml><math><annotation "
         "encoding='application/x-tex'>E=mc^2</annotation></math></span><span class=katex-html "
         "aria-hidden=true>E=mc2</span></span>",
         "$E=mc^2$\n"},
        {"script", "<p>so <script type='math/tex'>a+b</script>", "so $a+b$\n"},
        {"hazards go into code", "<math><annotation encoding=tex>a_1*b_2</annotation></math>",
         "$`a_1*b_2`$\n"},
        {"without annotation", "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
         "$\\frac{a}{b}$\n"},
        {"display", "<math display=block><annotation encoding=tex>x</annotation></math>",
         "$$x$$\n"},
    };
    (void)state;
    check_pages(cases, COUNT(cases));
}

static void test_details_and_figures_keep_their_text(void **state)
{
    static const page_case cases[] = {
        {"details", "<details><summary>S</summary><p>x</p></details>", "**S**\n\nx\n"},
        {"figure", "<figure><img src=a.png alt=x><figcaption>C</figcaption></figure>",
         "![x](a.png)\n\nC\n"},
        {"quote", "<blockquote><p>a</p><ul><li>b</ul></blockquote>", "> a\n>\n> - b\n"},
        {"rule", "a<hr>b", "a\n\n***\n\nb\n"},
        {"strike", "<p><del>a</del> <s>b</s>", "~~a~~ ~~b~~\n"},
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
        cmocka_unit_test(test_formulas_become_tex),
        cmocka_unit_test(test_details_and_figures_keep_their_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
