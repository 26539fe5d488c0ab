/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The document as a whole: pages, marks, metadata, bookmarks, links, refusals.
 */
#include "kit.h"

#include <stdio.h>
#include <string.h>

#define WIDE                                                                                   \
    "The first paragraph runs over several lines of the page, so that its\n"                   \
    "right edge can be seen, and ends with a short line that shows where\n"                    \
    "it ends.\n"

static void text_becomes_paragraphs_after_a_page_mark(void **state)
{
    (void)state;
    paper *p = paper_new();
    double y = paper_lines(p, 72, 100, 11, 13, ROMAN, WIDE);
    paper_lines(p, 72, y + 10, 11, 13, ROMAN, WIDE);
    assert_body(
        convert(p),
        "<!-- page 1 -->\n\n"
        "The first paragraph runs over several lines of the page, so that its right edge "
        "can be seen, and ends with a short line that shows where it ends.\n\n"
        "The first paragraph runs over several lines of the page, so that its right edge "
        "can be seen, and ends with a short line that shows where it ends.\n");
}

static void a_paragraph_over_two_pages_belongs_to_the_first(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_lines(p, 72, 700, 11, 13, ROMAN,
                "A paragraph at the bottom of the page that does not end on it but\n"
                "goes on over the edge, to where the next page begins and where the");
    paper_page(p);
    paper_lines(p, 72, 100, 11, 13, ROMAN,
                "sentence ends.\n"
                "A second paragraph is there too, long enough to fill its first line and\n"
                "more.");
    assert_body(
        convert(p),
        "<!-- page 1 -->\n\n"
        "A paragraph at the bottom of the page that does not end on it but goes on over "
        "the edge, to where the next page begins and where the sentence ends.\n\n"
        "<!-- page 2 -->\n\n"
        "A second paragraph is there too, long enough to fill its first line and more.\n");
}

static void a_page_without_text_is_marked_and_warned_about(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN, "One.");
    paper_page(p);
    paper_page(p);
    paper_text(p, 72, 100, 11, ROMAN, "Three.");
    harness_result *r = convert(p);
    assert_true(harness_warned(r, OKB_W_NEEDS_OCR));
    assert_int_equal(r->n_warnings, 1);
    assert_int_equal(r->warnings[0].page, 2);
    assert_body(r, "<!-- page 1 -->\n\nOne.\n\n<!-- page 2 -->\n\n<!-- page 3 -->\n\nThree.\n");
}

/* "A fact" with a raised 1 behind it; `again` raises another behind the second line. */
static harness_result *page_with_a_note(bool again)
{
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN, "A fact");
    paper_text(p, 99.4, 96, 6, ROMAN, "1");
    paper_text(p, 106, 100, 11, ROMAN, "is told here in the usual style of the page, whose");
    paper_text(p, 72, 113, 11, ROMAN, "A fact");
    if (again)
        paper_text(p, 99.4, 109, 6, ROMAN, "1");
    paper_text(p, 106, 113, 11, ROMAN, "is told twice.");
    paper_text(p, 72, 696, 6, ROMAN, "1");
    paper_text(p, 75.4, 700, 8, ROMAN, "Where it is proven.");
    return convert(p);
}

static void a_footnote_is_one_when_mark_and_note_are_sure(void **state)
{
    (void)state;
    static const char *const sure[] = {"A fact[^1] is told", "[^1]: Where it is proven.", NULL};
    static const char *const unsure[] = {"A fact¹ is told", "¹ Where it is proven.", NULL};
    assert_in_order(page_with_a_note(false), sure);
    assert_in_order(page_with_a_note(true), unsure);
}

/* The page's text refers to the note under it. */
static void put_note(paper *p, double y, const char *mark)
{
    paper_text(p, 72, 100 + y, 11, ROMAN, "A fact");
    paper_text(p, 99.4, 96 + y, 6, ROMAN, mark);
    paper_text(p, 106, 100 + y, 11, ROMAN,
               "is told here in the usual style of the page, whose");
    paper_text(p, 72, 676 + y, 6, ROMAN, mark);
    paper_text(p, 75.4, 680 + y, 8, ROMAN, "Where it is proven.");
}

