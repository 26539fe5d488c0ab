/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The process that converts writes its RunFacts into shared memory and its transcript into a
 * memfd, and ends by _exit(); what it did not get to is 0.
 */
#include "run-inside.h"

#include "interpose.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 20 };

/* ---- Inside ------------------------------------------------------------------------------ */

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_all(int fd, const char *bytes, gsize len)
{
    for (ssize_t n; len > 0; bytes += n, len -= (gsize)n)
        if ((n = write(fd, bytes, len)) <= 0)
            return;
}

static void note(RunFacts *facts, const harness_result *r)
{
    facts->returned = r->returned;
    facts->status = r->status;
    facts->misused = r->misused;
    facts->injected = r->injected;
    g_strlcpy(facts->message, r->message ? r->message : "", sizeof facts->message);
    memcpy(facts->calls, r->calls, sizeof facts->calls);
    facts->calls_after = r->calls_after;
    facts->cpu_after = r->cpu_after;
    facts->longest_silence = r->longest_silence;
    facts->body_len = r->body_len;
    facts->n_pages = (guint)r->n_pages;
    facts->n_warnings = (guint)r->n_warnings;
    facts->returned_at_all = true;
}

harness_result *run_inside(const okb_plugin *plugin, const Job *job, RunFacts *facts,
                           int transcript)
{
    harness_input input = job->input;
    input.name = job->name;
    input.media_type = job->media_type;
    input.options = job->options;
    input.sibling_dir = job->directory;
    input.no_map |= job->cut_reads;
    input.watch = true;
    interposed.cut_fd = -1;
    interposed.allocations = 0;
    interposed.fail_at = job->fail_allocation;
    input.cut_fd = job->cut_reads ? &interposed.cut_fd : NULL;
    double begin = cpu_now();
    input.counting = job->fail_allocation || job->count_allocations ? &interposed.count : NULL;
    harness_result *result = harness_run(plugin, job->bytes, job->len, &input);
    facts->cpu = cpu_now() - begin;
    facts->allocations = interposed.allocations;
    note(facts, result);
    if (transcript >= 0) {
        GString *text = run_transcript(result);
        write_all(transcript, text->str, text->len);
        g_string_free(text, TRUE);
    }
    return result;
}

void run_limit(guint seconds, guint64 memory)
{
    struct rlimit cpu = {seconds ? seconds : SECONDS, (seconds ? seconds : SECONDS) + 1};
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CPU, &cpu);
    setrlimit(RLIMIT_CORE, &none);
#ifndef OPENKB_SANITIZE
    struct rlimit space = {memory, memory};
    if (memory)
        setrlimit(RLIMIT_AS, &space);
#else
    (void)memory;
#endif
}

/* ---- Outside ----------------------------------------------------------------------------- */

bool run_wait(pid_t pid, double seconds, int *ret_status, long *ret_peak_kib)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ends = {fd, POLLIN, 0};
    struct rusage usage = {0};
    bool in_time = true;
    if (fd >= 0) {
        while ((in_time = poll(&ends, 1, (int)(seconds * 1000)) != 0) && !ends.revents)
            continue;
        close(fd);
    }
    if (!in_time)
        kill(pid, SIGKILL);
    while (wait4(pid, ret_status, 0, &usage) < 0 && errno == EINTR)
        continue;
    if (ret_peak_kib)
        *ret_peak_kib = usage.ru_maxrss;
    return in_time;
}

void run_judge_end(Run *run, bool in_time, int status)
{
    run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    run->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (!in_time || run->signal == SIGXCPU || run->signal == SIGKILL)
        run->end = RUN_TIMED_OUT;
    else if (run->facts.refused[0] && !run->signal)
        run->end = RUN_UNABLE;
    else
        run->end = run->facts.returned_at_all && !run->signal ? RUN_RETURNED : RUN_DIED;
}

void run_read_transcript(Run *run, int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    run->transcript = g_string_sized_new((gsize)size + 1);
    g_string_set_size(run->transcript, (gsize)size);
    if (pread(fd, run->transcript->str, (gsize)size, 0) != size)
        g_string_truncate(run->transcript, 0);
}

static RunFacts *shared_facts(void)
{
    static RunFacts *facts;
    if (!facts)
        facts = mmap(NULL, sizeof *facts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                     -1, 0);
    if (facts == MAP_FAILED)
        abort();
    memset(facts, 0, sizeof *facts);
    return facts;
}

Run run_forked(const okb_plugin *plugin, const Job *job)
{
    Run run = {0};
    RunFacts *facts = shared_facts();
    int transcript = job->keep ? memfd_create("transcript", MFD_CLOEXEC) : -1;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_limit(job->seconds, job->memory);
        run_inside(plugin, job, facts, transcript);
        _exit(0);
    }
    if (pid < 0)
        g_strlcpy(facts->refused, "no process can be made", sizeof facts->refused);
    int status = 0;
    bool in_time = pid < 0 || run_wait(pid, 3.0 * (job->seconds ? job->seconds : SECONDS),
                                       &status, &run.peak_kib);
    run.facts = *facts;
    run_judge_end(&run, in_time, status);
    if (transcript >= 0) {
        run_read_transcript(&run, transcript);
        close(transcript);
    }
    return run;
}

void run_clear(Run *run)
{
    if (run->transcript)
        g_string_free(run->transcript, TRUE);
    g_clear_pointer(&run->denied, g_ptr_array_unref);
    g_clear_pointer(&run->wrote, g_ptr_array_unref);
    g_clear_pointer(&run->spawned, g_ptr_array_unref);
    *run = (Run){0};
}
