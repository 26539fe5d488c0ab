/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Threads, lists and products that do not say what they are: seen by what repeats in them. Each
 * page is also written without the marks that give it away; as an article it then loses
 * something.
 */
#include "cases.h"

#define ABOVE                                                                                  \
    "<nav><a href=/>Home</a></nav><div class=sidebar><p>Popular tags this week, and what "     \
    "others have read</p></div>"
#define BELOW "<aside>Hot questions</aside><footer>Imprint and terms</footer>"
#define LONG_POST                                                                              \
    "<p>My river rises, what shall I do? It has risen for three days, and the bridge is "      \
    "under water, and nobody in the village knows when it ends, or where the boats are, or "   \
    "who has the key to the mill, where the sand is kept for such a day as this.</p>"          \
    "<p>The mayor is away, his deputy says that it has always fallen again, and the "          \
    "fire brigade has its own cellar to think of, so that we are left to ourselves, with "     \
    "two pumps, of which one works, and a few dozen bags that somebody filled last year, and " \
    "of which the mice have had their share.</p>"

/* The class of what names an author, and of what tells a time, are the marks. */
#define POST(author, time, text)                                                               \
    "<div class=talk><span class=" author ">Ann</span> <span class=" time ">today</span>" text \
    "</div>"
#define THREAD(a, t)                                                                           \
    ABOVE "<h1>Flood</h1><div>" POST(a, t, LONG_POST)                                          \
        POST(a, t, "<p>Move to the hill, and take the cat with you, she will not swim.</p>")   \
            POST(a, t, "<p>See <a href=/dams>the list of dams</a></p>")                        \
                POST(a, t, "<p>It fell again.</p>") "</div>" BELOW

/* The heading within an entry is the mark. */
#define ENTRY(tag, name, price)                                                                \
    "<div class=tile><" tag "><a href=/" name ">" name "</a></" tag "><span>" price            \
    " EUR</span></div>"
#define LIST(tag)                                                                              \
    ABOVE "<div class=wares>" ENTRY(tag, "Boat", "10") ENTRY(tag, "Oar", "4")                  \
        ENTRY(tag, "Anchor", "7") ENTRY(tag, "Rope", "2")                                      \
            ENTRY(tag, "Sail", "9") "</div>" BELOW

/* The button's name is the mark. */
#define PRODUCT(button)                                                                        \
    ABOVE "<div class=shop><h1>Boat</h1><p class=price>10 EUR</p><button class=" button        \
          ">Order</button></div><div class=tab><p>A boat of oak, built by hand in the "        \
          "village above the bridge, for two.</p></div><div class=tab><table><tr>"             \
          "<th>Length</th><td>3 m</td></tr><tr><th>Weight</th><td>80 kg</td></tr></table>"     \
          "<ul><li><a href=/manual.pdf>Manual</a></li><li><a href=/parts>Parts</a></li></ul>"  \
          "</div><div class=related><p>Others bought an <a href=/o>oar</a></p></div>" BELOW

#define ARTICLE                                                                                \
    "<div class=story><p>The river rose for three days, and on the fourth it stood at the "    \
    "sills of the houses, brown, slow, and full of the things it had taken from the villages " \
    "above the bridge.</p><p>Nobody had seen it so high, the mayor says, since the year of "   \
    "the bridge, and he has seen every flood since then, and written each of them down.</p>"   \
    "<p>What is left of the mill will be taken down, he says, before the winter comes.</p>"    \
    "</div>"

typedef struct {
    const char *label, *page, *unmarked;
    const char *wanted[6], *unwanted[6];
} shape_case;

static const shape_case cases[] = {
    {"thread",
     THREAD("username", "posted"),
     THREAD("x", "y"),
     {"My river", "Move to", "list of dams", "fell again"},
     {"Home", "Popular tags", "Hot questions", "Imprint"}},
    {"list",
     LIST("h3"),
     LIST("b"),
     {"[Boat](/Boat)", "10 EUR", "[Oar]", "[Rope]", "[Sail]", "9 EUR"},
     {"Home", "Popular tags", "Hot questions", "Imprint"}},
    {"product",
     PRODUCT("add-to-cart"),
     PRODUCT("large"),
     {"# Boat", "10 EUR", "of oak", "80 kg", "Manual", "Parts"},
     {"Home", "Popular tags", "Others bought", "Hot questions", "Imprint"}},
};

static char *convert_page(const char *head, const char *page, const char *mode)
{
    const char *options[] = {mode, NULL};
    size_t len = strlen(head) + strlen(page);
    char *html = malloc(len + 1);
    assert_non_null(html);
    strcat(strcpy(html, head), page);
    harness_result *r = convert(html, options);
    assert_int_equal(r->status, OKB_OK);
    char *body = strdup(r->body);
    harness_result_free(r);
    free(html);
    return body;
}

static size_t missing_in(const char *body, const char *const texts[6])
{
    size_t missing = 0;
    for (size_t i = 0; i < 6 && texts[i]; i++)
        missing += !strstr(body, texts[i]);
    return missing;
}

static size_t found_in(const char *body, const char *const texts[6])
{
    size_t n = 0;
    while (n < 6 && texts[n])
        n++;
    return n - missing_in(body, texts);
}

static void test_main_keeps_all_items_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body = convert_page("", cases[i].page, "content=main");
        if (missing_in(body, cases[i].wanted) || found_in(body, cases[i].unwanted))
            fail_msg("%s:\n%s", cases[i].label, body);
        free(body);
        body = convert_page("", cases[i].unmarked, "content=main");
        if (!missing_in(body, cases[i].wanted) && !found_in(body, cases[i].unwanted))
            fail_msg("%s: the rule is not needed:\n%s", cases[i].label, body);
        free(body);
    }
}

/* With a card for social networks auto looks for an article, and finds the first post. */
static void test_auto_loses_no_reply(void **state)
{
    static const char card[] = "<meta property=og:title content=Flood>";
    (void)state;
    char *body = convert_page(card, cases[0].page, "content=auto");
    assert_int_equal(missing_in(body, cases[0].wanted), 0);
    free(body);
    body = convert_page(card, cases[0].unmarked, "content=auto");
    assert_int_not_equal(missing_in(body, cases[0].wanted), 0);
    free(body);
}

static void test_an_article_stays_one(void **state)
{
    static const struct {
        const char *label, *page, *unwanted;
    } articles[] = {
        {"with comments",
         ARTICLE "<div class=talks>" POST("username", "posted", "<p>So high, and so brown.</p>")
             POST("username", "posted", "<p>We have seen worse, in the year of the dam.</p>")
                 POST("username", "posted", "<p>Not here.</p>") "</div>",
         "We have seen worse"},
        {"with teasers",
         ARTICLE "<div class=wares>" ENTRY("h3", "Boat", "10") ENTRY("h3", "Oar", "4")
             ENTRY("h3", "Anchor", "7") ENTRY("h3", "Rope", "2") "</div>",
         "Anchor"},
        {"in parts", "<div class=talk>" ARTICLE "</div><div class=talk>" ARTICLE "</div>",
         "nothing of it"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(articles); i++) {
        char *body = convert_page("", articles[i].page, "content=main");
        if (!strstr(body, "The river rose") || strstr(body, articles[i].unwanted))
            fail_msg("%s:\n%s", articles[i].label, body);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main_keeps_all_items_and_nothing_else),
        cmocka_unit_test(test_auto_loses_no_reply),
        cmocka_unit_test(test_an_article_stays_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
