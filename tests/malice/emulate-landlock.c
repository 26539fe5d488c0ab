/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Runs a program as if on a kernel with an older Landlock, or with none:
 *
 *     emulate-landlock ABI PROGRAM ARGUMENTS...
 *
 * An outer seccomp filter sends landlock_create_ruleset() here. Asked for the version, we
 * answer ABI (0: EOPNOTSUPP); other calls go on to the kernel, after a look that they ask for
 * no right that the older kernel would not know. All that the program starts inherits this. The
 * product has no switch for it.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int install_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

/* Rights of the file system that an ABI knows. */
static uint64_t known_rights(int abi)
{
    uint64_t bits = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);
    return (1ull << bits) - 1;
}

/* An older kernel refuses rights it does not know, and structures longer than its own. */
static int would_accept(int abi, pid_t pid, uint64_t address, uint64_t size)
{
    uint64_t attr[3] = {0};
    struct iovec mine = {attr, size < sizeof attr ? size : sizeof attr};
    struct iovec theirs = {(void *)(uintptr_t)address, mine.iov_len};
    if (process_vm_readv(pid, &mine, 1, &theirs, 1, 0) < 0)
        return 1; /* not ours to look at: the kernel decides */
    return !(attr[0] & ~known_rights(abi)) && (abi >= 4 || !attr[1]) && (abi >= 6 || !attr[2]);
}

static void answer(int listener, int abi)
{
    struct seccomp_notif request;
    struct seccomp_notif_resp response = {0};
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
        return;
    response.id = request.id;
    if (abi == 0)
        response.error = -EOPNOTSUPP;
    else if (request.data.args[0] == 0)
        response.val = abi;
    else if (would_accept(abi, (pid_t)request.pid, request.data.args[0], request.data.args[1]))
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else
        response.error = -EINVAL;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static int send_fd(int socket, int fd)
{
    char control[CMSG_SPACE(sizeof fd)] = {0}, byte = 0;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof control};
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(cmsg), &fd, sizeof fd);
    return sendmsg(socket, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
    char control[CMSG_SPACE(sizeof(int))], byte;
    struct iovec iov = {&byte, 1};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control,
                         .msg_controllen = sizeof control};
    int fd = -1;
    if (recvmsg(socket, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof fd);
    return fd;
}

static void run(int socket, char **argv)
{
    int listener = install_filter();
    if (listener < 0 || send_fd(socket, listener) != 0)
        _exit(126);
    close(listener);
    close(socket);
    execv(argv[0], argv);
    _exit(127);
}

/* Answers until the program ends; returns its wait status. */
static int supervise(int listener, pid_t child, int abi)
{
    int status;
    struct pollfd fd = {listener, POLLIN, 0};
    while (waitpid(child, &status, WNOHANG) == 0)
        if (poll(&fd, 1, 50) > 0 && (fd.revents & POLLIN))
            answer(listener, abi);
    return status;
}

int main(int argc, char **argv)
{
    int ends[2];
    if (argc < 3 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 2;
    pid_t child = fork();
    if (child == 0)
        run(ends[1], argv + 2);
    close(ends[1]);
    int listener = receive_fd(ends[0]);
    if (listener < 0) {
        fputs("emulate-landlock: this kernel cannot pass system calls on: skipped\n", stderr);
        kill(child, SIGKILL);
        return 77;
    }
    int status = supervise(listener, child, atoi(argv[1]));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
