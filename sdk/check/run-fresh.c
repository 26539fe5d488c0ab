/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A conversion in a new program: this one, executed again with RUN_WORD. What it is to do
 * comes as an Order in shared memory; descriptors have fixed numbers. Confining follows the
 * worker's order for one process per document: paths, the document's filter, then the module.
 */
#include "run-inside.h"

#include "interpose.h"

#include "worker/hygiene.h"
#include "worker/landlock.h"
#include "worker/seccomp-filter.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_ORDER = 3, FD_SOURCE, FD_TRANSCRIPT, FD_FILTER, FD_SLOT, FD_MODULE_DIR, FD_END };

typedef struct {
    RunFacts facts;
    char module[PATH_MAX], name[256], directory[PATH_MAX], media_type[128];
    char options[8192], data_paths[8192]; /* lines */
    char cwd[PATH_MAX];
    mode_t mask;
    glong clock_shift;
    bool other_host_name, threads, trace, cut_reads, fences;
    RunLevel level;
    int landlock_abi;
    guint seconds;
    guint64 memory;
} Order;

/* ---- Inside ------------------------------------------------------------------------------ */

static bool refuse(Order *order, const char *what)
{
    g_strlcpy(order->facts.refused, what, sizeof order->facts.refused);
    return false;
}

static bool confine(Order *order)
{
    OkbFilter filter = {0};
    if (order->level == CONFINE_NOT)
        return true;
    if (!okb_hygiene_settle() || !okb_filter_map(FD_FILTER, &filter))
        return refuse(order, "the sandbox could not be set up");
    if (order->level == CONFINE_FULL &&
        !okb_landlock_confine_worker(order->landlock_abi, FD_SLOT, FD_MODULE_DIR,
                                     order->data_paths))
        return refuse(order, "Landlock could not be set up");
    if (!okb_filter_load(&filter, getpid()))
        return refuse(order, "seccomp could not be set up");
    return true;
}

static const okb_plugin *load(Order *order)
{
    void *module = dlopen(order->module, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!module)
        return refuse(order, dlerror()), NULL;
    okb_entry_v1 entry = NULL;
    *(void **)&entry = dlsym(module, "openkb_plugin_v1");
    if (!entry)
        return refuse(order, "it does not export openkb_plugin_v1"), NULL;
    const okb_plugin *plugin = entry(OKB_ABI_MINOR);
    if (!plugin || !plugin->prepare || !plugin->id || !plugin->version)
        return refuse(order, "openkb_plugin_v1() gives no descriptor with id, version and "
                             "prepare"),
               NULL;
    if (plugin->warm && plugin->warm(&harness_host) != OKB_OK)
        return refuse(order, "warm() failed"), NULL;
    order->facts.loaded = true;
    return plugin;
}

static void settle(const Order *order)
{
    umask(order->mask);
    if (chdir(order->cwd) != 0)
        abort();
    interposed.clock_shift = order->clock_shift;
    interposed.other_host_name = order->other_host_name;
    run_limit(order->seconds, order->memory);
    if (order->trace) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
    }
}

static void *map_source(gsize *ret_len)
{
    struct stat st;
    if (fstat(FD_SOURCE, &st) != 0)
        abort();
    *ret_len = (gsize)st.st_size;
    void *bytes = *ret_len ? mmap(NULL, *ret_len, PROT_READ, MAP_PRIVATE, FD_SOURCE, 0) : NULL;
    if (bytes == MAP_FAILED)
        abort();
    return bytes;
}

int run_main(void)
{
    Order *order = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, FD_ORDER, 0);
    if (order == MAP_FAILED)
        return 1;
    g_auto(GStrv) options = g_strsplit(order->options, "\n", -1);
    Job job = {.name = order->name,
               .directory = *order->directory ? order->directory : NULL,
               .media_type = order->media_type,
               .options = (const char *const *)options,
               .cut_reads = order->cut_reads,
               .input.fences = order->fences};
    job.bytes = map_source(&job.len);
    job.bytes = job.bytes ? job.bytes : "";
    if (order->level != CONFINE_NOT)
        job.input.sibling_socket = harness_sibling_serve(job.directory);
    settle(order);
    const okb_plugin *plugin = confine(order) ? load(order) : NULL;
    if (plugin)
        run_inside(plugin, &job, &order->facts, FD_TRANSCRIPT);
    _exit(0);
}

/* ---- Outside ----------------------------------------------------------------------------- */

static int make_memfd(const char *name, const void *bytes, gsize len)
{
    int fd = memfd_create(name, 0);
    if (fd < 0 || (len && write(fd, bytes, len) != (ssize_t)len))
        g_error("no memory for %s", name);
    return fd;
}

static void copy(char *to, gsize size, const char *from)
{
    if (g_strlcpy(to, from ? from : "", size) >= size)
        g_error("too long: %s", from);
}

static void fill_order(Order *order, const char *module, const Job *job, const Conditions *how)
{
    g_autofree char *options =
        job->options ? g_strjoinv("\n", (char **)job->options) : g_strdup("");
    copy(order->module, sizeof order->module, module);
    copy(order->name, sizeof order->name, job->name);
    copy(order->directory, sizeof order->directory, job->directory);
    copy(order->media_type, sizeof order->media_type, job->media_type);
    copy(order->options, sizeof order->options, options);
    copy(order->data_paths, sizeof order->data_paths, how->data_paths);
    copy(order->cwd, sizeof order->cwd, how->directory ? how->directory : "/");
    order->mask = how->umask ? how->umask : 077;
    order->clock_shift = how->clock_shift;
    order->other_host_name = how->other_host_name;
    order->threads = how->threads;
    order->trace = how->trace;
    order->cut_reads = job->cut_reads;
    order->fences = job->input.fences;
    order->level = how->level;
    order->landlock_abi = how->landlock_abi ? how->landlock_abi : okb_landlock_abi();
    order->seconds = job->seconds;
    order->memory = job->memory;
}

