/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Slots, their workers, and one poll loop over them.
 *
 *     slot:  idle --submit--> busy --(worker says DONE, or dies)--> idle, outcome in `done`
 *
 * A worker process is kept in its slot until it dies, is stopped after an overdue kill, or had
 * served RECYCLE_AFTER documents. Exec-per-document workers serve one.
 */
#include "ingest/pool-job.h"

#include "plugins/set-aside.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum { RECYCLE_AFTER = 1000, FDS_A_SLOT = 3 };

typedef struct {
    guint index, served;
    int directory;
    int spare; /* an out directory in which nothing was left; -1: none */
    char spare_path[64];
    GPtrArray *workers; /* OkbWorkerClient, one per plugin */
    OkbPoolJob *job;
} Slot;

struct OkbPool {
    guint n_slots;
    Slot *slots;
    OkbLevel level;
    int landlock_abi;
    OkbLimits limits;
    bool verbose;
    const volatile sig_atomic_t *stop; /* or NULL */
    sig_atomic_t heard;                /* *stop, when it last ended a wait */
    GHashTable *exec_only;             /* ids of plugins that cannot be forked */
    GHashTable *failed_loads; /* OkbPlugin -> times in a row that it died while loading */
    GQueue done;              /* OkbOutcome */
    OkbMessage *scratch;
};

/* ---- Levels ------------------------------------------------------------------------------ */

static const char *const level_names[] = {
    [OKB_LEVEL_NONE] = "none",
    [OKB_LEVEL_REDUCED] = "reduced",
    [OKB_LEVEL_FULL] = "full",
};

static int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    return abi > 0 ? (int)abi : 0;
}

