/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The owner: the one loop that commits. It takes prepared tasks in input order and gathers them
 * in groups.
 *
 *     idle ──task──> acquire ──> group open ──full, 200 ms, end──> commit ──> held
 *      ^                ^            ^                                          |
 *      |                |            +------------- task within 1 s ------------+
 *      +---- release <--+------------------ nothing for 1 s, or 10 s held ------+
 *
 *   O1  A task is reported only after the group that holds it, and all tasks before it,
 * committed. O2  The lock is never held while nothing of ours is ready for more than a second.
 *   O3  A group that fails leaves nothing; its documents are prepared anew, one to a group, and
 *       those after them go in groups again. One that fails again is reported; two in a row
 * stop the batch.
 */
#include "ingest/commit.h"
#include "ingest/dispatch.h"
#include "ingest/dry-run.h"
#include "ingest/known.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <string.h>

enum { GROUP_DOCUMENTS = 128, GROUP_MS = 200, IDLE_MS = 1000, HOLD_MS = 10000 };
#define GROUP_BYTES (G_GUINT64_CONSTANT(64) << 20)

typedef struct {
    OkbIdentity identity;
    OkbStore *store;
    OkbDispatch *dispatch;
    const OkbObserver *observer;
    OkbCounts *counts;
    guint64 total, done;

    OkbTxn *txn;        /* the open group, or NULL */
    GPtrArray *group;   /* OkbTask: in the open group, or reported with it (O1) */
    gint64 group_began; /* monotonic microseconds, as the next three */
    gint64 held_since, last_ready;
    guint alone;           /* tasks that are yet to be in groups of one (O3) */
    guint failed_in_a_row; /* of groups of one */
    gint64 progress_at;
} Owner;

static gint64 now_us(void)
{
    return g_get_monotonic_time();
}

static gint64 ms_since(gint64 then)
{
    return (now_us() - then) / 1000;
}

/* ---- Reporting --------------------------------------------------------------------------- */

static void count(OkbCounts *counts, OkbItemKind kind)
{
    guint64 *const fields[] = {
        [OKB_ITEM_ADDED] = &counts->added,         [OKB_ITEM_UPDATED] = &counts->updated,
        [OKB_ITEM_UNCHANGED] = &counts->unchanged, [OKB_ITEM_DUPLICATE] = &counts->duplicates,
        [OKB_ITEM_REMOVED] = &counts->removed,     [OKB_ITEM_FAILED] = &counts->failed,
        [OKB_ITEM_WOULD] = &counts->would,         [OKB_ITEM_CONVERTED] = &counts->converted,
        [OKB_ITEM_PROMOTED] = &counts->promoted,   [OKB_ITEM_FORGOTTEN] = &counts->forgotten,
    };
    (*fields[kind])++;
}

static void report(Owner *owner, const OkbTask *task)
{
    const OkbBundle *bundle = task->bundle;
    OkbItem item = {
        .kind = task->result,
        .path = task->item->display,
        .name = task->document_name,
        .plugin = task->plugin ? task->plugin->id : NULL,
        .images = task->images,
    };
    if (bundle && task->result != OKB_ITEM_FAILED) {
        item.pages = bundle->pages->len;
        item.warnings = bundle->warnings->len;
        if (item.warnings) {
            item.first_warning = g_array_index(bundle->warnings, OkbFact, 0).value;
            item.first_warning_page = g_array_index(bundle->warnings, OkbFact, 0).page;
        }
    }
    if (task->result == OKB_ITEM_FAILED) {
        owner->counts->no_space += g_strcmp0(task->failure.reason, "no-space") == 0;
        item.stage = task->failure.stage;
        item.reason = task->failure.reason;
        item.detail = task->failure.detail;
        item.hint = task->failure.hint;
        item.remembered = task->failure.remembered;
    }
    count(owner->counts, item.kind);
    owner->done++;
    owner->observer->item(&item, owner->observer->data);
}

static void show_progress(Owner *owner)
{
    if (!owner->observer->progress || ms_since(owner->progress_at) < 100)
        return;
    owner->progress_at = now_us();
    owner->observer->progress(owner->done, owner->total, okb_dispatch_running(owner->dispatch),
                              okb_dispatch_slowest(owner->dispatch), owner->observer->data);
}

