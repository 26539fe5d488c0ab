/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "attempts.h"

#include "worker/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum { OUT = 4, MAX_FORKS = 50 };

char malice_loot[8192];
size_t malice_loot_len;

static const char harm[] = "harm";

static void rest_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static char *second(char *argument)
{
    char *space = strchr(argument, ' ');
    if (!space)
        return argument;
    *space = '\0';
    return space + 1;
}

/* ---- Files ------------------------------------------------------------------------------- */

static void write_harm(int fd)
{
    if (fd >= 0 && write(fd, harm, sizeof harm - 1) < 0)
        errno = 0;
    if (fd >= 0)
        close(fd);
}

static void try_create(char *path)
{
    write_harm(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static void try_overwrite(char *path)
{
    write_harm(open(path, O_WRONLY));
}

static void try_append(char *path)
{
    write_harm(open(path, O_WRONLY | O_APPEND));
}

static void try_map(char *path)
{
    int fd = open(path, O_RDWR);
    char *map =
        fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED)
        *map = 'H';
}

static void try_truncating_open(char *path)
{
    close(open(path, O_RDONLY | O_TRUNC));
}

static void try_truncate(char *path)
{
    if (truncate(path, 0) != 0)
        errno = 0;
}

static void try_unlink(char *path)
{
    unlink(path);
}

static void try_rmdir(char *path)
{
    rmdir(path);
}

static void try_rename(char *argument)
{
    char *to = second(argument);
    rename(argument, to);
}

static void try_exchange(char *argument)
{
    char *to = second(argument);
    renameat2(AT_FDCWD, argument, AT_FDCWD, to, RENAME_EXCHANGE);
}

static void try_mkdir(char *path)
{
    mkdir(path, 0700);
}

static void try_symlink(char *path)
{
    if (symlink("/etc/passwd", path) != 0)
        errno = 0;
}

static void try_link(char *argument)
{
    char *to = second(argument);
    if (link(argument, to) != 0)
        errno = 0;
}

/* Into the job's own out directory. */
static void try_link_in(char *path)
{
    linkat(AT_FDCWD, path, OUT, "linked", 0);
}

static void try_symlink_in(char *unused)
{
    (void)unused;
    if (symlinkat("/etc/passwd", OUT, "symlink") != 0)
        errno = 0;
}

static void try_fifo_in(char *unused)
{
    (void)unused;
    mkfifoat(OUT, "fifo", 0600);
}

static void try_socket_in(char *unused)
{
    (void)unused;
    mknodat(OUT, "socket", S_IFSOCK | 0600, 0);
}

static void try_device_in(char *unused)
{
    (void)unused;
    mknodat(OUT, "device", S_IFCHR | 0600, makedev(1, 3));
}

static void try_dotdot(char *path)
{
    write_harm(openat(OUT, path, O_WRONLY | O_CREAT, 0600));
}

static void try_tmpfile(char *directory)
{
    int fd = open(directory, O_WRONLY | O_TMPFILE, 0600);
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    char *path;
    if (fd >= 0 && asprintf(&path, "%s/appeared", directory) > 0)
        linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static void try_reopen_source(char *unused)
{
    (void)unused;
    write_harm(open("/proc/self/fd/3", O_RDWR));
}

static void try_chmod(char *path)
{
    chmod(path, 0777);
}

static void try_fchmod(char *path)
{
    int fd = open(path, O_RDONLY);
    fchmod(fd, 0777);
    close(fd);
}

static void try_chown(char *path)
{
    if (chown(path, 12345, 12345) != 0)
        errno = 0;
}

static void try_utime(char *path)
{
    struct timeval times[2] = {{1, 0}, {1, 0}};
    utimes(path, times);
}

static void try_setxattr(char *path)
{
    setxattr(path, "user.harm", harm, sizeof harm, 0);
}

static void try_removexattr(char *path)
{
    removexattr(path, "user.canary");
}

static void try_read(char *path)
{
    int fd = open(path, O_RDONLY);
    ssize_t n =
        fd < 0 ? -1
               : read(fd, malice_loot + malice_loot_len, sizeof malice_loot - malice_loot_len);
    malice_loot_len += n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < malice_loot_len; i++)
        malice_loot[i] &= 0x7f;
}

static void try_list(char *path)
{
    char entries[4096];
    int fd = open(path, O_RDONLY | O_DIRECTORY);
    long n = fd < 0 ? -1 : syscall(SYS_getdents64, fd, entries, sizeof entries);
    for (long i = 0; i < n && malice_loot_len < sizeof malice_loot; i++)
        if (entries[i] > 0x20)
            malice_loot[malice_loot_len++] = entries[i] & 0x7f;
}

/* Everything above what a job or a worker is given. */
static void try_inherited(char *unused)
{
    (void)unused;
    for (int fd = 7; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) >= 0 && write(fd, harm, sizeof harm - 1) < 0)
            errno = 0;
}

