/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/loop.h"

#include "worker/document.h"
#include "worker/hygiene.h"
#include "worker/limits.h"

#include <errno.h>
#include <jansson.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Messages are large: they live outside the stack. */
static OkbMessage job_message;

static void say(const OkbOutgoing *message)
{
    if (okb_message_send(OKB_FD_CONTROL, message, 0) != 0)
        _exit(1);
}

static _Noreturn void say_refused(const char *reason)
{
    say(&(OkbOutgoing){.type = OKB_MESSAGE_REFUSED, .strings = {reason}});
    _exit(0);
}

static void say_ready(const OkbConfinement *confinement, bool needs_exec)
{
    OkbReady ready = {confinement->landlock_abi, needs_exec};
    say(&(OkbOutgoing){.type = OKB_MESSAGE_READY, .fixed = &ready});
}

static bool receive_job(void)
{
    return okb_message_receive(OKB_FD_CONTROL, &job_message, 0) == 1 &&
           job_message.type == OKB_MESSAGE_JOB;
}

/* fork() with the pidfd of the child, and with the token that the filter asks for in an
 * argument that clone() itself does not look at. The C library's own fork could not pass it;
 * its handlers have nothing to do in a process with one thread. */
static pid_t fork_with_token(uint64_t token, int *ret_pidfd)
{
    return (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_PIDFD | SIGCHLD), NULL, ret_pidfd,
                          NULL, NULL, token);
}

static _Noreturn void be_child(pid_t parent, const OkbMessage *start, const okb_plugin *plugin,
                               OkbConfinement *confinement)
{
    if (okb_hygiene_die_with(parent) && okb_document_take_fds(&job_message) &&
        okb_limits_enforce(&job_message.job) && okb_confine_document(confinement, OKB_FD_OUT))
        okb_document_run(&job_message, start, plugin);
    _exit(OKB_EXIT_UNCONFINED);
}

static void report(pid_t child)
{
    int status;
    struct rusage usage;
    pid_t got;
    do
        got = wait4(child, &status, 0, &usage);
    while (got < 0 && errno == EINTR);
    if (got != child)
        _exit(1);
    uint64_t cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                      (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    OkbDone done = {job_message.job.number, (uint64_t)usage.ru_maxrss * 1024, status,
                    (uint32_t)(cpu_us / 1000)};
    say(&(OkbOutgoing){.type = OKB_MESSAGE_DONE, .fixed = &done});
}

static void run_job(const OkbMessage *start, const okb_plugin *plugin,
                    OkbConfinement *confinement)
{
    pid_t self = getpid();
    int pidfd = -1;
    uint64_t token = job_message.job.token;
    job_message.job.token = 0;
    explicit_bzero(job_message.buffer, 2 * sizeof(uint64_t));
    pid_t child = fork_with_token(token, &pidfd);
    explicit_bzero(&token, sizeof token);
    if (child == 0)
        be_child(self, start, plugin, confinement);
    if (child < 0)
        _exit(1);
    OkbStarted started = {job_message.job.number, child, 0};
    say(&(OkbOutgoing){
        .type = OKB_MESSAGE_STARTED, .fixed = &started, .fds = {pidfd}, .n_fds = 1});
    close(pidfd);
    report(child);
    /* Not before: the end of the job's socket would wake the pool a second time. */
    okb_message_close_fds(&job_message);
}

_Noreturn void okb_loop_serve(const OkbMessage *start, OkbConfinement *confinement,
                              const OkbLoaderEyes *eyes)
{
    static okb_plugin plugin;
    const char *reason = NULL;
    if (!okb_confine_worker(confinement, start->strings[4]))
        say_refused("its worker could not be confined");
    if (!okb_loader_load(start, eyes, &plugin, &reason))
        say_refused(reason);
    json_object_seed(0); /* or each document reads random bytes for it */
    bool threads = okb_loader_count_tasks(eyes) != 1;
    say_ready(confinement, threads);
    while (!threads && receive_job())
        run_job(start, &plugin, confinement);
    _exit(0);
}

_Noreturn void okb_loop_once(const OkbMessage *start, OkbConfinement *confinement,
                             const OkbLoaderEyes *eyes)
{
    static okb_plugin plugin;
    const char *reason = NULL;
    if (!receive_job())
        _exit(1);
    if (!okb_confine_worker_paths(confinement, start->strings[4]) ||
        !okb_limits_enforce(&job_message.job) ||
        !okb_confine_document(confinement, job_message.fds[1]))
        say_refused("its worker could not be confined");
    if (!okb_loader_load(start, eyes, &plugin, &reason))
        say_refused(reason);
    say_ready(confinement, false);
    if (!okb_document_take_fds(&job_message))
        _exit(OKB_EXIT_UNCONFINED);
    okb_document_run(&job_message, start, &plugin);
}
