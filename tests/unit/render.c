/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From a bundle to the bytes of a document.
 */
#include "unit/check.h"

#include "ingest/excerpt.h"
#include "ingest/render.h"
#include "unit/bundle-builder.h"
#include "util/text.h"

#include <jansson.h>
#include <stdlib.h>

int okb_registry_name_taken(void *store, const char *name, gint64 except, GError **error);
int okb_registry_name_taken(void *store, const char *name, gint64 except, GError **error)
{
    (void)store;
    (void)name;
    (void)except;
    (void)error;
    return 0;
}

static const char *const images[] = {"a.png", "b.jpg", NULL};

static void test_placeholders_become_paths_and_look_alikes_stay(void **state)
{
    (void)state;
    OkbBundle *bundle =
        bundle_of("![x](okb-asset:00000002) and okb-asset:00000001 in text  \n\n");
    OkbAssetRef ref = {5, 1, NULL};
    g_array_append_val(bundle->refs, ref);
    g_autoptr(GString) text = okb_render_markdown(bundle, "images/doc/", images);
    assert_string_equal(text->str, "![x](images/doc/b.jpg) and okb-asset:00000001 in text\n");
    bundle_drop(bundle);
}

static void test_a_reference_that_points_elsewhere_is_refused(void **state)
{
    (void)state;
    OkbBundle *bundle = bundle_of("0123456789012345678901234567890123456789");
    OkbAssetRef ref = {3, 0, NULL};
    g_array_append_val(bundle->refs, ref);
    assert_null(okb_render_markdown(bundle, "", images));
    bundle_drop(bundle);
}

static void test_a_long_document_becomes_pages_without_empty_ones(void **state)
{
    (void)state;
    OkbBundle *bundle =
        bundle_of("<!-- page 1 -->\n\nÄ one\n\n<!-- page 2 -->\n\n<!-- page 3 -->\n\n"
                  "![i](okb-asset:00000001)\n");
    bundle_scan(bundle);
    assert_true(okb_render_is_long(bundle, 3));
    assert_false(okb_render_is_long(bundle, 4));
    OkbRenderInput input = {bundle, "doc", "doc", images, true};
    g_autoptr(GString) text = okb_render_source(&input, NULL);
    json_t *pages = json_loads(text->str, 0, NULL);
    assert_int_equal(json_array_size(pages), 2);
    const char *content, *path;
    int number;
    assert_int_equal(0, json_unpack(pages, "[{s:i,s:s,s:[]},{s:i,s:s,s:[{s:s}]}]", "page",
                                    &number, "content", &content, "images", "page", &number,
                                    "content", &content, "images", "path", &path));
    assert_int_equal(number, 3);
    assert_string_equal(path, "sources/images/doc/a.png");
    assert_string_equal(content, "![i](sources/images/doc/a.png)");
    assert_non_null(strstr(text->str, "Ä one"));
    json_decref(pages);
    bundle_drop(bundle);
}

static void test_pages_without_any_text_are_not_long(void **state)
{
    (void)state;
    OkbBundle *bundle = bundle_of("<!-- page 1 -->\n\n<!-- page 2 -->\n");
    bundle_scan(bundle);
    assert_false(okb_render_is_long(bundle, 2));
    bundle_drop(bundle);
}

static void test_a_summary_has_front_matter_title_outline_and_beginning(void **state)
{
    (void)state;
    OkbBundle *bundle =
        bundle_of("# Title\n\nThe first words of **this** document stand here.\n");
    bundle_fact(bundle, "title", "A *star* \"title\"");
    bundle_heading(bundle, 1, 0, "One");
    bundle_heading(bundle, 2, 0, "Two_b");
    OkbRenderInput input = {bundle, "doc", "stem", images, false};
    g_autoptr(GString) text = okb_render_summary(&input);
    assert_string_equal(text->str,
                        "---\ntype: \"Summary\"\n"
                        "description: \"The first words of this document stand here.\"\n"
                        "doc_type: short\nfull_text: \"sources/doc.md\"\n---\n\n"
                        "# A \\*star\\* \"title\"\n\n## Outline\n\n- One\n  - Two\\_b\n\n"
                        "## Beginning\n\nThe first words of **this** document stand here.\n");
    bundle_drop(bundle);
}

/* Words that would end a YAML string, begin another entry or end the front matter. */
static void test_hostile_words_stay_one_string_of_the_front_matter(void **state)
{
    (void)state;
    OkbBundle *bundle =
        bundle_of("He said \"no\": --- # a: {b} \\\\n and nothing else was ever said.\n");
    OkbRenderInput input = {bundle, "doc", "stem", images, false};
    g_autoptr(GString) text = okb_render_summary(&input);
    static const char expected[] = "---\ntype: \"Summary\"\n"
                                   "description: \"He said \\\"no\\\": --- # a: {b} \\\\n and "
                                   "nothing else was ever said.\"\n"
                                   "doc_type: short\nfull_text: \"sources/doc.md\"\n---\n";
    if (!g_str_has_prefix(text->str, expected))
        fail_msg("%s", text->str);
    bundle_drop(bundle);
}

