/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pictures: what becomes an asset, what stays a link, what is refused.
 */
#include "cases.h"

#include <sys/stat.h>
#include <unistd.h>

#define GIF_DATA "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="
#define PNG      "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"

static char dir[] = "/tmp/openkb-html-XXXXXX";

static void write_file(const char *name, const char *bytes, size_t len)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    fclose(f);
}

static int make_files(void **state)
{
    char path[4096];
    (void)state;
    assert_non_null(mkdtemp(dir));
    write_file("a.png", PNG, sizeof PNG);
    write_file("same.png", PNG, sizeof PNG);
    write_file("b c.png", PNG "2", sizeof PNG + 1);
    write_file("page.png", "<html>", 6);
    write_file("program.png",
               "\x7f"
               "ELF\2\1\1",
               7);
    snprintf(path, sizeof path, "%s/link.png", dir);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/dir.png", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file("d.svg", "<svg><script>x</script></svg>", 29);
    snprintf(path, sizeof path, "%s/fifo.png", dir);
    return mkfifo(path, 0600);
}

static int remove_files(void **state)
{
    static const char *const names[] = {"a.png", "same.png", "b c.png",     "page.png",
                                        "d.svg", "fifo.png", "program.png", "link.png"};
    char path[4096];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/dir.png", dir);
    rmdir(path);
    return rmdir(dir);
}

static harness_result *convert_here(const char *html)
{
    harness_input input = {.name = "page.html", .sibling_dir = dir};
    return harness_run(openkb_plugin_v1(0), html, strlen(html), &input);
}

static void test_pictures_are_kept_once_by_content(void **state)
{
    (void)state;
    harness_result *r =
        convert_here("<img src=a.png alt=x><img src=same.png><img src=./a.png>");
    assert_int_equal(r->n_assets, 1);
    assert_int_equal(r->n_refs, 3);
    assert_string_equal(r->assets[0].media_type, "image/png");
    assert_string_equal(r->refs[0].alt, "x");
    assert_string_equal(
        r->body, "![x](okb-asset:00000001)![](okb-asset:00000001)![](okb-asset:00000001)\n");
    harness_result_free(r);
}

static const struct {
    const char *label, *html;
    size_t assets;
    const char *body;
} cases[] = {
    {"escaped name", "<img src='b%20c.png?v=1#f'>", 1, "![](okb-asset:00000001)\n"},
    {"drawing", "<img src=d.svg>", 1, "![](okb-asset:00000001)\n"},
    {"missing", "<img src=none.png alt=x>", 0, "![x](none.png)\n"},
    {"not a picture", "<img src=page.png alt=x>", 0, "![x](page.png)\n"},
    {"program", "<img src=program.png alt=x>", 0, "![x](program.png)\n"},
    {"link", "<img src=link.png>", 0, "![](link.png)\n"},
    {"directory", "<img src=dir.png>", 0, "![](dir.png)\n"},
    {"host of a file", "<img src=file://h/a.png>", 0, "![](file://h/a.png)\n"},
    {"pipe", "<img src=fifo.png>", 0, "![](fifo.png)\n"},
    {"above", "<img src=../a.png>", 0, "![](../a.png)\n"},
    {"above, escaped", "<img src='..%2fa.png'>", 0, "![](..%2fa.png)\n"},
    {"above, later", "<img src='x/../../a.png'>", 0, "![](x/../../a.png)\n"},
    {"backslashes", "<img src='..\\..\\a.png'>", 0, "![](..\\\\..\\a.png)\n"},
    {"absolute", "<img src=/etc/passwd>", 0, "![](/etc/passwd)\n"},
    {"NUL", "<img src='a.png%00.png'>", 0, "![](a.png%00.png)\n"},
    {"file URL", "<img src=file:///etc/passwd>", 0, "![](file:///etc/passwd)\n"},
    {"remote", "<img src=https://e.com/a.png>", 0, "![](https://e.com/a.png)\n"},
    {"base is remote", "<base href=https://e.com/><img src=a.png>", 0,
     "![](https://e.com/a.png)\n"},
    {"script", "<img src=javascript:x alt=y>", 0, "y\n"},
    {"data that is no picture", "<img src='data:text/html;base64,PGh0bWw+' alt=y>", 0, "y\n"},
    {"data in bad base64", "<img src='data:image/png;base64,*' alt=y>", 0, "y\n"},
    {"data, percent-encoded",
     "<img src='data:image/svg+xml,%3Csvg%20xmlns=%22x%22%3E"
     "%3Cpath%20d=%22M0%200%22/%3E%3C/svg%3E' width=9 alt=y>",
     0, "y\n"},
    {"tracker", "<img src=https://e.com/t.gif width=1 height=1>", 0, ""},
};

static void test_what_leads_outside_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        harness_result *r = convert_here(cases[i].html);
        assert_int_equal(r->status, OKB_OK);
        if (r->n_assets != cases[i].assets || strcmp(r->body, cases[i].body) != 0)
            fail_msg("%s: %zu assets, %s", cases[i].label, r->n_assets, r->body);
        harness_result_free(r);
    }
}

