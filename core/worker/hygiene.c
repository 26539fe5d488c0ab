/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/hygiene.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool okb_hygiene_close_from(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0)
        return true;
    long max = sysconf(_SC_OPEN_MAX);
    for (int fd = first; fd < max; fd++)
        close(fd);
    return errno != 0;
}

bool okb_hygiene_die_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return false;
    if (getppid() == parent)
        return true;
    errno = ESRCH; /* it died before we asked */
    return false;
}

static bool drop_capabilities(void)
{
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap) == 1; cap++)
        if (prctl(PR_CAPBSET_DROP, cap) != 0 && errno != EPERM)
            return false;
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &header, none) == 0;
}

bool okb_hygiene_settle(void)
{
    struct rlimit none = {0, 0};
    umask(077);
    return chdir("/") == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

bool okb_hygiene_drop_rights(void)
{
    return prctl(PR_SET_DUMPABLE, 0) == 0 && drop_capabilities();
}
