/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The Markdown writer against the reference parser: random inline content, of the characters
 * that are dangerous in Markdown, is written as paragraph, heading, cell and item; cmark-gfm
 * must render it to the HTML that was meant. White space aside, and spans that touch are one.
 */
#include <openkb/markdown.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENTS 20000
#define MOST      8192

typedef struct {
    char text[MOST];
    size_t len;
} string;

static uint64_t seed;

static unsigned any(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % below;
}

static void add(string *s, const char *text)
{
    size_t n = strlen(text);
    assert_true(s->len + n < MOST);
    memcpy(s->text + s->len, text, n + 1);
    s->len += n;
}

static void add_escaped(string *s, const char *text)
{
    for (; *text; text++) {
        char c[2] = {*text, '\0'};
        add(s, *text == '&'   ? "&amp;"
               : *text == '<' ? "&lt;"
               : *text == '>' ? "&gt;"
               : *text == '"' ? "&quot;"
                              : c);
    }
}

/* ---- What is meant ----------------------------------------------------------------------- */

#define FIRST_BLANK 55u /* the words before it may begin a line */

static const char *const words[] = {
    "a",  "b",    "foo",  "*",    "**",       "_",     "__",  "`",  "``", "[",
    "]",  "(",    ")",    "!",    "<",        ">",     "&",   "#",  "##", "-",
    "--", "+",    "1.",   "12)",  "~",        "~~",    "~~~", "\\", "|",  ":",
    "=",  "==",   "amp;", "#1;",  "http://x", "www.x", "€",   "「", "é",  "---",
    "x]", "](u)", "[x]:", "[^x]", "<b>",      "<!--",  "[[",  "'",  "\"", "$",
    ".",  "/",    "{",    "^",    "%",        " ",     " ",   "  ", "\n", "\xc2\xa0",
};

static void plain(okb_md *md, string *html)
{
    const char *word = words[any(sizeof words / sizeof *words)];
    okb_md_text(md, (okb_str){word, strlen(word)});
    add_escaped(html, word);
}

static void code(okb_md *md, string *html)
{
    char text[64] = "";
    for (unsigned n = 1 + any(3); n; n--) {
        const char *word = words[any(sizeof words / sizeof *words)];
        if (!strchr(word, '\n') && !strchr(word, '\xc2'))
            strcat(text, word);
    }
    if (!*text || strspn(text, " ") == strlen(text))
        return;
    okb_md_code(md, (okb_str){text, strlen(text)});
    add(html, "<code>");
    add_escaped(html, text);
    add(html, "</code>");
}

static void content(okb_md *md, string *html, unsigned depth, bool in_link);

static void span(okb_md *md, string *html, unsigned depth, bool in_link)
{
    static const char *const tags[][2] = {
        {"<em>", "</em>"}, {"<strong>", "</strong>"}, {"<del>", "</del>"}};
    okb_md_span which = (okb_md_span)any(3);
    okb_md_span_begin(md, which);
    okb_md_text(md, OKB_STR("s"));
    add(html, tags[which][0]);
    add(html, "s");
    content(md, html, depth + 1, in_link);
    okb_md_span_end(md, which);
    add(html, tags[which][1]);
}

static void link_to(okb_md *md, string *html, unsigned depth)
{
    static const char *const urls[][2] = {{"u", "u"},
                                          {"a(b", "a(b"},
                                          {"a)", "a)"},
                                          {"x_y*z", "x_y*z"},
                                          {"?a&amp;b", "?a&amp;amp;b"}};
    size_t i = any(sizeof urls / sizeof *urls);
    okb_md_link_begin(md, (okb_str){urls[i][0], strlen(urls[i][0])}, OKB_STR("t"));
    okb_md_text(md, OKB_STR("l"));
    add(html, "<a href=\"");
    add(html, urls[i][1]);
    add(html, "\" title=\"t\">l");
    content(md, html, depth + 1, true);
    okb_md_link_end(md);
    add(html, "</a>");
}

