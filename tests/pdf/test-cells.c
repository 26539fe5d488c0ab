/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tables of tagged PDFs: the structure tree knows rows and cells where nothing is ruled.
 */
#include "kit.h"

#include <glib.h>
#include <string.h>

#define WORDS "Words of running text, of which there are enough to know the usual size."

/* A cell, or with row -1 a paragraph beside the table. Lines are divided by '|'. */
typedef struct {
    int row;
    const char *type, *attributes;
    int x, y;
    const char *text;
} cell;

enum { TABLE = 20, FIRST_ROW = 30, ROWS = 4, FIRST_CELL = 40 };

static void put_stream(GString *out, const cell *cells, int n)
{
    GString *s = g_string_new(NULL);
    for (int i = 0; i < n; i++) {
        g_auto(GStrv) lines = g_strsplit(cells[i].text, "|", -1);
        g_string_append_printf(s, "/%s<</MCID %d>>BDC BT /F 10 Tf %d %d Td ", cells[i].type, i,
                               cells[i].x, 800 - cells[i].y);
        for (char **line = lines; *line; line++)
            g_string_append_printf(s, "(%s) Tj 0 -12 Td ", *line);
        g_string_append(s, "ET EMC\n");
    }
    g_string_append_printf(out, "4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n", s->len,
                           s->str);
    g_string_free(s, TRUE);
}

static void put_tree(GString *out, const cell *cells, int n)
{
    g_string_append_printf(out, "%d 0 obj<</S/Table/P 6 0 R/K[", TABLE);
    for (int row = 0; row < ROWS; row++)
        g_string_append_printf(out, "%d 0 R ", FIRST_ROW + row);
    g_string_append(out, "]>>endobj\n");
    for (int row = 0; row < ROWS; row++) {
        g_string_append_printf(out, "%d 0 obj<</S/TR/P %d 0 R/K[", FIRST_ROW + row, TABLE);
        for (int i = 0; i < n; i++)
            if (cells[i].row == row)
                g_string_append_printf(out, "%d 0 R ", FIRST_CELL + i);
        g_string_append(out, "]>>endobj\n");
    }
    for (int i = 0; i < n; i++)
        g_string_append_printf(out, "%d 0 obj<</S/%s/P %d 0 R/A%s>>endobj\n", FIRST_CELL + i,
                               cells[i].type, cells[i].row < 0 ? 6 : FIRST_ROW + cells[i].row,
                               cells[i].attributes);
    g_string_append(out, "6 0 obj<</Type/StructTreeRoot/ParentTree<</Nums[0[");
    for (int i = 0; i < n; i++)
        g_string_append_printf(out, "%d 0 R ", FIRST_CELL + i);
    g_string_append(out, "]]>>>>endobj\n");
}

/* `root` is how the catalog names the tree: with another name it is not there. */
static harness_result *convert_cells(const cell *cells, int n, const char *root)
{
    GString *out = g_string_new("%PDF-1.5\n");
    g_string_append_printf(out, "1 0 obj<</Type/Catalog/Pages 2 0 R/%s 6 0 R>>endobj\n", root);
    g_string_append(out, "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                         "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
                         "/StructParents 0/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
                         "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n");
    put_stream(out, cells, n);
    put_tree(out, cells, n);
    g_string_append(out, "trailer<</Root 1 0 R/Size 100>>\n%%EOF\n");
    harness_result *r = convert_bytes(out->str, out->len);
    g_string_free(out, TRUE);
    return r;
}

#define TREE  "StructTreeRoot"
#define OTHER "SomethingElse"
#define NONE  "<<>>"

/* The second column of the last row is empty, its third has two lines. */
static const cell PLAIN[] = {
    {-1, "P", NONE, 60, 60, WORDS},
    {0, "TH", NONE, 60, 100, "Key"},
    {0, "TH", NONE, 160, 100, "Kind"},
    {0, "TH", NONE, 260, 100, "Meaning"},
    {1, "TD", NONE, 60, 116, "left"},
    {1, "TD", NONE, 160, 116, "number"},
    {1, "TD", NONE, 260, 116, "how far it is|from the edge"},
    {2, "TD", NONE, 60, 144, "right"},
    {2, "TD", NONE, 160, 144, ""},
    {2, "TD", NONE, 260, 144, "the same from|the other edge"},
    {-1, "P", NONE, 60, 200, WORDS},
};

#define PLAIN_TABLE                                                                            \
    "| Key | Kind | Meaning |\n| --- | --- | --- |\n"                                          \
    "| left | number | how far it is from the edge |\n"                                        \
    "| right |  | the same from the other edge |\n"

