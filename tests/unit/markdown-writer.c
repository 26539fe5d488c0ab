/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The Markdown writer, call by call. A case is a script: text in which {tags} stand for calls
 * ("{p}a {b}c{/b}{/p}"); its Markdown is compared byte for byte.
 */
#include <openkb/markdown.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct {
    char text[1 << 16];
    size_t len;
    char marks[4096]; /* what the hooks were told */
    int writes_left;  /* then write() fails; negative: never */
} output;

static okb_status out_write(void *ctx, const void *bytes, size_t len)
{
    output *o = ctx;
    if (o->writes_left == 0)
        return OKB_E_IO;
    o->writes_left -= o->writes_left > 0;
    assert_true(o->len + len < sizeof o->text);
    memcpy(o->text + o->len, bytes, len);
    o->len += len;
    o->text[o->len] = '\0';
    return OKB_OK;
}

static okb_status out_asset(void *ctx, okb_asset_id asset, okb_str alt)
{
    output *o = ctx;
    char text[32];
    size_t n = strlen(o->marks);
    snprintf(o->marks + n, sizeof o->marks - n, "asset %u '%.*s';", asset, (int)alt.len,
             alt.data);
    return out_write(ctx, text, (size_t)snprintf(text, sizeof text, "<<%u>>", asset));
}

static okb_status out_heading(void *ctx, uint32_t level, okb_str title, uint32_t page)
{
    output *o = ctx;
    size_t n = strlen(o->marks);
    snprintf(o->marks + n, sizeof o->marks - n, "h%u p%u @%zu '%.*s';", level, page, o->len,
             (int)title.len, title.data);
    return OKB_OK;
}

static okb_status out_page(void *ctx, uint32_t index, okb_str label)
{
    char text[64];
    (void)label;
    return out_write(ctx, text,
                     (size_t)snprintf(text, sizeof text, "<!-- page %u -->\n\n", index));
}

/* ---- Scripts ----------------------------------------------------------------------------- */

static okb_str str(const char *s)
{
    return (okb_str){s, s ? strlen(s) : 0};
}

static void begin_list(okb_md *md, const char *tag, const char *argument)
{
    okb_md_list list = {.ordered = tag[0] == 'o', .loose = strstr(tag, "-loose") != NULL};
    list.start = *argument ? (uint32_t)strtoul(argument, NULL, 10) : 1;
    okb_md_list_begin(md, &list);
}

static void begin_table(okb_md *md, const char *argument)
{
    okb_md_align aligns[8] = {OKB_MD_ALIGN_NONE};
    size_t n = strlen(argument);
    bool header = n == 0 || argument[n - 1] != '-';
    n -= !header;
    for (size_t i = 0; i < n; i++)
        aligns[i] = argument[i] == 'l'   ? OKB_MD_ALIGN_LEFT
                    : argument[i] == 'c' ? OKB_MD_ALIGN_CENTER
                    : argument[i] == 'r' ? OKB_MD_ALIGN_RIGHT
                                         : OKB_MD_ALIGN_NONE;
    okb_md_table_begin(md, n, aligns, header);
}

#define OPENS(name, call)                                                                      \
    if (strcmp(tag, name) == 0) {                                                              \
        call;                                                                                  \
        return;                                                                                \
    }