static void report_group(Owner *owner)
{
    owner->alone -= MIN(owner->alone, owner->group->len);
    for (guint i = 0; i < owner->group->len; i++) {
        OkbTask *task = owner->group->pdata[i];
        report(owner, task);
        okb_dispatch_done(owner->dispatch, task);
    }
    g_ptr_array_set_size(owner->group, 0);
}

/* ---- The lock ---------------------------------------------------------------------------- */

static void report_lines(Owner *owner, const GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        owner->observer->notice(lines->pdata[i], owner->observer->data);
}

/* Conflicts kept, files left alone: what publishing met. */
static void report_messages(Owner *owner)
{
    g_autoptr(GPtrArray) messages = okb_store_take_messages(owner->store);
    report_lines(owner, messages);
}

/* Conversions that run ask for files, and have deadlines, while another holds the lock. */
static bool serve_meanwhile(int ms, gpointer data)
{
    return okb_dispatch_serve(((Owner *)data)->dispatch, ms);
}

static bool acquire(Owner *owner, GError **error)
{
    if (okb_store_is_held(owner->store))
        return true;
    OkbRecoveryReport recovery;
    okb_recovery_report_init(&recovery);
    okb_store_while_waiting(owner->store, serve_meanwhile, owner);
    bool ok = okb_store_acquire(owner->store, &recovery, error);
    okb_store_while_waiting(owner->store, NULL, NULL);
    report_lines(owner, recovery.messages);
    ok = ok && okb_known_check(&owner->identity, &recovery, error);
    okb_recovery_report_clear(&recovery);
    owner->held_since = owner->last_ready = now_us();
    return ok;
}

static bool release(Owner *owner, GError **error)
{
    if (!okb_store_is_held(owner->store))
        return true;
    bool ok = okb_store_release(owner->store, error);
    report_messages(owner);
    return ok;
}

/* ---- Groups ------------------------------------------------------------------------------ */

static bool open_group(Owner *owner, GError **error)
{
    if (owner->txn)
        return true;
    if (!acquire(owner, error) || !(owner->txn = okb_txn_begin(owner->store, error)))
        return false;
    owner->group_began = now_us();
    return true;
}

/* Last first, so that they are handed over in input order again. */
static void send_group_back(Owner *owner)
{
    for (guint i = owner->group->len; i > 0; i--)
        okb_dispatch_again(owner->dispatch, owner->group->pdata[i - 1]);
    g_ptr_array_set_size(owner->group, 0);
}

static void fail_group(Owner *owner, const GError *cause)
{
    bool full = g_error_matches(cause, OKB_ERROR, OKB_ERROR_NO_SPACE);
    for (guint i = 0; i < owner->group->len; i++) {
        OkbTask *task = owner->group->pdata[i];
        okb_task_fail(task, "commit", full ? "no-space" : "not-committed",
                      g_strdup(cause->message),
                      full ? "free some space and add it again"
                           : "see `openkb doctor`, then add it again");
        task->result = OKB_ITEM_FAILED;
    }
    report_group(owner);
}

/*
 * O3. A fresh start under the lock tells what is in when the outcome of COMMIT is unknown: a
 * document that did get in is then found unchanged.
 */
static bool group_failed(Owner *owner, GError *cause, GError **error)
{
    g_autoptr(GError) local = cause;
    owner->txn = NULL;
    if (owner->alone == 0) {
        owner->alone = owner->group->len;
        send_group_back(owner);
    } else {
        fail_group(owner, local);
        owner->failed_in_a_row++;
    }
    if (!release(owner, error))
        return false;
    if (owner->failed_in_a_row < 2)
        return true;
    g_propagate_prefixed_error(error, g_steal_pointer(&local),
                               "the batch stops, nothing can be committed: ");
    return false;
}

static bool commit_group(Owner *owner, GError **error)
{
    GError *cause = NULL;
    if (owner->txn && !okb_txn_commit(g_steal_pointer(&owner->txn), &cause))
        return group_failed(owner, cause, error);
    owner->failed_in_a_row = 0;
    owner->last_ready = now_us();
    report_group(owner);
    report_messages(owner);
    return true;
}

