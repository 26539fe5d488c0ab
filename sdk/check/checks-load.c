/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Loading, the entry function and the descriptor, looked at from inside the check's process.
 */
#include "checks.h"

#include <dlfcn.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- The descriptor ---------------------------------------------------------------------- */

static okb_entry_v1 find_entry(const Subject *subject)
{
    okb_entry_v1 entry = NULL;
    void *module = dlopen(subject->module, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (module)
        *(void **)&entry = dlsym(module, "openkb_plugin_v1");
    if (!entry)
        abort();
    return entry;
}

CHECK_FUNCTION(descriptor)
{
    const okb_plugin *p = find_entry(subject)(OKB_ABI_MINOR);
    if (p->magic != OKB_PLUGIN_MAGIC)
        check_fail(verdict, "magic is 0x%08x, not OKB_PLUGIN_MAGIC", p->magic);
    else if (p->struct_size < 56 || p->struct_size > 4096)
        check_fail(verdict, "struct_size is %u, not sizeof(okb_plugin)", p->struct_size);
    else if (p->abi_major != OKB_ABI_MAJOR)
        check_fail(verdict, "abi_major is %u, not OKB_ABI_MAJOR", p->abi_major);
    else if (p->min_host_minor > p->abi_minor)
        check_fail(verdict, "min_host_minor is %u, above its abi_minor %u", p->min_host_minor,
                   p->abi_minor);
    else if (p->reserved0 != 0 || p->flags >> 16 != 0)
        check_fail(verdict, "reserved0 or the high half of flags is not 0");
}

CHECK_FUNCTION(agrees)
{
    const okb_plugin *p = find_entry(subject)(OKB_ABI_MINOR);
    const OkbPlugin *m = subject->plugin;
    if (strcmp(p->id, m->id) != 0)
        check_fail(verdict, "the descriptor's id is \"%s\", the manifest's \"%s\"", p->id,
                   m->id);
    else if (strcmp(p->version, m->version) != 0)
        check_fail(verdict, "the descriptor's version is \"%s\", the manifest's \"%s\"",
                   p->version, m->version);
    else if (p->output_version != m->output_version)
        check_fail(verdict, "the descriptor's output_version is %u, the manifest's %u",
                   p->output_version, m->output_version);
    else if (p->min_host_minor > m->abi_minor)
        check_fail(verdict, "min_host_minor is %u, but the manifest says Abi=%u.%u",
                   p->min_host_minor, OKB_ABI_MAJOR, m->abi_minor);
}

CHECK_FUNCTION(entry)
{
    okb_entry_v1 entry = find_entry(subject);
    const okb_plugin *first = entry(OKB_ABI_MINOR);
    static const uint32_t minors[] = {OKB_ABI_MINOR, 0, 65535, UINT32_MAX};
    for (guint i = 0; i < G_N_ELEMENTS(minors); i++) {
        check_doing(verdict, "openkb_plugin_v1(%u)", minors[i]);
        const okb_plugin *again = entry(minors[i]);
        if (!again)
            check_fail(verdict, "openkb_plugin_v1(%u) gives NULL", minors[i]);
        else if (again != first && minors[i] == OKB_ABI_MINOR)
            check_fail(verdict, "openkb_plugin_v1() gives another pointer the second time");
        else if (again->min_host_minor > minors[i])
            check_fail(verdict, "openkb_plugin_v1(%u) needs a host of minor %u", minors[i],
                       again->min_host_minor);
    }
}

/* ---- Time -------------------------------------------------------------------------------- */

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The CPU time of loading and of warm(), in a fork. */
static void measure(const Subject *subject, double times[2])
{
    pid_t pid = fork();
    if (pid == 0) {
        double begin = cpu_now();
        const okb_plugin *plugin = find_entry(subject)(OKB_ABI_MINOR);
        times[0] = cpu_now() - begin;
        if (plugin->warm)
            plugin->warm(&harness_host);
        times[1] = cpu_now() - begin - times[0];
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/* The best of three: caches are cold once. */
CHECK_FUNCTION(load_time)
{
    double *times = mmap(NULL, 6 * sizeof *times, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 3; i++)
        measure(subject, times + 2 * i);
    double load = MIN(times[0], MIN(times[2], times[4]));
    double warm = MIN(times[1], MIN(times[3], times[5]));
    if (load > 0.1)
        check_fail(verdict, "loading takes %.2f s of CPU", load);
    else if (warm > 1.0)
        check_fail(verdict, "warm() takes %.2f s of CPU", warm);
}

/* ---- What loading leaves behind ---------------------------------------------------------- */

enum { SIGNALS = 65 };

typedef struct {
    guint tasks, descriptors;
    void *handlers[SIGNALS];
    char *environment, *locale, *cwd;
    mode_t mask;
    struct itimerval timer;
} World;

static guint count_entries(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    guint n = 0;
    while (directory && g_dir_read_name(directory))
        n++;
    return n;
}

static World look(void)
{
    World w = {.tasks = count_entries("/proc/self/task"),
               .descriptors = count_entries("/proc/self/fd"),
               .environment = g_strjoinv("\n", environ),
               .locale = g_strdup(setlocale(LC_ALL, NULL)),
               .cwd = g_get_current_dir()};
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) == 0)
            w.handlers[i] = (void *)action.sa_handler;
    }
    w.mask = umask(077);
    umask(w.mask);
    getitimer(ITIMER_REAL, &w.timer);
    return w;
}