static int make_filter(const Conditions *how)
{
    int fd = memfd_create("filter", 0);
    OkbFilterSpec spec = {
        .role = OKB_FILTER_DOCUMENT,
        .level = how->level == CONFINE_REDUCED ? OKB_LEVEL_REDUCED : OKB_LEVEL_FULL,
        .threads = how->threads,
    };
    if (how->level != CONFINE_NOT)
        okb_filter_compile(&spec, fd);
    return fd;
}

/* An empty directory, the only place where a confined conversion may write; -errno when there
 * can be none. g_free() its path. */
static int open_slot(const Conditions *how, char **ret_path)
{
    *ret_path = NULL;
    if (how->level == CONFINE_NOT)
        return open("/", O_PATH | O_DIRECTORY);
    char *path = g_build_filename(g_get_tmp_dir(), "openkb-check-XXXXXX", NULL);
    if (!mkdtemp(path)) {
        g_free(path);
        return -errno;
    }
    *ret_path = path;
    return open(path, O_RDONLY | O_DIRECTORY);
}

static int open_parent(const char *module)
{
    g_autofree char *directory = g_path_get_dirname(module);
    return open(directory, O_RDONLY | O_DIRECTORY);
}

static void place(const int fds[FD_END])
{
    int high[FD_END];
    for (int i = FD_ORDER; i < FD_END; i++)
        high[i] = fcntl(fds[i], F_DUPFD, 64);
    for (int i = FD_ORDER; i < FD_END; i++)
        dup2(high[i], i);
    int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < FD_ORDER; i++)
        dup2(nowhere, i);
    okb_hygiene_close_from(FD_END);
}

static pid_t start(const int fds[FD_END], const Conditions *how)
{
    static const char *const usual[] = {"LC_ALL=C.UTF-8", "TZ=UTC", NULL};
    static char self[PATH_MAX];
    const char *const plain[] = {self, RUN_WORD, NULL};
    /* somalloc: this program's own malloc() is to be replaced, too */
    const char *const watched[] = {"valgrind",
                                   "-q",
                                   "--error-exitcode=99",
                                   "--log-file=/dev/null",
                                   "--soname-synonyms=somalloc=NONE",
                                   self,
                                   RUN_WORD,
                                   NULL};
    if (!*self && readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return -1;
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    place(fds);
    execve(how->valgrind ? how->valgrind : self, (char **)(how->valgrind ? watched : plain),
           (char **)(how->environment ? how->environment : usual));
    _exit(127);
}

/* start(), or why not. */
static pid_t launch(Order *order, const int fds[FD_END], const Conditions *how)
{
    if (fds[FD_SLOT] < 0) {
        snprintf(order->facts.refused, sizeof order->facts.refused,
                 "the checker can make no directory in %.200s (TMPDIR): %s", g_get_tmp_dir(),
                 g_strerror(-fds[FD_SLOT]));
        return -1;
    }
    pid_t pid = start(fds, how);
    if (pid < 0)
        refuse(order, "no process can be made");
    return pid;
}

static bool wait_for(pid_t pid, double seconds, Run *run, bool trace, int *ret_status)
{
    if (!trace)
        return pid < 0 || run_wait(pid, seconds, ret_status, &run->peak_kib);
    run->denied = g_ptr_array_new_with_free_func(g_free);
    run->wrote = g_ptr_array_new_with_free_func(g_free);
    run->spawned = g_ptr_array_new_with_free_func(g_free);
    return pid < 0 || run_trace(pid, seconds, run, ret_status);
}

Run run_fresh(const char *module, const Job *job, const Conditions *how)
{
    Run run = {0};
    g_autofree char *slot = NULL;
    int status = 0;
    int fds[FD_END] = {
        [FD_ORDER] = memfd_create("order", 0),
        [FD_SOURCE] = make_memfd("source", job->bytes, job->len),
        [FD_TRANSCRIPT] = memfd_create("transcript", 0),
        [FD_FILTER] = make_filter(how),
        [FD_SLOT] = open_slot(how, &slot),
        [FD_MODULE_DIR] = open_parent(module),
    };
    if (ftruncate(fds[FD_ORDER], sizeof(Order)) != 0)
        g_error("no memory for an order");
    Order *order =
        mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fds[FD_ORDER], 0);
    if (order == MAP_FAILED)
        g_error("no memory for an order");
    fill_order(order, module, job, how);
    pid_t pid = launch(order, fds, how);
    double patience = 3.0 * (job->seconds ? job->seconds : 20);
    bool in_time = wait_for(pid, patience, &run, how->trace, &status);
    run.facts = order->facts;
    run_judge_end(&run, in_time, status);
    run_read_transcript(&run, fds[FD_TRANSCRIPT]);
    munmap(order, sizeof *order);
    for (int i = FD_ORDER; i < FD_END; i++)
        close(fds[i]);
    if (slot)
        rmdir(slot);
    return run;
}
