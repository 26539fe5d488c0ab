/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/lock.h"

#include "store/fault.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>

#define LOCK   ".openkb/ingest.lock"
#define HOLDER ".openkb/ingest.holder"

enum { POLL_US = 20000, HOLDER_MAX = 4096 };

typedef enum { TAKEN, BUSY, FAILED } Attempt;

static void write_holder(const OkbKb *kb, const char *command)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *since = g_date_time_format_iso8601(now);
    g_autofree char *text =
        g_strdup_printf("[holder]\npid=%d\nhost=%s\ncommand=%s\nsince=%s\n", (int)getpid(),
                        g_get_host_name(), command ? command : "openkb", since);
    okb_autofd int fd =
        okb_io_open_beneath(kb->root, HOLDER, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd >= 0)
        (void)!okb_io_write_all(fd, text, strlen(text));
}

/* Written by somebody who may be dead, or by anybody: shown only when its process lives. */
static bool is_alive(GKeyFile *file)
{
    g_autofree char *host = g_key_file_get_string(file, "holder", "host", NULL);
    int pid = g_key_file_get_integer(file, "holder", "pid", NULL);
    if (!host || pid <= 0)
        return false;
    return strcmp(host, g_get_host_name()) != 0 || kill(pid, 0) == 0 || errno == EPERM;
}

char *okb_lock_holder(const OkbKb *kb)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GBytes) bytes = okb_io_read_path(kb->root, HOLDER, HOLDER_MAX, NULL);
    if (!bytes || !g_key_file_load_from_bytes(file, bytes, G_KEY_FILE_NONE, NULL) ||
        !is_alive(file))
        return g_strdup("another program (Python OpenKB takes the same lock)");
    g_autofree char *host = g_key_file_get_string(file, "holder", "host", NULL);
    g_autofree char *command = g_key_file_get_string(file, "holder", "command", NULL);
    g_autofree char *since = g_key_file_get_string(file, "holder", "since", NULL);
    g_autofree char *line = g_strdup_printf("process %d (%s) on %s since %s",
                                            g_key_file_get_integer(file, "holder", "pid", NULL),
                                            command ? command : "?", host, since ? since : "?");
    return okb_text_escape(line);
}

/* Somebody may have replaced the file while we waited: a lock on a file without a name guards
 * nothing. FAILED: it cannot be looked at; errno. */
static Attempt check_current(const OkbKb *kb, int fd)
{
    struct stat held, named;
    if (fstat(fd, &held) != 0)
        return FAILED;
    if (okb_io_stat_beneath(kb->root, LOCK, &named) != 0)
        return errno == ENOENT || errno == EINTR ? BUSY : FAILED;
    return held.st_dev == named.st_dev && held.st_ino == named.st_ino ? TAKEN : BUSY;
}

static Attempt attempt(const OkbKb *kb, int operation, int *ret_fd, GError **error)
{
    okb_autofd int fd =
        okb_io_open_beneath(kb->root, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0) {
        okb_error_errno(error, errno, "cannot open the lock %s/" LOCK, kb->path);
        return FAILED;
    }
    if (flock(fd, operation) != 0) {
        if (errno == EWOULDBLOCK || (errno == EINTR && operation & LOCK_NB))
            return BUSY; /* who does not wait cannot be interrupted: signals come in doze() */
        if (errno == EINTR)
            okb_error_set(error, OKB_ERROR_INTERRUPTED,
                          "interrupted while waiting for %s/" LOCK, kb->path);
        else
            okb_error_errno(error, errno, "cannot lock %s/" LOCK, kb->path);
        return FAILED;
    }
    Attempt current = check_current(kb, fd);
    if (current == FAILED)
        okb_error_errno(error, errno, "cannot look at the lock %s/" LOCK, kb->path);
    if (current == TAKEN)
        *ret_fd = okb_steal_fd(&fd);
    return current;
}

static int report_busy(const OkbKb *kb, GError **error)
{
    g_autofree char *holder = okb_lock_holder(kb);
    okb_error_set(error, OKB_ERROR_LOCKED,
                  "%s/.openkb/ingest.lock is held by %s; wait for it, or give --lock-timeout a "
                  "longer time",
                  kb->path, holder);
    return -1;
}

