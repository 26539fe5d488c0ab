/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is cleared away when the lock is taken, and above all what is not.
 */
#include "store-fixture.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STAGING ".openkb/staging"

static void make_dir(const Fixture *f, const char *path)
{
    g_autofree char *full = g_build_filename(f->scratch->path, path, NULL);
    assert_int_equal(g_mkdir_with_parents(full, 0777), 0);
}

static bool is_there(const Fixture *f, const char *path)
{
    struct stat st;
    return fstatat(f->scratch->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_old(const Fixture *f, const char *path)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - 100000},
                                      {.tv_sec = time(NULL) - 100000}};
    assert_int_equal(utimensat(f->scratch->fd, path, times, 0), 0);
}

static void acquire_again(Fixture *f)
{
    fixture_release(f);
    fixture_acquire(f);
}

static void a_batch_that_lives_is_not_touched(void **state)
{
    Fixture *f = *state;
    g_autoptr(OkbStaging) staging = okb_staging_open(f->kb, NULL);
    g_autofree char *path = g_strdup(okb_staging_path(staging));
    acquire_again(f);
    assert_true(is_there(f, path));
    assert_int_equal(f->report.reaped, 0);
    g_clear_pointer(&staging, okb_staging_close);
    assert_false(is_there(f, path));
}

static void a_batch_whose_process_died_is_removed(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, STAGING "/batch-dead/alive", "");
    scratch_write(f->scratch, STAGING "/batch-dead/slot-0/1/body.md", "x");
    make_dir(f, STAGING "/batch-no-alive");
    acquire_again(f);
    assert_false(is_there(f, STAGING "/batch-dead"));
    assert_false(is_there(f, STAGING "/batch-no-alive"));
    assert_int_equal(f->report.reaped, 2);
}

static void a_batch_is_private(void **state)
{
    Fixture *f = *state;
    struct stat st;
    g_autoptr(OkbStaging) staging = okb_staging_open(f->kb, NULL);
    assert_int_equal(fstat(okb_staging_dir(staging), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void directories_without_rights_are_removed(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, STAGING "/batch-dead/slot-0/deep/file", "x");
    assert_int_equal(fchmodat(f->scratch->fd, STAGING "/batch-dead/slot-0/deep", 0, 0), 0);
    assert_int_equal(fchmodat(f->scratch->fd, STAGING "/batch-dead/slot-0", 0500, 0), 0);
    acquire_again(f);
    assert_false(is_there(f, STAGING "/batch-dead"));
}

static void links_are_never_followed(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "precious/file", "keep me");
    make_dir(f, STAGING "/prepare");
    make_dir(f, STAGING "/batch-dead");
    g_autofree char *target = g_build_filename(f->scratch->path, "precious", NULL);
    assert_int_equal(symlinkat(target, f->scratch->fd, STAGING "/prepare/link"), 0);
    assert_int_equal(symlinkat(target, f->scratch->fd, STAGING "/batch-dead/link"), 0);
    assert_int_equal(symlinkat(target, f->scratch->fd, STAGING "/batch-link"), 0);
    acquire_again(f);
    assert_text(f, "precious/file", "keep me");
    assert_true(is_there(f, STAGING "/prepare/link"));
    assert_false(is_there(f, STAGING "/batch-dead"));
    assert_false(is_there(f, STAGING "/batch-link"));
    assert_int_equal(f->report.messages->len, 1);
}

static void what_python_prepared_is_removed_and_its_backups_are_not(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, STAGING "/prepare/000001-x-12345678/raw/x.md", "x");
    scratch_write(f->scratch, STAGING "/prepare/loose", "x");
    scratch_write(f->scratch, STAGING "/add-young-12345678/f", "x");
    scratch_write(f->scratch, STAGING "/add-old-12345678/f", "x");
    scratch_write(f->scratch, STAGING "/rollback-young/f", "x");
    scratch_write(f->scratch, STAGING "/rollback-named/f", "x");
    scratch_write(f->scratch, STAGING "/rollback-orphan/f", "x");
    scratch_write(f->scratch, ".openkb/journal/named.json", "{\"status\": \"committed\"}");
    make_old(f, STAGING "/add-old-12345678");
    make_old(f, STAGING "/rollback-named");
    make_old(f, STAGING "/rollback-orphan");
    acquire_again(f);
    assert_false(is_there(f, STAGING "/prepare/000001-x-12345678"));
    assert_false(is_there(f, STAGING "/prepare/loose"));
    assert_true(is_there(f, STAGING "/add-young-12345678"));
    assert_false(is_there(f, STAGING "/add-old-12345678"));
    assert_true(is_there(f, STAGING "/rollback-young"));
    assert_false(is_there(f, STAGING "/rollback-orphan"));
}

static void what_is_not_ours_stays(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, STAGING "/something/else", "x");
    scratch_write(f->scratch, ".openkb/conflicts/1/raw/x", "x");
    scratch_write(f->scratch, ".openkb/quarantine/1/x", "x");
    scratch_write(f->scratch, "wiki/.openkb-lookalike", "x");
    make_old(f, STAGING "/something");
    acquire_again(f);
    assert_true(is_there(f, STAGING "/something/else"));
    assert_true(is_there(f, ".openkb/conflicts/1/raw/x"));
    assert_true(is_there(f, ".openkb/quarantine/1/x"));
    assert_true(is_there(f, "wiki/.openkb-lookalike"));
}

static void a_temporary_file_of_a_view_is_removed(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, ".openkb/.openkb-4711.tmp", "half of it");
    acquire_again(f);
    assert_false(is_there(f, ".openkb/.openkb-4711.tmp"));
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(a_batch_that_lives_is_not_touched),
        IN_KB(a_batch_whose_process_died_is_removed),
        IN_KB(a_batch_is_private),
        IN_KB(directories_without_rights_are_removed),
        IN_KB(links_are_never_followed),
        IN_KB(what_python_prepared_is_removed_and_its_backups_are_not),
        IN_KB(what_is_not_ours_stays),
        IN_KB(a_temporary_file_of_a_view_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
