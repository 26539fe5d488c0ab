/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Runs a program and does something at one of its system calls:
 *
 *     inject NAME INDEX[+] signal=NUMBER|error=NUMBER|hold=FD,FD PROGRAM ARGUMENT...
 *
 * The INDEX-th call of that name, counted in the program itself and not in its children (with
 * "+" every one from there on), gets a signal before it is made (after SIGKILL it is never
 * made), or fails with an error without being made, or waits: a byte is written to the first
 * descriptor and one awaited from the second. Ends as the program did, once all that it started
 * is gone.
 *
 * A seccomp filter stops the calls of that name and no others, so it costs a tenth of a tracer.
 * Linux 5.19; exit 125 when it cannot be done here.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

enum { CANNOT = 125 };
enum action { SIGNAL, ERROR, HOLD };

struct plan {
    int call;
    long index;
    bool onwards;
    enum action action;
    int number, answer; /* signal, error, or the two descriptors */
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
    _exit(CANNOT);
}

static struct plan parse(char **words)
{
    struct plan plan = {.call = seccomp_syscall_resolve_name(words[1]), .answer = -1};
    char *end;
    plan.index = strtol(words[2], &end, 10);
    plan.onwards = *end == '+';
    const char *action = words[3];
    char *value = strchr(words[3], '=');
    plan.action = *action == 's' ? SIGNAL : *action == 'e' ? ERROR : HOLD;
    if (plan.call < 0 || !value)
        give_up("arguments");
    plan.number = (int)strtol(value + 1, &end, 10);
    if (plan.action == HOLD && *end == ',')
        plan.answer = (int)strtol(end + 1, NULL, 10);
    return plan;
}

/* ---- The program's side */

static int install(int call)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (geteuid() != 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        give_up("no_new_privs");
    /* Killable: a signal waits until the call is made, and does not break it off. */
    int fd = (int)syscall(
        SYS_seccomp, SECCOMP_SET_MODE_FILTER,
        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
    if (fd < 0)
        give_up("seccomp");
    return fd;
}

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int channel, int fd)
{
    union control control = {0};
    char room = 0;
    struct iovec byte = {&room, 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    control.header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    if (sendmsg(channel, &message, 0) < 0)
        give_up("sendmsg");
}

static int receive_fd(int channel)
{
    int fd = -1;
    char room;
    union control control = {0};
    struct iovec byte = {&room, 1};
    struct msghdr message = {.msg_iov = &byte,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) > 0 && message.msg_controllen > 0)
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
    return fd;
}

static _Noreturn void become(const struct plan *plan, int channel, char **program)
{
    if (plan->action == HOLD) {
        close(plan->number);
        close(plan->answer);
    }
    send_fd(channel, install(plan->call));
    execv(*program, program);
    give_up(*program);
}

/* ---- The watcher's side */

static void hold(const struct plan *plan)
{
    char byte = 'x';
    if (write(plan->number, &byte, 1) != 1 || read(plan->answer, &byte, 1) < 0)
        give_up("hold");
}

/* What becomes of one call. Killed, its program needs no answer: one could still let it
 * through. */
static bool decide(const struct plan *plan, bool hit, pid_t owner,
                   struct seccomp_notif_resp *answer)
{
    answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (hit && plan->action == SIGNAL)
        kill(owner, plan->number);
    else if (hit && plan->action == HOLD)
        hold(plan);
    else if (hit) {
        answer->flags = 0;
        answer->error = -plan->number;
    }
    return !(hit && plan->action == SIGNAL && plan->number == SIGKILL);
}

static void attend(const struct plan *plan, int listener, pid_t owner, long *count)
{
    struct seccomp_notif call = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
        return; /* it is dead by now */
    bool hit = false;
    if (call.pid == (unsigned)owner) {
        ++*count;
        hit = *count == plan->index || (plan->onwards && *count > plan->index);
    }
    struct seccomp_notif_resp answer = {.id = call.id};
    if (decide(plan, hit, owner, &answer))
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* Whether any process is left; the status of the owner when it has ended. */
static bool any_left(pid_t owner, int *status)
{
    int ended;
    pid_t pid;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0)
        if (pid == owner)
            *status = ended;
    return pid == 0;
}

static int watch(const struct plan *plan, int listener, int children, pid_t owner)
{
    int status = 0;
    long count = 0;
    struct pollfd both[] = {{.fd = listener, .events = POLLIN},
                            {.fd = children, .events = POLLIN}};
    while (any_left(owner, &status)) {
        struct signalfd_siginfo drop;
        poll(both, 2, -1);
        if (both[0].revents & POLLIN)
            attend(plan, listener, owner, &count);
        if (both[0].revents & (POLLHUP | POLLERR))
            both[0].fd = -1; /* nobody is left that could call; what is dead is to be reaped */
        if (both[1].revents & POLLIN)
            (void)!read(children, &drop, sizeof drop);
    }
    return status;
}

static int end_like(int status)
{
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return CANNOT;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return CANNOT;
    struct plan plan = parse(argv);
    int channel[2];
    sigset_t child, usual;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &child, &usual) != 0 ||
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) != 0)
        give_up("set up");
    int children = signalfd(-1, &child, SFD_CLOEXEC);
    pid_t owner = fork();
    if (owner == 0) {
        sigprocmask(SIG_SETMASK, &usual, NULL);
        become(&plan, channel[1], argv + 4);
    }
    close(channel[1]);
    int listener = receive_fd(channel[0]);
    if (owner < 0 || listener < 0)
        give_up("start");
    return end_like(watch(&plan, listener, children, owner));
}
