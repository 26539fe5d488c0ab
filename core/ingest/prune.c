/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Carrying out: each step is judged again inside the transaction that does it, and reported
 * when that is committed.
 */
#include "ingest/prune-private.h"
#include "ingest/remove.h"
#include "store/transaction.h"
#include "util/error.h"

#include <string.h>

enum { GROUP_STEPS = 128 };

typedef struct {
    OkbStore *store;
    const OkbPrunePlan *plan;
    const OkbPruneOptions *options;
    const OkbObserver *observer;
    OkbCounts *counts;
    OkbPresence *presence; /* of the group at hand: what was seen before proves nothing */
} Prune;

/* What a step came to in its group. */
typedef struct {
    bool done;
    OkbItemKind kind;
    const OkbPruneStep *step;
    char *source; /* promoted: the new one */
} Outcome;

static void outcome_clear(gpointer data)
{
    g_free(((Outcome *)data)->source);
}

/* ---- Reports ----------------------------------------------------------------------------- */

static void report(Prune *prune, const OkbItem *item, guint64 *counter)
{
    (*counter)++;
    prune->observer->item(item, prune->observer->data);
}

static void report_outcome(Prune *prune, const Outcome *outcome)
{
    const OkbPruneStep *step = outcome->step;
    bool moved = outcome->kind == OKB_ITEM_PROMOTED;
    guint64 *counter = moved                                 ? &prune->counts->promoted
                       : outcome->kind == OKB_ITEM_FORGOTTEN ? &prune->counts->forgotten
                                                             : &prune->counts->removed;
    const OkbItem item = {.kind = outcome->kind,
                          .path = moved ? outcome->source : step->path,
                          .was = moved ? step->path : NULL,
                          .name = step->name};
    if (outcome->done)
        report(prune, &item, counter);
}

static void report_doubt(Prune *prune, const char *place, const char *reason,
                         const char *detail, guint sources)
{
    g_autofree char *text =
        g_strdup_printf("%s; %u source%s from there %s kept", detail, sources,
                        sources == 1 ? "" : "s", sources == 1 ? "is" : "are");
    const OkbItem item = {.kind = OKB_ITEM_FAILED,
                          .path = place,
                          .stage = "prune",
                          .reason = reason,
                          .detail = text};
    report(prune, &item, &prune->counts->failed);
}

static void report_doubts(Prune *prune)
{
    for (guint i = 0; i < prune->plan->doubts->len; i++) {
        const OkbPruneDoubt *doubt = prune->plan->doubts->pdata[i];
        report_doubt(prune, doubt->place, doubt->reason, doubt->detail, doubt->sources);
    }
}

static void report_plan(Prune *prune)
{
    static const char *const actions[] = {[OKB_PRUNE_REMOVE] = "remove",
                                          [OKB_PRUNE_PROMOTE] = "promote",
                                          [OKB_PRUNE_FORGET] = "forget"};
    for (guint i = 0; i < prune->plan->steps->len; i++) {
        const OkbPruneStep *step = prune->plan->steps->pdata[i];
        const OkbItem item = {.kind = OKB_ITEM_WOULD,
                              .action = actions[step->action],
                              .path = step->heir ? step->heir : step->path,
                              .was = step->heir ? step->path : NULL,
                              .name = step->name};
        report(prune, &item, &prune->counts->would);
    }
}

static void pass_on(Prune *prune, const GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++)
        prune->observer->notice(messages->pdata[i], prune->observer->data);
}

static void pass_on_messages(Prune *prune)
{
    g_autoptr(GPtrArray) messages = okb_store_take_messages(prune->store);
    pass_on(prune, messages);
}

/* ---- Steps ------------------------------------------------------------------------------- */

/* Another name may speak for another plugin: the next add makes the choice again. */
static bool promote(Prune *prune, OkbTxn *txn, OkbDocument *document, const OkbAlias *heir,
                    GError **error)
{
    g_autofree char *vanished = g_steal_pointer(&document->path);
    document->path = g_strdup(heir->path);
    document->stat = heir->stat;
    g_free(document->source_name);
    document->source_name = g_path_get_basename(heir->path);
    g_clear_pointer(&document->provenance.choice, g_free);
    okb_txn_log(txn, "promote", document->source_name);
    return okb_registry_delete_alias(prune->store, heir->path, error) &&
           okb_registry_put(prune->store, document, error) &&
           okb_registry_clear_failure(prune->store, vanished, error);
}

static bool promote_under_savepoint(Prune *prune, OkbTxn *txn, OkbDocument *document,
                                    const OkbAlias *heir, GError **error)
{
    return okb_txn_document_begin(txn, error) && promote(prune, txn, document, heir, error) &&
           okb_txn_document_end(txn, error);
}

