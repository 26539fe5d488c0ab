/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Names, not numbers: libseccomp resolves them for the machine, and passes over those that the
 * machine or an older libseccomp does not have. A call that needs a look at its arguments has
 * rules of its own below the lists; its other uses fall to EPERM or ENOSYS.
 */
#include "worker/seccomp-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

/* Stands for the loader's pid in a compiled filter. No pid is as large (the limit is 2^22). */
#define SELF 0x5e1f5e1fu

/* The flags of the worker's fork; see loop.c. */
#define FORK_FLAGS (CLONE_PIDFD | SIGCHLD)

/* clang-format off */
static const char *const allowed[] = {
    /* files that are open, or that Landlock lets be opened */
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2",
    "pwritev2", "lseek", "_llseek", "close", "close_range", "fstat", "fstat64", "stat", "lstat",
    "newfstatat", "fstatat64", "statx", "statfs", "fstatfs", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getdents", "getdents64", "getcwd", "dup", "dup2",
    "dup3", "ftruncate", "fallocate", "fsync", "fdatasync", "fadvise64", "readahead",
    "sendfile", "copy_file_range", "splice", "pipe", "pipe2", "umask", "chdir", "fchdir",
    /* memory */
    "brk", "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "msync", "mincore",
    "membarrier", "memfd_create", "pkey_alloc", "pkey_free", "pkey_mprotect",
    /* time, signals to oneself, waiting */
    "clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "restart_syscall", "pause", "poll", "ppoll", "select",
    "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "eventfd", "eventfd2", "timerfd_create", "timerfd_settime",
    "timerfd_gettime",
    /* the process */
    "exit", "exit_group", "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid",
    "getegid", "getresuid", "getresgid", "getgroups", "getpgrp", "getpgid", "getsid",
    "getrusage", "times", "getrlimit", "ugetrlimit", "uname", "sysinfo", "getcpu", "getrandom",
    "capget", "arch_prctl", "set_tid_address", "set_robust_list", "get_robust_list", "rseq",
    "futex", "futex_waitv", "sched_yield", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "getpriority",
    /* the job's socket, which is the only one there is */
    "sendmsg", "recvmsg", "getsockopt", "getsockname", "shutdown",
};

/* Making, renaming and removing by path: Landlock's business, or nobody's. */
static const char *const path_writing[] = {
    "creat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat",
    "rmdir",
};

static const char *const worker_only[] = {
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp",
    "wait4", "waitid", "setitimer",
};

static const char *const refused[] = {
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto",
    "recvfrom", "sendmmsg", "recvmmsg", "setsockopt", "getpeername", "chmod", "fchmod",
    "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "setxattr", "lsetxattr",
    "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "setxattrat", "removexattrat",
    "utime", "utimes", "utimensat", "futimesat", "truncate", "truncate64", "link", "linkat",
    "symlink", "symlinkat", "mknod", "mknodat", "flock", "sync", "syncfs", "fork", "vfork",
    "setpgid", "setsid", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open",
    "pidfd_send_signal", "setrlimit", "setpriority", "ioprio_set", "sched_setaffinity",
    "sched_setparam", "sched_setscheduler", "sched_setattr", "setuid", "setgid", "setreuid",
    "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset",
    "chroot", "alarm", "timer_create", "shmget", "shmat", "shmctl", "semget", "semop",
    "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink",
    "inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init", "fanotify_mark",
    "mlock", "mlock2", "mlockall", "sethostname", "setdomainname", "settimeofday",
    "clock_settime", "clock_adjtime", "adjtimex", "syslog", "acct", "quotactl", "quotactl_fd",
    "vhangup", "iopl", "ioperm", "kcmp", "migrate_pages", "move_pages", "mbind",
    "set_mempolicy", "process_madvise", "process_mrelease", "memfd_secret", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "io_setup", "io_submit", "personality",
};

