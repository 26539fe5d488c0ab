/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The order for a document that is new or changed:
 *
 *     source still as copied? -> name -> files (artifacts.c) -> row
 */
#include "ingest/commit.h"

#include "ingest/artifacts.h"
#include "ingest/names.h"
#include "ingest/render.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { RESTARTS_MAX = 2 };

bool okb_commit_is_needed(const OkbTask *task)
{
    switch (task->verdict) {
    case OKB_VERDICT_CONVERTED:
    case OKB_VERDICT_KNOWN:
        return true;
    case OKB_VERDICT_FAILED:
        return task->copied;
    default:
        return false;
    }
}

/* ---- Failures ---------------------------------------------------------------------------- */

/* A crash or a limit is believed the second time. */
static bool is_final(const OkbTask *task, gint64 count)
{
    bool repeats =
        !strcmp(task->failure.reason, "crashed") || !strcmp(task->failure.reason, "limit");
    return task->failure.permanent || (repeats && count >= 2);
}

static gint64 failures_before(const OkbTask *task, const OkbFailure *before)
{
    bool same = before && strcmp(before->hash, task->copy.hash) == 0 &&
                g_strcmp0(before->plugin, task->plugin ? task->plugin->id : NULL) == 0 &&
                g_strcmp0(before->reason, task->failure.reason) == 0;
    return same ? before->count : 0;
}

static bool record_failure(const OkbIdentity *id, OkbTask *task, GError **error)
{
    GError *local = NULL;
    task->result = OKB_ITEM_FAILED;
    if (task->failure.remembered)
        return okb_registry_touch(id->store, task->key, task->copy.hash, &task->copy.stat,
                                  error);
    if (strcmp(task->failure.reason, "no-plugin") == 0)
        return true;
    g_autoptr(OkbFailure) before = okb_registry_failure(id->store, task->key, &local);
    if (local) {
        g_propagate_error(error, local);
        return false;
    }
    const OkbPlugin *plugin = task->plugin;
    OkbFailure failure = {
        .path = task->key,
        .reason = (char *)task->failure.reason,
        .stage = (char *)task->failure.stage,
        .detail = task->failure.detail,
        .plugin = plugin ? plugin->id : NULL,
        .plugin_version = plugin ? plugin->version : NULL,
        .options = task->options,
        .choice = (char *)okb_identity_choice(id),
        .output_version = plugin ? plugin->output_version : 0,
        .signal = task->failure.signal,
        .count = failures_before(task, before) + 1,
        .stat = task->copy.stat,
    };
    memcpy(failure.hash, task->copy.hash, sizeof failure.hash);
    failure.permanent = is_final(task, failure.count);
    return okb_registry_put_failure(id->store, &failure, error);
}

/* ---- The row ----------------------------------------------------------------------------- */

static void fill_provenance(OkbProvenance *by, const OkbIdentity *id, const OkbTask *task)
{
    by->plugin = g_strdup(task->plugin->id);
    by->plugin_version = g_strdup(task->plugin->version);
    by->output_version = task->plugin->output_version;
    by->options = g_strdup(task->options);
    by->choice = g_strdup(okb_identity_choice(id));
    by->sandbox = g_strdup(task->outcome.sandbox);
    by->landlock_abi = task->outcome.landlock_abi;
}

static void fill_siblings(OkbDocument *document, const OkbTask *task)
{
    const GPtrArray *seen = task->outcome.siblings;
    for (guint i = 0; seen && i < seen->len; i++) {
        const OkbSiblingSeen *sibling = seen->pdata[i];
        OkbStat stat = {.size = -1};
        if (sibling->hash[0])
            stat = okb_stat_distrust_fresh(okb_stat_of(&sibling->st));
        okb_document_add_sibling(document, sibling->path, sibling->hash, &stat);
    }
}

static char *utc_now(void)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    return g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
}

static OkbDocument *make_document(const OkbIdentity *id, const OkbTask *task,
                                  const OkbDocument *old, const char *name, bool is_long)
{
    const char *title = okb_render_title(task->bundle);
    const char *suffix = okb_names_suffix(task->item->name);
    OkbDocument *document = okb_document_new();
    document->id = old ? old->id : 0;
    document->name = g_strdup(name);
    document->path = g_strdup(task->key);
    memcpy(document->hash, task->copy.hash, sizeof document->hash);
    document->type =
        is_long ? g_strdup("long_pdf") : g_utf8_make_valid(*suffix ? suffix + 1 : "", -1);
    document->source_name = g_strdup(task->item->name);
    document->title = title ? g_strdup(title) : okb_names_title(task->item->name);
    document->description = okb_render_description(task->bundle);
    document->pages = task->bundle->pages->len;
    document->stat = task->copy.stat;
    document->foreign = old ? g_strdup(old->foreign) : NULL;
    document->added = old ? g_strdup(old->added) : NULL;
    document->updated = old ? utc_now() : NULL;
    fill_provenance(&document->provenance, id, task);
    fill_siblings(document, task);
    return document;
}