static void no_two_notes_share_a_label(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "fact[^1]", "[^1]: ", "fact[^p2-n1]", "fact[^p2-1]", "[^p2-n1]: ", "[^p2-1]: ", NULL};
    paper *p = paper_new();
    put_note(p, 0, "1");
    paper_page(p);
    put_note(p, 0, "*");
    put_note(p, 13, "1");
    assert_in_order(convert(p), parts);
}

/* Without a cross-reference table: the readers rebuild it. */
static const char FORM[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R 7 0 R 8 0 R]>>"
    "/Names<</EmbeddedFiles<</Names[(data.csv)9 0 R]>>>>>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R"
    "/Annots[6 0 R 7 0 R 8 0 R]/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 38>>stream\nBT /F 12 Tf 20 150 Td (Owner:) Tj ET   \nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "6 0 obj<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(Ada Lovelace)/Rect[70 145 300 165]"
    "/F 4>>endobj\n"
    "7 0 obj<</Type/Annot/Subtype/Widget/FT/Tx/Ff 8192/T(b)/V(secret)/Rect[70 100 300 120]"
    "/F 4>>endobj\n"
    "8 0 obj<</Type/Annot/Subtype/Widget/FT/Btn/T(c)/AS/Yes/Rect[20 60 30 70]/F 4>>endobj\n"
    "9 0 obj<</Type/Filespec/F(data.csv)/EF<</F 10 0 R>>>>endobj\n"
    "10 0 obj<</Type/EmbeddedFile/Length 4>>stream\na,b\n\nendstream endobj\n"
    "trailer<</Root 1 0 R/Size 11>>\n%%EOF\n";

static void form_fields_are_told_where_they_stand_but_passwords(void **state)
{
    (void)state;
    harness_result *r = convert_bytes(FORM, sizeof FORM - 1);
    assert_null(strstr(r->body, "secret"));
    static const char *const parts[] = {"Owner: Ada Lovelace", "\xE2\x98\x92", NULL};
    assert_in_order(r, parts);
}

static void attachments_are_listed(void **state)
{
    (void)state;
    harness_result *r = convert_bytes(FORM, sizeof FORM - 1);
    assert_string_equal(harness_meta(r, "x-attachments"), "data.csv");
    harness_result_free(r);
}

static void metadata_is_told(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN, "Text.");
    paper_info(p, "Title", "A (round) title");
    paper_info(p, "Author", "Ada; Grace");
    paper_info(p, "Keywords", "one, two");
    paper_info(p, "CreationDate", "D:20240501120000+02'00'");
    harness_result *r = convert(p);
    assert_string_equal(harness_meta(r, OKB_M_TITLE), "A (round) title");
    assert_string_equal(harness_meta(r, OKB_M_AUTHOR), "Ada");
    assert_string_equal(harness_meta(r, OKB_M_KEYWORD), "one");
    assert_string_equal(harness_meta(r, OKB_M_CREATED), "2024-05-01T10:00:00Z");
    assert_int_equal(r->n_metas, 6);
    harness_result_free(r);
}

/* Every string of it of two bytes a character, and longer than a host takes. */
static void what_a_file_says_of_itself_is_cut_between_characters(void **state)
{
    (void)state;
    static const char file[] =
        "%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/PageLabels<</Nums[0<</P(%1$s)>>]>>"
        "/Outlines 4 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\n"
        "4 0 obj<</Type/Outlines/First 5 0 R/Last 5 0 R/Count 1>>endobj\n"
        "5 0 obj<</Title(%1$s)/Parent 4 0 R/Dest[3 0 R/Fit]>>endobj\n"
        "6 0 obj<</Title(%1$s)/Author(%1$s)>>endobj\n"
        "trailer<</Root 1 0 R/Info 6 0 R/Size 7>>\n%%%%EOF\n";
    static char text[80000], bytes[400000];
    memset(text, '\xE9', sizeof text - 1);
    text[0] = 'a'; /* so that an even limit is within a character */
    int len = snprintf(bytes, sizeof bytes, file, text);
    harness_result *r = convert_bytes(bytes, (size_t)len);
    assert_int_equal(r->status, OKB_OK);
    assert_memory_equal(harness_meta(r, OKB_M_TITLE), "a\xC3\xA9", 3);
    assert_int_equal(strlen(harness_meta(r, OKB_M_AUTHOR)) % 2, 1);
    assert_memory_equal(r->outline[0].title, "a\xC3\xA9", 3);
    assert_int_equal(r->n_pages, 1);
    harness_result_free(r);
}

