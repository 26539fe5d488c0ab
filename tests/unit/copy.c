/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The one reading of a source.
 */
#include "unit/check.h"

#include "ingest/copy.h"
#include "unit/scratch.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <sys/time.h>

static char *path_of(const Scratch *scratch, const char *name)
{
    return g_build_filename(scratch->path, name, NULL);
}

static void make_old(const char *path)
{
    struct timeval past[2] = {{1000000000, 0}, {1000000000, 0}};
    assert_int_equal(utimes(path, past), 0);
}

static void test_the_copy_and_its_hash_agree(void **state)
{
    const Scratch *scratch = *state;
    OkbCopy copy;
    char expected[OKB_DIGEST_HEX];
    scratch_write(scratch, "source", "some bytes");
    g_autofree char *path = path_of(scratch, "source");
    assert_true(okb_copy_source(path, scratch->fd, "1", &copy, NULL));
    okb_digest_bytes("some bytes", 10, expected);
    assert_string_equal(copy.hash, expected);
    assert_int_equal(copy.size, 10);
    g_autofree char *bytes = scratch_read(scratch, "1");
    assert_string_equal(bytes, "some bytes");
}

static void test_a_fresh_stat_is_not_trusted(void **state)
{
    const Scratch *scratch = *state;
    OkbCopy copy;
    scratch_write(scratch, "source", "x");
    g_autofree char *path = path_of(scratch, "source");
    make_old(path); /* the ctime is fresh all the same */
    assert_true(okb_copy_source(path, scratch->fd, "1", &copy, NULL));
    assert_int_equal(copy.stat.size, -1);
    OkbStat old = {10, 1, 1, 1};
    assert_int_equal(okb_stat_distrust_fresh(old).size, 10);
}

static void test_a_rewrite_of_the_same_size_is_seen(void **state)
{
    const Scratch *scratch = *state;
    OkbCopy copy;
    scratch_write(scratch, "source", "aaaa");
    g_autofree char *path = path_of(scratch, "source");
    assert_true(okb_copy_source(path, scratch->fd, "1", &copy, NULL));
    assert_int_equal(okb_copy_is_current(path, &copy), 1);
    int fd = open(path, O_WRONLY);
    assert_int_equal(write(fd, "bbbb", 4), 4);
    close(fd);
    assert_int_equal(okb_copy_is_current(path, &copy), 0);
    unlink(path);
    assert_int_equal(okb_copy_is_current(path, &copy), -1);
}

static void test_links_and_fifos_are_refused_without_blocking(void **state)
{
    const Scratch *scratch = *state;
    static const char *const names[] = {"link", "fifo", "absent"};
    scratch_write(scratch, "source", "x");
    assert_int_equal(symlinkat("source", scratch->fd, "link"), 0);
    assert_int_equal(mkfifoat(scratch->fd, "fifo", 0600), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        OkbCopy copy;
        g_autofree char *path = path_of(scratch, names[i]);
        assert_false(okb_copy_source(path, scratch->fd, "1", &copy, &error));
        assert_non_null(strstr(error->message, names[i]));
        assert_int_equal(faccessat(scratch->fd, "1", F_OK, 0), -1);
    }
}

static void test_a_copy_in_memory_can_be_changed_by_nobody(void **state)
{
    const Scratch *scratch = *state;
    OkbCopy copy;
    okb_autofd int fd = -1;
    char bytes[8] = "", link[64];
    scratch_write(scratch, "source", "bytes");
    g_autofree char *path = path_of(scratch, "source");
    assert_true(okb_copy_to_memory(path, 5, &copy, &fd, NULL));
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), 5);
    assert_string_equal(bytes, "bytes");
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    /* Whoever has it may open it anew by its number, for writing if its mode lets him. */
    g_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    okb_autofd int again = open(link, O_RDWR | O_CLOEXEC);
    assert_true(again >= 0);
    assert_int_equal(pwrite(again, "x", 1, 0), -1);
    assert_int_equal(pwrite(again, "x", 1, 5), -1);
    assert_int_equal(ftruncate(again, 0), -1);
    /* What is larger than asked for is left to the other way. */
    okb_autofd int none = -1;
    assert_true(okb_copy_to_memory(path, 4, &copy, &none, NULL));
    assert_int_equal(none, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_copy_and_its_hash_agree, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_fresh_stat_is_not_trusted, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_rewrite_of_the_same_size_is_seen, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_links_and_fifos_are_refused_without_blocking,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_a_copy_in_memory_can_be_changed_by_nobody,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
