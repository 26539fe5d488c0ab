/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The lock between processes: a child takes it and tells us through a pipe.
 */
#include "scratch.h"

#include "check.h"
#include "store/lock.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    pid_t pid;
    int told, go; /* it told us that it has the lock; we tell it to go on */
} Child;

/* A process that holds a lock of `operation` on the lock file, as any other program would. */
static Child start_holder(const OkbKb *kb, int operation)
{
    int up[2], down[2];
    assert_int_equal(pipe2(up, O_CLOEXEC), 0);
    assert_int_equal(pipe2(down, O_CLOEXEC), 0);
    Child child = {.told = up[0], .go = down[1]};
    child.pid = fork();
    if (child.pid == 0) {
        char byte;
        int fd = openat(kb->root, ".openkb/ingest.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        close(down[1]);
        if (flock(fd, operation) != 0 || write(up[1], "x", 1) != 1 ||
            read(down[0], &byte, 1) < 0)
            _exit(1);
        _exit(0);
    }
    char byte;
    close(up[1]);
    close(down[0]);
    assert_int_equal(read(child.told, &byte, 1), 1);
    return child;
}

static void stop_holder(Child *child)
{
    int status;
    close(child->go);
    close(child->told);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    assert_int_equal(status, 0);
}

static OkbKb *make_kb(const Scratch *scratch)
{
    assert_true(okb_kb_create(scratch->path, NULL, NULL));
    OkbKb *kb = okb_kb_open(scratch->path, NULL);
    assert_non_null(kb);
    return kb;
}

static void the_lock_excludes_every_other_kind(void **state)
{
    static const int operations[] = {LOCK_EX, LOCK_SH};
    g_autoptr(OkbKb) kb = make_kb(*state);
    for (gsize i = 0; i < G_N_ELEMENTS(operations); i++) {
        g_autoptr(GError) error = NULL;
        Child child = start_holder(kb, operations[i]);
        assert_int_equal(okb_lock_exclusive(kb, 0, "add", &error), -1);
        assert_int_equal(okb_error_exit_code(error), OKB_EXIT_LOCKED);
        stop_holder(&child);
        int lock = okb_lock_exclusive(kb, 0, "add", NULL);
        assert_true(lock >= 0);
        okb_lock_release(kb, &lock);
        assert_int_equal(lock, -1);
    }
}

static void it_is_waited_for(void **state)
{
    g_autoptr(OkbKb) kb = make_kb(*state);
    Child child = start_holder(kb, LOCK_EX);
    pid_t waiter = fork();
    if (waiter == 0) {
        close(child.go);
        _exit(okb_lock_exclusive(kb, 60000, "add", NULL) < 0);
    }
    stop_holder(&child);
    int status;
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_int_equal(status, 0);
}

static void a_holder_that_is_killed_frees_it(void **state)
{
    g_autoptr(OkbKb) kb = make_kb(*state);
    Child child = start_holder(kb, LOCK_EX);
    assert_int_equal(kill(child.pid, SIGKILL), 0);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    close(child.go);
    close(child.told);
    int lock = okb_lock_exclusive(kb, 0, "add", NULL);
    assert_true(lock >= 0);
    okb_lock_release(kb, &lock);
}

static void the_lock_file_is_neither_emptied_nor_replaced(void **state)
{
    const Scratch *scratch = *state;
    struct stat before, after;
    g_autoptr(OkbKb) kb = make_kb(scratch);
    scratch_write(scratch, ".openkb/ingest.lock", "somebody's words");
    assert_int_equal(fstatat(kb->root, ".openkb/ingest.lock", &before, 0), 0);
    int lock = okb_lock_exclusive(kb, 0, "add", NULL);
    okb_lock_release(kb, &lock);
    assert_int_equal(fstatat(kb->root, ".openkb/ingest.lock", &after, 0), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_size, strlen("somebody's words"));
}

static void the_holder_is_named_while_it_lives(void **state)
{
    const Scratch *scratch = *state;
    g_autoptr(OkbKb) kb = make_kb(scratch);
    int lock = okb_lock_exclusive(kb, 0, "add", NULL);
    g_autofree char *pid = g_strdup_printf("process %d (add)", (int)getpid());
    g_autofree char *holder = okb_lock_holder(kb);
    assert_non_null(strstr(holder, pid));
    g_autofree char *text = scratch_read(scratch, ".openkb/ingest.holder");
    okb_lock_release(kb, &lock);
    assert_null(scratch_read(scratch, ".openkb/ingest.holder"));
    scratch_write(scratch, ".openkb/ingest.holder", "[holder]\npid=999999999\nhost=x\n");
    g_autofree char *host =
        g_strdup_printf("[holder]\npid=999999999\nhost=%s\n", g_get_host_name());
    scratch_write(scratch, ".openkb/ingest.holder", host);
    g_autofree char *dead = okb_lock_holder(kb);
    assert_null(strstr(dead, "999999999"));
    scratch_write(scratch, ".openkb/ingest.holder", "rubbish\x1b[31m");
    g_autofree char *rubbish = okb_lock_holder(kb);
    assert_null(strchr(rubbish, '\x1b'));
    assert_non_null(text);
}

static void a_link_instead_of_the_lock_is_refused(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbKb) kb = make_kb(*state);
    assert_int_equal(symlinkat("/tmp/elsewhere", kb->root, ".openkb/ingest.lock"), 0);
    assert_int_equal(okb_lock_exclusive(kb, 0, "add", &error), -1);
    assert_non_null(error);
}

static void readers_learn_whether_somebody_writes(void **state)
{
    g_autoptr(OkbKb) kb = make_kb(*state);
    int lock = -1;
    assert_true(okb_lock_try_shared(kb, &lock));
    assert_int_equal(lock, -1);
    Child child = start_holder(kb, LOCK_EX);
    assert_false(okb_lock_try_shared(kb, &lock));
    stop_holder(&child);
    assert_true(okb_lock_try_shared(kb, &lock));
    assert_true(lock >= 0);
    close(lock);
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIR(the_lock_excludes_every_other_kind),
        IN_DIR(it_is_waited_for),
        IN_DIR(a_holder_that_is_killed_frees_it),
        IN_DIR(the_lock_file_is_neither_emptied_nor_replaced),
        IN_DIR(the_holder_is_named_while_it_lives),
        IN_DIR(a_link_instead_of_the_lock_is_refused),
        IN_DIR(readers_learn_whether_somebody_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
