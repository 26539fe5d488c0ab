/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tagged PDFs: what the structure tree says goes before what can be seen, if it makes sense.
 */
#include "kit.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

/* One line of text in an element of its own, or in that of the line before. */
typedef struct {
    int page; /* 0 or 1 */
    const char *role;
    int font; /* 0 Times, 1 bold, 2 Courier */
    int size, y;
    const char *text;
    bool same;
} piece;

enum { PAGES = 2, FIRST_ELEMENT = 20 };

static void put_page(GString *out, const piece *pieces, int n, int page)
{
    GString *stream = g_string_new(NULL);
    int mcid = 0;
    for (int i = 0; i < n; i++)
        if (pieces[i].page == page)
            g_string_append_printf(
                stream, "/%s <</MCID %d>> BDC BT /F%d %d Tf 60 %d Td (%s) Tj ET EMC\n",
                pieces[i].role, mcid++, pieces[i].font, pieces[i].size, 800 - pieces[i].y,
                pieces[i].text);
    g_string_append_printf(out,
                           "%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]"
                           "/Contents %d 0 R/StructParents %d/Resources<</Font<</F0 5 0 R"
                           "/F1 6 0 R/F2 7 0 R>>>>>>endobj\n",
                           8 + page, 10 + page, page);
    g_string_append_printf(out, "%d 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n",
                           10 + page, stream->len, stream->str);
    g_string_free(stream, TRUE);
}

/* The element of each piece, page by page: the parent tree. */
static void put_tree(GString *out, const piece *pieces, int n)
{
    GString *parents[PAGES] = {g_string_new(NULL), g_string_new(NULL)};
    int element = FIRST_ELEMENT - 1;
    for (int i = 0; i < n; i++) {
        if (!pieces[i].same)
            g_string_append_printf(out, "%d 0 obj<</S/%s/P 12 0 R>>endobj\n", ++element,
                                   pieces[i].role);
        g_string_append_printf(parents[pieces[i].page], "%d 0 R ", element);
    }
    g_string_append_printf(out,
                           "12 0 obj<</Type/StructTreeRoot/RoleMap<</Own/H3>>/ParentTree"
                           "<</Nums[0[%s]1[%s]]>>>>endobj\n",
                           parents[0]->str, parents[1]->str);
    for (int i = 0; i < PAGES; i++)
        g_string_free(parents[i], TRUE);
}

/* `root` is how the catalog names the tree: with another name it is not there. */
static harness_result *convert_pieces(const piece *pieces, int n, const char *root)
{
    static const char *const fonts[] = {"Times-Roman", "Times-Bold", "Courier"};
    GString *out = g_string_new("%PDF-1.5\n");
    g_string_append_printf(out, "1 0 obj<</Type/Catalog/Pages 2 0 R/%s 12 0 R>>endobj\n", root);
    g_string_append(out, "2 0 obj<</Type/Pages/Kids[8 0 R 9 0 R]/Count 2>>endobj\n");
    for (int i = 0; i < 3; i++)
        g_string_append_printf(out, "%d 0 obj<</Type/Font/Subtype/Type1/BaseFont/%s>>endobj\n",
                               5 + i, fonts[i]);
    for (int i = 0; i < PAGES; i++)
        put_page(out, pieces, n, i);
    put_tree(out, pieces, n);
    g_string_append(out, "trailer<</Root 1 0 R/Size 100>>\n%%EOF\n");
    harness_result *r = convert_bytes(out->str, out->len);
    g_string_free(out, TRUE);
    return r;
}

#define TREE  "StructTreeRoot"
#define OTHER "SomethingElse"
#define WORDS "Words of running text, of which there are enough to know the usual size."

static const piece CHANGES[] = {
    {0, "H2", 1, 14, 100, "2.2.0", false},
    {0, "P", 0, 11, 130, WORDS, false},
    {0, "Own", 2, 11, 160, "run\\(\\)", false},
    {0, "P", 0, 11, 190, WORDS, false},
    {0, "P", 1, 14, 220, "Bold and large but no heading", false},
    {0, "P", 0, 11, 250, WORDS, false},
    {1, "H3", 0, 11, 100, "Quiet", false},
    {1, "P", 0, 11, 130, WORDS, false},
    {1, "P", 0, 11, 160, WORDS, false},
};

