/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is rendered: figures that are drawn, and images that cannot be copied.
 */
#include "kit.h"

#include <glib.h>
#include <openkb/plugin.h>
#include <stdio.h>
#include <string.h>

#define WORDS "Words of running text, of which there are enough to know the usual size."

/* Twelve curves between y 200 and 320, from the bottom, with two labels. */
static void draw_figure(paper *p)
{
    char line[100];
    for (int i = 0; i < 12; i++) {
        snprintf(line, sizeof line, "100 %d m 150 %d 250 %d 300 %d c S\n", 480 + 10 * i,
                 490 + 10 * i, 470 + 10 * i, 500 + 10 * i);
        paper_raw(p, line);
    }
    paper_text(p, 120, 250, 8, SANS, "alpha");
    paper_text(p, 260, 300, 8, SANS, "omega");
}

static paper *make_page(const char *caption)
{
    paper *p = paper_new();
    paper_text(p, 72, 100, 11, ROMAN, WORDS);
    paper_text(p, 72, 113, 11, ROMAN, WORDS);
    draw_figure(p);
    paper_text(p, 110, 345, 11, ROMAN, caption);
    paper_text(p, 72, 400, 11, ROMAN, WORDS);
    return p;
}

static void a_drawing_with_a_caption_is_a_picture(void **state)
{
    (void)state;
    harness_result *r = convert(make_page("Figure 1: Twelve curves"));
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->refs[0].alt, "Figure 1: Twelve curves");
    assert_null(strstr(r->body, "alpha"));
    assert_null(strstr(r->body, "omega"));
    assert_non_null(harness_meta(r, "x-fonts"));
    static const char *const parts[] = {WORDS, "![Figure 1: Twelve curves](",
                                        "\nFigure 1: Twelve curves\n", WORDS, NULL};
    assert_in_order(r, parts);
}

static void without_a_caption_its_labels_stay(void **state)
{
    (void)state;
    harness_result *r = convert(make_page("Figure 1 shows what is above it."));
    assert_int_equal(r->n_assets, 0);
    assert_non_null(strstr(r->body, "alpha"));
    assert_null(harness_meta(r, "x-fonts"));
    harness_result_free(r);
}

static void the_column_beside_is_no_label(void **state)
{
    (void)state;
    paper *p = make_page("Figure 1: Twelve curves");
    paper_text(p, 80, 240, 8, SANS, "tiny");
    paper_text(p, 308, 290, 11, ROMAN, "- short");
    paper_text(p, 308, 304, 11, ROMAN, "- lines");
    harness_result *r = convert(p);
    assert_int_equal(r->n_assets, 1);
    assert_null(strstr(r->body, "tiny"));
    static const char *const parts[] = {"- short\n- lines", NULL};
    assert_in_order(r, parts);
}

static void text_in_a_frame_stays_text(void **state)
{
    (void)state;
    paper *p = make_page("Figure 1: A text between curves");
    for (int i = 0; i < 8; i++)
        paper_text(p, 105, 220 + 12 * i, 9, ROMAN, "a line of text that is no label at all");
    harness_result *r = convert(p);
    assert_int_equal(r->n_assets, 0);
    assert_non_null(strstr(r->body, "no label at all"));
    harness_result_free(r);
}

static void without_pictures_the_labels_stay(void **state)
{
    (void)state;
    static const char *const options[] = {"images=none", NULL};
    harness_input input = {.name = "x.pdf", .options = options};
    paper *p = make_page("Figure 1: Twelve curves");
    size_t len = 0;
    const char *bytes = paper_bytes(p, &len);
    harness_result *r = harness_run(openkb_plugin_v1(0), bytes, len, &input);
    paper_free(p);
    assert_int_equal(r->n_assets, 0);
    assert_non_null(strstr(r->body, "alpha"));
    harness_result_free(r);
}

/* Two pages with a figure each, where one picture is allowed. */
static void a_figure_that_cannot_be_kept_leaves_its_labels(void **state)
{
    (void)state;
    okb_limits limits = {.struct_size = sizeof limits,
                         .max_total_bytes = 1 << 20,
                         .max_body_bytes = 1 << 20,
                         .max_assets = 1};
    harness_input input = {.name = "x.pdf", .limits = limits};
    paper *p = make_page("Figure 1: Twelve curves");
    paper_page(p);
    draw_figure(p);
    paper_text(p, 130, 290, 8, SANS, "1. kappa");
    paper_text(p, 110, 345, 11, ROMAN, "Figure 2: Twelve more");
    size_t len = 0;
    const char *bytes = paper_bytes(p, &len);
    harness_result *r = harness_run(openkb_plugin_v1(0), bytes, len, &input);
    paper_free(p);
    assert_int_equal(r->n_assets, 1);
    assert_true(harness_warned(r, OKB_W_TRUNCATED));
    assert_null(strstr(strstr(r->body, "alpha") + 1, "alpha"));
    static const char *const parts[] = {"![Figure 1: Twelve curves](",
                                        "\nFigure 1: Twelve curves\n",
                                        "<!-- page 2 -->",
                                        "alpha",
                                        "1. kappa",
                                        "omega",
                                        "\nFigure 2: Twelve more\n",
                                        NULL};
    assert_in_order(r, parts);
}