static void bookmarks_are_the_outline(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN, "One.");
    paper_bookmark(p, "First");
    paper_page(p);
    paper_text(p, 72, 100, 11, ROMAN, "Two.");
    paper_bookmark(p, "Second");
    harness_result *r = convert(p);
    assert_int_equal(r->n_outline, 2);
    assert_string_equal(r->outline[1].title, "Second");
    assert_int_equal(r->outline[1].page, 2);
    assert_int_equal(r->outline[1].level, 1);
    harness_result_free(r);
}

static void a_link_wraps_the_words_under_it(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, MONO, "see the manual, please");
    paper_text(p, 240, 100, 10, ROMAN, "and read it");
    paper_text(p, 72, 130, 10, ROMAN, "More words to set in the usual style of the page.");
    paper_link(p, 72 + 8 * 6, 90, 72 + 14 * 6, 103, "https://example.org/manual");
    static const char *const parts[] = {"[`manual`](https://example.org/manual)", NULL};
    assert_in_order(convert(p), parts);
}

/* Two headings of one name, and three words that lead somewhere. */
static paper *make_linked(void)
{
    paper *p = paper_new();
    paper_text(p, 72, 100, 20, BOLD, "Limits");
    paper_lines(p, 72, 130, 10, 12, MONO, "see first, then other,\nand last of all below,");
    paper_text(p, 72, 160, 10, ROMAN, "words of the usual kind and some more of them.");
    paper_page(p);
    paper_text(p, 72, 100, 10, ROMAN, "A paragraph of its own that stands alone here.");
    paper_text(p, 72, 200, 20, BOLD, "Limits");
    paper_place(p, "limits", 180);
    paper_text(p, 72, 230, 10, ROMAN, "Text under it, in the usual style of the page.");
    return p;
}

static void a_link_within_names_the_heading(void **state)
{
    (void)state;
    paper *p = make_linked();
    paper_page(p);
    paper_text(p, 72, 100, 10, MONO, "first and other and last");
    paper_text(p, 72 + 25 * 6, 100, 10, ROMAN, "are read");
    paper_text(p, 72, 130, 10, ROMAN, "More words to set in the usual style of the page.");
    paper_goto(p, 72, 90, 72 + 5 * 6, 103, 1, 80);
    paper_goto_name(p, 72 + 10 * 6, 90, 72 + 15 * 6, 103, "limits");
    paper_goto(p, 72 + 20 * 6, 90, 72 + 24 * 6, 103, 2, 90);
    static const char *const parts[] = {"[`first`](#limits) `and` [`other`](#limits-1)",
                                        "`and last` are read", NULL};
    assert_in_order(convert(p), parts);
}

static void a_link_to_no_heading_is_text(void **state)
{
    (void)state;
    paper *p = make_linked();
    paper_page(p);
    paper_text(p, 72, 100, 10, ROMAN, "nowhere");
    paper_goto(p, 72, 90, 200, 103, 9, 80);
    paper_text(p, 72, 130, 10, ROMAN, "Neither here.");
    paper_goto_name(p, 72, 120, 200, 133, "unheard");
    harness_result *r = convert(p);
    assert_non_null(strstr(r->body, "nowhere"));
    assert_null(strstr(r->body, "]("));
    harness_result_free(r);
}

/* Presentations put a dot for each slide, with a link to it, into the margin. */
static void a_link_without_text_is_none(void **state)
{
    (void)state;
    paper *p = make_linked();
    paper_page(p);
    paper_text(p, 72, 100, 10, ROMAN, "Words in the usual style of the page before dots.");
    for (int i = 0; i < 12; i++) {
        paper_text(p, 72 + 5 * i, 130, 10, ROMAN, ".");
        paper_goto(p, 72 + 5 * i, 120, 76 + 5 * i, 133, 1, i % 2 ? 80 : 180);
    }
    harness_result *r = convert(p);
    assert_int_equal(r->status, OKB_OK);
    assert_null(strstr(r->body, "[]("));
    harness_result_free(r);
}

/* A page of a heading and 900 items, and behind it a link to the heading, after so many
 * others to other heights. */
