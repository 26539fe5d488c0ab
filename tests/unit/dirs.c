/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Directories kept open while their paths change under us.
 */
#include "store/dirs.h"

#include "check.h"
#include "scratch.h"

#include <stdio.h>
#include <unistd.h>

static void assert_is(int dir, const Scratch *scratch, const char *path)
{
    struct stat open, named;
    g_autofree char *full = g_build_filename(scratch->path, path, NULL);
    assert_int_equal(fstat(dir, &open), 0);
    assert_int_equal(stat(full, &named), 0);
    assert_int_equal(open.st_ino, named.st_ino);
}

static void the_two_last_stay_open_among_many(void **state)
{
    const Scratch *scratch = *state;
    const char *name;
    OkbDirs *dirs = okb_dirs_new(scratch->fd);
    scratch_write(scratch, "wiki/always", "");
    for (int i = 0; i < 40; i++) {
        g_autofree char *path = g_strdup_printf("images/%d/x.png", i);
        g_autofree char *parent = g_path_get_dirname(path);
        scratch_write(scratch, path, "");
        int wiki = okb_dirs_parent(dirs, "wiki/always", &name);
        int image = okb_dirs_parent(dirs, path, &name);
        assert_string_equal(name, "x.png");
        assert_is(wiki, scratch, "wiki");
        assert_is(image, scratch, parent);
    }
    assert_is(okb_dirs_parent(dirs, "top", &name), scratch, "");
    okb_dirs_free(dirs);
}

static void what_was_replaced_is_seen_after_forgetting(void **state)
{
    const Scratch *scratch = *state;
    const char *name;
    OkbDirs *dirs = okb_dirs_new(scratch->fd);
    scratch_write(scratch, "wiki/a", "");
    okb_dirs_parent(dirs, "wiki/a", &name);
    assert_int_equal(renameat(scratch->fd, "wiki", scratch->fd, "moved"), 0);
    scratch_write(scratch, "wiki/b", "");
    assert_is(okb_dirs_parent(dirs, "wiki/b", &name), scratch, "moved");
    okb_dirs_forget(dirs);
    assert_is(okb_dirs_parent(dirs, "wiki/b", &name), scratch, "wiki");
    okb_dirs_free(dirs);
}

static void a_link_is_no_directory(void **state)
{
    const Scratch *scratch = *state;
    const char *name;
    OkbDirs *dirs = okb_dirs_new(scratch->fd);
    scratch_write(scratch, "real/a", "");
    assert_int_equal(symlinkat("real", scratch->fd, "link"), 0);
    assert_int_equal(okb_dirs_parent(dirs, "link/a", &name), -1);
    assert_int_equal(errno, ELOOP);
    assert_int_equal(okb_dirs_parent(dirs, "none/a", &name), -1);
    assert_int_equal(errno, ENOENT);
    okb_dirs_free(dirs);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(the_two_last_stay_open_among_many),
        IN_SCRATCH(what_was_replaced_is_seen_after_forgetting),
        IN_SCRATCH(a_link_is_no_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