static bool group_is_full(const Owner *owner)
{
    return owner->txn &&
           (okb_txn_documents(owner->txn) >= (owner->alone ? 1 : GROUP_DOCUMENTS) ||
            okb_txn_bytes(owner->txn) >= GROUP_BYTES ||
            ms_since(owner->group_began) >= GROUP_MS);
}

/* ---- One task ---------------------------------------------------------------------------- */

/* It waits for the group before it (O1), or is reported at once when there is none. What was
 * converted is staged: a group would run out of descriptors. */
static void join_group(Owner *owner, OkbTask *task)
{
    okb_close_fd(&task->outcome.left.out);
    g_ptr_array_add(owner->group, task);
    if (!owner->txn)
        report_group(owner);
}

/* A target that the group has already. Alone in its group a document can only be in its own
 * way. */
static bool stage_again(Owner *owner, OkbTask *task, GError **error)
{
    if (okb_txn_documents(owner->txn) == 0) {
        okb_task_fail(task, "commit", "not-committed",
                      g_strdup("two of its files would have one name"),
                      "report it to the plugin's authors, with the file");
        task->result = OKB_ITEM_FAILED;
        join_group(owner, task);
    } else {
        okb_dispatch_again(owner->dispatch, task);
    }
    return commit_group(owner, error);
}

/* The transaction broke under this task: with it, the whole group is prepared anew (O3). */
static bool abandon_group(Owner *owner, OkbTask *task, GError *cause, GError **error)
{
    okb_txn_free(g_steal_pointer(&owner->txn));
    g_ptr_array_add(owner->group, task);
    return group_failed(owner, cause, error);
}

static bool stage(Owner *owner, OkbTask *task, GError **error)
{
    GError *cause = NULL;
    if (!open_group(owner, error)) {
        okb_dispatch_again(owner->dispatch, task);
        return false;
    }
    switch (okb_commit_task(&owner->identity, owner->txn, task,
                            okb_dispatch_raw_dir(owner->dispatch), &cause)) {
    case OKB_COMMIT_STAGED:
    case OKB_COMMIT_FAILED:
        if (task->verdict == OKB_VERDICT_FAILED)
            task->result = OKB_ITEM_FAILED;
        join_group(owner, task);
        return !group_is_full(owner) || commit_group(owner, error);
    case OKB_COMMIT_AGAIN:
        okb_dispatch_again(owner->dispatch, task);
        return true;
    case OKB_COMMIT_BUSY:
        return stage_again(owner, task, error);
    case OKB_COMMIT_ERROR:
        return abandon_group(owner, task, cause, error);
    }
    g_assert_not_reached();
}

static bool handle_task(Owner *owner, OkbTask *task, GError **error)
{
    owner->last_ready = now_us();
    bool still = true;
    if (okb_commit_is_needed(task))
        return stage(owner, task, error);
    if (task->is_alias && !okb_identity_is_alias_still(&owner->identity, task, &still, error)) {
        okb_dispatch_again(owner->dispatch, task);
        return false;
    }
    if (!still) {
        okb_dispatch_again(owner->dispatch, task);
        return true;
    }
    task->result = task->verdict == OKB_VERDICT_FAILED ? OKB_ITEM_FAILED : OKB_ITEM_UNCHANGED;
    join_group(owner, task);
    return true;
}

/* ---- The loop ---------------------------------------------------------------------------- */

/* How long to wait for the next task before something else is due. */
static int next_deadline(const Owner *owner)
{
    if (owner->txn)
        return (int)MAX(0, GROUP_MS - ms_since(owner->group_began));
    if (okb_store_is_held(owner->store))
        return (int)MAX(0, IDLE_MS - ms_since(owner->last_ready));
    return owner->observer->progress ? 200 : -1;
}

/* Nothing became ready in time, or the lock was held long enough: what is due now (O2). */
static bool keep_time(Owner *owner, GError **error)
{
    if (group_is_full(owner) && !commit_group(owner, error))
        return false;
    bool idle = !owner->txn && ms_since(owner->last_ready) >= IDLE_MS;
    bool long_held = !owner->txn && ms_since(owner->held_since) >= HOLD_MS;
    return !(idle || long_held) || release(owner, error);
}

