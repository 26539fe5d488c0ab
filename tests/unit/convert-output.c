/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Where convert writes, and what remains of images without files.
 */
#include "unit/check.h"

#include "ingest/convert-output.h"
#include "unit/bundle-builder.h"
#include "unit/scratch.h"

#include <fcntl.h>

int okb_registry_name_taken(OkbStore *store, const char *name, gint64 except, GError **error)
{
    (void)store;
    (void)name;
    (void)except;
    (void)error;
    return 0;
}

int okb_bundle_open(int out, const OkbAsset *asset, GError **error)
{
    (void)error;
    return openat(out, asset->path, O_RDONLY | O_CLOEXEC);
}

static void check_names(const char *const *relative, const char *const *expected, size_t n)
{
    OkbPlanItem items[4] = {0};
    OkbPlan plan = {.items = g_ptr_array_new()};
    for (size_t i = 0; i < n; i++) {
        items[i].relative = (char *)relative[i];
        g_ptr_array_add(plan.items, &items[i]);
    }
    g_autoptr(GPtrArray) names = okb_convert_names(&plan);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(names->pdata[i], expected[i]);
    g_ptr_array_unref(plan.items);
}

static void test_output_names_keep_the_tree_and_never_collide(void **state)
{
    (void)state;
    const char *relative[] = {"a/x.pdf", "a/x.html", "a/X.md", "b/y.pdf"};
    const char *expected[] = {"a/x.pdf.md", "a/x.html.md", "a/X.md.md", "b/y.md"};
    check_names(relative, expected, 4);
}

static void test_a_long_name_that_is_another_s_short_one_makes_that_long_too(void **state)
{
    (void)state;
    const char *relative[] = {"x.pdf", "x.html", "x.pdf.txt"};
    const char *expected[] = {"x.pdf.md", "x.html.md", "x.pdf.txt.md"};
    check_names(relative, expected, 3);
}

static void test_the_second_source_of_one_relative_path_has_no_name(void **state)
{
    (void)state;
    OkbPlanItem items[2] = {{.relative = (char *)"x.md"}, {.relative = (char *)"x.md"}};
    OkbPlan plan = {.items = g_ptr_array_new()};
    g_ptr_array_add(plan.items, &items[0]);
    g_ptr_array_add(plan.items, &items[1]);
    g_autoptr(GPtrArray) names = okb_convert_names(&plan);
    assert_string_equal(names->pdata[0], "x.md.md");
    assert_null(names->pdata[1]);
    g_ptr_array_unref(plan.items);
}

static void test_without_files_images_become_their_alt_text(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *text;
    } cases[] = {
        {"plain", "a ![the alt](okb-asset:00000001) b", "a the alt b"},
        {"title", "![x](okb-asset:00000001 \"a ) title\") b", "x b"},
        {"angle", "![x](<okb-asset:00000001>) b", "x b"},
        {"brackets", "![a [b] c](okb-asset:00000001)", "a [b] c"},
        {"escaped", "![a \\] b](okb-asset:00000001)", "a \\] b"},
        {"link", "[text](okb-asset:00000001)", "text"},
        {"html", "<img src=\"okb-asset:00000001\">", "<img src=\"\">"},
        {"two", "![a](okb-asset:00000001)![b](okb-asset:00000001)", "ab"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint images = 0;
        OkbBundle *bundle = bundle_of(cases[i].body);
        bundle_scan(bundle);
        g_autoptr(GString) text = okb_convert_without_images(bundle, &images);
        if (strcmp(text->str, cases[i].text) != 0)
            fail_msg("%s: «%s»", cases[i].label, text->str);
        assert_true(images > 0);
        bundle_drop(bundle);
    }
}

static void test_an_existing_file_is_kept_unless_forced(void **state)
{
    const Scratch *scratch = *state;
    g_autoptr(GError) error = NULL;
    guint images = 0;
    OkbBundle *bundle = bundle_of("new\n");
    scratch_write(scratch, "x.md", "old\n");
    g_autofree char *path = g_build_filename(scratch->path, "x.md", NULL);
    assert_false(okb_convert_write(bundle, scratch->fd, path, false, false, &images, &error));
    assert_non_null(strstr(error->message, "--force"));
    g_autofree char *kept = scratch_read(scratch, "x.md");
    assert_string_equal(kept, "old\n");
    assert_true(okb_convert_write(bundle, scratch->fd, path, false, true, &images, NULL));
    g_autofree char *replaced = scratch_read(scratch, "x.md");
    assert_string_equal(replaced, "new\n");
    bundle_drop(bundle);
}

static void test_assets_go_beside_the_text_and_links_point_there(void **state)
{
    const Scratch *scratch = *state;
    guint images = 0;
    OkbBundle *bundle = bundle_of("![i](okb-asset:00000001)\n");
    bundle_scan(bundle);
    OkbAsset asset = {.name_hint = (char *)"pic", .path = (char *)"pic.bin", .size = 8};
    g_array_append_val(bundle->assets, asset);
    bundle_fact(bundle, "title", "T: \"x\"");
    scratch_write(scratch, "pic.bin", "GIF89a..");
    g_autofree char *path = g_build_filename(scratch->path, "my doc.md", NULL);
    assert_true(okb_convert_write(bundle, scratch->fd, path, true, false, &images, NULL));
    g_autofree char *text = scratch_read(scratch, "my doc.md");
    g_autofree char *picture = scratch_read(scratch, "my doc.assets/pic.gif");
    assert_string_equal(text, "---\ntitle: \"T: \\\"x\\\"\"\n---\n\n"
                              "![i](my%20doc.assets/pic.gif)\n");
    assert_string_equal(picture, "GIF89a..");
    assert_int_equal(images, 1);
    bundle_drop(bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_names_keep_the_tree_and_never_collide),
        cmocka_unit_test(test_a_long_name_that_is_another_s_short_one_makes_that_long_too),
        cmocka_unit_test(test_the_second_source_of_one_relative_path_has_no_name),
        cmocka_unit_test(test_without_files_images_become_their_alt_text),
        cmocka_unit_test_setup_teardown(test_an_existing_file_is_kept_unless_forced,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_assets_go_beside_the_text_and_links_point_there,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
