/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One job of the pool without a worker: what a child that ended is judged to be, and which
 * files are made for it.
 */
#include "ingest/pool-job.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"

#include "check.h"

enum { FILES = 3 };

static OkbPlugin plugin = {.id = (char *)"none"};

static OkbPoolJob *job_of(const Scratch *scratch)
{
    static const OkbLimits limits = {
        .output_bytes = 1000, .files = FILES, .cpu_ms = 1000, .wall_ms = 1000, .idle_ms = 1000};
    const OkbJob from = {.plugin = &plugin, .source = scratch->fd, .sibling_dir = scratch->fd};
    OkbPoolJob *job = okb_pool_job_new(&from, &limits, OKB_LEVEL_FULL, false);
    job->left.out = openat(scratch->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return job;
}

static int file_with(const char *text)
{
    int fd = memfd_create("result", MFD_CLOEXEC);
    assert_int_equal(okb_io_write_all(fd, text, strlen(text)), 0);
    return fd;
}

#define EXITED(code) ((code) << 8)
#define NOT_JUDGED   OKB_OUTCOME_DONE
#define WHOLE        "{}\n"
#define CUT          "{"

static const struct {
    const char *label, *result;
    OkbOutcomeKind judged;
    int status;
    OkbOutcomeKind expected;
} ends[] = {
    {"it ended well", WHOLE, NOT_JUDGED, EXITED(0), OKB_OUTCOME_DONE},
    {"it ended with nothing", "", NOT_JUDGED, EXITED(0), OKB_OUTCOME_NO_RESULT},
    {"it ended in the middle", CUT, NOT_JUDGED, EXITED(0), OKB_OUTCOME_NO_RESULT},
    {"it crashed", CUT, NOT_JUDGED, SIGSEGV, OKB_OUTCOME_CRASHED},
    {"its worker died", "", NOT_JUDGED, -1, OKB_OUTCOME_CRASHED},
    {"it was forbidden something", "", NOT_JUDGED, SIGSYS, OKB_OUTCOME_VIOLATION},
    {"it used up its CPU time", "", NOT_JUDGED, SIGXCPU, OKB_OUTCOME_LIMIT},
    {"it took too long", "", OKB_OUTCOME_TIMEOUT, SIGKILL, OKB_OUTCOME_TIMEOUT},
    {"too long, but it was done", WHOLE, OKB_OUTCOME_TIMEOUT, SIGKILL, OKB_OUTCOME_DONE},
    {"too long, and nearly done", CUT, OKB_OUTCOME_TIMEOUT, SIGKILL, OKB_OUTCOME_TIMEOUT},
    {"cancelled, but it was done", WHOLE, OKB_OUTCOME_CANCELLED, SIGKILL, OKB_OUTCOME_DONE},
    {"a limit, though it was done", WHOLE, OKB_OUTCOME_LIMIT, SIGKILL, OKB_OUTCOME_LIMIT},
    {"a violation, though done", WHOLE, OKB_OUTCOME_VIOLATION, SIGKILL, OKB_OUTCOME_VIOLATION},
};

static void a_result_beats_a_deadline_and_no_other_verdict(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        OkbPoolJob *job = job_of(*state);
        OkbOutcome outcome;
        job->left.result = file_with(ends[i].result);
        if (ends[i].judged != NOT_JUDGED)
            okb_pool_job_judge(job, ends[i].judged, "judged");
        okb_pool_job_conclude(job, ends[i].status, NULL, &outcome);
        if (outcome.kind != ends[i].expected)
            fail_msg("%s: %d", ends[i].label, outcome.kind);
        okb_outcome_clear(&outcome);
        okb_pool_job_free(job);
    }
}

static bool is_made(OkbPoolJob *job, int child, OkbFileKind kind, guint32 number)
{
    static OkbMessage message;
    OkbOpen request = {kind, number};
    okb_message_send(child, &(OkbOutgoing){.type = OKB_MESSAGE_OPEN, .fixed = &request}, 0);
    assert_int_equal(okb_pool_job_serve(job, &message), 1);
    assert_int_equal(okb_message_receive(child, &message, MSG_DONTWAIT), 1);
    bool made = message.reply.status == OKB_OK;
    assert_int_equal(message.fds[0] >= 0, made);
    okb_message_close_fds(&message);
    return made;
}

static void only_assets_and_embeds_with_small_numbers_are_made(void **state)
{
    OkbPoolJob *job = job_of(*state);
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
    job->channel = sockets[0];
    okb_autofd int child = sockets[1];
    assert_true(is_made(job, child, OKB_FILE_ASSET, 1));
    assert_false(is_made(job, child, OKB_FILE_ASSET, 1)); /* twice */
    assert_true(is_made(job, child, OKB_FILE_EMBED, FILES));
    assert_false(is_made(job, child, OKB_FILE_ASSET, FILES + 1));
    assert_false(is_made(job, child, OKB_FILE_EMBED, G_MAXUINT32));
    okb_pool_job_free(job);
}

/* A process of somebody else, by its pidfd; it ends with the test. */
static int innocent(pid_t *ret_pid)
{
    *ret_pid = fork();
    if (*ret_pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    return (int)syscall(SYS_pidfd_open, *ret_pid, 0);
}

static void set_descriptors(rlim_t most)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = most;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static bool is_taken_for_its_child(OkbPoolJob *job, int pidfd)
{
    static OkbMessage started;
    started.started.number = job->number;
    started.fds[0] = pidfd;
    return okb_pool_job_set_child(job, &started);
}

/* Whom a worker names would be killed at the deadline: also when there is no descriptor left to
 * look who that is. */
static void only_a_process_of_its_worker_is_its_child(void **state)
{
    pid_t pid;
    OkbWorkerClient worker = {.pid = 1};
    OkbPoolJob *job = job_of(*state);
    job->worker = &worker;
    okb_autofd int other = innocent(&pid);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(is_taken_for_its_child(job, other));
    set_descriptors(0);
    bool taken = is_taken_for_its_child(job, other);
    set_descriptors(before.rlim_cur);
    assert_false(taken);
    /* Control: one that has ended is nobody, and is taken. */
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(is_taken_for_its_child(job, other));
    other = -1; /* the job has it */
    okb_pool_job_free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_result_beats_a_deadline_and_no_other_verdict,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(only_assets_and_embeds_with_small_numbers_are_made,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(only_a_process_of_its_worker_is_its_child,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