static void heed_signals(Owner *owner)
{
    if (*owner->identity.options->stop && !owner->counts->interrupted) {
        owner->counts->interrupted = true;
        okb_dispatch_stop(owner->dispatch);
    }
}

static bool must_stop_now(const Owner *owner)
{
    return *owner->identity.options->stop > 1;
}

static bool run(Owner *owner, GError **error)
{
    for (;;) {
        OkbTask *task = NULL;
        heed_signals(owner);
        if (must_stop_now(owner))
            return true;
        switch (okb_dispatch_next(owner->dispatch, next_deadline(owner), &task, error)) {
        case OKB_DISPATCH_TASK:
            if (!handle_task(owner, task, error))
                return false;
            break;
        case OKB_DISPATCH_TIMEOUT:
        case OKB_DISPATCH_INTERRUPTED:
            break;
        case OKB_DISPATCH_END:
            if (!commit_group(owner, error))
                return false;
            if (owner->counts->interrupted || owner->done == owner->total)
                return release(owner, error);
            break;
        case OKB_DISPATCH_ERROR:
            return false;
        }
        if (!keep_time(owner, error))
            return false;
        show_progress(owner);
    }
}

/* A batch that must stop still keeps what was committed: the end steps run, or the next command
 * runs them. */
static bool finish(Owner *owner, bool ok, GError **error)
{
    if (!ok && owner->txn && !must_stop_now(owner))
        commit_group(owner, NULL);
    okb_txn_free(g_steal_pointer(&owner->txn));
    for (guint i = 0; i < owner->group->len; i++)
        okb_task_free(owner->group->pdata[i]);
    g_ptr_array_unref(owner->group);
    if (!must_stop_now(owner))
        ok = release(owner, ok ? error : NULL) && ok;
    owner->counts->sandbox =
        okb_dispatch_sandbox(owner->dispatch, &owner->counts->landlock_abi);
    okb_dispatch_free(owner->dispatch);
    return ok;
}

/* ---- Entry ------------------------------------------------------------------------------- */

static bool before_copy(OkbTask *task, gpointer data, GError **error)
{
    return okb_identity_before_copy(data, task, error);
}

static bool after_copy(OkbTask *task, gpointer data, GError **error)
{
    return okb_identity_after_copy(data, task, error);
}

static bool ingest_plan(const OkbIdentity *identity, const OkbPlan *plan, OkbKb *kb,
                        const OkbObserver *observer, OkbCounts *counts, GError **error)
{
    g_autoptr(OkbStaging) staging = okb_staging_open(kb, error);
    if (!staging)
        return false;
    OkbDispatchHooks hooks = {before_copy, after_copy, (gpointer)identity};
    OkbDispatch *dispatch = okb_dispatch_new(plan, identity->plugins, okb_staging_dir(staging),
                                             identity->options, &hooks, error);
    if (!dispatch)
        return false;
    Owner owner = {
        .identity = *identity,
        .store = identity->store,
        .dispatch = dispatch,
        .observer = observer,
        .counts = counts,
        .total = plan->items->len,
        .group = g_ptr_array_new(),
    };
    return finish(&owner, run(&owner, error), error);
}

bool okb_ingest_add(OkbKb *kb, OkbStore *store, const OkbPlugins *plugins,
                    const OkbIngestOptions *options, const OkbObserver *observer,
                    OkbCounts *counts, GError **error)
{
    OkbKnown known = {0};
    OkbIdentity identity = {store, kb, plugins, options, &known};
    g_autoptr(OkbPlan) plan = okb_plan_make(kb, plugins, options, error);
    if (!plan)
        return false;
    counts->skipped_special = plan->skipped_special;
    counts->skipped_unknown = plan->skipped_unknown;
    if (!okb_known_mark(&identity, plan, error))
        return false;
    if (options->dry_run)
        return okb_dry_run(&identity, plan, observer, counts, error);
    if (plan->items->len == 0)
        return true;
    return ingest_plan(&identity, plan, kb, observer, counts, error);
}
