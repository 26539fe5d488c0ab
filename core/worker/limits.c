/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/limits.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

enum { MAX_OPEN_FILES = 256 };

static bool set_limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return false;
    limit.rlim_max = hard < limit.rlim_max ? hard : limit.rlim_max;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(resource, &limit) == 0;
}

/* Whatever a plugin's constructor did to them, these signals end a document. */
static void restore_signals(void)
{
    static const int fences[] = {SIGALRM, SIGXCPU, SIGXFSZ};
    for (unsigned i = 0; i < sizeof fences / sizeof *fences; i++)
        signal(fences[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool limit_memory(uint64_t bytes)
{
#ifdef OPENKB_SANITIZE
    (void)bytes; /* AddressSanitizer maps terabytes: the pool watches the resident size */
    return true;
#else
    return set_limit(RLIMIT_AS, bytes, bytes);
#endif
}

bool okb_limits_enforce(const OkbJobStart *job)
{
    restore_signals();
    uint64_t seconds = (job->cpu_ms + 999) / 1000;
    uint64_t wall_ms = (uint64_t)job->wall_ms + 1000;
    struct itimerval timer = {.it_value = {.tv_sec = (time_t)(wall_ms / 1000),
                                           .tv_usec = (suseconds_t)(wall_ms % 1000 * 1000)}};
    return set_limit(RLIMIT_CPU, seconds, seconds + 1) && limit_memory(job->memory_bytes) &&
           set_limit(RLIMIT_FSIZE, job->output_bytes, job->output_bytes) &&
           set_limit(RLIMIT_NOFILE, MAX_OPEN_FILES, MAX_OPEN_FILES) &&
           setitimer(ITIMER_REAL, &timer, NULL) == 0;
}