/* A signal that came since `unblocked` was left ends it too. */
static bool doze(const OkbKb *kb, long us, const sigset_t *unblocked, GError **error)
{
    const struct timespec time = {.tv_nsec = us * 1000};
    return ppoll(NULL, 0, &time, unblocked) == 0 || errno != EINTR ||
           okb_error_set(error, OKB_ERROR_INTERRUPTED, "interrupted while waiting for %s/" LOCK,
                         kb->path);
}

static int wait_for_lock(const OkbKb *kb, int timeout_ms, const char *command,
                         const sigset_t *unblocked, GError **error)
{
    int operation = timeout_ms < 0 ? LOCK_EX : LOCK_EX | LOCK_NB;
    if (okb_fault("no-lock"))
        operation = LOCK_SH | LOCK_NB;
    gint64 end = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    for (;;) {
        int fd = -1;
        Attempt got = attempt(kb, operation, &fd, error);
        if (got == FAILED)
            return -1;
        if (got == TAKEN) {
            write_holder(kb, command);
            return fd;
        }
        if (timeout_ms >= 0 && g_get_monotonic_time() >= end)
            return report_busy(kb, error);
        if (!doze(kb, POLL_US, unblocked, error))
            return -1;
    }
}

/* With a timeout we look and doze, and signals come while we doze: none is missed in between.
 * Without one the kernel queues us, and flock() itself is what a signal ends. */
int okb_lock_exclusive(const OkbKb *kb, int timeout_ms, const char *command, GError **error)
{
    sigset_t all, unblocked;
    sigfillset(&all);
    sigprocmask(timeout_ms < 0 ? SIG_UNBLOCK : SIG_BLOCK, timeout_ms < 0 ? NULL : &all,
                &unblocked);
    int fd = wait_for_lock(kb, timeout_ms, command, &unblocked, error);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    return fd;
}

/* ---- With something to do meanwhile ------------------------------------------------------ */

typedef struct {
    OkbLockServe serve;
    gpointer data;
    gint64 end;
} Meanwhile;

/* BUSY: there is nothing more to serve, or no more time. */
static Attempt serve_until_taken(const OkbKb *kb, const Meanwhile *meanwhile,
                                 const sigset_t *unblocked, int *ret_fd, GError **error)
{
    for (;;) {
        Attempt got = attempt(kb, LOCK_EX | LOCK_NB, ret_fd, error);
        if (got != BUSY)
            return got;
        if (g_get_monotonic_time() >= meanwhile->end ||
            !meanwhile->serve(POLL_US / 1000, meanwhile->data))
            return BUSY;
        if (!doze(kb, 0, unblocked, error))
            return FAILED;
    }
}

static int left_ms(int timeout_ms, gint64 end)
{
    return timeout_ms < 0 ? -1 : (int)MAX(0, (end - g_get_monotonic_time()) / 1000);
}

int okb_lock_exclusive_serving(const OkbKb *kb, int timeout_ms, const char *command,
                               OkbLockServe serve, gpointer data, GError **error)
{
    sigset_t all, unblocked;
    gint64 end =
        timeout_ms < 0 ? G_MAXINT64 : g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    const Meanwhile meanwhile = {serve, data, end};
    int fd = -1;
    if (!serve || okb_fault("no-lock"))
        return okb_lock_exclusive(kb, timeout_ms, command, error);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &unblocked);
    Attempt got = serve_until_taken(kb, &meanwhile, &unblocked, &fd, error);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (got == BUSY)
        return okb_lock_exclusive(kb, left_ms(timeout_ms, end), command, error);
    if (got == TAKEN)
        write_holder(kb, command);
    return fd;
}

void okb_lock_release(const OkbKb *kb, int *lock)
{
    const char *name;
    okb_autofd int dir = okb_io_open_parent(kb->root, HOLDER, &name);
    if (dir >= 0)
        unlinkat(dir, name, 0);
    okb_close_fd(lock);
}

bool okb_lock_try_shared(const OkbKb *kb, int *ret_lock)
{
    *ret_lock = -1;
    okb_autofd int fd = okb_io_open_beneath(kb->root, LOCK, O_RDONLY | O_NONBLOCK, 0);
    if (fd < 0)
        return errno == ENOENT;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0)
        return false;
    *ret_lock = okb_steal_fd(&fd);
    return true;
}
