/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "interpose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

Interposed interposed = {.cut_fd = -1};

#ifdef OPENKB_SANITIZE

bool interpose_works(void)
{
    return false;
}

#else

bool interpose_works(void)
{
    return true;
}

/* ---- Memory ------------------------------------------------------------------------------ */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool runs_out(void)
{
    if (!interposed.count)
        return false;
    interposed.allocations++;
    if (interposed.allocations != interposed.fail_at)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return runs_out() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return runs_out() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return runs_out() ? NULL : __libc_realloc(old, size);
}

/* ---- Reading ----------------------------------------------------------------------------- */

enum { PIECE = 61 };

/* A few bytes at a time; the first call of five is interrupted, so that one call suffices. */
static bool cut(int fd, size_t *size)
{
    if (fd != interposed.cut_fd)
        return false;
    *size = *size > PIECE ? PIECE : *size;
    if (interposed.reads++ % 5 != 0)
        return false;
    errno = EINTR;
    return true;
}

ssize_t read(int fd, void *buffer, size_t size)
{
    return cut(fd, &size) ? -1 : syscall(SYS_read, fd, buffer, size);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    return cut(fd, &size) ? -1 : syscall(SYS_pread64, fd, buffer, size, offset);
}

ssize_t pread64(int fd, void *buffer, size_t size, off64_t offset)
{
    return cut(fd, &size) ? -1 : syscall(SYS_pread64, fd, buffer, size, offset);
}

/* ---- Time and place ---------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (done == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += interposed.clock_shift;
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec t;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *now = (struct timeval){t.tv_sec, t.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *ret)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (ret)
        *ret = t.tv_sec;
    return t.tv_sec;
}

int uname(struct utsname *names)
{
    int done = (int)syscall(SYS_uname, names);
    if (done == 0 && interposed.other_host_name)
        strcpy(names->nodename, "another-host");
    return done;
}

int gethostname(char *name, size_t size)
{
    struct utsname names;
    uname(&names);
    size_t len = strlen(names.nodename);
    if (len >= size) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, names.nodename, len + 1);
    return 0;
}

#endif