static const char *const refused_in_document[] = {
    "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp",
    "setitimer", "waitid",
#ifndef OPENKB_SANITIZE
    "wait4",
#endif
};

static const char *const deadly[] = {
    "execve", "execveat", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kexec_load",
    "kexec_file_load", "init_module", "finit_module", "delete_module", "bpf", "userfaultfd",
    "perf_event_open", "mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "setns", "unshare", "add_key",
    "request_key", "keyctl", "name_to_handle_at", "open_by_handle_at", "swapon", "swapoff",
    "reboot",
#ifndef OPENKB_SANITIZE
    "ptrace",
#endif
};
/* clang-format on */

/* One look at arguments. `op` SCMP_CMP_MASKED_EQ uses `a` as mask and `b` as datum. */
typedef struct {
    const char *name;
    uint32_t action;
    unsigned arg;
    enum scmp_compare op;
    uint64_t a, b;
} ArgRule;

#define ALLOW  SCMP_ACT_ALLOW
#define REFUSE SCMP_ACT_ERRNO(EPERM)

/* Signals to oneself. Where Landlock keeps signals inside the worker's domain, filter 1 leaves
 * them to it: a filter stays with a child, whose own number filter 1 cannot know. */
static const ArgRule signal_rules[] = {
    {"kill", ALLOW, 0, SCMP_CMP_EQ, SELF, 0},
    {"tgkill", ALLOW, 0, SCMP_CMP_EQ, SELF, 0},
};
static const ArgRule signal_refusals[] = {
    {"kill", REFUSE, 0, SCMP_CMP_NE, SELF, 0},
    {"tgkill", REFUSE, 0, SCMP_CMP_NE, SELF, 0},
};
static const char *const signals[] = {"kill", "tgkill"};

static const ArgRule arg_rules[] = {
    {"prlimit64", ALLOW, 0, SCMP_CMP_EQ, 0, 0},
    {"prlimit64", REFUSE, 0, SCMP_CMP_NE, 0, 0},
    {"ioctl", ALLOW, 1, SCMP_CMP_EQ, FIONREAD, 0},
    {"ioctl", ALLOW, 1, SCMP_CMP_EQ, FIOCLEX, 0},
    {"ioctl", SCMP_ACT_ERRNO(ENOTTY), 1, SCMP_CMP_EQ, TCGETS, 0},
    {"fcntl", ALLOW, 1, SCMP_CMP_EQ, F_DUPFD, 0},
    {"fcntl", ALLOW, 1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0},
    {"fcntl", ALLOW, 1, SCMP_CMP_EQ, F_GETFD, 0},
    {"fcntl", ALLOW, 1, SCMP_CMP_EQ, F_SETFD, 0},
    {"fcntl", ALLOW, 1, SCMP_CMP_EQ, F_GETFL, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_SET_NAME, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_GET_NAME, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_GET_DUMPABLE, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_SET_VMA, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_GET_SECCOMP, 0},
#ifdef OPENKB_SANITIZE
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_SET_DUMPABLE, 0},
    {"prctl", ALLOW, 0, SCMP_CMP_EQ, PR_SET_PTRACER, 0},
#else
    {"prctl", REFUSE, 0, SCMP_CMP_EQ, PR_SET_DUMPABLE, 0},
#endif
};

#ifdef OPENKB_SANITIZE
/* The leak checker stops the process from a thread-like helper that traces it. */
#define HELPER_FLAGS (CLONE_THREAD | CLONE_VM)
static const ArgRule helper_rules[] = {
    {"clone", ALLOW, 0, SCMP_CMP_MASKED_EQ, CLONE_VM, CLONE_VM},
};
static const char *const helper_calls[] = {"ptrace", "wait4"};
#else
#define HELPER_FLAGS CLONE_THREAD
static const char *const helper_calls[] = {};
#endif

/* Opening by path at level full: Landlock decides about reading and writing, but before its ABI
 * 3 it knows no truncation, which a descriptor for reading can ask for too. */
