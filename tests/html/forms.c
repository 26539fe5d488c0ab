/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pages that are no articles: threads, lists, products. Each with all of what it is made of,
 * and without what surrounds that; the same page undeclared is the control that the rule did
 * it.
 */
#include "cases.h"

#define CHROME_ABOVE                                                                           \
    "<nav><a href=/>Home</a></nav><div class=sidebar><p>Popular tags this week, and what "     \
    "others have read</p></div>"
#define CHROME_BELOW "<aside>Hot questions</aside><footer>Imprint and terms</footer>"

static const char thread[] = CHROME_ABOVE
    "<div class=topic><div class=post><p>My river rises, what shall I do? It has risen for "
    "three "
    "days, and the bridge is under water, and nobody in the village knows when it ends.</p>"
    "<button>Like</button></div>"
    "<div class=post><p>Move.</p></div>"
    "<div class=post><p>See <a href=/dams>the list of dams</a></p></div>"
    "<div class='post last'><p>It fell again.</p></div></div>" CHROME_BELOW;

static const char list[] = CHROME_ABOVE
    "<div class=grid><div class=card><h3><a href=/a>Boat</a></h3><span>10 EUR</span></div>"
    "<div class=card><h3><a href=/b>Oar</a></h3><span>4 EUR</span></div>"
    "<div class=card><h3><a href=/c>Anchor</a></h3><span>7 EUR</span></div></div>" CHROME_BELOW;

static const char product[] = CHROME_ABOVE
    "<div class=shop><div class=product-main><h1>Boat</h1><p class=price>10 EUR</p>"
    "<p>A boat of oak, built by hand in the village above the bridge, for two.</p>"
    "<table><tr><th>Length<td>3 m<tr><th>Weight<td>80 kg</table>"
    "<ul><li><a href=/manual.pdf>Manual</a><li><a href=/parts>Parts</a></ul></div>"
    "<div class=related><p>Others bought an <a href=/o>oar</a></p></div></div>" CHROME_BELOW;

static const char *const chrome[] = {"Home", "Popular tags", "Hot questions", "Imprint"};

typedef struct {
    const char *label, *declaration, *page;
    const char *wanted[6], *unwanted[3];
} form_case;

static const form_case cases[] = {
    {"thread, by JSON-LD",
     "<script type='application/ld+json'>{\"@type\":\"DiscussionForumPosting\",\"comment\":"
     "[{\"@type\":\"Comment\"}]}</script>",
     thread,
     {"My river", "Move.", "list of dams", "fell again"},
     {"Like"}},
    {"thread, by generator",
     "<meta name=generator content='phpBB 3'>",
     thread,
     {"My river", "Move.", "list of dams", "fell again"},
     {"Like"}},
    {"list, by JSON-LD",
     "<script type='application/ld+json'>{\"@type\":\"ItemList\"}</script>",
     list,
     {"[Boat](/a)", "10 EUR", "[Oar](/b)", "[Anchor](/c)", "7 EUR"},
     {NULL}},
    {"product, by OpenGraph",
     "<meta property=og:type content=product><meta property=og:title content=Boat>",
     product,
     {"# Boat", "10 EUR", "of oak", "80 kg", "Manual", "Parts"},
     {"Others bought"}},
};

static char *convert_page(const form_case *c, bool declared, const char *mode)
{
    const char *options[] = {mode, NULL};
    char *html = malloc(strlen(c->declaration) + strlen(c->page) + 1);
    assert_non_null(html);
    strcpy(html, declared ? c->declaration : "");
    strcat(html, c->page);
    harness_result *r = convert(html, options);
    assert_int_equal(r->status, OKB_OK);
    char *body = strdup(r->body);
    harness_result_free(r);
    free(html);
    return body;
}

static size_t count_in(const char *body, const char *const *texts, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n && texts[i]; i++)
        found += strstr(body, texts[i]) != NULL;
    return found;
}

static size_t count_texts(const char *const *texts, size_t n)
{
    size_t i = 0;
    while (i < n && texts[i])
        i++;
    return i;
}

static void test_main_keeps_all_items_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const form_case *c = &cases[i];
        char *body = convert_page(c, true, "content=main");
        if (count_in(body, c->wanted, 6) < count_texts(c->wanted, 6) ||
            count_in(body, c->unwanted, 3) || count_in(body, chrome, COUNT(chrome)))
            fail_msg("%s:\n%s", c->label, body);
        free(body);
    }
}

/* Control: undeclared each of them loses something, or keeps what surrounds it. */
static void test_undeclared_each_comes_out_otherwise(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = convert_page(&cases[i], false, "content=main");
        if (count_in(body, cases[i].wanted, 6) == count_texts(cases[i].wanted, 6) &&
            !count_in(body, cases[i].unwanted, 3) && !count_in(body, chrome, COUNT(chrome)))
            fail_msg("%s: the rule is not needed:\n%s", cases[i].label, body);
        free(body);
    }
}

static void test_auto_loses_nothing_of_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = convert_page(&cases[i], true, "content=auto");
        assert_int_equal(count_in(body, cases[i].wanted, 6), count_texts(cases[i].wanted, 6));
        assert_null(strstr(body, "Imprint"));
        free(body);
    }
}

/* An article that also lists products is an article. */
static void test_an_article_stays_one(void **state)
{
    static const form_case c = {
        .declaration = "<script type='application/ld+json'>[{\"@type\":\"NewsArticle\"},"
                       "{\"@type\":\"ItemList\"}]</script>",
        .page =
            "<article><p>The river rose for three days, and on the fourth it stood at the "
            "sills of the houses, brown, slow, and full of things from the villages.</p>"
            "<p>Nobody had seen it so high, the mayor says, since the year of the bridge, "
            "and he has seen every flood since then, and written each of them down.</p>"
            "</article><div class=card>A</div><div class=card>B</div><div class=card>C</div>"};
    (void)state;
    char *body = convert_page(&c, true, "content=main");
    assert_non_null(strstr(body, "The river"));
    assert_null(strstr(body, "\nB\n"));
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_keeps_all_items_and_nothing_else),
        cmocka_unit_test(test_undeclared_each_comes_out_otherwise),
        cmocka_unit_test(test_auto_loses_nothing_of_them),
        cmocka_unit_test(test_an_article_stays_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