static harness_result *convert_links(int others)
{
    paper *p = paper_new();
    paper_text(p, 72, 40, 16, BOLD, "Limits");
    for (int i = 0; i < 900; i++)
        paper_text(p, 72, 60 + 0.8 * i, 1, ROMAN, "- item");
    paper_page(p);
    for (int i = 0; i < others; i++)
        paper_goto(p, 300, 300, 310, 310, 1, -100 - i);
    paper_text(p, 72, 100, 10, MONO, "first");
    paper_text(p, 72 + 6 * 6, 100, 10, ROMAN, "words of the text.");
    paper_goto(p, 72, 90, 72 + 5 * 6, 103, 1, 30);
    return convert(p);
}

static void links_that_cost_too_much_stay_text(void **state)
{
    (void)state;
    harness_result *r = convert_links(4980);
    assert_int_equal(r->status, OKB_OK);
    assert_non_null(strstr(r->body, "`first` words"));
    harness_result_free(r);
    r = convert_links(20);
    assert_non_null(strstr(r->body, "[`first`](#limits) words"));
    harness_result_free(r);
}

/* A page that paints a grey image of 2 x 2 samples, 60 points wide, above its caption. */
static const char PICTURE[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R"
    "/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 86>>stream\nq 60 0 0 60 50 200 cm /I Do Q "
    "BT /F 10 Tf 50 185 Td (Figure 1: Four samples) Tj ET\nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "6 0 obj<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
    "/ColorSpace/DeviceGray/Length 4>>stream\nabcd\nendstream endobj\n"
    "trailer<</Root 1 0 R/Size 7>>\n%%EOF\n";

static void a_picture_is_an_asset_with_its_caption(void **state)
{
    (void)state;
    harness_result *r = convert_bytes(PICTURE, sizeof PICTURE - 1);
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->assets[0].media_type, "image/png");
    assert_memory_equal(r->assets[0].bytes, "\x89PNG", 4);
    assert_int_equal(r->n_refs, 1);
    assert_string_equal(r->refs[0].alt, "Figure 1: Four samples");
    static const char *const parts[] = {"![Figure 1: Four samples](", "Figure 1", NULL};
    assert_in_order(r, parts);
}

static void pictures_are_left_out_when_asked(void **state)
{
    (void)state;
    static const char *const options[] = {"images=none", NULL};
    harness_input input = {.name = "x.pdf", .options = options};
    harness_result *r = harness_run(openkb_plugin_v1(0), PICTURE, sizeof PICTURE - 1, &input);
    assert_int_equal(r->n_assets, 0);
    assert_null(strstr(r->body, "!["));
    harness_result_free(r);
}

static void what_is_not_a_pdf_is_refused(void **state)
{
    (void)state;
    static const char *const files[] = {"", "hello", "%PDF-1.4\n",
                                        "%PDF-1.7\n1 0 obj <<>> endobj"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        harness_result *r = convert_bytes(files[i], strlen(files[i]));
        assert_int_equal(r->status, OKB_E_MALFORMED);
        assert_non_null(r->message);
        harness_result_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_becomes_paragraphs_after_a_page_mark),
        cmocka_unit_test(a_paragraph_over_two_pages_belongs_to_the_first),
        cmocka_unit_test(a_page_without_text_is_marked_and_warned_about),
        cmocka_unit_test(a_footnote_is_one_when_mark_and_note_are_sure),
        cmocka_unit_test(no_two_notes_share_a_label),
        cmocka_unit_test(form_fields_are_told_where_they_stand_but_passwords),
        cmocka_unit_test(attachments_are_listed),
        cmocka_unit_test(metadata_is_told),
        cmocka_unit_test(what_a_file_says_of_itself_is_cut_between_characters),
        cmocka_unit_test(bookmarks_are_the_outline),
        cmocka_unit_test(a_link_wraps_the_words_under_it),
        cmocka_unit_test(a_link_within_names_the_heading),
        cmocka_unit_test(a_link_to_no_heading_is_text),
        cmocka_unit_test(a_link_without_text_is_none),
        cmocka_unit_test(links_that_cost_too_much_stay_text),
        cmocka_unit_test(a_picture_is_an_asset_with_its_caption),
        cmocka_unit_test(pictures_are_left_out_when_asked),
        cmocka_unit_test(what_is_not_a_pdf_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