/* {tag:argument|second} */
static void call_tag(okb_md *md, const char *tag, const char *argument, const char *second)
{
    OPENS("p", okb_md_paragraph_begin(md))
    OPENS("/p", okb_md_paragraph_end(md))
    OPENS("h", okb_md_heading_begin(md, (uint32_t)atoi(argument)))
    OPENS("/h", okb_md_heading_end(md))
    OPENS("b", okb_md_span_begin(md, OKB_MD_STRONG))
    OPENS("/b", okb_md_span_end(md, OKB_MD_STRONG))
    OPENS("i", okb_md_span_begin(md, OKB_MD_EM))
    OPENS("/i", okb_md_span_end(md, OKB_MD_EM))
    OPENS("s", okb_md_span_begin(md, OKB_MD_STRIKE))
    OPENS("/s", okb_md_span_end(md, OKB_MD_STRIKE))
    OPENS("a", okb_md_link_begin(md, str(argument), str(second)))
    OPENS("/a", okb_md_link_end(md))
    OPENS("code", okb_md_code(md, str(argument)))
    OPENS("img", okb_md_image(md, str(argument), str(second), str("")))
    OPENS("asset", okb_md_image_asset(md, (okb_asset_id)atoi(argument), str(second), str("")))
    OPENS("br", okb_md_break(md))
    OPENS("html", okb_md_html(md, str(argument)))
    OPENS("note", okb_md_footnote_ref(md, str(argument)))
    OPENS("q", okb_md_quote_begin(md))
    OPENS("/q", okb_md_quote_end(md))
    OPENS("li", okb_md_item_begin(md, OKB_MD_NO_TASK))
    OPENS("todo", okb_md_item_begin(md, OKB_MD_TODO))
    OPENS("done", okb_md_item_begin(md, OKB_MD_DONE))
    OPENS("/li", okb_md_item_end(md))
    OPENS("/ul", okb_md_list_end(md))
    OPENS("/ol", okb_md_list_end(md))
    OPENS("pre", okb_md_code_block(md, str(argument), str(second)))
    OPENS("hr", okb_md_rule(md))
    OPENS("block", okb_md_html_block(md, str(argument)))
    OPENS("def", okb_md_footnote_begin(md, str(argument)))
    OPENS("/def", okb_md_footnote_end(md))
    OPENS("page", okb_md_page(md, (uint32_t)atoi(argument), str("")))
    OPENS("table", begin_table(md, argument))
    OPENS("/table", okb_md_table_end(md))
    OPENS("tr", okb_md_row_begin(md))
    OPENS("/tr", okb_md_row_end(md))
    OPENS("td", okb_md_cell_begin(md))
    OPENS("/td", okb_md_cell_end(md))
    if (strncmp(tag, "ul", 2) == 0 || strncmp(tag, "ol", 2) == 0)
        begin_list(md, tag, argument);
    else
        fail_msg("unknown tag {%s}", tag);
}

static void play(okb_md *md, const char *script)
{
    while (*script) {
        size_t text = strcspn(script, "{");
        okb_md_text(md, (okb_str){script, text});
        script += text;
        if (!*script)
            return;
        size_t len = strcspn(script, "}");
        char *tag = strndup(script + 1, len - 1);
        char *argument = strchr(tag, ':'), *second = NULL;
        if (argument) {
            *argument++ = '\0';
            if ((second = strchr(argument, '^')))
                *second++ = '\0';
        }
        call_tag(md, tag, argument ? argument : "", second);
        free(tag);
        script += len + 1;
    }
}

static void run_with(output *o, const char *script, const okb_md_options *options)
{
    okb_md_sink sink = {o, out_write, out_asset, out_heading, out_page};
    *o = (output){.writes_left = -1};
    okb_md *md = okb_md_new(&sink, options);
    play(md, script);
    assert_int_equal(okb_md_finish(md), OKB_OK);
    okb_md_free(md);
}

typedef struct {
    const char *label, *script, *markdown;
} script_case;

static void check_cases(const script_case *cases, size_t n)
{
    static output o;
    for (size_t i = 0; i < n; i++) {
        run_with(&o, cases[i].script, NULL);
        if (strcmp(o.text, cases[i].markdown) != 0)
            fail_msg("%s:\n%s\nis not\n%s", cases[i].label, o.text, cases[i].markdown);
    }
}

/* ---- Cases ------------------------------------------------------------------------------- */

