/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What of a page is kept, and what it says about itself.
 */
#include "cases.h"

#define PROSE                                                                                  \
    "<p>The river rose for three days, and on the fourth it stood at the sills of the "        \
    "houses, "                                                                                 \
    "brown, slow, and full of the things it had taken from the villages above the bridge.</p>"

#define CHROME_ABOVE                                                                           \
    "<nav><a href=/>Home</a> <a href=/n>News</a></nav><div class='share-bar'>Share this</div>"
#define CHROME_BELOW                                                                           \
    "<aside>Popular now</aside><div id=comments><p>A reader thinks, and says so at length, "   \
    "that "                                                                                    \
    "rivers are wet.</p></div><footer>Imprint</footer>"

static const char article[] =
    "<meta property=og:type content=article>" CHROME_ABOVE
    "<article><h1>Flood</h1><p>By A. Writer</p>" PROSE PROSE PROSE
    "<figure><img src=a.png><figcaption>The bridge</figcaption></figure>" PROSE
    "<p><a href=/x>Read more: the dam</a></p></article>" CHROME_BELOW;

static const char *const auto_mode[] = {"content=auto", NULL};
static const char *const main_mode[] = {"content=main", NULL};
static const char *const full_mode[] = {"content=full", NULL};

static bool has(const char *html, const char *const *mode, const char *text)
{
    harness_result *r = convert(html, mode);
    assert_int_equal(r->status, OKB_OK);
    bool found = strstr(r->body, text) != NULL;
    harness_result_free(r);
    return found;
}

static void test_an_article_is_freed_of_what_surrounds_it(void **state)
{
    static const char *const chrome[] = {"Home",    "Share",     "Popular",   "reader thinks",
                                         "Imprint", "A. Writer", "Read more", "The bridge"};
    (void)state;
    for (size_t i = 0; i < COUNT(chrome); i++) {
        assert_false(has(article, main_mode, chrome[i]));
        assert_false(has(article, auto_mode, chrome[i]));
        assert_true(has(article, full_mode, chrome[i]));
    }
    assert_true(has(article, main_mode, "The river rose"));
    assert_true(has(article, main_mode, "![](a.png)"));
}

static void test_auto_keeps_what_is_no_certain_article(void **state)
{
    static const struct {
        const char *label, *html, *text;
    } cases[] = {
        {"short page", "<h1>T</h1><p>One line.</p><div class=note>Two.</div>", "Two."},
        {"documentation", "<h1>f</h1><div class=related>See g</div>" PROSE "<pre>code</pre>",
         "See g"},
        {"index",
         "<h1>Contents</h1><ul class=toc><li><a href=a>One</a><li><a href=b>Two</a></ul>",
         "One"},
        {"page of navigation", "<nav><a href=a>One</a> <a href=b>Two</a></nav>", "One"},
        {"list of links", "<p>Links:</p><p><a href=a>Alpha</a></p><p><a href=b>Beta</a></p>",
         "Beta"},
        {"lines without paragraphs", "<body>first line<br>second line</body>", "second"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!has(cases[i].html, auto_mode, cases[i].text))
            fail_msg("%s: lost %s", cases[i].label, cases[i].text);
    assert_false(has("<nav>Menu</nav>" PROSE, auto_mode, "Menu"));
}

static void test_main_never_returns_nothing(void **state)
{
    (void)state;
    assert_true(has("<div>just this</div>", main_mode, "just this"));
    assert_true(has("<h1>title only</h1>", main_mode, "title only"));
    assert_true(has("<div class=sidebar>" PROSE PROSE "</div>", main_mode, "The river"));
    /* Cleaned as an article, nothing of it would be long enough. */
    assert_true(has("<div><p>One short line, and no more.</p></div>", main_mode, "no more"));
}

static const struct {
    const char *label, *html, *key, *value;
} facts[] = {
    {"title", "<title> A\n B </title>", "title", "A B"},
    {"title of the card", "<title>A - Site</title><meta property=og:title content=A>", "title",
     "A"},
    {"title of the page", "<h1>A <b>b</b></h1>", "title", "A b"},
    {"language", "<html lang=en_US>x", "language", "en-US"},
    {"language that is none", "<html lang='mother tongue'>x", "language", NULL},
    {"author", "<meta name=author content='A. Writer'>", "author", "A. Writer"},
    {"author as an address", "<meta property=article:author content=https://e.com/a>", "author",
     NULL},
    {"date", "<meta property=article:published_time content='2024-05-01T23:30:00-02:00'>",
     "created", "2024-05-02T01:30:00Z"},
    {"date without a zone", "<meta name=date content='2024-05-01 12:00'>", "created",
     "2024-05-01"},
    {"date with slashes", "<meta name=date content=2024/05/01>", "created", "2024-05-01"},
    {"no date", "<meta name=date content='last May'>", "created", NULL},
    {"description", "<meta name=description content='a  b'>", "description", "a b"},
    {"canonical", "<link rel=canonical href=https://e.com/a>", "url", "https://e.com/a"},
    {"relative canonical", "<link rel=canonical href=/a>", "url", NULL},
    {"site", "<meta property=og:site_name content=S>", "site", "S"},
    {"licence", "<a rel=license href=https://l.example/by>x</a>", "license",
     "https://l.example/by"},
    {"generator", "<meta name=generator content='G 1'>", "generator", "G 1"},
    {"keywords", "<meta name=keywords content=' a , b'>", "keyword", "a"},
    {"JSON-LD",
     "<script type=application/ld+json>{\"@graph\":[{\"@type\":\"NewsArticle\",\"author\":"
     "[{\"@type\":\"Person\",\"name\":\"J\\u00f6rg\"}],\"comment\":{\"author\":\"no\"}}]}</"
     "script>",
     "author", "Jörg"},
    {"JSON-LD that breaks off",
     "<script type=application/ld+json>{\"headline\":\"H\",\"x\":</script>", "title", "H"},
    {"microdata", "<span itemprop=author><span itemprop=name>M</span> more</span>", "author",
     "M"},
};

static void test_a_page_says_what_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(facts); i++) {
        harness_result *r = convert(facts[i].html, NULL);
        const char *value = harness_meta(r, facts[i].key);
        bool same = facts[i].value ? value && strcmp(value, facts[i].value) == 0 : !value;
        if (r->status != OKB_OK || !same)
            fail_msg("%s: %s (%s)", facts[i].label, value ? value : "none", r->message);
        harness_result_free(r);
    }
}

static void test_long_facts_are_cut_at_a_character(void **state)
{
    char page[4000] = "<title>";
    (void)state;
    for (size_t i = 0; i < 900; i++)
        strcat(page, "é");
    harness_result *r = convert(page, NULL);
    assert_int_equal(r->status, OKB_OK);
    assert_non_null(harness_meta(r, "title"));
    assert_in_range(strlen(harness_meta(r, "title")), 490, 500);
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_article_is_freed_of_what_surrounds_it),
        cmocka_unit_test(test_auto_keeps_what_is_no_certain_article),
        cmocka_unit_test(test_main_never_returns_nothing),
        cmocka_unit_test(test_a_page_says_what_it_is),
        cmocka_unit_test(test_long_facts_are_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
