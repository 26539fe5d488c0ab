/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * `window` holds the tasks that were begun and not handed over, in input order; `next` is the
 * first item of the plan that was not begun. Invariants:
 *
 *   D1  Only the head of the window is handed over, and only when READY.
 *   D2  A task of the window is WAITING (to be copied, or to be submitted), RUNNING in the
 * pool, or READY. D3  bytes = the sizes of the copies of all tasks in the window.
 *
 * The pool is made when the first task needs it: an unchanged tree starts no worker.
 */
#include "ingest/dispatch.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { AHEAD_PER_JOB = 4, IN_MEMORY = 1 << 20 };
#define AHEAD_BYTES (G_GUINT64_CONSTANT(1) << 30)

struct OkbDispatch {
    const OkbPlan *plan;
    const OkbPlugins *plugins;
    const OkbIngestOptions *options;
    OkbDispatchHooks hooks;
    int staging, raw;
    OkbPool *pool;
    GQueue window; /* OkbTask */
    guint next;    /* index into plan->items */
    guint64 bytes;
    guint64 submissions; /* numbers of jobs and of copies */
    GHashTable *running; /* submission number -> OkbTask, borrowed */
    bool stopped;
};

OkbDispatch *okb_dispatch_new(const OkbPlan *plan, const OkbPlugins *plugins, int staging,
                              const OkbIngestOptions *options, const OkbDispatchHooks *hooks,
                              GError **error)
{
    okb_autofd int raw = -1;
    if (mkdirat(staging, "raw", 0700) != 0 ||
        (raw = openat(staging, "raw", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        okb_error_errno(error, errno, "cannot make the staging directory for copies");
        return NULL;
    }
    OkbDispatch *d = g_new0(OkbDispatch, 1);
    d->plan = plan;
    d->plugins = plugins;
    d->options = options;
    d->hooks = *hooks;
    d->staging = staging;
    d->raw = okb_steal_fd(&raw);
    g_queue_init(&d->window);
    d->running = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return d;
}

void okb_dispatch_free(OkbDispatch *d)
{
    if (!d)
        return;
    okb_pool_free(d->pool);
    g_queue_clear_full(&d->window, (GDestroyNotify)okb_task_free);
    g_hash_table_unref(d->running);
    okb_close_fd(&d->raw);
    g_free(d);
}

int okb_dispatch_raw_dir(const OkbDispatch *d)
{
    return d->raw;
}

guint okb_dispatch_running(const OkbDispatch *d)
{
    return g_hash_table_size(d->running);
}

const char *okb_dispatch_slowest(const OkbDispatch *d)
{
    const OkbTask *slowest = NULL;
    GHashTableIter iter;
    gpointer task;
    g_hash_table_iter_init(&iter, d->running);
    while (g_hash_table_iter_next(&iter, NULL, &task))
        if (!slowest || ((OkbTask *)task)->started_us < slowest->started_us)
            slowest = task;
    return slowest ? slowest->item->display : NULL;
}

const char *okb_dispatch_sandbox(const OkbDispatch *d, int *ret_landlock_abi)
{
    return d->pool ? okb_pool_sandbox(d->pool, ret_landlock_abi) : NULL;
}

/* ---- Preparing one task ------------------------------------------------------------------ */

static int open_copy(const OkbDispatch *d, const OkbTask *task)
{
    return task->copy_fd >= 0
               ? fcntl(task->copy_fd, F_DUPFD_CLOEXEC, 3)
               : openat(d->raw, task->raw_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static gsize read_head(OkbDispatch *d, const OkbTask *task,
                       guint8 head[static OKB_PLUGINS_HEAD])
{
    okb_autofd int fd = open_copy(d, task);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, OKB_PLUGINS_HEAD, 0);
    return n < 0 ? 0 : (gsize)n;
}

/* Candidates by the copy's first bytes; without one the task fails and names a package. */
static void select_plugins(OkbDispatch *d, OkbTask *task)
{
    guint8 head[OKB_PLUGINS_HEAD];
    gsize n = read_head(d, task, head);
    task->candidates = okb_plugins_select(d->plugins, d->options->plugin, task->item->name,
                                          NULL, head, n, NULL);
    if (task->candidates->len == 0)
        okb_task_fail_no_plugin(task, head, n);
}

static void drop_copy(OkbDispatch *d, OkbTask *task)
{
    if (!task->copied)
        return;
    if (task->copy_fd >= 0)
        okb_close_fd(&task->copy_fd);
    else
        unlinkat(d->raw, task->raw_name, 0);
    d->bytes -= task->copy.size;
    task->copied = false;
}

static void copy_source(OkbDispatch *d, OkbTask *task)
{
    g_autoptr(GError) error = NULL;
    snprintf(task->raw_name, sizeof task->raw_name, "%" G_GUINT64_FORMAT, ++d->submissions);
    bool fine =
        !d->hooks.nameless_copies ||
        okb_copy_to_memory(task->item->path, IN_MEMORY, &task->copy, &task->copy_fd, &error);
    if (fine && task->copy_fd < 0)
        fine = okb_copy_source(task->item->path, d->raw, task->raw_name, &task->copy, &error);
    if (!fine) {
        okb_task_fail_copy(task, error);
        return;
    }
    task->copied = true;
    d->bytes += task->copy.size;
}

static void refuse_empty(OkbTask *task)
{
    okb_task_fail(task, "open", "empty", g_strdup("the file is empty"),
                  "nothing to do, unless it should not be empty");
    task->failure.permanent = true;
}

static void refuse(OkbTask *task)
{
    okb_task_fail(task, "open", task->item->reason, g_strdup(task->item->refusal),
                  "check the path and its permissions");
}

/* Everything before the pool: questions, copy, selection. */
static bool prepare_task(OkbDispatch *d, OkbTask *task, GError **error)
{
    if (task->item->refusal) {
        refuse(task);
        return true;
    }
    if (!d->hooks.before_copy(task, d->hooks.data, error))
        return false;
    if (task->state == OKB_TASK_WAITING)
        copy_source(d, task);
    if (task->state == OKB_TASK_WAITING && !d->hooks.after_copy(task, d->hooks.data, error))
        return false;
    if (task->state == OKB_TASK_WAITING && task->copy.size == 0)
        refuse_empty(task);
    if (task->state == OKB_TASK_WAITING)
        select_plugins(d, task);
    return true;
}

static bool make_pool(OkbDispatch *d, GError **error)
{
    OkbPoolConfig config = {
        .staging = d->staging,
        .slots = MAX(d->options->jobs, 1),
        .sandbox = d->options->sandbox,
        .limits = d->options->limits,
        .verbose = d->options->verbose,
        .stop = d->options->stop,
    };
    if (!d->pool)
        d->pool = okb_pool_new(&config, error);
    return d->pool != NULL;
}

static int open_sibling_dir(const OkbTask *task)
{
    g_autofree char *dir = g_path_get_dirname(task->item->path);
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static bool submit(OkbDispatch *d, OkbTask *task, GError **error)
{
    task->plugin = task->candidates->pdata[task->candidate];
    g_free(task->options);
    task->options = okb_plugin_options(task->plugin, d->options->options, error);
    if (!task->options || !make_pool(d, error))
        return false;
    okb_autofd int source = open_copy(d, task);
    okb_autofd int siblings = open_sibling_dir(task);
    if (source < 0)
        return okb_error_errno(error, errno, "cannot open the copy of %s", task->item->path);
    OkbJob job = {
        .number = ++d->submissions,
        .plugin = task->plugin,
        .source = source,
        .size = task->copy.size,
        .name = task->item->name,
        .options = task->options,
        .sibling_dir = siblings,
    };
    if (!okb_pool_submit(d->pool, &job, error))
        return false;
    task->state = OKB_TASK_RUNNING;
    task->started_us = g_get_monotonic_time();
    g_hash_table_insert(d->running, g_memdup2(&job.number, sizeof job.number), task);
    return true;
}

/* ---- Feeding the pool -------------------------------------------------------------------- */

static bool has_room(const OkbDispatch *d)
{
    return d->window.length < AHEAD_PER_JOB * MAX(d->options->jobs, 1) &&
           (d->bytes < AHEAD_BYTES || d->window.length == 0);
}

static OkbTask *begin_next(OkbDispatch *d)
{
    if (d->stopped || d->next >= d->plan->items->len || !has_room(d))
        return NULL;
    OkbTask *task = okb_task_new(d->plan->items->pdata[d->next], d->next);
    d->next++;
    g_queue_push_tail(&d->window, task);
    return task;
}

static OkbTask *first_waiting(OkbDispatch *d)
{
    for (GList *link = d->window.head; link && !d->stopped; link = link->next)
        if (((OkbTask *)link->data)->state == OKB_TASK_WAITING)
            return link->data;
    return NULL;
}

static bool pool_has_room(const OkbDispatch *d)
{
    return !d->pool || okb_pool_idle(d->pool) > 0;
}

/*
 * Moves tasks forward until the pool is busy or the window is full. A task is copied ahead of a
 * free slot only when it is the next to run, so that copies never pile up.
 */
static bool feed(OkbDispatch *d, GError **error)
{
    while (pool_has_room(d)) {
        OkbTask *task = first_waiting(d);
        if (!task && !(task = begin_next(d)))
            return true;
        if (!task->candidates && !prepare_task(d, task, error))
            return false;
        if (task->state == OKB_TASK_WAITING && !submit(d, task, error))
            return false;
    }
    return true;
}

static void drop_out_dir(OkbDispatch *d, const char *path)
{
    if (path[0])
        okb_tree_remove(d->staging, path, NULL);
}

static void take_outcome(OkbDispatch *d, OkbOutcome *outcome)
{
    gint64 number = (gint64)outcome->number;
    OkbTask *task = g_hash_table_lookup(d->running, &number);
    g_hash_table_remove(d->running, &number);
    char path[sizeof outcome->out_path];
    g_strlcpy(path, outcome->out_path, sizeof path);
    OkbLimits limits = okb_pool_limits(d->pool, task->plugin);
    okb_task_take_outcome(task, outcome, &limits, d->staging);
    if (task->verdict != OKB_VERDICT_CONVERTED)
        drop_out_dir(d, path);
}

static OkbTask *take_head(OkbDispatch *d)
{
    OkbTask *head = g_queue_peek_head(&d->window);
    if (!head || head->state != OKB_TASK_READY)
        return NULL;
    return g_queue_pop_head(&d->window);
}

static bool is_over(const OkbDispatch *d)
{
    if (d->stopped)
        return true;
    return d->window.length == 0 && d->next >= d->plan->items->len;
}

OkbDispatchStatus okb_dispatch_next(OkbDispatch *d, int timeout_ms, OkbTask **ret_task,
                                    GError **error)
{
    gint64 deadline = g_get_monotonic_time() + (gint64)timeout_ms * 1000;
    for (;;) {
        if (!feed(d, error))
            return OKB_DISPATCH_ERROR;
        if ((*ret_task = take_head(d)))
            return OKB_DISPATCH_TASK;
        if (is_over(d))
            return OKB_DISPATCH_END;
        OkbOutcome outcome = {.left = OKB_LEFT_NOTHING};
        gint64 left = timeout_ms < 0 ? -1 : MAX(0, (deadline - g_get_monotonic_time()) / 1000);
        switch (okb_pool_wait(d->pool, (int)left, &outcome, error)) {
        case OKB_POOL_OUTCOME:
            take_outcome(d, &outcome);
            break;
        case OKB_POOL_TIMEOUT:
            return OKB_DISPATCH_TIMEOUT;
        case OKB_POOL_INTERRUPTED:
            return OKB_DISPATCH_INTERRUPTED;
        case OKB_POOL_ERROR:
            return OKB_DISPATCH_ERROR;
        }
    }
}

bool okb_dispatch_serve(OkbDispatch *d, int timeout_ms)
{
    OkbOutcome outcome = {.left = OKB_LEFT_NOTHING};
    if (okb_dispatch_running(d) == 0)
        return false;
    OkbPoolStatus status = okb_pool_wait(d->pool, timeout_ms, &outcome, NULL);
    if (status == OKB_POOL_OUTCOME)
        take_outcome(d, &outcome);
    return status != OKB_POOL_ERROR;
}

/* ---- The end of a task ------------------------------------------------------------------- */

static void drop_traces(OkbDispatch *d, OkbTask *task)
{
    char path[sizeof task->outcome.out_path];
    g_strlcpy(path, task->outcome.out_path, sizeof path);
    if (task->verdict == OKB_VERDICT_CONVERTED)
        drop_out_dir(d, path);
    drop_copy(d, task);
}

void okb_dispatch_again(OkbDispatch *d, OkbTask *task)
{
    drop_traces(d, task);
    okb_task_restart(task);
    g_queue_push_head(&d->window, task);
}

void okb_dispatch_done(OkbDispatch *d, OkbTask *task)
{
    drop_traces(d, task);
    okb_task_free(task);
}

void okb_dispatch_stop(OkbDispatch *d)
{
    d->stopped = true;
}
