/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/identity.h"

#include "ingest/known.h"
#include "ingest/siblings.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Conversion -------------------------------------------------------------------------- */

static bool same_options(const OkbIdentity *id, const OkbPlugin *plugin, const char *recorded)
{
    g_autofree char *now = okb_plugin_options(plugin, id->options->options, NULL);
    return now && strcmp(now, recorded ? recorded : "") == 0;
}

static bool same_plugin(const OkbIdentity *id, const char *plugin_id, gint64 output_version,
                        const char *options)
{
    const OkbPlugin *plugin = plugin_id ? okb_plugins_find(id->plugins, plugin_id) : NULL;
    if (!plugin || plugin->output_version != output_version)
        return false;
    if (id->options->plugin && strcmp(id->options->plugin, plugin_id) != 0)
        return false;
    return same_options(id, plugin, options);
}

const char *okb_identity_choice(const OkbIdentity *id)
{
    return id->options->plugin ? "" : okb_plugins_choice(id->plugins);
}

/* Whether the first bytes of the source speak for the same plugin as they did. */
static bool chosen_again(const OkbIdentity *id, const char *plugin, const char *name,
                         const char *source)
{
    guint8 head[OKB_PLUGINS_HEAD];
    okb_autofd int fd = open(source, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head, 0);
    if (n < 0)
        return false;
    g_autoptr(GPtrArray) order =
        okb_plugins_select(id->plugins, NULL, name, NULL, head, (gsize)n, NULL);
    return order->len > 0 && strcmp(((OkbPlugin *)order->pdata[0])->id, plugin) == 0;
}

static bool same_choice(const OkbIdentity *id, const OkbDocument *document, const char *source,
                        bool may_open)
{
    const OkbProvenance *by = &document->provenance;
    return id->options->plugin || g_strcmp0(by->choice, okb_plugins_choice(id->plugins)) == 0 ||
           (may_open && chosen_again(id, by->plugin, document->source_name, source));
}