/* ---- Network ----------------------------------------------------------------------------- */

static void say_to(int domain, int type, const void *address, socklen_t len)
{
    int fd = socket(domain, type, 0);
    if (fd >= 0 && connect(fd, address, len) == 0 && write(fd, harm, sizeof harm - 1) < 0)
        errno = 0;
    if (fd >= 0)
        close(fd);
}

static void say_to_port(int type, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    say_to(AF_INET, type, &address, sizeof address);
}

static void try_tcp(char *port)
{
    say_to_port(SOCK_STREAM, port);
}

static void try_udp(char *port)
{
    say_to_port(SOCK_DGRAM, port);
}

static void try_unix(char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    say_to(AF_UNIX, SOCK_STREAM, &address, sizeof address);
}

static void try_abstract(char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path + 1, name, sizeof address.sun_path - 2);
    say_to(AF_UNIX, SOCK_STREAM, &address,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)));
}

/* ---- Other processes --------------------------------------------------------------------- */

static void try_kill(char *pid)
{
    kill(atoi(pid), SIGKILL);
}

static void try_tgkill(char *pid)
{
    syscall(SYS_tgkill, atoi(pid), atoi(pid), SIGKILL);
}

static void try_sigqueue(char *pid)
{
    sigqueue(atoi(pid), SIGTERM, (union sigval){0});
}

static void try_pidfd_kill(char *pid)
{
    int fd = (int)syscall(SYS_pidfd_open, atoi(pid), 0);
    syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

static void try_prlimit(char *pid)
{
    struct rlimit limit = {10, 10};
    prlimit(atoi(pid), RLIMIT_NOFILE, &limit, NULL);
}

static void try_renice(char *pid)
{
    setpriority(PRIO_PROCESS, (id_t)atoi(pid), 19);
}

static void try_affinity(char *pid)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(atoi(pid), sizeof one, &one);
}

static void try_ptrace(char *pid)
{
    if (ptrace(PTRACE_ATTACH, atoi(pid), 0, 0) == 0)
        rest_ms(400);
}

static void try_vm_write(char *argument)
{
    char *address = second(argument);
    struct iovec mine = {(void *)harm, sizeof harm};
    struct iovec theirs = {(void *)strtoul(address, NULL, 16), sizeof harm};
    process_vm_writev(atoi(argument), &mine, 1, &theirs, 1, 0);
}

/* ---- More of itself ---------------------------------------------------------------------- */

static void live_as(const char *tag)
{
    prctl(PR_SET_NAME, tag);
    rest_ms(3000);
    _exit(0);
}

static void try_fork(char *tag)
{
    if (fork() == 0)
        live_as(tag);
}

static void try_raw_fork(char *tag)
{
#ifdef SYS_fork
    long child = syscall(SYS_fork);
#else
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
    if (child == 0)
        live_as(tag);
}

static void try_vfork(char *path)
{
    char name[] = "touch", *argv[] = {name, path, NULL};
    pid_t pid;
    posix_spawn(&pid, "/usr/bin/touch", NULL, NULL, argv, NULL);
    rest_ms(200);
}

static void try_fork_bomb(char *tag)
{
    for (int i = 0; i < MAX_FORKS; i++)
        try_fork(tag);
}

static void try_escape_group(char *tag)
{
    if (fork() == 0) {
        setsid();
        live_as(tag);
    }
}

static void try_exec(char *path)
{
    execl("/usr/bin/touch", "touch", path, (char *)NULL);
}

static void *be_thread(void *tag)
{
    prctl(PR_SET_NAME, tag);
    rest_ms(300);
    return NULL;
}

