/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/pool-job.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <openkb/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
    LOAD_DEADLINE_S = 60,   /* from launch to start: loading, warming */
    KILL_GRACE_S = 5,       /* from SIGKILL to the worker's report */
    CANCEL_GRACE_MS = 1000, /* from CANCEL to SIGKILL */
    WATCH_EVERY_MS = 250,
    MESSAGES_A_TURN = 64,
};

/* ---- Life -------------------------------------------------------------------------------- */

OkbPoolJob *okb_pool_job_new(const OkbJob *from, const OkbLimits *limits, OkbLevel level,
                             bool verbose)
{
    OkbPoolJob *job = g_new0(OkbPoolJob, 1);
    job->number = from->number;
    job->plugin = from->plugin;
    job->limits = *limits;
    job->level = level;
    job->verbose = verbose;
    job->source = fcntl(from->source, F_DUPFD_CLOEXEC, 0);
    job->sibling_dir =
        from->sibling_dir >= 0 ? fcntl(from->sibling_dir, F_DUPFD_CLOEXEC, 0) : -1;
    job->size = from->size;
    const char *const strings[] = {from->name, from->media_type, from->charset, from->base_url,
                                   from->options};
    for (guint i = 0; i < G_N_ELEMENTS(strings); i++)
        job->strings[i] = g_strdup(strings[i] ? strings[i] : "");
    job->left = OKB_LEFT_NOTHING;
    job->channel = job->child_pidfd = -1;
    okb_siblings_init(&job->siblings, limits->files);
    return job;
}

void okb_pool_job_free(OkbPoolJob *job)
{
    if (!job)
        return;
    okb_close_fd(&job->source);
    okb_close_fd(&job->sibling_dir);
    okb_left_clear(&job->left);
    okb_close_fd(&job->channel);
    okb_close_fd(&job->child_pidfd);
    for (guint i = 0; i < G_N_ELEMENTS(job->strings); i++)
        g_free(job->strings[i]);
    okb_siblings_clear(&job->siblings);
    g_free(job->message);
    g_free(job);
}

int okb_pool_job_send(OkbPoolJob *job)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    okb_close_fd(&job->channel);
    job->channel = ends[0];
    okb_autofd int theirs = ends[1];
    lseek(job->source, 0, SEEK_SET);
    const OkbLimits *l = &job->limits;
    OkbJobStart start = {
        .token = job->worker->token,
        .number = job->number,
        .size = job->size,
        .memory_bytes = l->memory_bytes,
        .output_bytes = l->output_bytes,
        .wall_ms = l->wall_ms,
        .idle_ms = l->idle_ms,
        .cpu_ms = l->cpu_ms,
        .files = l->files,
        .depth = l->depth,
    };
    OkbOutgoing message = {
        .type = OKB_MESSAGE_JOB,
        .fixed = &start,
        .fds = {job->source, job->left.out, theirs, job->left.body, job->left.result},
        .n_fds = 5,
    };
    for (guint i = 0; i < G_N_ELEMENTS(job->strings); i++)
        message.strings[i] = job->strings[i];
    job->launched_us = g_get_monotonic_time();
    return okb_message_send(job->worker->control, &message, MSG_DONTWAIT);
}

/* ---- The child --------------------------------------------------------------------------- */

/* -1: its process has ended; 0: not known. */
static pid_t pid_of_pidfd(int pidfd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fdinfo/%d", pidfd);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "\nPid:");
    return line ? (pid_t)strtol(line + strlen("\nPid:"), NULL, 10) : 0;
}

static void send_kill(const OkbPoolJob *job)
{
    if (job->child_pidfd >= 0)
        syscall(SYS_pidfd_send_signal, job->child_pidfd, SIGKILL, NULL, 0);
}

/* The worker may be in a plugin's hands: a pidfd of anybody else would make us kill them. */
bool okb_pool_job_set_child(OkbPoolJob *job, OkbMessage *started)
{
    pid_t pid = pid_of_pidfd(started->fds[0]);
    pid_t group = pid > 0 ? getpgid(pid) : -1;
    /* It ended already, maybe between these two looks: a pidfd without a process harms nobody.
     */
    bool dead = pid == -1 || group == -1;
    if (started->started.number != job->number || job->child_pidfd >= 0 || pid == 0 ||
        (!dead && (pid == job->worker->pid || group != job->worker->pid)))
        return false;
    job->child_pidfd = started->fds[0];
    started->fds[0] = -1;
    job->child = dead ? 0 : pid;
    job->started_us = job->progress_us = g_get_monotonic_time();
    okb_close_fd(&job->source);
    if (job->judged) /* before we knew whom to kill */
        send_kill(job);
    return true;
}