static int open_directory_of(const char *source)
{
    g_autofree char *path = g_path_get_dirname(source);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Whether a sibling is what it was: not there (or nothing that we give away), the same stat,
 * or, when it may be opened, the same bytes. */
static bool same_sibling(int dir, const OkbSiblingUse *use, bool may_open)
{
    struct stat st;
    char hash[OKB_DIGEST_HEX];
    bool there = okb_siblings_would_open(dir, use->path, &st);
    if (!there || (!use->hash[0] && !may_open))
        return !use->hash[0] == !there;
    OkbStat now = okb_stat_of(&st);
    if (use->hash[0] && use->stat.size >= 0 && okb_stat_equal(&now, &use->stat))
        return true;
    okb_autofd int fd =
        may_open ? okb_io_open_beneath(dir, use->path, O_RDONLY | O_NONBLOCK, 0) : -1;
    if (fd < 0)
        return may_open && !use->hash[0]; /* unreadable then, unreadable now */
    return okb_digest_fd(fd, hash) == 0 && strcmp(hash, use->hash) == 0;
}

static bool same_siblings(const OkbDocument *document, const char *source, bool may_open)
{
    if (document->siblings->len == 0)
        return true;
    okb_autofd int dir = open_directory_of(source);
    for (guint i = 0; i < document->siblings->len; i++)
        if (dir < 0 || !same_sibling(dir, document->siblings->pdata[i], may_open))
            return false;
    return true;
}

bool okb_identity_touch_siblings(const OkbIdentity *id, const OkbDocument *document,
                                 const char *source, GError **error)
{
    okb_autofd int dir = document->siblings->len ? open_directory_of(source) : -1;
    for (guint i = 0; i < document->siblings->len; i++) {
        const OkbSiblingUse *use = document->siblings->pdata[i];
        struct stat st;
        if (!use->hash[0] || okb_io_stat_beneath(dir, use->path, &st) != 0)
            continue;
        OkbStat now = okb_stat_distrust_fresh(okb_stat_of(&st));
        if (!okb_stat_equal(&now, &use->stat) && same_sibling(dir, use, true) &&
            !okb_registry_touch_sibling(id->store, document->id, use->path, &now, error))
            return false;
    }
    return true;
}

static bool same_conversion(const OkbIdentity *id, const OkbDocument *document,
                            const char *source, bool may_open)
{
    const OkbProvenance *by = &document->provenance;
    return same_plugin(id, by->plugin, by->output_version, by->options) &&
           same_choice(id, document, source, may_open) &&
           same_siblings(document, source, may_open);
}

bool okb_identity_same_provenance(const OkbIdentity *id, const OkbProvenance *by)
{
    return same_plugin(id, by->plugin, by->output_version, by->options) &&
           (id->options->plugin || g_strcmp0(by->choice, okb_plugins_choice(id->plugins)) == 0);
}

bool okb_identity_same_conversion(const OkbIdentity *id, const OkbDocument *document,
                                  const char *source)
{
    return same_conversion(id, document, source, true);
}

/* ---- Failures ---------------------------------------------------------------------------- */

static bool same_attempt(const OkbIdentity *id, const OkbFailure *failure)
{
    if (g_strcmp0(failure->choice, okb_identity_choice(id)) != 0)
        return false;
    if (!failure->plugin || !*failure->plugin)
        return true;
    const OkbPlugin *plugin = okb_plugins_find(id->plugins, failure->plugin);
    return plugin && g_strcmp0(plugin->version, failure->plugin_version) == 0 &&
           same_plugin(id, failure->plugin, failure->output_version, failure->options);
}

/* Reasons are static strings in a task; a recorded one outlives its row by being interned. */
static void recall(OkbTask *task, const OkbFailure *failure)
{
    okb_task_fail(task, g_intern_string(failure->stage), g_intern_string(failure->reason),
                  g_strdup(failure->detail), "--retry-failed tries it again");
    task->failure.signal = (int)failure->signal;
    task->failure.permanent = true;
    task->failure.remembered = true;
}

/* ---- Before the source is opened --------------------------------------------------------- */

static bool trusted_equal(const OkbStat *recorded, const OkbStat *now)
{
    return recorded->size >= 0 && okb_stat_equal(recorded, now);
}

static void mark_unchanged(OkbTask *task, const char *name)
{
    g_free(task->document_name);
    task->document_name = g_strdup(name);
    task->state = OKB_TASK_READY;
    task->verdict = OKB_VERDICT_UNCHANGED;
}

/* The document that the alias at this path has the bytes of, or NULL. */
static OkbDocument *find_alias(const OkbIdentity *id, const OkbTask *task, OkbStat *ret_stat,
                               GError **error)
{
    g_autoptr(OkbAlias) alias = okb_registry_alias(id->store, task->key, error);
    g_autoptr(OkbDocument) of =
        alias ? okb_registry_by_id(id->store, alias->document, error) : NULL;
    if (!of || strcmp(of->hash, alias->hash) != 0)
        return NULL;
    *ret_stat = alias->stat;
    return g_steal_pointer(&of);
}

static bool check_alias(const OkbIdentity *id, OkbTask *task, const OkbStat *now,
                        GError **error)
{
    GError *local = NULL;
    OkbStat stat;
    if (id->options->allow_duplicates)
        return true;
    g_autoptr(OkbDocument) of = find_alias(id, task, &stat, &local);
    if (of && trusted_equal(&stat, now)) {
        mark_unchanged(task, of->name);
        task->is_alias = true;
    }
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

bool okb_identity_is_alias_still(const OkbIdentity *id, const OkbTask *task, bool *ret_still,
                                 GError **error)
{
    GError *local = NULL;
    OkbStat stat;
    g_autoptr(OkbDocument) of = find_alias(id, task, &stat, &local);
    *ret_still = of != NULL;
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

/* The raw copy that we made of another source is no source of its own. */
static bool check_own_copy(const OkbIdentity *id, OkbTask *task, GError **error)
{
    GError *local = NULL;
    gint64 document = 0;
    if (!g_str_has_prefix(task->key, "raw/"))
        return true;
    g_autoptr(OkbArtifact) artifact =
        okb_registry_artifact(id->store, task->key, &document, &local);
    g_autoptr(OkbDocument) of =
        artifact ? okb_registry_by_id(id->store, document, &local) : NULL;
    if (of && *of->path)
        mark_unchanged(task, of->name);
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

static bool check_failure(const OkbIdentity *id, OkbTask *task, const OkbStat *now,
                          const char *hash, GError **error)
{
    GError *local = NULL;
    if (id->options->retry_failed)
        return true;
    g_autoptr(OkbFailure) failure = okb_registry_failure(id->store, task->key, &local);
    if (failure && failure->permanent && same_attempt(id, failure) &&
        (hash ? strcmp(failure->hash, hash) == 0 : trusted_equal(&failure->stat, now)))
        recall(task, failure);
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}

bool okb_identity_before_copy(const OkbIdentity *id, OkbTask *task, GError **error)
{
    struct stat st;
    int holds = task->item->unchanged ? okb_known_holds(id, error) : 0;
    if (holds > 0)
        mark_unchanged(task, task->item->unchanged);
    if (holds != 0)
        return holds > 0;
    if (!task->key)
        task->key = g_strdup(okb_plan_key(id->kb, task->item));
    if (lstat(task->item->path, &st) != 0)
        return true; /* copying will say why */
    OkbStat now = okb_stat_of(&st);

    GError *local = NULL;
    g_autoptr(OkbDocument) document = okb_registry_by_path(id->store, task->key, &local);
    if (local) {
        g_propagate_error(error, local);
        return false;
    }
    if (document && trusted_equal(&document->stat, &now) &&
        same_conversion(id, document, task->item->path, false))
        mark_unchanged(task, document->name);
    if (!document && !(check_own_copy(id, task, error) &&
                       (task->state == OKB_TASK_READY || check_alias(id, task, &now, error))))
        return false;
    return task->state == OKB_TASK_READY || check_failure(id, task, &now, NULL, error);
}

/* ---- With the bytes in hand -------------------------------------------------------------- */

bool okb_identity_after_copy(const OkbIdentity *id, OkbTask *task, GError **error)
{
    GError *local = NULL;
    if (task->insist)
        return true;
    g_autoptr(OkbDocument) own = okb_registry_by_path(id->store, task->key, &local);
    g_autoptr(OkbDocument) twin =
        own || local || id->options->allow_duplicates
            ? NULL
            : okb_registry_by_hash(id->store, task->copy.hash, &local);
    if (local) {
        g_propagate_error(error, local);
        return false;
    }
    bool same = own && strcmp(own->hash, task->copy.hash) == 0 &&
                okb_identity_same_conversion(id, own, task->item->path);
    if (same || twin) {
        task->state = OKB_TASK_READY;
        task->verdict = OKB_VERDICT_KNOWN;
        return true;
    }
    return check_failure(id, task, NULL, task->copy.hash, error);
}
