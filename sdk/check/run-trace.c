/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Follows a child from system call to system call. The child has asked to be traced and stopped
 * itself before it is confined; noted is what it calls from the loading of the module on, that
 * is, after the first openat() of a path that ends like one.
 */
#include "run-inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    pid_t pid;
    Run *run;
    bool noting;
    gint64 number;
    guint64 args[6];
} Tracer;

static char *read_text(pid_t pid, guint64 address)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < 32; i++) {
        errno = 0;
        long word = ptrace(PTRACE_PEEKDATA, pid, (void *)(address + i * sizeof word), NULL);
        if (errno)
            break;
        gsize len = strnlen((const char *)&word, sizeof word);
        g_string_append_len(text, (const char *)&word, (gssize)len);
        if (len < sizeof word)
            break;
    }
    return g_string_free(text, FALSE);
}

/* The number of the argument that is a path, or -1. */
static int path_argument(gint64 number)
{
    switch (number) {
    case SYS_openat:
    case SYS_newfstatat:
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_faccessat:
    case SYS_readlinkat:
    case SYS_linkat:
        return 1;
#ifdef SYS_open
    case SYS_open:
    case SYS_creat:
    case SYS_unlink:
    case SYS_mkdir:
    case SYS_rename:
    case SYS_rmdir:
    case SYS_access:
    case SYS_readlink:
    case SYS_chmod:
    case SYS_link:
#endif
    case SYS_truncate:
    case SYS_chdir:
        return 0;
    default:
        return -1;
    }
}

static char *describe(const Tracer *t)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)t->number);
    int at = path_argument(t->number);
    g_autofree char *path = at >= 0 ? read_text(t->pid, t->args[at]) : NULL;
    char *text = g_strdup_printf("%s(%s)", name ? name : "?", path ? path : "");
    free(name);
    return text;
}

static bool is_writing(const Tracer *t)
{
    const guint64 flags = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
    switch (t->number) {
    case SYS_openat:
        return t->args[2] & flags;
#ifdef SYS_open
    case SYS_open:
        return t->args[1] & flags;
    case SYS_creat:
    case SYS_unlink:
    case SYS_mkdir:
    case SYS_rename:
    case SYS_rmdir:
    case SYS_chmod:
    case SYS_link:
    case SYS_symlink:
    case SYS_mknod:
#endif
    case SYS_unlinkat:
    case SYS_mkdirat:
    case SYS_renameat:
    case SYS_renameat2:
    case SYS_linkat:
    case SYS_symlinkat:
    case SYS_mknodat:
    case SYS_fchmodat:
    case SYS_fchownat:
    case SYS_utimensat:
    case SYS_truncate:
        return true;
    default:
        return false;
    }
}

static bool is_spawning(gint64 number)
{
#ifdef SYS_fork
    if (number == SYS_fork || number == SYS_vfork)
        return true;
#endif
    return number == SYS_clone || number == SYS_clone3;
}

static void add_once(GPtrArray *to, char *text)
{
    for (guint i = 0; i < to->len; i++)
        if (g_str_equal(to->pdata[i], text)) {
            g_free(text);
            return;
        }
    g_ptr_array_add(to, text);
}

static void note_entry(Tracer *t, const struct __ptrace_syscall_info *info)
{
    t->number = (gint64)info->entry.nr;
    memcpy(t->args, info->entry.args, sizeof t->args);
    if (!t->noting && t->number == SYS_openat) {
        g_autofree char *path = read_text(t->pid, t->args[1]);
        t->noting = g_str_has_suffix(path, ".so");
    }
    if (!t->noting)
        return;
    if (is_writing(t))
        add_once(t->run->wrote, describe(t));
    if (is_spawning(t->number))
        add_once(t->run->spawned, describe(t));
}

static void note_exit(Tracer *t, const struct __ptrace_syscall_info *info)
{
    if (t->noting && (info->exit.rval == -EPERM || info->exit.rval == -EACCES))
        add_once(t->run->denied, describe(t));
}

static void note(Tracer *t)
{
    struct __ptrace_syscall_info info = {0};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof info, &info) <= 0)
        return;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        note_entry(t, &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        note_exit(t, &info);
}

/* Goes on after a stop; a signal other than ours is handed on. */
static void go_on(Tracer *t, pid_t pid, int status)
{
    int signal = WSTOPSIG(status);
    bool ours = signal == (SIGTRAP | 0x80) || signal == SIGSTOP || status >> 16 != 0;
    if (signal == (SIGTRAP | 0x80) && pid == t->pid)
        note(t);
    ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(gintptr)(ours ? 0 : signal));
}

bool run_trace(pid_t pid, double seconds, Run *run, int *ret_status)
{
    Tracer tracer = {.pid = pid, .run = run};
    gint64 deadline = g_get_monotonic_time() + (gint64)(seconds * 1e6);
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) {
        *ret_status = status;
        return true;
    }
    ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
    while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        if (g_get_monotonic_time() > deadline) {
            kill(pid, SIGKILL);
            waitpid(pid, ret_status, 0);
            return false;
        }
        go_on(&tracer, pid, status);
    }
    *ret_status = status;
    return true;
}