/* A step that was to promote does not remove: nobody agreed to that. */
static bool carry_out_fate(Prune *prune, OkbTxn *txn, OkbDocument *document,
                           const OkbFate *fate, Outcome *outcome, GError **error)
{
    switch (fate->kind) {
    case OKB_FATE_KEEP:
        return true;
    case OKB_FATE_DOUBT:
        report_doubt(prune, fate->doubt.place, fate->doubt.reason, fate->doubt.detail, 1);
        return true;
    case OKB_FATE_PROMOTE:
        outcome->done = true;
        outcome->kind = OKB_ITEM_PROMOTED;
        outcome->source = g_strdup(fate->heir->path);
        return promote_under_savepoint(prune, txn, document, fate->heir, error);
    case OKB_FATE_REMOVE:
        outcome->done = outcome->step->action == OKB_PRUNE_REMOVE;
        outcome->kind = OKB_ITEM_REMOVED;
        return !outcome->done || okb_remove_document(txn, prune->store, document, false, error);
    }
    g_assert_not_reached();
}

static bool prune_document(Prune *prune, OkbTxn *txn, Outcome *outcome, GError **error)
{
    GError *local = NULL;
    const OkbPruneStep *step = outcome->step;
    g_auto(OkbFate) fate = {0};
    g_autoptr(OkbDocument) document = okb_registry_by_id(prune->store, step->document, &local);
    if (local) {
        g_propagate_error(error, local);
        return false;
    }
    if (!document || strcmp(document->path, step->path) != 0)
        return true;
    return okb_prune_judge(prune->store, prune->presence, step->document, step->path, &fate,
                           error) &&
           carry_out_fate(prune, txn, document, &fate, outcome, error);
}

static bool forget(Prune *prune, OkbTxn *txn, Outcome *outcome, GError **error)
{
    const char *key = outcome->step->path;
    g_autofree char *path = okb_prune_absolute(okb_store_kb(prune->store), key);
    OkbPresenceAnswer answer = okb_presence_look(prune->presence, path);
    if (answer.kind == OKB_PRESENCE_DOUBT)
        report_doubt(prune, answer.place, answer.reason, answer.detail, 1);
    if (answer.kind != OKB_PRESENCE_GONE)
        return true;
    outcome->done = true;
    outcome->kind = OKB_ITEM_FORGOTTEN;
    return okb_txn_document_begin(txn, error) &&
           okb_registry_delete_alias(prune->store, key, error) &&
           okb_registry_clear_failure(prune->store, key, error) &&
           okb_txn_document_end(txn, error);
}

static bool carry_out_step(Prune *prune, OkbTxn *txn, Outcome *outcome, GError **error)
{
    return outcome->step->action == OKB_PRUNE_FORGET
               ? forget(prune, txn, outcome, error)
               : prune_document(prune, txn, outcome, error);
}

/* ---- Groups ------------------------------------------------------------------------------ */

static bool carry_out_group(Prune *prune, guint from, guint to, GError **error)
{
    g_autoptr(OkbPresence) presence = okb_presence_new();
    g_autoptr(GArray) outcomes = g_array_new(FALSE, TRUE, sizeof(Outcome));
    g_array_set_clear_func(outcomes, outcome_clear);
    g_array_set_size(outcomes, to - from);
    prune->presence = presence;
    g_autoptr(OkbTxn) txn = okb_txn_begin(prune->store, error);
    for (guint i = from; txn && i < to; i++) {
        Outcome *outcome = &g_array_index(outcomes, Outcome, i - from);
        outcome->step = prune->plan->steps->pdata[i];
        if (!carry_out_step(prune, txn, outcome, error))
            return false;
    }
    if (!txn || !okb_txn_commit(g_steal_pointer(&txn), error))
        return false;
    for (guint i = 0; i < outcomes->len; i++)
        report_outcome(prune, &g_array_index(outcomes, Outcome, i));
    pass_on_messages(prune);
    return true;
}

static bool carry_out_all(Prune *prune, GError **error)
{
    guint count = prune->plan->steps->len;
    for (guint at = 0; at < count; at += GROUP_STEPS) {
        if (prune->options->stop && *prune->options->stop) {
            prune->counts->interrupted = true;
            return true;
        }
        if (!carry_out_group(prune, at, MIN(at + GROUP_STEPS, count), error))
            return false;
    }
    return true;
}

static bool under_lock(Prune *prune, GError **error)
{
    OkbRecoveryReport recovery;
    okb_recovery_report_init(&recovery);
    bool ok = okb_store_acquire(prune->store, &recovery, error);
    pass_on(prune, recovery.messages);
    okb_recovery_report_clear(&recovery);
    if (!ok)
        return false;
    ok = carry_out_all(prune, error);
    ok = okb_store_release(prune->store, ok ? error : NULL) && ok;
    pass_on_messages(prune);
    return ok;
}

bool okb_prune_carry_out(OkbStore *store, const OkbPrunePlan *plan,
                         const OkbPruneOptions *options, const OkbObserver *observer,
                         OkbCounts *counts, GError **error)
{
    Prune prune = {store, plan, options, observer, counts, NULL};
    report_doubts(&prune);
    if (options->dry_run)
        report_plan(&prune);
    return options->dry_run || plan->steps->len == 0 || under_lock(&prune, error);
}