/* Four samples in four colours each, painted twice at one place. */
static const char CMYK[] =
    "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R"
    "/Resources<</Font<</F 5 0 R>>/XObject<</I 6 0 R/J 7 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 112>>stream\nq 60 0 0 60 50 200 cm /I Do Q "
    "q 60 0 0 60 50 200 cm /J Do Q "
    "BT /F 10 Tf 50 185 Td (Figure 1: Four samples) Tj ET\nendstream endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
    "6 0 obj<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
    "/ColorSpace/DeviceCMYK/Length 16>>stream\nabcdefghijklmnop\nendstream endobj\n"
    "7 0 obj<</Type/XObject/Subtype/Image/Width 2/Height 2/BitsPerComponent 8"
    "/ColorSpace/DeviceCMYK/Length 16>>stream\nponmlkjihgfedcba\nendstream endobj\n"
    "trailer<</Root 1 0 R/Size 8>>\n%%EOF\n";

static void an_image_that_cannot_be_copied_is_rendered_once(void **state)
{
    (void)state;
    harness_result *r = convert_bytes(CMYK, sizeof CMYK - 1);
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->assets[0].media_type, "image/png");
    assert_memory_equal(r->assets[0].bytes, "\x89PNG", 4);
    assert_string_equal(r->refs[0].alt, "Figure 1: Four samples");
    harness_result_free(r);
}

/* The file above with letters that are Hebrew ones, where the image stands on the left. */
static void an_image_on_a_mirrored_page_is_rendered_where_it_stands(void **state)
{
    static const char CMAP[] =
        "/Encoding/WinAnsiEncoding/ToUnicode 8 0 R>>endobj\n"
        "8 0 obj<</Length 140>>stream\n/CIDInit/ProcSet findresource begin begincmap\n"
        "1 begincodespacerange <00><FF> endcodespacerange\n"
        "1 beginbfrange <61><7A><05D0> endbfrange\nendcmap end end                   \n"
        "endstream endobj\n6 0 obj";
    (void)state;
    harness_result *latin = convert_bytes(CMYK, sizeof CMYK - 1);
    GString *file = g_string_new(CMYK);
    g_string_replace(file, ">>endobj\n6 0 obj", CMAP, 1);
    harness_result *r = convert_bytes(file->str, file->len);
    assert_non_null(strstr(r->body, "\u05D0"));
    assert_int_equal(r->n_assets, 1);
    assert_int_equal(r->assets[0].len, latin->assets[0].len);
    assert_memory_equal(r->assets[0].bytes, latin->assets[0].bytes, latin->assets[0].len);
    g_string_free(file, TRUE);
    harness_result_free(latin);
    harness_result_free(r);
}

/* The file above, with two images of JPEG 2000 that say they are `side` wide and high. */
static harness_result *convert_huge(const char *side)
{
    GString *file = g_string_new(CMYK);
    g_autofree char *size = g_strdup_printf("/Width %s/Height %s", side, side);
    g_string_replace(file, "/Width 2/Height 2", size, 0);
    g_string_replace(file, "/Length 16", "/Filter/JPXDecode/Length 16", 0);
    harness_result *r = convert_bytes(file->str, file->len);
    g_string_free(file, TRUE);
    return r;
}

static void an_image_too_large_to_decode_is_left_out(void **state)
{
    (void)state;
    harness_result *r = convert_huge("5000");
    assert_int_equal(r->n_assets, 0);
    assert_true(harness_warned(r, OKB_W_TRUNCATED));
    harness_result_free(r);
    r = convert_huge("500");
    assert_int_equal(r->n_assets, 1);
    assert_false(harness_warned(r, OKB_W_TRUNCATED));
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drawing_with_a_caption_is_a_picture),
        cmocka_unit_test(without_a_caption_its_labels_stay),
        cmocka_unit_test(the_column_beside_is_no_label),
        cmocka_unit_test(text_in_a_frame_stays_text),
        cmocka_unit_test(without_pictures_the_labels_stay),
        cmocka_unit_test(a_figure_that_cannot_be_kept_leaves_its_labels),
        cmocka_unit_test(an_image_that_cannot_be_copied_is_rendered_once),
        cmocka_unit_test(an_image_on_a_mirrored_page_is_rendered_where_it_stands),
        cmocka_unit_test(an_image_too_large_to_decode_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