static void test_data_becomes_an_asset_of_its_true_type(void **state)
{
    char page[2048];
    (void)state;
    /* Long enough not to be a stand-in for a picture loaded by script. */
    snprintf(page, sizeof page, "<img alt=x src='data:image/png;base64,%s%0*d'>",
             "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs", 600, 0);
    harness_result *r = convert_here(page);
    assert_int_equal(r->n_assets, 1);
    assert_string_equal(r->assets[0].media_type, "image/gif");
    assert_memory_equal(r->assets[0].bytes, "GIF89a", 6);
    harness_result_free(r);
}

/* A long name is no name of a file; what comes after it is kept. */
static void test_a_very_long_name_is_refused(void **state)
{
    char page[9000];
    (void)state;
    snprintf(page, sizeof page, "<img src='%08000d.png' alt=x><img src=a.png>", 0);
    harness_result *r = convert_here(page);
    assert_int_equal(r->status, OKB_OK);
    assert_int_equal(r->n_assets, 1);
    assert_non_null(strstr(r->body, "![x](0000"));
    harness_result_free(r);
}

/* Of 20,000 data: URIs one asset; of different ones as many as the host allows, the rest told.
 */
static void test_data_is_bounded(void **state)
{
    enum { MANY = 20000, MOST = 5, LONG = 600 };
    harness_input input = {.name = "page.html",
                           .limits = {.struct_size = sizeof(okb_limits),
                                      .max_assets = MOST,
                                      .max_body_bytes = 64 << 20,
                                      .max_asset_bytes = 1 << 20,
                                      .max_total_bytes = 64 << 20,
                                      .memory_bytes = 1 << 30,
                                      .max_depth = 64}};
    (void)state;
    for (int different = 0; different < 2; different++) {
        size_t n = different ? 50 : MANY;
        char *page = malloc(n * (LONG + 100)), *p = page;
        assert_non_null(page);
        for (size_t i = 0; i < n; i++)
            p += sprintf(p,
                         "<img alt=x src='data:image/png;base64,R0lGODlhAQABAAAA\n  "
                         "ACwAAAAAAQABAAACAkQBADs%04zu%0*d'>",
                         different ? i : 0, LONG, 0);
        harness_result *r = harness_run(openkb_plugin_v1(0), page, (size_t)(p - page), &input);
        assert_int_equal(r->status, OKB_OK);
        assert_int_equal(r->n_assets, different ? MOST : 1);
        assert_int_equal(r->n_refs, different ? MOST : MANY);
        assert_int_equal(harness_warned(r, OKB_W_REFUSED_ASSET), different);
        harness_result_free(r);
        free(page);
    }
}

static void test_refusals_are_reported(void **state)
{
    (void)state;
    harness_result *r = convert_here("<img src=../a.png><img src=none.png>");
    assert_true(harness_warned(r, OKB_W_REFUSED_ASSET));
    assert_true(harness_warned(r, OKB_W_MISSING_ASSET));
    harness_result_free(r);
    r = convert_here("<img src=a.png><img src=https://e.com/x.png>");
    assert_int_equal(r->n_warnings, 0);
    harness_result_free(r);
}

/* Long enough not to be taken for a placeholder; the 60th byte is within a character. */
static void test_a_warning_ends_between_characters(void **state)
{
    (void)state;
    char page[1024];
    snprintf(page, sizeof page, "<img alt=y src='data:%054d\u00e9\u00e9,%0400d'>", 0, 0);
    harness_result *r = convert_here(page);
    assert_int_equal(r->status, OKB_OK);
    assert_true(harness_warned(r, OKB_W_REFUSED_ASSET));
    harness_result_free(r);
}

/* Longer than a host takes; an even limit is within a character. The page keeps all of it. */
static void test_a_long_alt_text_is_cut_for_the_list(void **state)
{
    (void)state;
    static char page[80000];
    size_t at = (size_t)sprintf(page, "<img src=a.png alt='a");
    for (int i = 0; i < 35000; i++)
        at += (size_t)sprintf(page + at, "\u00e9");
    sprintf(page + at, "'>");
    harness_result *r = convert_here(page);
    assert_int_equal(r->status, OKB_OK);
    assert_int_equal(strlen(r->refs[0].alt), 64 * 1024 - 1);
    assert_true(strlen(r->body) > 70000);
    harness_result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_kept_once_by_content),
        cmocka_unit_test(test_what_leads_outside_is_refused),
        cmocka_unit_test(test_data_becomes_an_asset_of_its_true_type),
        cmocka_unit_test(test_a_very_long_name_is_refused),
        cmocka_unit_test(test_data_is_bounded),
        cmocka_unit_test(test_refusals_are_reported),
        cmocka_unit_test(test_a_warning_ends_between_characters),
        cmocka_unit_test(test_a_long_alt_text_is_cut_for_the_list),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