static const ArgRule open_rules[] = {
    {"openat", ALLOW, 2, SCMP_CMP_MASKED_EQ, O_TRUNC, 0},
    {"openat", ALLOW, 2, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_WRONLY},
    {"openat", ALLOW, 2, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDWR},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC},
    {"open", ALLOW, 1, SCMP_CMP_MASKED_EQ, O_TRUNC, 0},
    {"open", ALLOW, 1, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_WRONLY},
    {"open", ALLOW, 1, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDWR},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC},
};

/* O_TMPFILE has O_DIRECTORY in it, which is harmless alone. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)
#define ANY_WRITING (O_ACCMODE | O_CREAT | O_TRUNC | TMPFILE_BIT)

static const ArgRule document_rules[] = {
    {"prctl", REFUSE, 0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0},
};

/* At level reduced: for reading only. */
static const ArgRule reduced_open_rules[] = {
    {"openat", ALLOW, 2, SCMP_CMP_MASKED_EQ, ANY_WRITING, 0},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC},
    {"openat", REFUSE, 2, SCMP_CMP_MASKED_EQ, TMPFILE_BIT, TMPFILE_BIT},
    {"open", ALLOW, 1, SCMP_CMP_MASKED_EQ, ANY_WRITING, 0},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, O_WRONLY, O_WRONLY},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, O_RDWR, O_RDWR},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, O_CREAT, O_CREAT},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, O_TRUNC, O_TRUNC},
    {"open", REFUSE, 1, SCMP_CMP_MASKED_EQ, TMPFILE_BIT, TMPFILE_BIT},
};

/* Threads may be made in a worker so that they can be counted after warm(); see loader.c. */
#ifndef OPENKB_SANITIZE
static const ArgRule helper_rules[] = {
    {"clone", ALLOW, 0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD},
};
#endif

static const ArgRule no_fork_rules[] = {
    {"clone", REFUSE, 0, SCMP_CMP_MASKED_EQ, HELPER_FLAGS, 0},
};

static const char *const no_threads[] = {"clone"};

/* ---- Building ---------------------------------------------------------------------------- */

/* A name that does not resolve is not an error: its call falls to ENOSYS. */
static bool add_names(scmp_filter_ctx ctx, uint32_t action, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        if (number >= 0 && seccomp_rule_add(ctx, action, number, 0) != 0)
            return false;
    }
    return true;
}

static bool add_rules(scmp_filter_ctx ctx, const ArgRule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct scmp_arg_cmp compare = {rules[i].arg, rules[i].op, rules[i].a, rules[i].b};
        int number = seccomp_syscall_resolve_name(rules[i].name);
        if (number >= 0 && seccomp_rule_add_array(ctx, rules[i].action, number, 1, &compare))
            return false;
    }
    return true;
}

#define NAMES(ctx, action, list) add_names(ctx, action, list, sizeof(list) / sizeof *(list))
#define RULES(ctx, list)         add_rules(ctx, list, sizeof(list) / sizeof *(list))

static bool add_fork_rules(scmp_filter_ctx ctx, uint64_t token)
{
    int number = SCMP_SYS(clone);
    return seccomp_rule_add(ctx, ALLOW, number, 2, SCMP_A0(SCMP_CMP_EQ, FORK_FLAGS),
                            SCMP_A5(SCMP_CMP_EQ, token)) == 0 &&
           seccomp_rule_add(ctx, REFUSE, number, 2,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, HELPER_FLAGS, 0),
                            SCMP_A5(SCMP_CMP_NE, token)) == 0;
}

