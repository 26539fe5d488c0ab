/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "markdown/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/openkb-markdown-XXXXXX";
static char root[sizeof dir];

static const struct {
    const char *name, *bytes;
    size_t len;
} files[] = {
    {"a.png", "\x89PNG\r\n\x1a\nfirst", 13},
    {"b c.png", "\x89PNG\r\n\x1a\nsecond", 14},
    {"%41.png", "\x89PNG\r\n\x1a\nthird", 13},
    {"img/a.png", "\x89PNG\r\n\x1a\nfourth", 14},
    {"img/c.svg", "<?xml version='1.0'?>\n<!-- x --><svg xmlns='s'/>", 48},
    {"page.html", "<html><svg></svg></html>", 24},
    {"fake.png", "no image at all", 15},
};

const char *kit_dir(void)
{
    return root;
}

static void path_of(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", root, name);
}

int kit_setup(void **state)
{
    char path[256];
    (void)state;
    strcpy(root, dir);
    assert_non_null(mkdtemp(root));
    path_of(path, sizeof path, "img");
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(path, sizeof path, files[i].name);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(files[i].bytes, 1, files[i].len, f), files[i].len);
        assert_int_equal(fclose(f), 0);
    }
    return 0;
}

int kit_teardown(void **state)
{
    char path[256];
    kit_body(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        path_of(path, sizeof path, files[i].name);
        unlink(path);
    }
    path_of(path, sizeof path, "img");
    rmdir(path);
    return rmdir(root);
}

harness_result *kit_convert(const void *bytes, size_t len)
{
    harness_input input = {.name = "test.md", .sibling_dir = root};
    return harness_run(openkb_plugin_v1(0), bytes, len, &input);
}

harness_result *kit_convert_text(const char *text)
{
    return kit_convert(text, strlen(text));
}

const char *kit_body(const char *text)
{
    static harness_result *last;
    harness_result_free(last);
    last = text ? kit_convert_text(text) : NULL;
    if (last && last->status != OKB_OK)
        fail_msg("status %d: %s", last->status, last->message ? last->message : "");
    return last ? last->body : NULL;
}
