/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * It ends by the signal it sends: to its group when the owner died, or by the owner's, who
 * kills the group of each worker that has ended.
 */
#include "worker/guard.h"

#include "worker/hygiene.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool prepare(int owner)
{
    sigset_t all;
    sigfillset(&all);
    return dup2(owner, 0) == 0 && okb_hygiene_close_from(1) && okb_hygiene_drop_rights() &&
           sigprocmask(SIG_BLOCK, &all, NULL) == 0;
}

static _Noreturn void watch(int owner)
{
    struct pollfd death = {.fd = 0, .events = POLLIN};
    prctl(PR_SET_NAME, "openkb-guard");
    if (prepare(owner))
        while (poll(&death, 1, -1) < 0 && errno == EINTR)
            continue;
    kill(0, SIGKILL); /* a guard that cannot watch ends its worker too */
    _exit(1);
}

/* The number is the owner's for sure only while it is our parent. */
static int open_owner(pid_t owner)
{
    int fd = (int)syscall(SYS_pidfd_open, owner, 0);
    if (fd < 0 || getppid() == owner)
        return fd;
    close(fd);
    errno = ESRCH;
    return -1;
}

bool okb_guard_start(pid_t owner)
{
    int fd = open_owner(owner);
    pid_t guard = fd < 0 ? -1 : fork();
    if (guard == 0)
        watch(fd);
    if (fd >= 0)
        close(fd);
    return guard > 0;
}