static OkbTxnStatus stage_document(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                                   OkbDocument *old, int raw_dir, GError **error)
{
    g_autofree char *name =
        old ? g_strdup(old->name)
            : okb_names_resolve(id->store, task->item->name, task->key, 0, error);
    if (!name)
        return OKB_TXN_ERROR;
    bool is_long = okb_render_is_long(task->bundle, id->kb->config.pageindex_threshold);
    g_autoptr(OkbDocument) document = make_document(id, task, old, name, is_long);
    OkbTxnStatus status =
        okb_artifacts_stage(txn, task, old, document, is_long, raw_dir, error);
    if (status != OKB_TXN_OK)
        return status;
    if (!okb_registry_put(id->store, document, error))
        return OKB_TXN_ERROR;
    okb_txn_log(txn, "ingest", task->item->name);
    task->result = old ? OKB_ITEM_UPDATED : OKB_ITEM_ADDED;
    g_free(task->document_name);
    task->document_name = g_steal_pointer(&name);
    return OKB_TXN_OK;
}

/* ---- Decisions --------------------------------------------------------------------------- */

typedef enum { DECIDED_UNCHANGED, DECIDED_DUPLICATE, DECIDED_DOCUMENT, DECIDED_ERROR } Decision;

typedef struct {
    Decision decision;
    OkbDocument *document; /* the one it is, duplicates or updates; or NULL */
} Decided;

static void decided_clear(Decided *decided)
{
    okb_document_free(decided->document);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Decided, decided_clear)

/* A path that was an alias: still the document's bytes, or free to become a document. */
static OkbDocument *document_of_alias(const OkbIdentity *id, const OkbTask *task,
                                      GError **error)
{
    GError *local = NULL;
    g_autoptr(OkbAlias) alias = okb_registry_alias(id->store, task->key, &local);
    g_autoptr(OkbDocument) of =
        alias ? okb_registry_by_id(id->store, alias->document, &local) : NULL;
    if (of && strcmp(of->hash, task->copy.hash) == 0 && !id->options->allow_duplicates)
        return g_steal_pointer(&of);
    if (!local && alias)
        okb_registry_delete_alias(id->store, task->key, &local);
    if (local)
        g_propagate_error(error, local);
    return NULL;
}

static Decided decide_new_path(const OkbIdentity *id, const OkbTask *task, GError **error)
{
    GError *local = NULL;
    g_autofree char *stem = okb_names_stem(task->item->name);
    OkbDocument *found = document_of_alias(id, task, &local);
    if (found)
        return (Decided){DECIDED_UNCHANGED, found};
    if (!local && !id->options->allow_duplicates)
        found = okb_registry_by_hash(id->store, task->copy.hash, &local);
    if (found)
        return (Decided){DECIDED_DUPLICATE, found};
    if (!local)
        found = okb_registry_legacy(id->store, stem, &local);
    if (local) {
        g_propagate_error(error, local);
        return (Decided){DECIDED_ERROR, NULL};
    }
    return (Decided){DECIDED_DOCUMENT, found};
}

static Decided decide(const OkbIdentity *id, const OkbTask *task, GError **error)
{
    GError *local = NULL;
    OkbDocument *own = okb_registry_by_path(id->store, task->key, &local);
    if (local) {
        g_propagate_error(error, local);
        return (Decided){DECIDED_ERROR, NULL};
    }
    if (!own)
        return decide_new_path(id, task, error);
    if (strcmp(own->hash, task->copy.hash) == 0 &&
        okb_identity_same_conversion(id, own, task->item->path))
        return (Decided){DECIDED_UNCHANGED, own};
    return (Decided){DECIDED_DOCUMENT, own};
}

static bool note_alias(const OkbIdentity *id, const OkbTask *task, const OkbDocument *of,
                       GError **error)
{
    OkbAlias alias = {.path = task->key, .document = of->id, .stat = task->copy.stat};
    memcpy(alias.hash, task->copy.hash, sizeof alias.hash);
    return okb_registry_put_alias(id->store, &alias, error);
}

