/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The decisions are those of commit.c, in the same order. What the batch itself would have
 * committed by then is kept in two tables.
 */
#include "ingest/dry-run.h"

#include "ingest/names.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const OkbIdentity *id;
    const OkbObserver *observer;
    OkbCounts *counts;
    GHashTable *names;   /* that new documents would have, folded */
    GHashTable *bytes;   /* digest of a new or updated document -> its name */
    GHashTable *updated; /* names of documents that would have other bytes */
} DryRun;

/* ---- Looking at a source ----------------------------------------------------------------- */

static void fail_open(OkbTask *task, const char *reason, const char *text)
{
    okb_task_fail(task, "open", reason, g_strdup(text), NULL);
}

static void choose(OkbTask *task, const OkbPlugins *plugins, const OkbIngestOptions *options,
                   const guint8 *head, gsize len)
{
    task->candidates =
        okb_plugins_select(plugins, options->plugin, task->item->name, NULL, head, len, NULL);
    if (task->candidates->len == 0)
        okb_task_fail_no_plugin(task, head, len);
    else
        task->plugin = task->candidates->pdata[0];
}

void okb_dry_look(OkbTask *task, const OkbPlugins *plugins, const OkbIngestOptions *options)
{
    guint8 head[OKB_PLUGINS_HEAD];
    struct stat st;
    okb_autofd int fd = open(task->item->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail_open(task, "unreadable", g_strerror(errno));
        return;
    }
    ssize_t n = S_ISREG(st.st_mode) ? pread(fd, head, sizeof head, 0) : 0;
    task->copy.size = (guint64)st.st_size;
    if (!S_ISREG(st.st_mode))
        fail_open(task, "not-a-file", "not a regular file");
    else if (n < 0 || okb_digest_fd(fd, task->copy.hash) != 0)
        fail_open(task, "unreadable", g_strerror(errno));
    else if (n == 0)
        fail_open(task, "empty", "the file is empty");
    else
        choose(task, plugins, options, head, (gsize)n);
}

/* ---- Deciding ---------------------------------------------------------------------------- */

static int is_taken(const char *name, gpointer data, GError **error)
{
    DryRun *run = data;
    g_autofree char *folded = okb_text_fold(name);
    return g_hash_table_contains(run->names, folded)
               ? 1
               : okb_registry_name_taken(run->id->store, name, 0, error);
}

static char *new_name(DryRun *run, const OkbTask *task, GError **error)
{
    char *name = okb_names_choose(task->item->name, task->key, is_taken, run, error);
    if (!name)
        return NULL;
    g_hash_table_add(run->names, okb_text_fold(name));
    g_hash_table_insert(run->bytes, g_strdup(task->copy.hash), g_strdup(name));
    return name;
}

/* Whether the path is known as another source of these bytes. */
static bool is_alias(const OkbIdentity *id, const OkbTask *task, GError **error)
{
    g_autoptr(OkbAlias) alias = okb_registry_alias(id->store, task->key, error);
    return alias && strcmp(alias->hash, task->copy.hash) == 0;
}

/* The document in the registry that the source is or repeats; *ret_action says which. */
static OkbDocument *find(DryRun *run, const OkbTask *task, const char **ret_action,
                         GError **error)
{
    const OkbIdentity *id = run->id;
    g_autofree char *stem = okb_names_stem(task->item->name);
    OkbDocument *found = okb_registry_by_path(id->store, task->key, error);
    *ret_action = "update";
    if (found || *error)
        return found;
    if (!id->options->allow_duplicates)
        found = okb_registry_by_hash(id->store, task->copy.hash, error);
    if (found && g_hash_table_contains(run->updated, found->name))
        g_clear_pointer(&found, okb_document_free);
    if (found)
        *ret_action = is_alias(id, task, error) ? NULL : "duplicate";
    return found || *error ? found : okb_registry_legacy(id->store, stem, error);
}

static void note_update(DryRun *run, const OkbDocument *document, const char *hash)
{
    g_hash_table_insert(run->bytes, g_strdup(hash), g_strdup(document->name));
    if (strcmp(document->hash, hash) != 0)
        g_hash_table_add(run->updated, g_strdup(document->name));
}

static bool decide(DryRun *run, OkbTask *task, const char **ret_action, GError **error)
{
    GError *local = NULL;
    g_autoptr(OkbDocument) found = find(run, task, ret_action, &local);
    const char *twin = run->id->options->allow_duplicates || found
                           ? NULL
                           : g_hash_table_lookup(run->bytes, task->copy.hash);
    if (found && g_strcmp0(*ret_action, "update") == 0)
        note_update(run, found, task->copy.hash);
    if (found || twin)
        task->document_name = g_strdup(found ? found->name : twin);
    else if (!local)
        task->document_name = new_name(run, task, &local);
    if (!found)
        *ret_action = twin ? "duplicate" : "add";
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

/* *ret_action stays NULL when nothing would be done. */
static bool judge(DryRun *run, OkbTask *task, const char **ret_action, GError **error)
{
    const OkbIdentity *id = run->id;
    if (task->item->refusal) {
        fail_open(task, task->item->reason, task->item->refusal);
        return true;
    }
    if (!okb_identity_before_copy(id, task, error))
        return false;
    if (task->is_alias && g_hash_table_contains(run->updated, task->document_name))
        okb_task_restart(task);
    if (task->state == OKB_TASK_WAITING)
        okb_dry_look(task, id->plugins, id->options);
    if (task->state == OKB_TASK_WAITING && !okb_identity_after_copy(id, task, error))
        return false;
    if (task->verdict == OKB_VERDICT_UNCHANGED || task->verdict == OKB_VERDICT_FAILED)
        return true;
    if (!decide(run, task, ret_action, error))
        return false;
    if (task->verdict == OKB_VERDICT_KNOWN && g_strcmp0(*ret_action, "update") == 0)
        *ret_action = NULL;
    return true;
}

/* ---- Reporting --------------------------------------------------------------------------- */

static void report(DryRun *run, const OkbTask *task, const char *action)
{
    OkbItem item = {.kind = action ? OKB_ITEM_WOULD : OKB_ITEM_UNCHANGED,
                    .action = action,
                    .path = task->item->display,
                    .name = task->document_name,
                    .plugin = task->plugin ? task->plugin->id : NULL};
    guint64 *counter = action ? &run->counts->would : &run->counts->unchanged;
    if (task->verdict == OKB_VERDICT_FAILED) {
        item.kind = OKB_ITEM_FAILED;
        item.stage = task->failure.stage;
        item.reason = task->failure.reason;
        item.detail = task->failure.detail;
        item.hint = task->failure.hint;
        item.remembered = task->failure.remembered;
        counter = &run->counts->failed;
    }
    (*counter)++;
    run->observer->item(&item, run->observer->data);
}

bool okb_dry_run(const OkbIdentity *identity, const OkbPlan *plan, const OkbObserver *observer,
                 OkbCounts *counts, GError **error)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) bytes =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) updated =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    DryRun run = {identity, observer, counts, names, bytes, updated};
    bool ok = true;
    for (guint i = 0; ok && i < plan->items->len && !*identity->options->stop; i++) {
        const char *action = NULL;
        OkbTask *task = okb_task_new(plan->items->pdata[i], i);
        ok = judge(&run, task, &action, error);
        if (ok)
            report(&run, task, action);
        okb_task_free(task);
    }
    return ok;
}