static void try_thread(char *tag)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, be_thread, tag) == 0)
        rest_ms(300);
}

/* True in a process that outlives the job, once that is gone for a while. */
static bool outlives_job(void)
{
    pid_t job = getpid();
    if (fork() != 0)
        return false;
    for (int i = 0; i < 300 && getppid() == job; i++)
        rest_ms(10);
    rest_ms(600);
    return true;
}

/* Writes the job's text anew when the job is gone. */
static void try_late_write(char *path)
{
    if (!outlives_job())
        return;
    write_harm(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    _exit(0);
}

/* The same, through the descriptor that the job was given. */
static void try_late_text(char *unused)
{
    (void)unused;
    if (!outlives_job())
        return;
    if (lseek(OKB_FD_BODY, 0, SEEK_SET) == 0)
        write_harm(OKB_FD_BODY);
    _exit(0);
}

static void try_outlive(char *tag)
{
    setsid();
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_NAME, tag);
    rest_ms(15000);
}

/* The worker is ours from its constructor on: we take the next job ourselves, and with the
 * number that it brings start a process that no PDEATHSIG binds to anybody. */
static void try_hijack(char *tag)
{
    static OkbMessage job;
    int pidfd = -1;
    if (okb_message_receive(OKB_FD_CONTROL, &job, 0) != 1 || job.type != OKB_MESSAGE_JOB)
        return;
    if (syscall(SYS_clone, (unsigned long)(CLONE_PIDFD | SIGCHLD), NULL, &pidfd, NULL, NULL,
                job.job.token) == 0) {
        setsid();
        prctl(PR_SET_NAME, tag);
    }
    rest_ms(15000);
    _exit(0);
}

/* ---- Kernel interfaces: succeed, then stay long enough to be seen ------------------------ */

static void stay_if(long result, const char *tag)
{
    if (result < 0)
        return;
    prctl(PR_SET_NAME, tag);
    rest_ms(300);
}

static void try_io_uring(char *tag)
{
    struct io_uring_params params = {0};
    stay_if(syscall(SYS_io_uring_setup, 2, &params), tag);
}

static void try_userfaultfd(char *tag)
{
    stay_if(syscall(SYS_userfaultfd, 1), tag);
}

static void try_bpf(char *tag)
{
    union bpf_attr attr = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    stay_if(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr), tag);
}

static void try_perf(char *tag)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_SW_CPU_CLOCK,
                                   .exclude_kernel = 1};
    stay_if(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0), tag);
}

static void try_unshare(char *tag)
{
    if (unshare(CLONE_NEWUTS) == 0 || unshare(CLONE_NEWUSER) == 0)
        stay_if(0, tag);
}

static void try_keyctl(char *tag)
{
    long key = syscall(SYS_add_key, "user", tag, harm, sizeof harm, -4 /* user keyring */);
    stay_if(key, tag);
}

static void try_mount(char *path)
{
    mount("none", path, "tmpfs", 0, NULL);
}

static void try_shm(char *key)
{
    syscall(SYS_shmget, atoi(key), 4096, 01000 | 0600);
}

/* ---- Bad ends ---------------------------------------------------------------------------- */

static void do_exit(char *code)
{
    _exit(atoi(code));
}

static void do_abort(char *unused)
{
    (void)unused;
    abort();
}

static void forge(char *text)
{
    _exit(dprintf(OKB_FD_RESULT, "%s\n", text) > 0 ? 0 : 1);
}

static volatile int for_ever = 1;

static int __attribute__((noinline)) recurse(volatile char *above)
{
    volatile char here[4096];
    here[0] = above ? *above : 0;
    return for_ever ? recurse(here) + here[0] : 0;
}

static void do_recurse(char *unused)
{
    (void)unused;
    recurse(NULL);
}

static void do_sparse(char *megabytes)
{
    int fd = openat(OUT, "sparse", O_WRONLY | O_CREAT, 0600);
    if (fd >= 0 && ftruncate(fd, (off_t)atoll(megabytes) << 20) == 0)
        close(fd);
}

