/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Files beside the source, for a conversion that may open nothing itself: another process opens
 * them and passes descriptors over a socket, as openkb's owner does.
 */
#include "host-job.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_PATH = 4096 };

static bool stays_inside(const char *path)
{
    for (const char *p = path; *p; p += strcspn(p, "/"), p += *p == '/')
        if (*p == '.' || *p == '/')
            return false;
    return *path != '\0';
}

int harness_sibling_open(const char *directory, const char *path)
{
    char full[MAX_PATH];
    struct stat st;
    if (!directory || !stays_inside(path) ||
        snprintf(full, sizeof full, "%s/%s", directory, path) >= (int)sizeof full)
        return -1;
    int fd = open(full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* One byte, with a descriptor when there is one. */
static void answer(int socket, int fd)
{
    char byte = '.', room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        message.msg_control = room;
        message.msg_controllen = sizeof room;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    sendmsg(socket, &message, MSG_NOSIGNAL);
}

static void serve(int socket, const char *directory)
{
    char path[MAX_PATH];
    for (ssize_t n; (n = recv(socket, path, sizeof path - 1, 0)) > 0;) {
        path[n] = '\0';
        int fd = harness_sibling_open(directory, path);
        answer(socket, fd);
        if (fd >= 0)
            close(fd);
    }
}

int harness_sibling_serve(const char *directory)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, 9);
        close(ends[0]);
        serve(ends[1], directory);
        _exit(0);
    }
    close(ends[1]);
    return pid > 0 ? ends[0] : -1;
}

int harness_sibling_ask(int socket, const char *path)
{
    char byte, room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec given = {(char *)path, strlen(path)}, part = {&byte, 1};
    struct msghdr question = {.msg_iov = &given, .msg_iovlen = 1};
    struct msghdr reply = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    int fd = -1;
    if (sendmsg(socket, &question, MSG_NOSIGNAL) < 0 || recvmsg(socket, &reply, 0) <= 0)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&reply);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}