static void kill_child(OkbPoolJob *job)
{
    if (job->killed_us)
        return;
    job->killed_us = g_get_monotonic_time();
    send_kill(job);
}

void okb_pool_job_judge(OkbPoolJob *job, OkbOutcomeKind verdict, const char *format, ...)
{
    if (!job->judged) {
        va_list args;
        va_start(args, format);
        job->message = g_strdup_vprintf(format, args);
        va_end(args);
        job->verdict = verdict;
        job->judged = true;
    }
    kill_child(job);
}

void okb_pool_job_cancel(OkbPoolJob *job)
{
    okb_message_send(job->channel, &(OkbOutgoing){.type = OKB_MESSAGE_CANCEL}, MSG_DONTWAIT);
    gint64 end = g_get_monotonic_time() + CANCEL_GRACE_MS * 1000;
    job->cancel_us = job->cancel_us ? job->cancel_us : end;
}

/* ---- What it says ------------------------------------------------------------------------ */

/* A child that does not read its answers gets no second one: it would wait for ever. */
static void reply(OkbPoolJob *job, okb_status status, int fd, guint64 size)
{
    OkbReply body = {status, 0, size};
    OkbOutgoing message = {
        .type = OKB_MESSAGE_REPLY, .fixed = &body, .fds = {fd}, .n_fds = fd >= 0};
    if (okb_message_send(job->channel, &message, MSG_DONTWAIT) != 0 && errno == EAGAIN)
        okb_pool_job_judge(job, OKB_OUTCOME_VIOLATION, "it asked and did not read the answers");
}

static void serve_sibling(OkbPoolJob *job, const OkbMessage *message)
{
    guint64 size = 0;
    okb_autofd int fd =
        okb_siblings_open(&job->siblings, job->sibling_dir, message->strings[0], &size);
    reply(job, fd >= 0 ? OKB_OK : OKB_DECLINED, fd, size);
}

/*
 * At level reduced the child may create nothing by path; at every level no directory, so that
 * it asks for the first of its assets. We create, numbered names only.
 */
static int create_file(OkbPoolJob *job, const OkbOpen *request)
{
    static const char *const directories[] = {
        [OKB_FILE_ASSET] = "assets", [OKB_FILE_EMBED] = "embeds"};
    bool blob = request->kind == OKB_FILE_ASSET || request->kind == OKB_FILE_EMBED;
    if (!blob || request->number > job->limits.files)
        return -1;
    char name[32];
    if (mkdirat(job->left.out, directories[request->kind], 0700) != 0 && errno != EEXIST)
        return -1;
    g_snprintf(name, sizeof name, "%s/%08u.bin", directories[request->kind], request->number);
    return openat(job->left.out, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600);
}

static void serve_open(OkbPoolJob *job, const OkbMessage *message)
{
    okb_autofd int fd = create_file(job, &message->open);
    reply(job, fd >= 0 ? OKB_OK : OKB_E_IO, fd, 0);
}

static void serve_log(const OkbPoolJob *job, const OkbMessage *message)
{
    if (!job->verbose)
        return;
    g_autofree char *text = okb_text_escape(message->strings[0]);
    g_printerr("%s: %s\n", job->plugin->id, text);
}

static void serve_message(OkbPoolJob *job, const OkbMessage *message)
{
    switch (message->type) {
    case OKB_MESSAGE_PROGRESS:
        job->progress_us = g_get_monotonic_time();
        break;
    case OKB_MESSAGE_SIBLING:
        job->progress_us = g_get_monotonic_time();
        serve_sibling(job, message);
        break;
    case OKB_MESSAGE_OPEN:
        serve_open(job, message);
        break;
    case OKB_MESSAGE_LOG:
        serve_log(job, message);
        break;
    default:
        okb_pool_job_judge(job, OKB_OUTCOME_VIOLATION, "it sent a message out of place");
        break;
    }
}