static void headings_are_those_of_the_tree(void **state)
{
    (void)state;
    static const char *const parts[] = {"\n## 2.2.0\n",
                                        WORDS,
                                        "\n### `run()`\n",
                                        WORDS,
                                        "**Bold and large",
                                        WORDS,
                                        "\n### Quiet\n",
                                        WORDS,
                                        NULL};
    assert_in_order(convert_pieces(CHANGES, G_N_ELEMENTS(CHANGES), TREE), parts);
}

static void without_a_tree_headings_are_what_looks_like_one(void **state)
{
    (void)state;
    harness_result *r = convert_pieces(CHANGES, G_N_ELEMENTS(CHANGES), OTHER);
    assert_null(strstr(r->body, "# Quiet"));
    assert_non_null(strstr(r->body, "# Bold and large but no heading"));
    harness_result_free(r);
}

static void a_tree_in_which_all_is_a_heading_is_not_believed(void **state)
{
    (void)state;
    piece all[G_N_ELEMENTS(CHANGES)];
    memcpy(all, CHANGES, sizeof all);
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        all[i].role = "H1";
    harness_result *r = convert_pieces(all, G_N_ELEMENTS(all), TREE);
    assert_null(strstr(r->body, "# Words"));
    assert_non_null(strstr(r->body, "# Bold and large but no heading"));
    harness_result_free(r);
}

static const piece CUT[] = {
    {0, "P", 0, 11, 700, WORDS, false},
    {0, "P", 0, 11, 730,
     "It is said of the first half that it ends with a full stop, and of No.", false},
    {1, "P", 0, 11, 100, "Seven that it begins with a capital letter, as names do.", true},
    {1, "P", 0, 11, 130, WORDS, false},
};

static void an_element_over_two_pages_is_one_paragraph(void **state)
{
    (void)state;
    harness_result *r = convert_pieces(CUT, G_N_ELEMENTS(CUT), TREE);
    assert_non_null(strstr(r->body, "and of No. Seven that"));
    harness_result_free(r);
    r = convert_pieces(CUT, G_N_ELEMENTS(CUT), OTHER);
    assert_null(strstr(r->body, "and of No. Seven that"));
    harness_result_free(r);
}

/* A picture in an element that says what it shows. */
static const char FIGURE[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/StructTreeRoot 7 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/StructParents 5"
    "/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 115>>stream\n/Figure<</MCID 0>>BDC q 60 0 0 60 50 200 cm /I Do Q EMC "
    "BT /F 10 Tf 50 185 Td (Figure 1: Four samples) Tj ET \nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "6 0 obj<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
    "/ColorSpace/DeviceGray/Length 4>>stream\nabcd\nendstream endobj\n"
    "7 0 obj<</Type/StructTreeRoot/ParentTree<</Nums[2[]5[8 0 R]9[]]>>>>endobj\n"
    "8 0 obj<</S/Figure/P 7 0 R/Alt(A grey square)>>endobj\n"
    "trailer<</Root 1 0 R/Size 9>>\n%%EOF\n";

static void a_picture_has_its_alternative_text(void **state)
{
    (void)state;
    harness_result *r = convert_bytes(FIGURE, sizeof FIGURE - 1);
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->refs[0].alt, "A grey square");
    harness_result_free(r);
}

/* The picture alone: nothing is shown that could have a tag. */
static void a_tagged_page_without_text_is_read(void **state)
{
    (void)state;
    GString *file = g_string_new(FIGURE);
    g_string_replace(file, "BT /F 10 Tf 50 185 Td (Figure 1: Four samples) Tj ET",
                     "                                                    ", 0);
    harness_result *r = convert_bytes(file->str, file->len);
    g_string_free(file, TRUE);
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->refs[0].alt, "A grey square");
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headings_are_those_of_the_tree),
        cmocka_unit_test(without_a_tree_headings_are_what_looks_like_one),
        cmocka_unit_test(a_tree_in_which_all_is_a_heading_is_not_believed),
        cmocka_unit_test(an_element_over_two_pages_is_one_paragraph),
        cmocka_unit_test(a_picture_has_its_alternative_text),
        cmocka_unit_test(a_tagged_page_without_text_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
