/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A document's filter above its worker's: every call is judged by the two as it is by a whole
 * filter above the worker's. The programs are run here, over every number of a system call and
 * arguments that their rules look at.
 */
#include "worker/seccomp-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

enum { CALLS = 600, WORKER = 4711, CHILD = 4712 };
static const uint64_t token = 0x1122334455667788;

/* The number that a filter finds in each call of this machine; it is the first that it looks
 * for. */
static uint32_t arch;

typedef struct {
    struct sock_filter code[4096];
    size_t n;
} Program;

static void compile(const OkbFilterSpec *spec, uint32_t self, Program *program)
{
    int fd = memfd_create("filter", MFD_CLOEXEC);
    assert_true(okb_filter_compile(spec, fd));
    ssize_t len = pread(fd, program->code, sizeof program->code, 0);
    assert_true(len > 0 && (size_t)len < sizeof program->code);
    program->n = (size_t)len / sizeof *program->code;
    for (size_t i = 0; i < program->n; i++)
        if (BPF_CLASS(program->code[i].code) == BPF_JMP && program->code[i].k == 0x5e1f5e1fu)
            program->code[i].k = self;
    assert_int_equal(program->code[0].k, offsetof(struct seccomp_data, arch));
    arch = program->code[1].k;
    close(fd);
}

static bool jumps(const struct sock_filter *op, uint32_t a)
{
    switch (BPF_OP(op->code)) {
    case BPF_JEQ:
        return a == op->k;
    case BPF_JGT:
        return a > op->k;
    case BPF_JGE:
        return a >= op->k;
    case BPF_JSET:
        return (a & op->k) != 0;
    default:
        fail_msg("no such jump: %#x", op->code);
        return false;
    }
}

/* What libseccomp writes, and no more of BPF. */
static uint32_t run(const Program *program, const struct seccomp_data *data)
{
    uint32_t a = 0;
    for (size_t i = 0; i < program->n; i++) {
        const struct sock_filter *op = &program->code[i];
        if (op->code == (BPF_RET | BPF_K))
            return op->k;
        if (op->code == (BPF_LD | BPF_W | BPF_ABS))
            memcpy(&a, (const char *)data + op->k, sizeof a);
        else if (op->code == (BPF_ALU | BPF_AND | BPF_K))
            a &= op->k;
        else if (op->code == (BPF_JMP | BPF_JA))
            i += op->k;
        else if (BPF_CLASS(op->code) == BPF_JMP && BPF_SRC(op->code) == BPF_K)
            i += jumps(op, a) ? op->jt : op->jf;
        else
            fail_msg("no such instruction: %#x", op->code);
    }
    fail_msg("the program has no end");
    return 0;
}

/* As the kernel does: the severest action; of two alike the one that was loaded last. */
static uint32_t judge(const Program *worker, const Program *document,
                      const struct seccomp_data *data)
{
    uint32_t first = run(document, data), second = run(worker, data);
    return (int32_t)(second & SECCOMP_RET_ACTION_FULL) <
                   (int32_t)(first & SECCOMP_RET_ACTION_FULL)
               ? second
               : first;
}

static const uint64_t arguments[] = {
    0,
    1,
    2,
    WORKER,
    CHILD,
    token,
    UINT64_MAX,
    CLONE_PIDFD | SIGCHLD,
    SIGCHLD,
    CLONE_THREAD,
    CLONE_VM,
    CLONE_THREAD | CLONE_VM | CLONE_SIGHAND,
    CLONE_VM | CLONE_VFORK | SIGCHLD,
    FIONREAD,
    FIOCLEX,
    TCGETS,
    TIOCSTI,
    F_DUPFD_CLOEXEC,
    F_SETFD,
    F_GETFL,
    F_SETFL,
    F_ADD_SEALS,
    PR_SET_NAME,
    PR_SET_PDEATHSIG,
    PR_SET_DUMPABLE,
    PR_GET_SECCOMP,
    PR_SET_SECCOMP,
    SIGKILL,
    O_WRONLY | O_CREAT,
    O_WRONLY | O_TRUNC,
    O_RDONLY | O_TRUNC,
    O_RDWR,
    O_TMPFILE | O_RDWR,
};
enum { ARGUMENTS = sizeof arguments / sizeof *arguments };

typedef void (*Look)(const struct seccomp_data *data, const Program *programs);

static void with_pairs(int nr, unsigned first, unsigned second, unsigned n_second, Look look,
                       const Program *programs)
{
    for (size_t i = 0; i < ARGUMENTS; i++)
        for (size_t j = 0; j < n_second; j++) {
            struct seccomp_data data = {.nr = nr, .arch = arch};
            data.args[first] = arguments[i];
            data.args[second] = arguments[j];
            look(&data, programs);
        }
}

/* Rules look at one argument, but those of clone and prctl, which look at two. */
static void for_each_call(Look look, const Program *programs)
{
    for (int nr = 0; nr < CALLS; nr++) {
        bool two = nr == SYS_clone || nr == SYS_prctl;
        with_pairs(nr, 0, 5, two ? ARGUMENTS : 1, look, programs);
        with_pairs(nr, 0, 1, two ? ARGUMENTS : 1, look, programs);
        with_pairs(nr, 1, 0, 1, look, programs);
        with_pairs(nr, 2, 0, 1, look, programs);
    }
}

enum { W, WHOLE, DIFFERENCE };
static unsigned calls, differences, refused_by_difference, allowed;

static void compare(const struct seccomp_data *data, const Program *p)
{
    uint32_t whole = judge(&p[W], &p[WHOLE], data);
    calls++;
    differences += whole != judge(&p[W], &p[DIFFERENCE], data);
    allowed += whole == SECCOMP_RET_ALLOW;
    refused_by_difference +=
        run(&p[W], data) == SECCOMP_RET_ALLOW && whole != SECCOMP_RET_ALLOW;
}

/* The control: what the worker may do and a document may not is among the calls, and so is what
 * both may do. */
static void compare_at(OkbLevel level, bool scoped)
{
    static Program programs[3];
    OkbFilterSpec worker = {.role = OKB_FILTER_WORKER,
                            .level = level,
                            .signals_scoped = scoped,
                            .fork_token = token};
    OkbFilterSpec document = {.role = OKB_FILTER_DOCUMENT, .level = level};
    compile(&worker, WORKER, &programs[W]);
    compile(&document, CHILD, &programs[WHOLE]);
    document.above_worker = true;
    compile(&document, CHILD, &programs[DIFFERENCE]);
    calls = differences = refused_by_difference = allowed = 0;
    for_each_call(compare, programs);
    print_message("%zu and %zu instructions, %u calls: %u allowed, %u only to the worker\n",
                  programs[WHOLE].n, programs[DIFFERENCE].n, calls, allowed,
                  refused_by_difference);
    assert_int_equal(differences, 0);
    assert_true(refused_by_difference > 0 && allowed > 0);
    assert_true(programs[DIFFERENCE].n * 4 < programs[WHOLE].n);
}

static void at_level_full(void **state)
{
    (void)state;
    compare_at(OKB_LEVEL_FULL, true);
}

static void at_level_full_before_landlock_kept_signals_in(void **state)
{
    (void)state;
    compare_at(OKB_LEVEL_FULL, false);
}

static void at_level_reduced(void **state)
{
    (void)state;
    compare_at(OKB_LEVEL_REDUCED, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_level_full),
        cmocka_unit_test(at_level_full_before_landlock_kept_signals_in),
        cmocka_unit_test(at_level_reduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