static void content(okb_md *md, string *html, unsigned depth, bool in_link)
{
    for (unsigned n = 1 + any(4); n; n--) {
        unsigned kind = any(depth < 4 ? 12 : 8);
        if (kind < 7)
            plain(md, html);
        else if (kind == 7)
            code(md, html);
        else if (kind < 11)
            span(md, html, depth, in_link);
        else if (!in_link)
            link_to(md, html, depth);
    }
}

/* ---- What comes out ---------------------------------------------------------------------- */

static okb_status collect(void *ctx, const void *bytes, size_t len)
{
    string *s = ctx;
    assert_true(s->len + len < MOST);
    memcpy(s->text + s->len, bytes, len);
    s->len += len;
    s->text[s->len] = '\0';
    return OKB_OK;
}

static char *render(const string *markdown)
{
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        cmark_parser_attach_syntax_extension(parser,
                                             cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, markdown->text, markdown->len);
    cmark_node *root = cmark_parser_finish(parser);
    char *html = cmark_render_html(root, CMARK_OPT_UNSAFE, NULL);
    cmark_node_free(root);
    cmark_parser_free(parser);
    return html;
}

static void remove_all(char *s, const char *part)
{
    size_t n = strlen(part);
    for (char *at = strstr(s, part); at; at = strstr(at, part))
        memmove(at, at + n, strlen(at + n) + 1);
}

/* No white space; spans and code that touch joined, until nothing changes. */
static void reduce(char *s)
{
    static const char *const joints[] = {"</em><em>", "</strong><strong>", "</del><del>",
                                         "</code><code>"};
    remove_all(s, "\xc2\xa0");
    char *to = s;
    for (const char *from = s; *from; from++)
        if (*from != ' ' && *from != '\n')
            *to++ = *from;
    *to = '\0';
    for (size_t before = 0; before != strlen(s);) {
        before = strlen(s);
        for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
            remove_all(s, joints[i]);
    }
}

typedef struct {
    const char *label, *before, *after;
    void (*begin)(okb_md *md);
    void (*end)(okb_md *md);
} frame;

static void begin_heading(okb_md *md)
{
    okb_md_heading_begin(md, 2);
}

static void begin_cell(okb_md *md)
{
    okb_md_table_begin(md, 1, NULL, true);
    okb_md_row_begin(md);
    okb_md_cell_begin(md);
}

static void begin_item(okb_md *md)
{
    okb_md_list_begin(md, &(okb_md_list){.ordered = false});
    okb_md_item_begin(md, OKB_MD_NO_TASK);
}

static const frame frames[] = {
    {"paragraph", "<p>", "</p>", okb_md_paragraph_begin, okb_md_paragraph_end},
    {"heading", "<h2>", "</h2>", begin_heading, okb_md_heading_end},
    {"cell", "<table><thead><tr><th>", "</th></tr></thead></table>", begin_cell,
     okb_md_table_end},
    {"item", "<ul><li>", "</li></ul>", begin_item, okb_md_list_end},
};

static void check(uint64_t number, const frame *f)
{
    static string markdown, html;
    markdown.len = html.len = 0;
    seed = number * 2 + 1;
    okb_md_sink sink = {&markdown, collect, NULL, NULL, NULL};
    okb_md *md = okb_md_new(&sink, NULL);
    f->begin(md);
    const char *first = any(2) ? "w" : words[any(FIRST_BLANK)]; /* what may begin a line */
    okb_md_text(md, (okb_str){first, strlen(first)});
    add(&html, f->before);
    add_escaped(&html, first);
    content(md, &html, 0, false);
    f->end(md);
    assert_int_equal(okb_md_finish(md), OKB_OK);
    okb_md_free(md);
    add(&html, f->after);
    char *rendered = render(&markdown);
    reduce(rendered);
    reduce(html.text);
    if (strcmp(rendered, html.text) != 0)
        fail_msg("%s %llu:\n%s\nrenders as\n%s\nnot as\n%s", f->label,
                 (unsigned long long)number, markdown.text, rendered, html.text);
    free(rendered);
}

static void test_what_is_written_renders_to_what_was_meant(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < DOCUMENTS; i++)
        check(i, &frames[i % (sizeof frames / sizeof *frames)]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_renders_to_what_was_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
