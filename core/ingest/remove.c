/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Taking documents out: one intent for each artifact, the row, a line of the log, in groups.
 *
 *   D1  Nothing is removed unless every name is known, looked at under the lock.
 *   D2  A removal is reported only when the group that holds it is committed.
 */
#include "ingest/remove.h"

#include "ingest/ingest.h"
#include "util/error.h"

enum { GROUP_DOCUMENTS = 128 };

typedef struct {
    OkbStore *store;
    const OkbRemoveOptions *options;
    const OkbObserver *observer;
    OkbCounts *counts;
    GPtrArray *documents; /* OkbDocument */
} Removal;

static bool look_up(Removal *removal, const char *const *names, GError **error)
{
    for (; *names; names++) {
        GError *failure = NULL;
        OkbDocument *document = okb_registry_by_name(removal->store, *names, &failure);
        if (!document && !failure)
            okb_error_set(&failure, OKB_ERROR_NOT_FOUND,
                          "there is no document %s (any more); nothing was removed", *names);
        if (failure) {
            g_propagate_error(error, failure);
            return false;
        }
        g_ptr_array_add(removal->documents, document);
    }
    return true;
}

static void report(Removal *removal, guint from, guint to, OkbItemKind kind)
{
    for (guint i = from; i < to; i++) {
        const OkbDocument *document = removal->documents->pdata[i];
        const OkbItem item = {.kind = kind, .path = document->path, .name = document->name};
        *(kind == OKB_ITEM_WOULD ? &removal->counts->would : &removal->counts->removed) += 1;
        removal->observer->item(&item, removal->observer->data);
    }
}

static bool busy(const char *path, GError **error)
{
    return okb_error_set(error, OKB_ERROR_PENDING,
                         "%s: an earlier file operation on it is not finished; run `openkb "
                         "recover` and look at what it says",
                         path);
}

static bool remove_files(OkbTxn *txn, const OkbDocument *document, bool keep_raw,
                         GError **error)
{
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        if (keep_raw && artifact->kind == OKB_ARTIFACT_RAW)
            continue;
        switch (okb_txn_remove(txn, artifact->path, artifact->hash, error)) {
        case OKB_TXN_OK:
            break;
        case OKB_TXN_ERROR:
            return false;
        case OKB_TXN_BUSY:
            return busy(artifact->path, error);
        }
    }
    return true;
}

bool okb_remove_document(OkbTxn *txn, OkbStore *store, const OkbDocument *document,
                         bool keep_raw, GError **error)
{
    if (!okb_txn_document_begin(txn, error) || !remove_files(txn, document, keep_raw, error) ||
        !okb_registry_delete(store, document->id, error) ||
        !okb_registry_clear_failure(store, document->path, error))
        return false;
    okb_txn_log(txn, "remove", document->name);
    return okb_txn_document_end(txn, error);
}

static void pass_on(Removal *removal, GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++)
        removal->observer->notice(messages->pdata[i], removal->observer->data);
}

static void pass_on_messages(Removal *removal)
{
    g_autoptr(GPtrArray) messages = okb_store_take_messages(removal->store);
    pass_on(removal, messages);
}

static bool remove_group(Removal *removal, guint from, guint to, GError **error)
{
    g_autoptr(OkbTxn) txn = okb_txn_begin(removal->store, error);
    if (!txn)
        return false;
    for (guint i = from; i < to; i++)
        if (!okb_remove_document(txn, removal->store, removal->documents->pdata[i],
                                 removal->options->keep_raw, error))
            return false;
    if (!okb_txn_commit(g_steal_pointer(&txn), error))
        return false;
    report(removal, from, to, OKB_ITEM_REMOVED);
    pass_on_messages(removal);
    return true;
}

static bool remove_all(Removal *removal, GError **error)
{
    guint count = removal->documents->len;
    for (guint at = 0; at < count; at += GROUP_DOCUMENTS) {
        if (removal->options->stop && *removal->options->stop) {
            removal->counts->interrupted = true;
            return true;
        }
        if (!remove_group(removal, at, MIN(at + GROUP_DOCUMENTS, count), error))
            return false;
    }
    return true;
}

static bool acquire(Removal *removal, GError **error)
{
    OkbRecoveryReport recovery;
    okb_recovery_report_init(&recovery);
    bool ok = okb_store_acquire(removal->store, &recovery, error);
    pass_on(removal, recovery.messages);
    okb_recovery_report_clear(&recovery);
    return ok;
}

static bool remove_under_lock(Removal *removal, const char *const *names, GError **error)
{
    if (!acquire(removal, error))
        return false;
    bool ok = look_up(removal, names, error) && remove_all(removal, error);
    ok = okb_store_release(removal->store, ok ? error : NULL) && ok;
    pass_on_messages(removal);
    return ok;
}

static bool only_report(Removal *removal, const char *const *names, GError **error)
{
    if (!look_up(removal, names, error))
        return false;
    report(removal, 0, removal->documents->len, OKB_ITEM_WOULD);
    return true;
}

bool okb_ingest_remove(OkbStore *store, const char *const *names,
                       const OkbRemoveOptions *options, const OkbObserver *observer,
                       OkbCounts *counts, GError **error)
{
    g_autoptr(GPtrArray) documents =
        g_ptr_array_new_with_free_func((GDestroyNotify)okb_document_free);
    Removal removal = {store, options, observer, counts, documents};
    return options->dry_run ? only_report(&removal, names, error)
                            : remove_under_lock(&removal, names, error);
}