static void test_the_tree_of_a_long_document_has_page_ranges(void **state)
{
    (void)state;
    OkbBundle *bundle =
        bundle_of("<!-- page 1 -->\nx\n<!-- page 2 -->\nx\n<!-- page 3 -->\nx\n");
    bundle_scan(bundle);
    bundle_heading(bundle, 1, 1, "Part");
    bundle_heading(bundle, 2, 2, "Inner");
    bundle_heading(bundle, 1, 3, "Next");
    OkbRenderInput input = {bundle, "doc", "stem", images, true};
    g_autoptr(GString) text = okb_render_summary(&input);
    assert_non_null(strstr(text->str, "doc_type: pageindex\nfull_text: \"sources/doc.json\""));
    assert_non_null(strstr(text->str, "# Part (pages 1–2)\n\n## Inner (pages 2–2)\n\n"
                                      "# Next (pages 3–3)\n"));
    bundle_drop(bundle);
}

static void test_the_excerpt_is_the_first_prose(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *excerpt;
    } cases[] = {
        {"after a heading", "# H\n\nSome prose that is long enough.\n\nMore.\n",
         "Some prose that is long enough."},
        {"front matter", "---\ntitle: x\n---\n\nSome prose that is long enough.\n",
         "Some prose that is long enough."},
        {"code is no prose",
         "```\nSome code that is long enough.\n\nSome more code, long enough.\n"
         "```\n\nSome prose that is long enough.\n",
         "Some prose that is long enough."},
        {"list, quote, table",
         "- a list item that is long enough\n\n> a quote that is long enough\n\n"
         "| a table | that is long |\n|---|---|\n",
         ""},
        {"an image", "![x](okb-asset:00000001) with words that are long\n", ""},
        {"too short", "Tiny.\n", ""},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        OkbBundle *bundle = bundle_of(cases[i].body);
        bundle_scan(bundle);
        g_autofree char *excerpt = okb_excerpt_paragraph(bundle);
        if (strcmp(excerpt, cases[i].excerpt) != 0)
            fail_msg("%s: «%s»", cases[i].label, excerpt);
        bundle_drop(bundle);
    }
}

static void test_plain_text_has_no_markup(void **state)
{
    (void)state;
    g_autofree char *plain = okb_excerpt_plain(
        "A **bold** [link](http://x/) and \\*star\\* `code` <b>tag</b> a < b");
    assert_string_equal(plain, "A bold link and *star* code tag a < b");
}

static void test_images_are_known_by_their_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *type;
    } cases[] = {
        {"\x89PNG\r\n\x1a\n....", 12, "png"},
        {"\xff\xd8\xff\xe0", 4, "jpg"},
        {"GIF89a", 6, "gif"},
        {"RIFF....WEBPVP8 ", 16, "webp"},
        {"<svg xmlns=''>", 14, "svg"},
        {"<?xml version='1'?><svg>", 24, "svg"},
        {"<html>", 6, NULL},
        {"\x7f"
         "ELF",
         4, NULL},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *type = okb_render_image_type((const guint8 *)cases[i].bytes, cases[i].len);
        if (g_strcmp0(type, cases[i].type) != 0)
            fail_msg("case %zu: %s", i, type ? type : "none");
    }
}

static void test_image_names_are_unique_and_safe(void **state)
{
    (void)state;
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    g_autofree char *first = okb_render_image_name("../../etc/Fig 1.PNG", "png", hash, taken);
    g_autofree char *second = okb_render_image_name("fig 1.gif", "png", hash, taken);
    g_autofree char *third = okb_render_image_name("", "jpg", hash, taken);
    assert_string_equal(first, "Fig-1.png");
    assert_string_equal(second, "fig-1-01234567.png");
    assert_string_equal(third, "image.jpg");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders_become_paths_and_look_alikes_stay),
        cmocka_unit_test(test_a_reference_that_points_elsewhere_is_refused),
        cmocka_unit_test(test_a_long_document_becomes_pages_without_empty_ones),
        cmocka_unit_test(test_pages_without_any_text_are_not_long),
        cmocka_unit_test(test_a_summary_has_front_matter_title_outline_and_beginning),
        cmocka_unit_test(test_hostile_words_stay_one_string_of_the_front_matter),
        cmocka_unit_test(test_the_tree_of_a_long_document_has_page_ranges),
        cmocka_unit_test(test_the_excerpt_is_the_first_prose),
        cmocka_unit_test(test_plain_text_has_no_markup),
        cmocka_unit_test(test_images_are_known_by_their_bytes),
        cmocka_unit_test(test_image_names_are_unique_and_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