guint okb_pool_job_serve(OkbPoolJob *job, OkbMessage *scratch)
{
    guint n = 0;
    int got = 1;
    while (n < MESSAGES_A_TURN && job->channel >= 0 && got > 0) {
        got = okb_message_receive(job->channel, scratch, MSG_DONTWAIT);
        if (got > 0) {
            n++;
            serve_message(job, scratch);
            okb_message_close_fds(scratch);
        } else if (got < 0 && errno == EPROTO) {
            okb_pool_job_judge(job, OKB_OUTCOME_VIOLATION, "it sent what is not a message");
        } else if (got == 0 || errno != EAGAIN) {
            okb_close_fd(&job->channel);
        }
    }
    return n;
}

/* ---- Clocks and limits ------------------------------------------------------------------- */

typedef struct {
    guint64 bytes;
    guint files;
} Usage;

static void add_usage(int directory, const char *name, Usage *usage)
{
    int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    g_autoptr(DIR) dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat st;
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)) {
            usage->bytes += (guint64)st.st_size;
            usage->files++;
        }
}

static guint64 size_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? (guint64)st.st_size : 0;
}

/* A plugin may write past the services, by its own means: what counts is what is there. */
static void watch_output(OkbPoolJob *job)
{
    static const char *const directories[] = {".", "assets", "embeds"};
    Usage usage = {0};
    for (guint i = 0; i < G_N_ELEMENTS(directories); i++)
        add_usage(job->left.out, directories[i], &usage);
    usage.bytes += size_of(job->left.body) + size_of(job->left.result);
    g_autofree char *limit = okb_text_size(job->limits.output_bytes);
    if (usage.bytes > job->limits.output_bytes)
        okb_pool_job_judge(job, OKB_OUTCOME_LIMIT, "it wrote more than %s", limit);
    if (usage.files > job->limits.files)
        okb_pool_job_judge(job, OKB_OUTCOME_LIMIT, "it wrote more than %u files",
                           job->limits.files);
}

/* Instead of RLIMIT_AS, which AddressSanitizer cannot live with. */
static void watch_memory(OkbPoolJob *job)
{
#ifdef OPENKB_SANITIZE
    g_autofree char *path = g_strdup_printf("/proc/%d/statm", job->child);
    g_autofree char *text = NULL;
    guint64 pages = 0;
    if (job->child > 0 && g_file_get_contents(path, &text, NULL, NULL) &&
        sscanf(text, "%*u %" G_GUINT64_FORMAT, &pages) == 1 &&
        pages * (guint64)sysconf(_SC_PAGESIZE) > job->limits.memory_bytes)
        okb_pool_job_judge(job, OKB_OUTCOME_LIMIT, "it used more memory than its limit");
#else
    (void)job;
#endif
}

static void watch_clocks(OkbPoolJob *job, gint64 now)
{
    if (job->cancel_us && now >= job->cancel_us)
        okb_pool_job_judge(job, OKB_OUTCOME_CANCELLED, "cancelled");
    if (!job->started_us)
        return;
    if (now - job->started_us > (gint64)job->limits.wall_ms * 1000)
        okb_pool_job_judge(job, OKB_OUTCOME_TIMEOUT, "it took longer than %.1f s",
                           job->limits.wall_ms / 1000.0);
    if (now - job->progress_us > (gint64)job->limits.idle_ms * 1000)
        okb_pool_job_judge(job, OKB_OUTCOME_TIMEOUT, "it made no progress for %.1f s",
                           job->limits.idle_ms / 1000.0);
}

static gint64 next_look(const OkbPoolJob *job, gint64 now)
{
    gint64 next = now + WATCH_EVERY_MS * 1000;
    if (job->started_us && !job->judged) {
        next = MIN(next, job->started_us + (gint64)job->limits.wall_ms * 1000 + 1000);
        next = MIN(next, job->progress_us + (gint64)job->limits.idle_ms * 1000 + 1000);
    }
    return MAX(next, now + 1000);
}

gint64 okb_pool_job_watch(OkbPoolJob *job, gint64 now, bool *ret_alive)
{
    *ret_alive = true;
    watch_clocks(job, now);
    if (job->started_us && now - job->watched_us > WATCH_EVERY_MS * 1000 &&
        now - job->started_us > WATCH_EVERY_MS * 1000) {
        job->watched_us = now;
        watch_output(job);
        watch_memory(job);
    }
    if (!job->started_us && now - job->launched_us > LOAD_DEADLINE_S * G_USEC_PER_SEC)
        okb_pool_job_judge(job, OKB_OUTCOME_REFUSED, "it did not load within %d s",
                           LOAD_DEADLINE_S);
    if (job->judged && job->child_pidfd < 0)
        *ret_alive = false;
    if (job->killed_us && now - job->killed_us > KILL_GRACE_S * G_USEC_PER_SEC)
        *ret_alive = false;
    return next_look(job, now);
}

