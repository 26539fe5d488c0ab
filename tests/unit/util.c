/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes, paths that stay inside, hostile trees, digests and text.
 */
#include "unit/check.h"

#include "unit/scratch.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <dirent.h>
#include <stdio.h>

/* ---- Paths ------------------------------------------------------------------------------- */

static void test_a_path_inside_is_told_from_one_that_leaves(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool inside;
    } cases[] = {
        {"a", true},     {"a/b.c", true}, {"..a/b", true}, {"", false},   {"/a", false},
        {"a//b", false}, {"a/", false},   {"./a", false},  {"..", false}, {"a/../b", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (okb_io_path_is_inside(cases[i].path) != cases[i].inside)
            fail_msg("%s", cases[i].path);
}

static void test_nothing_is_opened_through_a_link_or_above(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "kb/in/file", "x");
    scratch_write(scratch, "secret", "x");
    assert_int_equal(symlinkat("..", scratch->fd, "kb/up"), 0);
    assert_int_equal(symlinkat("in", scratch->fd, "kb/dirlink"), 0);
    okb_autofd int root = openat(scratch->fd, "kb", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    static const char *const refused[] = {"up/secret", "../secret", "dirlink/file",
                                          "/etc/passwd"};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        if (okb_io_open_beneath(root, refused[i], O_RDONLY, 0) >= 0)
            fail_msg("%s was opened", refused[i]);
    okb_autofd int plain = openat(root, "up/secret", O_RDONLY | O_CLOEXEC);
    okb_autofd int inside = okb_io_open_beneath(root, "in/file", O_RDONLY, 0);
    assert_true(plain >= 0); /* the control: without the rule it opens */
    assert_true(inside >= 0);
}

static void test_parents_are_made_and_the_name_is_found(void **state)
{
    const Scratch *scratch = *state;
    const char *name = NULL;
    assert_int_equal(okb_io_make_parents(scratch->fd, "a/b/c.md"), 0);
    assert_int_equal(okb_io_make_parents(scratch->fd, "a/b/c.md"), 0);
    okb_autofd int parent = okb_io_open_parent(scratch->fd, "a/b/c.md", &name);
    assert_true(parent >= 0);
    assert_string_equal(name, "c.md");
}

static void test_replacing_a_file_keeps_its_mode_and_leaves_no_litter(void **state)
{
    const Scratch *scratch = *state;
    struct stat st;
    scratch_write(scratch, "f", "old");
    assert_int_equal(fchmodat(scratch->fd, "f", 0640, 0), 0);
    assert_true(okb_io_replace_file(scratch->fd, "f", "new", 3, NULL));
    assert_int_equal(fstatat(scratch->fd, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    g_autofree char *text = scratch_read(scratch, "f");
    assert_string_equal(text, "new");
    g_autoptr(GDir) dir = g_dir_open(scratch->path, 0, NULL);
    assert_string_equal(g_dir_read_name(dir), "f");
    assert_null(g_dir_read_name(dir));
}

static void test_a_file_over_the_cap_is_refused(void **state)
{
    const Scratch *scratch = *state;
    g_autoptr(GError) error = NULL;
    scratch_write(scratch, "f", "12345");
    g_autoptr(GBytes) all = okb_io_read_path(scratch->fd, "f", 5, NULL);
    assert_int_equal(g_bytes_get_size(all), 5);
    assert_null(okb_io_read_path(scratch->fd, "f", 4, &error));
    assert_non_null(strstr(error->message, "f"));
}

static void test_a_copy_is_the_same_bytes(void **state)
{
    const Scratch *scratch = *state;
    g_autofree char *big = g_strnfill(700 * 1024, 'x');
    scratch_write(scratch, "in", big);
    okb_autofd int in = openat(scratch->fd, "in", O_RDONLY | O_CLOEXEC);
    okb_autofd int out = openat(scratch->fd, "out", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(okb_io_copy(in, out), 700 * 1024);
    char a[OKB_DIGEST_HEX], b[OKB_DIGEST_HEX];
    assert_int_equal(okb_digest_fd(in, a), 0);
    assert_int_equal(okb_digest_fd(out, b), 0);
    assert_string_equal(a, b);
}

/* ---- Trees ------------------------------------------------------------------------------- */

static void test_removal_never_follows_a_link(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "outside/keep", "x");
    scratch_write(scratch, "tree/a/b", "x");
    assert_int_equal(symlinkat("../../outside", scratch->fd, "tree/a/link"), 0);
    assert_int_equal(symlinkat("outside", scratch->fd, "direct"), 0);
    assert_int_equal(okb_tree_remove(scratch->fd, "tree", NULL), 0);
    assert_int_equal(okb_tree_remove(scratch->fd, "direct", NULL), 0);
    assert_int_equal(okb_tree_remove(scratch->fd, "absent", NULL), 0);
    g_autofree char *kept = scratch_read(scratch, "outside/keep");
    assert_string_equal(kept, "x");
    assert_int_equal(faccessat(scratch->fd, "tree", F_OK, AT_SYMLINK_NOFOLLOW), -1);
    assert_int_equal(faccessat(scratch->fd, "direct", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void test_directories_without_rights_go_too(void **state)
{
    const Scratch *scratch = *state;
    scratch_write(scratch, "tree/locked/deep/file", "x");
    assert_int_equal(fchmodat(scratch->fd, "tree/locked/deep", 0000, 0), 0);
    assert_int_equal(fchmodat(scratch->fd, "tree/locked", 0500, 0), 0);
    assert_int_equal(okb_tree_remove(scratch->fd, "tree", NULL), 0);
}

static void test_a_very_deep_tree_needs_few_descriptors(void **state)
{
    const Scratch *scratch = *state;
    int dir = dup(scratch->fd);
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(mkdirat(dir, "d", 0700), 0);
        int next = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(dir);
        assert_true((dir = next) >= 0);
    }
    close(dir);
    assert_int_equal(okb_tree_remove(scratch->fd, "d", NULL), 0);
    assert_int_equal(faccessat(scratch->fd, "d", F_OK, 0), -1);
}

/* ---- Digests, text, errors --------------------------------------------------------------- */

static void test_a_digest_is_the_published_one(void **state)
{
    (void)state;
    char hex[OKB_DIGEST_HEX];
    okb_digest_bytes("abc", 3, hex);
    assert_string_equal(hex,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(okb_digest_is_hex(hex));
    hex[5] = 'G';
    assert_false(okb_digest_is_hex(hex));
}

static void test_foreign_text_cannot_drive_a_terminal(void **state)
{
    (void)state;
    static const struct {
        const char *text, *safe;
    } cases[] = {
        {"plain é 漢", "plain é 漢"},
        {"a\x1b[31mb\n", "a\\x1b[31mb\\x0a"},
        {"bad\xff", "bad\\xff"},
        {"rtl\xe2\x80\xae"
         "x",
         "rtl\\u{202e}x"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *safe = okb_text_escape(cases[i].text);
        assert_string_equal(safe, cases[i].safe);
    }
}

static void test_folding_makes_the_same_name_the_same(void **state)
{
    (void)state;
    g_autofree char *a = okb_text_fold("Straße ﬁle"), *b = okb_text_fold("STRASSE FILE");
    g_autofree char *nfc = okb_text_fold("\xc3\xa9"), *nfd = okb_text_fold("e\xcc\x81");
    assert_string_equal(a, b);
    assert_string_equal(nfc, nfd);
}

static void test_one_line_is_one_line_and_cut_at_a_character(void **state)
{
    (void)state;
    g_autofree char *line = okb_text_one_line("  a\n\tb  ", 100);
    g_autofree char *cut = okb_text_one_line("漢漢漢漢漢", 10);
    assert_string_equal(line, "a b");
    assert_string_equal(cut, "漢漢…");
}

static void test_an_error_decides_the_exit_code(void **state)
{
    (void)state;
    static const struct {
        int errnum, exit_code;
    } cases[] = {{ENOSPC, 13}, {EROFS, 13}, {EDQUOT, 13}, {EACCES, 1}, {EXDEV, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        okb_error_errno(&error, cases[i].errnum, "cannot do it");
        assert_int_equal(okb_error_exit_code(error), cases[i].exit_code);
    }
    g_autoptr(GError) locked = NULL;
    okb_error_set(&locked, OKB_ERROR_LOCKED, "held");
    assert_int_equal(okb_error_exit_code(locked), 11);
    assert_int_equal(okb_error_exit_code(NULL), 0);
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_inside_is_told_from_one_that_leaves),
        SCRATCH_TEST(test_nothing_is_opened_through_a_link_or_above),
        SCRATCH_TEST(test_parents_are_made_and_the_name_is_found),
        SCRATCH_TEST(test_replacing_a_file_keeps_its_mode_and_leaves_no_litter),
        SCRATCH_TEST(test_a_file_over_the_cap_is_refused),
        SCRATCH_TEST(test_a_copy_is_the_same_bytes),
        SCRATCH_TEST(test_removal_never_follows_a_link),
        SCRATCH_TEST(test_directories_without_rights_go_too),
        SCRATCH_TEST(test_a_very_deep_tree_needs_few_descriptors),
        cmocka_unit_test(test_a_digest_is_the_published_one),
        cmocka_unit_test(test_foreign_text_cannot_drive_a_terminal),
        cmocka_unit_test(test_folding_makes_the_same_name_the_same),
        cmocka_unit_test(test_one_line_is_one_line_and_cut_at_a_character),
        cmocka_unit_test(test_an_error_decides_the_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