/* By its own means, past the services. */
static void do_fill(char *argument)
{
    static char block[1 << 20];
    int files = atoi(second(argument)), megabytes = atoi(argument);
    for (int i = 0; i < files; i++) {
        char name[32];
        snprintf(name, sizeof name, "x%d", i);
        int fd = openat(OUT, name, O_WRONLY | O_CREAT, 0600);
        for (int m = 0; fd >= 0 && m < megabytes; m++)
            if (write(fd, block, sizeof block) < 0)
                break;
        close(fd);
    }
    rest_ms(1500);
}

static void do_sleep(char *ms)
{
    rest_ms(atol(ms));
}

static void do_spin(char *unused)
{
    (void)unused;
    while (for_ever)
        ;
}

static void do_signal_proof_spin(char *unused)
{
    signal(SIGXCPU, SIG_IGN);
    signal(SIGALRM, SIG_IGN);
    do_spin(unused);
}

static void do_eat(char *megabytes)
{
    for (int i = 0; i < atoi(megabytes); i++) {
        char *volatile block = malloc(1 << 20); /* volatile: it is eaten, not optimised away */
        if (!block)
            abort();
        memset(block, 1, 1 << 20);
    }
    rest_ms(600);
}

static void do_garbage(char *unused)
{
    (void)unused;
    struct iovec iov = {(void *)harm, sizeof harm};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    sendmsg(5, &msg, 0);
    rest_ms(2000);
}

static const struct {
    const char *verb;
    void (*act)(char *argument);
} attempts[] = {
    {"create", try_create},
    {"overwrite", try_overwrite},
    {"append", try_append},
    {"map", try_map},
    {"truncating-open", try_truncating_open},
    {"truncate", try_truncate},
    {"unlink", try_unlink},
    {"rmdir", try_rmdir},
    {"rename", try_rename},
    {"exchange", try_exchange},
    {"mkdir", try_mkdir},
    {"symlink", try_symlink},
    {"link", try_link},
    {"link-in", try_link_in},
    {"symlink-in", try_symlink_in},
    {"fifo-in", try_fifo_in},
    {"socket-in", try_socket_in},
    {"device-in", try_device_in},
    {"dotdot", try_dotdot},
    {"tmpfile", try_tmpfile},
    {"reopen-source", try_reopen_source},
    {"chmod", try_chmod},
    {"fchmod", try_fchmod},
    {"chown", try_chown},
    {"utime", try_utime},
    {"setxattr", try_setxattr},
    {"removexattr", try_removexattr},
    {"read", try_read},
    {"list", try_list},
    {"inherited", try_inherited},
    {"tcp", try_tcp},
    {"udp", try_udp},
    {"unix", try_unix},
    {"abstract", try_abstract},
    {"kill", try_kill},
    {"tgkill", try_tgkill},
    {"sigqueue", try_sigqueue},
    {"pidfd-kill", try_pidfd_kill},
    {"prlimit", try_prlimit},
    {"renice", try_renice},
    {"affinity", try_affinity},
    {"ptrace", try_ptrace},
    {"vm-write", try_vm_write},
    {"fork", try_fork},
    {"raw-fork", try_raw_fork},
    {"vfork", try_vfork},
    {"fork-bomb", try_fork_bomb},
    {"escape-group", try_escape_group},
    {"exec", try_exec},
    {"thread", try_thread},
    {"late-write", try_late_write},
    {"late-text", try_late_text},
    {"outlive", try_outlive},
    {"hijack", try_hijack},
    {"io-uring", try_io_uring},
    {"userfaultfd", try_userfaultfd},
    {"bpf", try_bpf},
    {"perf", try_perf},
    {"unshare", try_unshare},
    {"keyctl", try_keyctl},
    {"mount", try_mount},
    {"shm", try_shm},
    {"exit", do_exit},
    {"abort", do_abort},
    {"forge", forge},
    {"recurse", do_recurse},
    {"sparse", do_sparse},
    {"fill", do_fill},
    {"sleep", do_sleep},
    {"spin", do_spin},
    {"signal-proof-spin", do_signal_proof_spin},
    {"eat", do_eat},
    {"garbage", do_garbage},
};

void malice_try(const char *verb, char *argument)
{
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++)
        if (strcmp(attempts[i].verb, verb) == 0) {
            attempts[i].act(argument);
            return;
        }
    abort(); /* an order that nobody understands must not look harmless */
}