static void rows_and_cells_are_those_of_the_tree(void **state)
{
    (void)state;
    static const char *const parts[] = {WORDS, "\n\n" PLAIN_TABLE "\n", WORDS, NULL};
    assert_in_order(convert_cells(PLAIN, G_N_ELEMENTS(PLAIN), TREE), parts);
}

static void without_a_tree_lines_are_not_joined_so(void **state)
{
    (void)state;
    harness_result *r = convert_cells(PLAIN, G_N_ELEMENTS(PLAIN), OTHER);
    assert_null(strstr(r->body, PLAIN_TABLE));
    assert_non_null(strstr(r->body, "from the edge"));
    harness_result_free(r);
}

static const cell SPANS[] = {
    {-1, "P", NONE, 60, 60, WORDS},
    {0, "TH", "<</O/Table/RowSpan 2>>", 60, 100, "Key"},
    {0, "TH", "[<</O/Layout>><</O/Table/ColSpan 2>>]", 190, 100, "Extent"},
    {1, "TH", NONE, 160, 116, "least"},
    {1, "TH", NONE, 260, 116, "most"},
    {2, "TD", NONE, 60, 132, "left"},
    {2, "TD", NONE, 160, 132, "one"},
    {2, "TD", NONE, 260, 132, "four"},
    {3, "TD", NONE, 60, 148, "right"},
    {3, "TD", NONE, 160, 148, "two"},
    {3, "TD", NONE, 260, 148, "five"},
};

static void cells_span_as_the_tree_says(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "<tr><th rowspan=\"2\">Key</th><th colspan=\"2\">Extent</th></tr>",
        "<tr><th>least</th><th>most</th></tr>",
        "<tr><td>left</td><td>one</td><td>four</td></tr>",
        "<tr><td>right</td><td>two</td><td>five</td></tr>", NULL};
    assert_in_order(convert_cells(SPANS, G_N_ELEMENTS(SPANS), TREE), parts);
}

/* A change to PLAIN after which it is as if there were no tree. */
static void assert_not_followed(int at, cell changed)
{
    cell cells[G_N_ELEMENTS(PLAIN)];
    memcpy(cells, PLAIN, sizeof cells);
    cells[at] = changed;
    harness_result *r = convert_cells(cells, G_N_ELEMENTS(cells), TREE);
    harness_result *without = convert_cells(cells, G_N_ELEMENTS(cells), OTHER);
    assert_int_equal(r->status, OKB_OK);
    assert_string_equal(r->body, without->body);
    harness_result_free(without);
    harness_result_free(r);
}

static void a_tree_that_makes_no_sense_is_not_followed(void **state)
{
    (void)state;
    cell c = PLAIN[10];
    c.y = 144, c.x = 165, c.text = "not of it";
    assert_not_followed(10, c); /* other words in it */
    c = PLAIN[4];
    c.row = 3;
    assert_not_followed(4, c); /* rows that do not follow each other */
    c = PLAIN[1];
    c.attributes = "<</O/Table/RowSpan 3>>";
    assert_not_followed(1, c); /* columns that do not */
    c = PLAIN[2];
    c.attributes = "<</O/Table/ColSpan 100>>";
    assert_not_followed(2, c); /* too many */
}

/* "far" is pushed over what "Key" reaches down to: they lie over each other. */
static void cells_over_each_other_are_no_table(void **state)
{
    (void)state;
    static const cell cells[] = {
        {0, "TH", NONE, 60, 100, "first"},
        {0, "TH", "<</RowSpan 2>>", 160, 100, "reaches"},
        {1, "TD", "<</ColSpan 2>>", 60, 116, "over"},
        {2, "TD", NONE, 60, 132, "below"},
        {2, "TD", NONE, 160, 132, "last"},
        {-1, "P", NONE, 60, 200, WORDS},
    };
    harness_result *r = convert_cells(cells, G_N_ELEMENTS(cells), TREE);
    for (gsize i = 0; i < G_N_ELEMENTS(cells); i++)
        assert_non_null(strstr(r->body, cells[i].text));
    assert_null(strstr(r->body, "span="));
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_cells_are_those_of_the_tree),
        cmocka_unit_test(without_a_tree_lines_are_not_joined_so),
        cmocka_unit_test(cells_span_as_the_tree_says),
        cmocka_unit_test(a_tree_that_makes_no_sense_is_not_followed),
        cmocka_unit_test(cells_over_each_other_are_no_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