static void test_blocks_are_separated_by_one_blank_line(void **state)
{
    static const script_case cases[] = {
        {"two paragraphs", "{p}a{/p}{p}b{/p}", "a\n\nb\n"},
        {"text outside a block", "a{p}b{/p}", "a\n\nb\n"},
        {"empty paragraph", "{p} {/p}{p}b{/p}", "b\n"},
        {"heading, rule, code", "{h:2}T{/h}{hr}{pre:c^x}", "## T\n\n***\n\n```c\nx\n```\n"},
        {"quote of two", "{q}{p}a{/p}{p}b{/p}{/q}{p}c{/p}", "> a\n>\n> b\n\nc\n"},
        {"quotes apart", "{q}{p}a{/p}{/q}{q}{p}b{/p}{/q}", "> a\n\n> b\n"},
        {"empty quote", "{q}{/q}{p}a{/p}", ">\n\na\n"},
        {"code in quote", "{q}{pre:^a\n\nb}{/q}", "> ```\n> a\n>\n> b\n> ```\n"},
        {"nothing", "", ""},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_lists_keep_nesting_tightness_and_numbers(void **state)
{
    static const script_case cases[] = {
        {"tight", "{ul}{li}a{/li}{li}b{/li}{/ul}", "- a\n- b\n"},
        {"loose", "{ul-loose}{li}a{/li}{li}b{/li}{/ul}", "- a\n\n- b\n"},
        {"nested", "{ul}{li}a{ul}{li}b{/li}{/ul}{/li}{li}c{/li}{/ul}", "- a\n  - b\n- c\n"},
        {"start", "{ol:9}{li}a{/li}{li}b{ul}{li}c{/li}{/ul}{/li}{/ol}",
         "9. a\n10. b\n    - c\n"},
        {"two lists", "{ul}{li}a{/li}{/ul}{ul}{li}b{/li}{/ul}", "- a\n\n* b\n"},
        {"list first in item", "{ul}{li}{ul}{li}a{/li}{/ul}{/li}{/ul}", "- - a\n"},
        {"empty items", "{ul}{li}{/li}{li}a{/li}{li}{/li}{/ul}", "-\n- a\n-\n"},
        {"empty item under text", "{ul}{li}a{ul}{li}{/li}{/ul}{/li}{/ul}", "- a\n\n  -\n"},
        {"two paragraphs in tight", "{ul}{li}{p}a{/p}{p}b{/p}{/li}{/ul}", "- a\n\n  b\n"},
        {"code in tight", "{ul}{li}a{pre:^x}{/li}{li}b{/li}{/ul}",
         "- a\n  ```\n  x\n  ```\n- b\n"},
        {"tasks", "{ul}{todo}a{/li}{done}b{/li}{/ul}", "- [ ] a\n- [x] b\n"},
        {"rule first", "{ul}{li}{hr}{/li}{/ul}", "- ***\n"},
        {"item without list", "{li}a{/li}", "a\n"},
        {"block without item", "{ul}{p}a{/p}{/ul}", "- a\n"},
        {"ordered under text", "{ul}{li}a{ol:3}{li}b{/li}{/ol}{/li}{/ul}", "- a\n\n  3. b\n"},
        {"unclosed", "{ul}{li}a{q}b", "- a\n  > b\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_white_space_settles_outside_spans(void **state)
{
    static const script_case cases[] = {
        {"collapsed", "{p}  a \n\t b  {/p}", "a b\n"},
        {"moved out", "{p}a{b} b {/b}c{/p}", "a **b** c\n"},
        {"not doubled", "{p}a {b} b{/b}{/p}", "a **b**\n"},
        {"of an empty span", "{p}a{b} {/b}b{/p}", "a b\n"},
        {"empty span", "{p}a{b}{i}{/i}{/b}b{/p}", "ab\n"},
        {"spans that touch are one", "{p}{b}a{/b}{b}b{/b}{/p}", "**ab**\n"},
        {"break", "{p}a {br} b{br}{/p}", "a\\\nb\n"},
        {"break in a span", "{p}{b}a{br}{/b}b{/p}", "**a**\\\nb\n"},
        {"out of a link", "{p}a{a:u} b {/a}c{/p}", "a [b](u) c\n"},
        {"break in a heading", "{h:1}a{br}b{/h}", "# a<br>b\n"},
        {"control characters", "{p}a\x01\x1f z{/p}", "a z\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_emphasis_reads_back_as_meant(void **state)
{
    static const script_case cases[] = {
        {"intraword", "{p}a{i}b{/i}c{/p}", "a*b*c\n"},
        {"strong around em", "{p}{b}{i}a{/i}{/b}{/p}", "**_a_**\n"},
        {"em around strong", "{p}{i}{b}a{/b}{/i}{/p}", "***a***\n"},
        {"same twice", "{p}{b}{b}a{/b}{/b}{/p}", "**__a__**\n"},
        {"em ends with strong", "{p}{i}a {b}b{/b}{/i}{/p}", "*a **b***\n"},
        {"punctuation before a letter", "{p}{b}Note:{/b}text{/p}",
         "<strong>Note:</strong>text\n"},
        {"punctuation before a space", "{p}{b}Note:{/b} text{/p}", "**Note:** text\n"},
        {"touching", "{p}{i}a{/i}{b}b{/b}{/p}", "*a***b**\n"},
        {"strike", "{p}{s}a{/s}b{/p}", "~~a~~b\n"},
        {"symbol read both ways", "{p}{b}5€{/b}x{/p}", "<strong>5€</strong>x\n"},
        {"closed wrongly", "{p}{b}a{i}b{/b}c{/i}{/p}", "**a*b***c\n"},
        {"wide punctuation", "{p}{b}「a」{/b}b{/p}", "<strong>「a」</strong>b\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_text_is_escaped_where_its_place_is_dangerous(void **state)
{
    static const script_case cases[] = {
        {"stars", "{p}2 * 3 *a* a*b{/p}", "2 * 3 \\*a\\* a\\*b\n"},
        {"underscores", "{p}snake_case _a_ __init__{/p}",
         "snake_case \\_a\\_ \\_\\_init\\_\\_\n"},
        {"brackets", "{p}[1] a[0] [x](y){/p}", "[1] a[0] [x\\](y)\n"},
        {"wiki link", "{p}[[a]]{/p}", "\\[[a]]\n"},
        {"less than", "{p}a < b <b> 1<2{/p}", "a < b \\<b> 1<2\n"},
        {"entities", "{p}a & b &amp; &#1; AT&T{/p}", "a & b \\&amp; \\&#1; AT&T\n"},
        {"backslash", "{p}c:\\dir \\* end\\{/p}", "c:\\dir \\\\\\* end\\\n"},
        {"backticks", "{p}``a''{/p}", "\\`\\`a''\n"},
        {"tilde", "{p}~5 a~b~{/p}", "~5 a\\~b\\~\n"},
        {"heading", "{p}# a{/p}{p}#a{/p}", "\\# a\n\n#a\n"},
        {"bullets", "{p}- a{/p}{p}+ a{/p}{p}* a{/p}{p}-a{/p}",
         "\\- a\n\n\\+ a\n\n\\* a\n\n-a\n"},
        {"numbers", "{p}1986. y{/p}{p}3.5 m{/p}{p}2) a{/p}", "1986\\. y\n\n3.5 m\n\n2\\) a\n"},
        {"rules", "{p}---{/p}{p}* * *{/p}{p}___{/p}", "\\---\n\n\\* * *\n\n\\___\n"},
        {"setext", "{p}a{br}---{/p}{p}a{br}==={/p}", "a\\\n\\---\n\na\\\n\\===\n"},
        {"quote", "{p}> a{/p}", "\\> a\n"},
        {"fence", "{p}~~~ a{/p}", "\\~~~ a\n"},
        {"definition", "{p}[a]: b{/p}{p}x [a]: b{/p}", "\\[a]: b\n\nx [a]: b\n"},
        {"table by accident", "{p}a | b{br}--|--{/p}", "a | b\\\n\\--|--\n"},
        {"task by accident", "{ul}{li}[ ] a{/li}{/ul}", "- \\[ ] a\n"},
        {"closing hashes", "{h:1}a #{/h}{h:1}#{/h}{h:1}C#{/h}", "# a \\#\n\n# \\#\n\n# C#\n"},
        {"image by accident", "{p}!{a:u}x{/a}{/p}", "\\![x](u)\n"},
        {"delimiters by accident", "{p}*{b}a{/b}*{/p}", "\\***a**\\*\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_links_and_images_keep_any_url_and_title(void **state)
{
    static const script_case cases[] = {
        {"plain", "{p}{a:http://x/_a_(b)}t{/a}{/p}", "[t](http://x/_a_(b))\n"},
        {"blank", "{p}{a:a b}t{/a}{/p}", "[t](<a b>)\n"},
        {"unbalanced", "{p}{a:a)b}t{/a}{/p}", "[t](<a)b>)\n"},
        {"title", "{p}{a:u^a \"b\"\nc}t{/a}{/p}", "[t](u \"a \\\"b\\\"&#10;c\")\n"},
        {"brackets in text", "{p}{a:u}[1]{/a}{/p}", "[\\[1\\]](u)\n"},
        {"autolink", "{p}{a:http://x/}http://x/{/a}{/p}", "<http://x/>\n"},
        {"mail", "{p}{a:mailto:a@b.c}a@b.c{/a}{/p}", "<a@b.c>\n"},
        {"entity in URL", "{p}{a:?a&copy;b}t{/a}{/p}", "[t](?a&amp;copy;b)\n"},
        {"empty text", "{p}x {a:u}{/a}{/p}", "x [](u)\n"},
        {"empty URL and text", "{p}x {a:}{/a}y{/p}", "x y\n"},
        {"link in link", "{p}{a:u}a{a:v}b{/a}c{/p}", "[ab](u)c\n"},
        {"image", "{p}{img:a.png^A *b*}{/p}", "![A \\*b\\*](a.png)\n"},
        {"asset", "{p}{asset:7^alt}{/p}", "![alt](<<7>>)\n"},
        {"image in link", "{p}{a:u}{img:i^t}{/a}{/p}", "[![t](i)](u)\n"},
        {"emphasis in link", "{p}{i}a{a:u}b{i}c{/i}{/a}{/i}{/p}", "*a[b*c*](u)*\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_code_is_kept_byte_for_byte(void **state)
{
    static const script_case cases[] = {
        {"span", "{p}{code:a*b}{/p}", "`a*b`\n"},
        {"backtick inside", "{p}{code:a`b}{/p}", "``a`b``\n"},
        {"only a backtick", "{p}{code:`}{/p}", "`` ` ``\n"},
        {"blanks at both ends", "{p}{code: a }{/p}", "`  a  `\n"},
        {"blank", "{p}{code: }{/p}", "` `\n"},
        {"runs of one and two", "{p}{code:` ``}{/p}", "``` ` `` ```\n"},
        {"touching", "{p}{code:a}{code:b}{/p}", "`ab`\n"},
        {"block with fence inside", "{pre:md^```\nx\n```}", "````md\n```\nx\n```\n````\n"},
        {"language", "{pre:c++ `x^a}", "```c++x\na\n```\n"},
        {"CRLF and CR", "{pre:^a\r\nb\rc}", "```\na\nb\nc\n```\n"},
        {"empty", "{pre:^}", "```\n```\n"},
        {"trailing blanks", "{pre:^a  \n}", "```\na  \n```\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_tables_escape_pipes_and_even_out_rows(void **state)
{
    static const script_case cases[] = {
        {"plain", "{table:lcr}{tr}{td}a{td}b{td}c{/tr}{tr}{td}1{/tr}{/table}",
         "| a | b | c |\n| :-- | :-: | --: |\n| 1 |  |  |\n"},
        {"no header", "{table:nn-}{tr}{td}a{td}b{/tr}{/table}",
         "|  |  |\n| --- | --- |\n| a | b |\n"},
        {"pipes", "{table:n}{tr}{td}a|{code:b|c}{a:d|e}f{/a}{/tr}{/table}",
         "| a\\|`b\\|c`[f](d\\|e) |\n| --- |\n"},
        {"code no cell can hold", "{table:n}{tr}{td}{code:\\|}{/tr}{/table}",
         "| <code>&#092;&#124;</code> |\n| --- |\n"},
        {"break", "{table:n}{tr}{td}a{br}b{/tr}{/table}", "| a<br>b |\n| --- |\n"},
        {"too many cells", "{table:n}{tr}{td}a{td}b{/tr}{/table}", "| a b |\n| --- |\n"},
        {"asset", "{table:nn}{tr}{td}|{asset:1^x}{td}|{asset:2^y}{/tr}{/table}",
         "| \\|![x](<<1>>) | \\|![y](<<2>>) |\n| --- | --- |\n"},
        {"in an item", "{ul}{li}a{table:n}{tr}{td}b{/tr}{/table}{/li}{/ul}",
         "- a\n\n  | b |\n  | --- |\n"},
        {"no rows", "{table:n}{/table}{p}a{/p}", "a\n"},
        {"paragraph ends it", "{table:n}{tr}{td}a{p}b{/p}", "| a |\n| --- |\n\nb\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_footnotes_indent_their_blocks(void **state)
{
    static const script_case cases[] = {
        {"note", "{p}a{note:1}{/p}{def:1}{p}b{/p}{p}c{/p}{/def}",
         "a[^1]\n\n[^1]: b\n\n    c\n"},
        {"odd label", "{p}a{note:x ]y}{/p}", "a[^x--y]\n"},
        {"reference before a colon", "{p}{note:1}: a{/p}", "[^1]\\: a\n"},
    };
    (void)state;
    check_cases(cases, COUNT(cases));
}

static void test_headings_are_reported_where_they_begin(void **state)
{
    static output o;
    (void)state;
    run_with(&o, "{p}x{/p}{page:1}{h:2}A {b}b{/b} {code:c}{br}d{/h}{ul}{li}{h:3}e{/h}{/ul}",
             NULL);
    assert_string_equal(o.text, "x\n\n<!-- page 1 -->\n\n## A **b** `c`<br>d\n\n- ### e\n");
    assert_string_equal(o.marks, "h2 p1 @20 'A b c d';h3 p1 @43 'e';");
}

static void test_a_page_mark_waits_for_the_open_paragraph(void **state)
{
    static output o;
    (void)state;
    run_with(&o, "{p}a{page:1}b{/p}{ol}{li}c{/li}{page:2}{li}d{/li}{/ol}", NULL);
    assert_string_equal(o.text, "ab\n\n<!-- page 1 -->\n\n1. c\n\n<!-- page 2 -->\n\n2. d\n");
}

static void test_containers_beyond_the_depth_add_nothing(void **state)
{
    static output o;
    const okb_md_options options = {.max_depth = 2};
    (void)state;
    run_with(&o, "{q}{q}{q}{ul}{li}a{/li}{li}b{/li}{/ul}{/q}c{/q}d{/q}e", &options);
    assert_string_equal(o.text, "> > a\n> >\n> > b\n> >\n> > c\n>\n> d\n\ne\n");
}

static void test_the_first_failure_of_the_sink_latches(void **state)
{
    static output o;
    (void)state;
    o = (output){.writes_left = 1};
    okb_md_sink sink = {&o, out_write, out_asset, out_heading, out_page};
    okb_md *md = okb_md_new(&sink, NULL);
    play(md, "{h:1}a{/h}{p}b{asset:1^x}c{/p}");
    assert_int_equal(okb_md_status(md), OKB_E_IO);
    assert_int_equal(okb_md_finish(md), OKB_E_IO);
    okb_md_free(md);
    assert_int_equal(okb_md_finish(NULL), OKB_E_NOMEM);
}

static bool is_text(const char *bytes, size_t len)
{
    return okb_md_is_text((okb_str){bytes, len});
}

static void test_text_is_told_from_other_bytes(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "plain\r\n\tand\fmore",
                                        "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                                        "\xed\x9f\xbf\xee\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const others[] = {"\x80",
                                         "\xc3",
                                         "\xc3(",
                                         "\xc0\xaf",
                                         "\xe0\x80\xaf",
                                         "\xed\xa0\x80",
                                         "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\xff",
                                         "\xe2\x82",
                                         "\xe2(\xa1",
                                         "bell \a",
                                         "escape \x1b"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(is_text(texts[i], strlen(texts[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(is_text(others[i], strlen(others[i])));
    assert_false(is_text("a\0b", 3));
    assert_true(okb_md_is_text((okb_str){NULL, 0}));
}

static okb_status keep_length(void *ctx, uint32_t level, okb_str title, uint32_t page)
{
    (void)level, (void)page;
    assert_true(okb_md_is_text(title));
    *(size_t *)ctx = title.len;
    return OKB_OK;
}

static okb_status swallow(void *ctx, const void *bytes, size_t len)
{
    (void)ctx, (void)bytes, (void)len;
    return OKB_OK;
}

static void test_a_title_is_no_longer_than_a_host_takes(void **state)
{
    (void)state;
    static char
        title[100 * 1024 + 1]; /* 1 byte, then characters of 2: the limit falls into one */
    memset(title, 'x', sizeof title);
    for (size_t i = 1; i + 1 < sizeof title; i += 2)
        memcpy(title + i, "\xc3\xa9", 2);
    size_t len = 0;
    okb_md_sink sink = {.ctx = &len, .write = swallow, .heading = keep_length};
    okb_md *md = okb_md_new(&sink, NULL);
    okb_md_heading_begin(md, 1);
    okb_md_text(md, (okb_str){title, sizeof title});
    okb_md_heading_end(md);
    assert_int_equal(okb_md_finish(md), OKB_OK);
    assert_int_equal(len, 64 * 1024 - 1);
    okb_md_free(md);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_separated_by_one_blank_line),
        cmocka_unit_test(test_lists_keep_nesting_tightness_and_numbers),
        cmocka_unit_test(test_white_space_settles_outside_spans),
        cmocka_unit_test(test_emphasis_reads_back_as_meant),
        cmocka_unit_test(test_text_is_escaped_where_its_place_is_dangerous),
        cmocka_unit_test(test_links_and_images_keep_any_url_and_title),
        cmocka_unit_test(test_code_is_kept_byte_for_byte),
        cmocka_unit_test(test_tables_escape_pipes_and_even_out_rows),
        cmocka_unit_test(test_footnotes_indent_their_blocks),
        cmocka_unit_test(test_headings_are_reported_where_they_begin),
        cmocka_unit_test(test_a_page_mark_waits_for_the_open_paragraph),
        cmocka_unit_test(test_containers_beyond_the_depth_add_nothing),
        cmocka_unit_test(test_the_first_failure_of_the_sink_latches),
        cmocka_unit_test(test_text_is_told_from_other_bytes),
        cmocka_unit_test(test_a_title_is_no_longer_than_a_host_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