/* ---- The end ----------------------------------------------------------------------------- */

/* Written to its end, as far as one who means well can tell. */
static bool has_result(const OkbPoolJob *job)
{
    char last = 0;
    guint64 size = size_of(job->left.result);
    return size > 0 && pread(job->left.result, &last, 1, (off_t)size - 1) == 1 && last == '\n';
}

static const struct {
    int signal;
    OkbOutcomeKind kind;
    const char *message;
} signals[] = {
    {SIGSYS, OKB_OUTCOME_VIOLATION, "it made a system call that the sandbox forbids"},
    {SIGXCPU, OKB_OUTCOME_LIMIT, "it used more CPU time than its limit"},
    {SIGXFSZ, OKB_OUTCOME_LIMIT, "it wrote a file larger than its limit"},
    {SIGALRM, OKB_OUTCOME_TIMEOUT, "it took longer than its limit"},
};

/* The hard limit of CPU time, for those that ignore SIGXCPU, kills like anybody else. */
static int true_signal(const OkbPoolJob *job, int signal, const OkbDone *done)
{
    return signal == SIGKILL && done && done->cpu_ms >= job->limits.cpu_ms ? SIGXCPU : signal;
}

static void explain_signal(int signal, OkbOutcome *outcome)
{
    outcome->signal = signal;
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        if (signals[i].signal == signal) {
            outcome->kind = signals[i].kind;
            outcome->message = g_strdup(signals[i].message);
            return;
        }
    outcome->kind = OKB_OUTCOME_CRASHED;
    outcome->message = g_strdup_printf("it died by signal %d (%s)", signal, strsignal(signal));
}

static void explain_exit(OkbPoolJob *job, int code, OkbOutcome *outcome)
{
    outcome->kind = OKB_OUTCOME_NO_RESULT;
    if (code == OKB_EXIT_UNCONFINED) {
        outcome->kind = OKB_OUTCOME_REFUSED;
        outcome->message = g_strdup("its process could not be confined");
    } else if (has_result(job)) {
        outcome->kind = OKB_OUTCOME_DONE;
    } else {
        outcome->message = g_strdup_printf("it ended (exit %d) without a result", code);
    }
}

/* A result that was sent beats a deadline, but no other verdict. */
static bool has_beaten_its_deadline(const OkbPoolJob *job)
{
    bool beatable = !job->judged || job->verdict == OKB_OUTCOME_TIMEOUT ||
                    job->verdict == OKB_OUTCOME_CANCELLED;
    return beatable && has_result(job);
}

static void explain(OkbPoolJob *job, int status, const OkbDone *done, OkbOutcome *outcome)
{
    if (has_beaten_its_deadline(job)) {
        outcome->kind = OKB_OUTCOME_DONE;
    } else if (job->judged) {
        outcome->kind = job->verdict;
        outcome->message = g_steal_pointer(&job->message);
        outcome->signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    } else if (status < 0) {
        outcome->kind = OKB_OUTCOME_CRASHED;
        outcome->message = g_strdup("the worker that hosted it died");
    } else if (WIFSIGNALED(status)) {
        explain_signal(true_signal(job, WTERMSIG(status), done), outcome);
    } else {
        explain_exit(job, WEXITSTATUS(status), outcome);
    }
}

void okb_pool_job_conclude(OkbPoolJob *job, int status, const OkbDone *done,
                           OkbOutcome *ret_outcome)
{
    *ret_outcome = (OkbOutcome){.number = job->number};
    explain(job, status, done, ret_outcome);
    ret_outcome->left = job->left;
    job->left = OKB_LEFT_NOTHING;
    g_strlcpy(ret_outcome->out_path, job->out_path, sizeof ret_outcome->out_path);
    ret_outcome->siblings = g_steal_pointer(&job->siblings.seen);
    ret_outcome->cpu_ms = done ? done->cpu_ms : 0;
    ret_outcome->peak_bytes = done ? done->peak_bytes : 0;
    ret_outcome->wall_ms =
        job->started_us ? (guint)((g_get_monotonic_time() - job->started_us) / 1000) : 0;
}