/* A failure with other bytes than the document has again is over. */
static bool note_unchanged(const OkbIdentity *id, const OkbTask *task,
                           const OkbDocument *document, GError **error)
{
    return okb_registry_touch(id->store, task->key, task->copy.hash, &task->copy.stat, error) &&
           okb_registry_clear_failure(id->store, task->key, error) &&
           (strcmp(document->path, task->key) != 0 || !*okb_identity_choice(id) ||
            okb_registry_touch_choice(id->store, task->key, okb_identity_choice(id), error)) &&
           (strcmp(document->path, task->key) != 0 ||
            okb_identity_touch_siblings(id, document, task->item->path, error));
}

static OkbTxnStatus carry_out(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                              const Decided *decided, int raw_dir, GError **error)
{
    if (decided->decision == DECIDED_DOCUMENT)
        return stage_document(id, txn, task, decided->document, raw_dir, error);
    bool same = decided->decision == DECIDED_UNCHANGED;
    g_free(task->document_name);
    task->document_name = g_strdup(decided->document->name);
    task->verdict = OKB_VERDICT_KNOWN;
    task->result = same ? OKB_ITEM_UNCHANGED : OKB_ITEM_DUPLICATE;
    return (same ? note_unchanged : note_alias)(id, task, decided->document, error)
               ? OKB_TXN_OK
               : OKB_TXN_ERROR;
}

static OkbCommitStatus restart(OkbTask *task, const char *why)
{
    if (task->restarts++ < RESTARTS_MAX)
        return OKB_COMMIT_AGAIN;
    okb_task_fail(task, "commit", "changing", g_strdup(why),
                  "add it again when nothing writes to it");
    return OKB_COMMIT_FAILED;
}

static OkbCommitStatus abort_with(OkbTxn *txn, OkbCommitStatus status, GError **error)
{
    return okb_txn_document_abort(txn, error) ? status : OKB_COMMIT_ERROR;
}

/* A bundle that contradicts itself, or a place where this document cannot stand, is its own
 * fault; what the operating system refuses is the group's. */
static OkbCommitStatus after_error(OkbTxn *txn, OkbTask *task, GError **error)
{
    bool bundle = g_error_matches(*error, OKB_ERROR, OKB_ERROR_BUNDLE);
    if (!bundle && !g_error_matches(*error, OKB_ERROR, OKB_ERROR_FAILED))
        return OKB_COMMIT_ERROR;
    okb_task_fail(task, bundle ? "check" : "commit",
                  bundle ? "invalid-result" : "not-committed", g_strdup((*error)->message),
                  bundle ? "report it to the plugin's authors, with the file"
                         : "remove the cause and add it again");
    g_clear_error(error);
    return abort_with(txn, OKB_COMMIT_FAILED, error);
}

static OkbCommitStatus carry_out_or_abort(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                                          const Decided *decided, int raw_dir, GError **error)
{
    switch (carry_out(id, txn, task, decided, raw_dir, error)) {
    case OKB_TXN_OK:
        return okb_txn_document_end(txn, error) ? OKB_COMMIT_STAGED : OKB_COMMIT_ERROR;
    case OKB_TXN_BUSY:
        return abort_with(txn, OKB_COMMIT_BUSY, error);
    default:
        return after_error(txn, task, error);
    }
}

/*
 * Bytes that are a document already are a duplicate even where they failed: whether that
 * document was committed before this source was tried depends on how many run at a time.
 */
static OkbCommitStatus commit_decided(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                                      const Decided *decided, int raw_dir, GError **error)
{
    if (decided->decision == DECIDED_ERROR)
        return OKB_COMMIT_ERROR;
    if (decided->decision != DECIDED_DOCUMENT || task->verdict == OKB_VERDICT_CONVERTED)
        return carry_out_or_abort(id, txn, task, decided, raw_dir, error);
    if (task->verdict == OKB_VERDICT_FAILED)
        return record_failure(id, task, error) && okb_txn_document_end(txn, error)
                   ? OKB_COMMIT_STAGED
                   : OKB_COMMIT_ERROR;
    task->insist = true;
    return abort_with(txn, OKB_COMMIT_AGAIN, error);
}

OkbCommitStatus okb_commit_task(const OkbIdentity *id, OkbTxn *txn, OkbTask *task, int raw_dir,
                                GError **error)
{
    if (task->verdict != OKB_VERDICT_FAILED) {
        int current = okb_copy_is_current(task->item->path, &task->copy);
        if (current <= 0)
            return restart(task, current < 0 ? "the source vanished while it was added"
                                             : "the source changed again and again");
    }
    if (!okb_txn_document_begin(txn, error))
        return OKB_COMMIT_ERROR;
    Decided decided = decide(id, task, error);
    OkbCommitStatus status = commit_decided(id, txn, task, &decided, raw_dir, error);
    okb_document_free(decided.document);
    return status;
}