static bool has_seccomp(void)
{
    guint32 action = SECCOMP_RET_KILL_PROCESS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static bool choose_level(OkbPool *pool, OkbSandboxPolicy policy, GError **error)
{
    pool->landlock_abi = landlock_abi();
    pool->level = OKB_LEVEL_NONE;
    if (policy == OKB_SANDBOX_OFF)
        return true;
    if (!has_seccomp())
        return okb_error_set(error, OKB_ERROR_SANDBOX,
                             "this kernel has no seccomp filters, so that no converter can be "
                             "confined; --sandbox=off runs them with your rights");
    pool->level = pool->landlock_abi > 0 ? OKB_LEVEL_FULL : OKB_LEVEL_REDUCED;
    if (policy == OKB_SANDBOX_REQUIRE && pool->level != OKB_LEVEL_FULL)
        return okb_error_set(error, OKB_ERROR_SANDBOX,
                             "this kernel has no Landlock, which --sandbox=require asks for; "
                             "--sandbox=auto does without it");
    return true;
}

const char *okb_pool_sandbox(const OkbPool *pool, int *ret_landlock_abi)
{
    if (ret_landlock_abi)
        *ret_landlock_abi = pool->landlock_abi;
    return level_names[pool->level];
}

/* ---- Life -------------------------------------------------------------------------------- */

static bool open_slot(Slot *slot, int staging, guint index, GError **error)
{
    g_autofree char *name = g_strdup_printf("slot-%u", index);
    slot->index = index;
    slot->workers = g_ptr_array_new();
    if (mkdirat(staging, name, 0700) != 0 && errno != EEXIST)
        return okb_error_errno(error, errno, "cannot make %s", name);
    slot->directory = openat(staging, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return slot->directory >= 0 || okb_error_errno(error, errno, "cannot open %s", name);
}

OkbPool *okb_pool_new(const OkbPoolConfig *config, GError **error)
{
    g_autoptr(OkbPool) pool = g_new0(OkbPool, 1);
    pool->limits = config->limits;
    pool->verbose = config->verbose;
    pool->stop = config->stop;
    pool->exec_only = g_hash_table_new(g_str_hash, g_str_equal);
    pool->failed_loads = g_hash_table_new(NULL, NULL);
    pool->scratch = g_new(OkbMessage, 1);
    g_queue_init(&pool->done);
    if (!choose_level(pool, config->sandbox, error))
        return NULL;
    pool->slots = g_new0(Slot, config->slots);
    for (; pool->n_slots < config->slots; pool->n_slots++) {
        pool->slots[pool->n_slots].directory = pool->slots[pool->n_slots].spare = -1;
        if (!open_slot(&pool->slots[pool->n_slots], config->staging, pool->n_slots, error)) {
            pool->n_slots++;
            return NULL;
        }
    }
    return g_steal_pointer(&pool);
}

void okb_outcome_clear(OkbOutcome *outcome)
{
    g_clear_pointer(&outcome->message, g_free);
    g_clear_pointer(&outcome->siblings, g_ptr_array_unref);
    okb_left_clear(&outcome->left);
}

static void free_outcome(gpointer data)
{
    okb_outcome_clear(data);
    g_free(data);
}

void okb_pool_free(OkbPool *pool)
{
    if (!pool)
        return;
    for (guint i = 0; i < pool->n_slots; i++) {
        Slot *slot = &pool->slots[i];
        for (guint w = 0; w < slot->workers->len; w++)
            okb_worker_client_stop(g_ptr_array_index(slot->workers, w));
        g_ptr_array_unref(slot->workers);
        okb_pool_job_free(slot->job);
        okb_close_fd(&slot->directory);
        okb_close_fd(&slot->spare);
    }
    g_queue_clear_full(&pool->done, free_outcome);
    g_hash_table_unref(pool->exec_only);
    g_hash_table_unref(pool->failed_loads);
    g_free(pool->scratch);
    g_free(pool->slots);
    g_free(pool);
}

guint okb_pool_running(const OkbPool *pool)
{
    guint n = 0;
    for (guint i = 0; i < pool->n_slots; i++)
        n += pool->slots[i].job != NULL;
    return n;
}

guint okb_pool_idle(const OkbPool *pool)
{
    return pool->n_slots - okb_pool_running(pool);
}

/* ---- Workers of a slot ------------------------------------------------------------------- */

static OkbWorkerClient *find_worker(const Slot *slot, const OkbPlugin *plugin)
{
    for (guint i = 0; i < slot->workers->len; i++) {
        OkbWorkerClient *worker = g_ptr_array_index(slot->workers, i);
        if (worker->plugin == plugin)
            return worker;
    }
    return NULL;
}

static int drop_worker(Slot *slot, OkbWorkerClient *worker)
{
    g_ptr_array_remove_fast(slot->workers, worker);
    return okb_worker_client_stop(worker);
}

static bool start_worker(OkbPool *pool, Slot *slot, OkbPoolJob *job, GError **error)
{
    const OkbPlugin *plugin = job->plugin;
    OkbWorkerConfig config = {
        .plugin = plugin,
        .slot = slot->directory,
        .level = pool->level,
        .exec_per_document =
            !plugin->fork_safe || g_hash_table_contains(pool->exec_only, plugin->id),
        .verbose = pool->verbose,
    };
    job->worker = okb_worker_client_start(&config, error);
    if (job->worker)
        g_ptr_array_add(slot->workers, job->worker);
    return job->worker != NULL;
}

/* A kept worker may have died since: then a new one is started. */
static bool launch(OkbPool *pool, Slot *slot, OkbPoolJob *job, GError **error)
{
    job->worker = find_worker(slot, job->plugin);
    if (job->worker) {
        if (okb_pool_job_send(job) == 0)
            return true;
        drop_worker(slot, job->worker);
    }
    if (!start_worker(pool, slot, job, error))
        return false;
    /* One that has ended already will have said why. */
    return okb_pool_job_send(job) == 0 || errno == EPIPE || errno == ECONNRESET ||
           okb_error_errno(error, errno, "cannot hand a document to a worker");
}

/* ---- Plugins that die while loading: plugins/set-aside.h -------------------------------- */

static guint failed_loads(const OkbPool *pool, const OkbPlugin *plugin)
{
    gpointer count;
    if (g_hash_table_lookup_extended(pool->failed_loads, plugin, NULL, &count))
        return GPOINTER_TO_UINT(count);
    return plugin->load_failures;
}

static void note_load(OkbPool *pool, const OkbPlugin *plugin, const char *failure)
{
    guint before = failed_loads(pool, plugin), now = failure ? before + 1 : 0;
    if (!plugin->state_path || before == now)
        return;
    g_hash_table_insert(pool->failed_loads, (gpointer)plugin, GUINT_TO_POINTER(now));
    if (failure)
        okb_set_aside_record(plugin, now, failure);
    else
        okb_set_aside_clear(plugin);
}

/* ---- Out directories --------------------------------------------------------------------- */

/* The child may make regular files only; directories for assets are made when it asks. */
static bool make_new_out(const Slot *slot, OkbPoolJob *job, GError **error)
{
    char name[32];
    g_snprintf(name, sizeof name, "%" G_GUINT64_FORMAT, job->number);
    g_snprintf(job->out_path, sizeof job->out_path, "slot-%u/%s", slot->index, name);
    /* A second attempt at a document begins from nothing. */
    okb_tree_remove(slot->directory, name, NULL);
    if (mkdirat(slot->directory, name, 0700) != 0)
        return okb_error_errno(error, errno, "cannot make %s", job->out_path);
    job->left.out =
        openat(slot->directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (job->left.out < 0)
        return okb_error_errno(error, errno, "cannot open %s", job->out_path);
    return true;
}

static bool make_out(Slot *slot, OkbPoolJob *job, GError **error)
{
    if (slot->spare < 0)
        return make_new_out(slot, job, error);
    job->left.out = okb_steal_fd(&slot->spare);
    g_strlcpy(job->out_path, slot->spare_path, sizeof job->out_path);
    return true;
}

static bool make_files(OkbPoolJob *job, GError **error)
{
    job->left.body = memfd_create("body.md", MFD_CLOEXEC);
    job->left.result = memfd_create("result.json", MFD_CLOEXEC);
    return (job->left.body >= 0 && job->left.result >= 0) ||
           okb_error_errno(error, errno, "cannot make files in memory");
}

static bool is_empty(int directory)
{
    char buffer[1024];
    ssize_t len = lseek(directory, 0, SEEK_SET) == 0 ? 1 : -1;
    while (len > 0 && (len = getdents64(directory, buffer, sizeof buffer)) > 0)
        for (ssize_t at = 0; at < len;) {
            const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
            if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
                return false;
            at += entry->d_reclen;
        }
    return len == 0;
}

/* As we made it, after its document's process has ended: it serves the next one. */
static void keep_out(Slot *slot, OkbOutcome *outcome)
{
    struct stat st;
    if (slot->spare >= 0 || fstat(outcome->left.out, &st) != 0 ||
        st.st_mode != (S_IFDIR | 0700) || st.st_uid != geteuid() ||
        !is_empty(outcome->left.out))
        return;
    slot->spare = okb_steal_fd(&outcome->left.out);
    g_strlcpy(slot->spare_path, outcome->out_path, sizeof slot->spare_path);
    outcome->out_path[0] = '\0';
}

/* ---- Outcomes ---------------------------------------------------------------------------- */

static void conclude(OkbPool *pool, Slot *slot, int status, const OkbDone *done)
{
    OkbPoolJob *job = slot->job;
    OkbOutcome *outcome = g_new0(OkbOutcome, 1);
    /* The child is dead: what it sent before is bounded by the socket's buffer. */
    while (okb_pool_job_serve(job, pool->scratch) > 0)
        continue;
    okb_pool_job_conclude(job, status, done, outcome);
    if (done && outcome->kind == OKB_OUTCOME_DONE)
        keep_out(slot, outcome);
    outcome->sandbox = level_names[pool->level];
    outcome->landlock_abi = pool->level == OKB_LEVEL_FULL ? pool->landlock_abi : 0;
    g_queue_push_tail(&pool->done, outcome);
    okb_pool_job_free(job);
    slot->job = NULL;
}

/* The worker is gone or must go. Exec-per-document it was the child itself. */
static void conclude_with_worker(OkbPool *pool, Slot *slot)
{
    OkbPoolJob *job = slot->job;
    OkbWorkerClient *worker = job->worker;
    bool was_child = worker->exec_per_document && job->started_us;
    bool loading = !worker->ready && !job->judged;
    bool hung = !worker->ready && job->judged && job->verdict == OKB_OUTCOME_REFUSED;
    const char *id = job->plugin->id;
    int status = drop_worker(slot, worker);
    if (loading && WIFSIGNALED(status))
        okb_pool_job_judge(job, OKB_OUTCOME_REFUSED, "%s died by signal %d (%s) while loading",
                           id, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (loading)
        okb_pool_job_judge(job, OKB_OUTCOME_REFUSED, "%s ended while loading (exit %d)", id,
                           WEXITSTATUS(status));
    /* What this machine refuses (a process, a filter) says nothing about the plugin. */
    bool unconfined = WIFEXITED(status) && WEXITSTATUS(status) == OKB_EXIT_UNCONFINED;
    if ((loading && !unconfined) || hung)
        note_load(pool, job->plugin, job->message);
    conclude(pool, slot, was_child ? status : -1, NULL);
}

static void refuse(OkbPool *pool, Slot *slot, const char *reason)
{
    OkbPoolJob *job = slot->job;
    okb_pool_job_judge(job, OKB_OUTCOME_REFUSED, "plugin %s cannot be used: %s",
                       job->plugin->id, reason);
    if (job->worker)
        drop_worker(slot, job->worker);
    conclude(pool, slot, -1, NULL);
}

static void refuse_set_aside(OkbPool *pool, Slot *slot)
{
    const OkbPlugin *plugin = slot->job->plugin;
    g_autofree char *reason =
        g_strdup_printf("it is set aside, having failed to load %u times in a row; when it is "
                        "mended, `openkb plugins enable %s`",
                        failed_loads(pool, plugin), plugin->id);
    refuse(pool, slot, reason);
}

/* ---- What a worker says ------------------------------------------------------------------ */

static void handle_ready(OkbPool *pool, Slot *slot, const OkbReady *ready)
{
    OkbPoolJob *job = slot->job;
    OkbWorkerClient *worker = job->worker;
    worker->ready = true;
    note_load(pool, job->plugin, NULL);
    worker->landlock_abi = ready->landlock_abi;
    if (worker->exec_per_document) {
        job->started_us = job->progress_us = g_get_monotonic_time();
        job->child = worker->pid;
        job->child_pidfd = fcntl(worker->pidfd, F_DUPFD_CLOEXEC, 0);
    } else if (ready->needs_exec) {
        g_autoptr(GError) error = NULL;
        g_hash_table_add(pool->exec_only, job->plugin->id);
        drop_worker(slot, worker);
        job->worker = NULL;
        if (!launch(pool, slot, job, &error))
            refuse(pool, slot, error->message);
    }
}

static void handle_done(OkbPool *pool, Slot *slot, const OkbDone *done)
{
    OkbDone copy = *done; /* `done` is in the scratch message */
    OkbWorkerClient *worker = slot->job->worker;
    conclude(pool, slot, copy.status, &copy);
    if (++slot->served % RECYCLE_AFTER == 0)
        drop_worker(slot, worker);
}

/* False when the worker must go: it broke the protocol. */
static bool handle_message(OkbPool *pool, Slot *slot, OkbMessage *message)
{
    OkbPoolJob *job = slot->job;
    OkbWorkerClient *worker = job->worker;
    switch (message->type) {
    case OKB_MESSAGE_READY:
        if (worker->ready)
            return false;
        handle_ready(pool, slot, &message->ready);
        return true;
    case OKB_MESSAGE_REFUSED:
        if (worker->ready)
            return false;
        refuse(pool, slot, message->strings[0]);
        return true;
    case OKB_MESSAGE_STARTED:
        return worker->ready && okb_pool_job_set_child(job, message);
    case OKB_MESSAGE_DONE:
        if (!job->started_us || worker->exec_per_document ||
            message->done.number != job->number)
            return false;
        handle_done(pool, slot, &message->done);
        return true;
    default:
        return false;
    }
}

/* A worker that says nothing more has ended; but one that converts its only document has just
 * closed what it does not need, and its end will show. */
static void lose_control(OkbPool *pool, Slot *slot)
{
    OkbWorkerClient *worker = slot->job->worker;
    if (worker->exec_per_document && worker->ready)
        okb_close_fd(&worker->control);
    else
        conclude_with_worker(pool, slot);
}

static void serve_worker(OkbPool *pool, Slot *slot)
{
    int got = 1;
    while (slot->job && slot->job->worker && slot->job->worker->control >= 0 && got > 0) {
        got = okb_message_receive(slot->job->worker->control, pool->scratch, MSG_DONTWAIT);
        if (got > 0 && !handle_message(pool, slot, pool->scratch)) {
            okb_pool_job_judge(slot->job, OKB_OUTCOME_VIOLATION,
                               "its worker broke the protocol");
            conclude_with_worker(pool, slot);
        }
        if (got > 0)
            okb_message_close_fds(pool->scratch);
        else if (got == 0 || errno != EAGAIN)
            lose_control(pool, slot);
    }
}

/* ---- The loop ---------------------------------------------------------------------------- */

static OkbLimits merge_limits(const OkbLimits *manifest, const OkbLimits *given)
{
    OkbLimits limits = *manifest;
    limits.memory_bytes = given->memory_bytes ? given->memory_bytes : limits.memory_bytes;
    limits.output_bytes = given->output_bytes ? given->output_bytes : limits.output_bytes;
    limits.wall_ms = given->wall_ms ? given->wall_ms : limits.wall_ms;
    limits.idle_ms = given->idle_ms ? given->idle_ms : limits.idle_ms;
    limits.cpu_ms = given->cpu_ms ? given->cpu_ms : limits.cpu_ms;
    limits.files = given->files ? given->files : limits.files;
    limits.depth = given->depth ? given->depth : limits.depth;
    return limits;
}

OkbLimits okb_pool_limits(const OkbPool *pool, const OkbPlugin *plugin)
{
    return merge_limits(&plugin->limits, &pool->limits);
}

/* One whose worker is warm already, else the first. */
static Slot *choose_slot(const OkbPool *pool, const OkbPlugin *plugin)
{
    Slot *idle = NULL;
    for (guint i = pool->n_slots; i-- > 0;) {
        Slot *slot = &pool->slots[i];
        if (slot->job)
            continue;
        if (find_worker(slot, plugin))
            return slot;
        idle = slot;
    }
    return idle;
}

bool okb_pool_submit(OkbPool *pool, const OkbJob *from, GError **error)
{
    Slot *slot = choose_slot(pool, from->plugin);
    if (!slot)
        return okb_error_set(error, OKB_ERROR_FAILED, "no slot is idle");
    OkbLimits limits = okb_pool_limits(pool, from->plugin);
    OkbPoolJob *job = okb_pool_job_new(from, &limits, pool->level, pool->verbose);
    if (job->source < 0 || !make_files(job, error) || !make_out(slot, job, error)) {
        if (job->source < 0)
            okb_error_errno(error, errno, "cannot hold a source open");
        okb_pool_job_free(job);
        return false;
    }
    slot->job = job;
    g_autoptr(GError) why = NULL;
    if (failed_loads(pool, job->plugin) >= OKB_SET_ASIDE_AFTER)
        refuse_set_aside(pool, slot);
    else if (!launch(pool, slot, job, &why))
        refuse(pool, slot, why->message);
    return true;
}

static bool is_dead(const OkbWorkerClient *worker)
{
    struct pollfd fd = {worker->pidfd, POLLIN, 0};
    return poll(&fd, 1, 0) == 1;
}

static nfds_t fill_poll(const OkbPool *pool, struct pollfd *fds)
{
    nfds_t n = 0;
    for (guint i = 0; i < pool->n_slots; i++) {
        const OkbPoolJob *job = pool->slots[i].job;
        if (!job)
            continue;
        fds[n++] = (struct pollfd){job->worker->control, POLLIN, 0};
        fds[n++] = (struct pollfd){job->worker->pidfd, POLLIN, 0};
        fds[n++] = (struct pollfd){job->channel, POLLIN, 0};
    }
    return n;
}

/* What was said before a death counts, so that sockets are read first, and again after it was
 * seen. Returns the time to look again. */
static gint64 serve_slot(OkbPool *pool, Slot *slot)
{
    okb_pool_job_serve(slot->job, pool->scratch);
    bool dead = is_dead(slot->job->worker);
    serve_worker(pool, slot);
    if (slot->job && dead && slot->job->worker && is_dead(slot->job->worker))
        conclude_with_worker(pool, slot);
    if (!slot->job)
        return 0;
    bool alive;
    gint64 next = okb_pool_job_watch(slot->job, g_get_monotonic_time(), &alive);
    if (!alive)
        conclude_with_worker(pool, slot);
    return slot->job ? next : 0;
}

static gint64 serve_slots(OkbPool *pool)
{
    gint64 next = G_MAXINT64;
    for (guint i = 0; i < pool->n_slots; i++) {
        gint64 look = pool->slots[i].job ? serve_slot(pool, &pool->slots[i]) : next;
        next = MIN(next, look);
    }
    return next;
}

static bool take_done(OkbPool *pool, OkbOutcome *outcome)
{
    OkbOutcome *first = g_queue_pop_head(&pool->done);
    if (first)
        *outcome = *first;
    g_free(first);
    return first != NULL;
}

static bool is_unheard(const OkbPool *pool)
{
    return pool->stop && *pool->stop != pool->heard;
}

static void hear(OkbPool *pool)
{
    if (pool->stop)
        pool->heard = *pool->stop;
}

/* Signals come only while it sleeps: none between the look at the flag and the sleep. */
static int sleep_unless_unheard(const OkbPool *pool, struct pollfd *fds, nfds_t n, gint64 us)
{
    const struct timespec time = {us / G_USEC_PER_SEC, us % G_USEC_PER_SEC * 1000};
    sigset_t all, unblocked;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &unblocked);
    int error = is_unheard(pool) ? EINTR : ppoll(fds, n, &time, &unblocked) < 0 ? errno : 0;
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    return error;
}

/* Sleeps until something happens, at most until `until` (us). 0, EINTR for a signal, or what
 * went wrong. */
static int sleep_until(const OkbPool *pool, gint64 until)
{
    g_autofree struct pollfd *fds = g_new(struct pollfd, pool->n_slots * FDS_A_SLOT + 1);
    gint64 left = until - g_get_monotonic_time();
    return sleep_unless_unheard(pool, fds, fill_poll(pool, fds),
                                CLAMP(left, 0, 60 * G_USEC_PER_SEC));
}

OkbPoolStatus okb_pool_wait(OkbPool *pool, int timeout_ms, OkbOutcome *outcome, GError **error)
{
    gint64 end =
        timeout_ms < 0 ? G_MAXINT64 : g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    for (;;) {
        gint64 next = serve_slots(pool);
        if (take_done(pool, outcome))
            return OKB_POOL_OUTCOME;
        if (g_get_monotonic_time() >= end)
            return OKB_POOL_TIMEOUT;
        if (timeout_ms < 0 && okb_pool_running(pool) == 0) {
            okb_error_set(error, OKB_ERROR_FAILED, "no document is being converted");
            return OKB_POOL_ERROR;
        }
        int trouble = sleep_until(pool, MIN(next, end));
        if (trouble == EINTR) {
            hear(pool);
            return OKB_POOL_INTERRUPTED;
        }
        if (trouble) {
            okb_error_errno(error, trouble, "cannot wait for the workers");
            return OKB_POOL_ERROR;
        }
    }
}

void okb_pool_cancel(OkbPool *pool)
{
    for (guint i = 0; i < pool->n_slots; i++)
        if (pool->slots[i].job)
            okb_pool_job_cancel(pool->slots[i].job);
}