static bool has_timers(void)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    g_file_get_contents("/proc/self/timers", &text, &len, NULL);
    return len > 0;
}

static void compare(const Subject *subject, Verdict *v, const World *a, const World *b)
{
    bool threads = !subject->plugin->fork_safe;
    for (int i = 1; i < SIGNALS; i++)
        if (a->handlers[i] != b->handlers[i])
            check_fail(v, "the handler of signal %d (%s) was changed", i, g_strsignal(i));
    if (b->tasks > a->tasks && !threads)
        check_fail(v, "%u threads were left running", b->tasks - a->tasks);
    if (waitpid(-1, NULL, WNOHANG) >= 0)
        check_fail(v, "a child process was left");
    if (b->descriptors > a->descriptors && !threads)
        check_fail(v, "%u descriptors were left open", b->descriptors - a->descriptors);
    if (!g_str_equal(a->environment, b->environment))
        check_fail(v, "the environment was changed");
    if (!g_str_equal(a->locale, b->locale))
        check_fail(v, "the locale was changed to %s", b->locale);
    if (!g_str_equal(a->cwd, b->cwd) || a->mask != b->mask)
        check_fail(v, "the working directory or the umask was changed");
    if (memcmp(&a->timer, &b->timer, sizeof a->timer) != 0 || has_timers())
        check_fail(v, "a timer was left");
}

/* In a fork whose standard streams go to `output`; ends by exit(), so that atexit() runs. */
static void load_and_look(const Subject *subject, Verdict *verdict, int output)
{
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    World before = look();
    if (check_load(subject, verdict)) {
        World after = look();
        compare(subject, verdict, &before, &after);
    }
    exit(0);
}

CHECK_FUNCTION(quiet_load)
{
    int output = memfd_create("output", MFD_CLOEXEC), status = 0;
    char text[200] = "";
    pid_t pid = fork();
    if (pid == 0)
        load_and_look(subject, verdict, output);
    run_wait(pid, 30, &status, NULL);
    if (WIFSIGNALED(status))
        check_fail(verdict, "leaving the process after loading ended by signal %d",
                   WTERMSIG(status));
    if (pread(output, text, sizeof text - 1, 0) > 0)
        check_fail(verdict, "it printed \"%s\"", g_strescape(text, NULL));
}

/* ---- Structures of other sizes ----------------------------------------------------------- */

static bool converts_fenced(const Subject *subject, const Sample *sample, Verdict *verdict)
{
    Job job = check_job(subject, sample);
    job.input.fences = true;
    Run run = run_fresh(subject->module, &job, &(Conditions){0});
    g_autofree char *what =
        g_strdup_printf("%s, with nothing behind the structures", sample->name);
    bool well = check_ended_well(verdict, &run, what) &&
                (g_string_equal(run.transcript, sample->base.transcript) ||
                 check_fail(verdict, "%s: other output", what));
    run_clear(&run);
    return well;
}

/* A host that is newer: its table goes on with functions that do not exist. */
static void convert_by_newer_host(const Subject *subject, const Sample *sample,
                                  Verdict *verdict)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    Job job = check_job(subject, sample);
    job.input.newer_host = true;
    Run run = plugin ? run_forked(plugin, &job) : (Run){0};
    if (plugin && check_ended_well(verdict, &run, "with a newer host") &&
        !g_string_equal(run.transcript, sample->base.transcript))
        check_fail(verdict, "%s: other output with a newer host", sample->name);
    run_clear(&run);
}

CHECK_FUNCTION(host_sizes)
{
    for (guint i = 0; i < subject->converted->len; i++)
        if (!converts_fenced(subject, subject->converted->pdata[i], verdict))
            return;
    convert_by_newer_host(subject, subject->converted->pdata[0], verdict);
}
