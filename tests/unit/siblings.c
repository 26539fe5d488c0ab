/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/siblings.h"
#include "util/cleanup.h"

#include <stdio.h>

#include "scratch.h"

#include "check.h"

static void make_files(const Scratch *scratch)
{
    scratch_write(scratch, "doc/img/a.png", "PNG");
    scratch_write(scratch, "doc/.hidden/a.png", "PNG");
    scratch_write(scratch, "doc/.secret", "x");
    scratch_write(scratch, "outside.png", "x");
    if (symlinkat("img/a.png", scratch->fd, "doc/link.png") != 0 ||
        symlinkat("../outside.png", scratch->fd, "doc/out.png") != 0 ||
        symlinkat("img", scratch->fd, "doc/images") != 0 ||
        mkfifoat(scratch->fd, "doc/fifo", 0600) != 0)
        abort();
}

static const struct {
    const char *label, *path;
    bool opens;
} cases[] = {
    {"a file below", "img/a.png", true},
    {"a file that is not there", "img/b.png", false},
    {"a directory", "img", false},
    {"a FIFO", "fifo", false},
    {"a link", "link.png", false},
    {"a link out", "out.png", false},
    {"through a linked directory", "images/a.png", false},
    {"upwards", "../outside.png", false},
    {"down and up", "img/../../outside.png", false},
    {"down and up inside", "img/../img/a.png", false},
    {"absolute", "/etc/passwd", false},
    {"a hidden file", ".secret", false},
    {"in a hidden directory", ".hidden/a.png", false},
    {"the directory itself", ".", false},
    {"nothing", "", false},
    {"an empty component", "img//a.png", false},
};

static void only_visible_regular_files_below_open(void **state)
{
    const Scratch *scratch = *state;
    OkbSiblings siblings;
    make_files(scratch);
    okb_autofd int directory = openat(scratch->fd, "doc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    okb_siblings_init(&siblings, 100);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint64 size = 0;
        okb_autofd int fd = okb_siblings_open(&siblings, directory, cases[i].path, &size);
        const OkbSiblingSeen *seen = g_ptr_array_index(siblings.seen, i);
        if ((fd >= 0) != cases[i].opens || (size == 3) != cases[i].opens ||
            okb_digest_is_hex(seen->hash) != cases[i].opens)
            fail_msg("%s", cases[i].label);
        if (fd >= 0)
            assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
        assert_string_equal(seen->path, cases[i].path);
    }
    okb_siblings_clear(&siblings);
}

static void what_was_asked_for_twice_is_remembered_once(void **state)
{
    const Scratch *scratch = *state;
    OkbSiblings siblings;
    guint64 size;
    scratch_write(scratch, "a", "x");
    okb_siblings_init(&siblings, 100);
    okb_autofd int first = okb_siblings_open(&siblings, scratch->fd, "a", &size);
    okb_autofd int second = okb_siblings_open(&siblings, scratch->fd, "a", &size);
    assert_true(first >= 0 && second >= 0 && first != second);
    assert_int_equal(siblings.seen->len, 1);
    okb_siblings_clear(&siblings);
}

static void the_number_is_bounded(void **state)
{
    const Scratch *scratch = *state;
    OkbSiblings siblings;
    guint64 size;
    okb_siblings_init(&siblings, 5);
    for (int i = 0; i < 10; i++) {
        char name[8];
        g_snprintf(name, sizeof name, "f%d", i);
        scratch_write(scratch, name, "x");
        okb_autofd int fd = okb_siblings_open(&siblings, scratch->fd, name, &size);
        assert_int_equal(fd >= 0, i < 5);
    }
    assert_int_equal(siblings.seen->len, 5);
    okb_siblings_clear(&siblings);
}

static void make_sparse(const Scratch *scratch, const char *name, off_t size)
{
    scratch_write(scratch, name, "");
    okb_autofd int fd = openat(scratch->fd, name, O_WRONLY | O_CLOEXEC);
    assert_int_equal(ftruncate(fd, size), 0);
}

static void the_size_of_one_and_of_all_is_bounded(void **state)
{
    enum { MIB = 1 << 20, ONE = 64, ALL = 1024 };
    const Scratch *scratch = *state;
    OkbSiblings siblings;
    guint64 size;
    make_sparse(scratch, "largest", (off_t)ONE * MIB);
    make_sparse(scratch, "larger", (off_t)ONE * MIB + 1);
    okb_siblings_init(&siblings, 5);
    assert_int_equal(okb_siblings_open(&siblings, scratch->fd, "larger", &size), -1);
    for (int sum = ONE; sum <= ALL + ONE; sum += ONE) {
        okb_autofd int fd = okb_siblings_open(&siblings, scratch->fd, "largest", &size);
        assert_int_equal(fd >= 0, sum <= ALL);
    }
    scratch_write(scratch, "small", "x");
    assert_int_equal(okb_siblings_open(&siblings, scratch->fd, "small", &size), -1);
    okb_siblings_clear(&siblings);
}

static void without_a_directory_nothing_is_remembered(void **state)
{
    (void)state;
    OkbSiblings siblings;
    guint64 size;
    okb_siblings_init(&siblings, 5);
    assert_int_equal(okb_siblings_open(&siblings, -1, "a", &size), -1);
    assert_int_equal(siblings.seen->len, 0);
    okb_siblings_clear(&siblings);
}

#define WITH_SCRATCH(test)                                                                     \
    cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(only_visible_regular_files_below_open),
        WITH_SCRATCH(what_was_asked_for_twice_is_remembered_once),
        WITH_SCRATCH(the_number_is_bounded),
        WITH_SCRATCH(the_size_of_one_and_of_all_is_bounded),
        cmocka_unit_test(without_a_directory_nothing_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