static bool add_worker_rules(scmp_filter_ctx ctx, const OkbFilterSpec *spec)
{
    return NAMES(ctx, ALLOW, worker_only) && RULES(ctx, helper_rules) &&
           NAMES(ctx, ALLOW, helper_calls) && add_fork_rules(ctx, spec->fork_token) &&
           (spec->signals_scoped ? NAMES(ctx, ALLOW, signals)
                                 : RULES(ctx, signal_rules) && RULES(ctx, signal_refusals)) &&
           seccomp_rule_add(ctx, ALLOW, SCMP_SYS(prctl), 2,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_PDEATHSIG),
                            SCMP_A1(SCMP_CMP_EQ, SIGKILL)) == 0;
}

/* A sanitizer's build cannot refuse its helper, which looks like a thread. */
static bool add_clone_rules(scmp_filter_ctx ctx, bool threads)
{
#ifdef OPENKB_SANITIZE
    threads = true;
#endif
    return threads ? RULES(ctx, helper_rules) && RULES(ctx, no_fork_rules)
                   : NAMES(ctx, REFUSE, no_threads);
}

static bool add_document_rules(scmp_filter_ctx ctx, const OkbFilterSpec *spec)
{
    return NAMES(ctx, REFUSE, refused_in_document) && NAMES(ctx, ALLOW, helper_calls) &&
           RULES(ctx, signal_rules) && RULES(ctx, signal_refusals) &&
           RULES(ctx, document_rules) && add_clone_rules(ctx, spec->threads);
}

/* What the worker's filter allows beyond a document's needs. */
static bool add_difference(scmp_filter_ctx ctx)
{
    return NAMES(ctx, REFUSE, refused_in_document) && RULES(ctx, document_rules) &&
           RULES(ctx, signal_refusals) &&
#ifdef OPENKB_SANITIZE
           RULES(ctx, no_fork_rules);
#else
           NAMES(ctx, REFUSE, no_threads);
#endif
}

static bool add_all(scmp_filter_ctx ctx, const OkbFilterSpec *spec)
{
    if (spec->above_worker)
        return add_difference(ctx);
    bool reduced = spec->level == OKB_LEVEL_REDUCED;
    return NAMES(ctx, ALLOW, allowed) && NAMES(ctx, REFUSE, refused) &&
           NAMES(ctx, SCMP_ACT_KILL_PROCESS, deadly) && RULES(ctx, arg_rules) &&
           NAMES(ctx, reduced ? REFUSE : ALLOW, path_writing) &&
           (reduced ? RULES(ctx, reduced_open_rules) : RULES(ctx, open_rules)) &&
           (spec->role == OKB_FILTER_WORKER ? add_worker_rules(ctx, spec)
                                            : add_document_rules(ctx, spec));
}

bool okb_filter_compile(const OkbFilterSpec *spec, int memfd)
{
    scmp_filter_ctx ctx = seccomp_init(spec->above_worker ? ALLOW : SCMP_ACT_ERRNO(ENOSYS));
    bool done = ctx && add_all(ctx, spec) && seccomp_export_bpf(ctx, memfd) == 0;
    seccomp_release(ctx);
    return done;
}

/* ---- Loading ----------------------------------------------------------------------------- */

bool okb_filter_map(int memfd, OkbFilter *ret_filter)
{
    struct stat st;
    if (fstat(memfd, &st) != 0 || st.st_size == 0)
        return false;
    void *code = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, memfd, 0);
    if (code == MAP_FAILED)
        return false;
    *ret_filter = (OkbFilter){code, (size_t)st.st_size};
    return true;
}

void okb_filter_unmap(OkbFilter *filter)
{
    if (filter->code)
        munmap(filter->code, filter->bytes);
    *filter = (OkbFilter){0};
}

bool okb_filter_load(OkbFilter *filter, pid_t self)
{
    size_t n = filter->bytes / sizeof *filter->code;
    for (size_t i = 0; i < n; i++)
        if (BPF_CLASS(filter->code[i].code) == BPF_JMP && filter->code[i].k == SELF)
            filter->code[i].k = (uint32_t)self;
    struct sock_fprog program = {(unsigned short)n, filter->code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}
