/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The order for a document that is new or changed:
 *
 *     source still as copied? -> name -> images -> source text -> summary -> raw -> what the
 * new version lacks -> row
 *
 * The raw copy is moved last: until then a document that must wait loses nothing but our files.
 */
#include "ingest/commit.h"

#include "ingest/names.h"
#include "ingest/render.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { RESTARTS_MAX = 2, HEAD = 512 };

bool okb_commit_is_needed(const OkbTask *task)
{
    switch (task->verdict) {
    case OKB_VERDICT_CONVERTED:
    case OKB_VERDICT_KNOWN:
        return true;
    case OKB_VERDICT_FAILED:
        return task->copied && !task->failure.remembered &&
               strcmp(task->failure.reason, "no-plugin") != 0;
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
        .output_version = plugin ? plugin->output_version : 0,
        .signal = task->failure.signal,
        .count = failures_before(task, before) + 1,
        .stat = task->copy.stat,
    };
    memcpy(failure.hash, task->copy.hash, sizeof failure.hash);
    failure.permanent = is_final(task, failure.count);
    task->result = OKB_ITEM_FAILED;
    return okb_registry_put_failure(id->store, &failure, error);
}

/* ---- Artifacts --------------------------------------------------------------------------- */

typedef struct {
    const OkbIdentity *id;
    OkbTxn *txn;
    OkbTask *task;
    OkbDocument *old; /* or NULL */
    OkbDocument *new;
    GError **error;
} Staging;

/* What the registry says we wrote at a path for this document before. */
static const char *old_hash(const OkbDocument *old, const char *path)
{
    for (guint i = 0; old && i < old->artifacts->len; i++) {
        const OkbArtifact *artifact = old->artifacts->pdata[i];
        if (strcmp(artifact->path, path) == 0 && artifact->hash[0])
            return artifact->hash;
    }
    return NULL;
}

static OkbTxnStatus put_artifact(Staging *s, OkbArtifactKind kind, const OkbStaged *staged,
                                 const char *dst, const char *hash, gint64 size)
{
    okb_document_add_artifact(s->new, kind, dst, hash, size);
    return okb_txn_put(s->txn, staged, dst, hash, old_hash(s->old, dst), s->error);
}

static OkbTxnStatus put_text(Staging *s, OkbArtifactKind kind, const char *dst,
                             const GString *text)
{
    OkbStaged staged;
    char hash[OKB_DIGEST_HEX];
    if (!okb_txn_stage(s->txn, dst, &staged, s->error))
        return OKB_TXN_ERROR;
    int failed = okb_io_write_all(staged.fd, text->str, text->len);
    int saved = errno;
    okb_close_fd(&staged.fd);
    if (failed) {
        okb_error_errno(s->error, saved, "cannot write the staged copy of %s", dst);
        return OKB_TXN_ERROR;
    }
    okb_digest_bytes(text->str, text->len, hash);
    return put_artifact(s, kind, &staged, dst, hash, (gint64)text->len);
}

/* ---- Images ------------------------------------------------------------------------------ */

typedef struct {
    OkbStaged staged;
    char hash[OKB_DIGEST_HEX];
    gint64 size;
    const char *extension;
} Image;

/* Our own copy of an asset: only what we wrote ourselves is hashed, named and published. */
static bool stage_image(Staging *s, const OkbAsset *asset, const char *dst, Image *image)
{
    okb_autofd int in = okb_io_open_beneath(s->task->outcome.out, asset->path,
                                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
    if (in < 0)
        return okb_error_set(s->error, OKB_ERROR_BUNDLE, "the asset %s is gone: %s",
                             asset->path, g_strerror(errno));
    if (!okb_txn_stage(s->txn, dst, &image->staged, s->error))
        return false;
    guint8 head[HEAD];
    image->size = okb_io_copy(in, image->staged.fd);
    ssize_t n = image->size < 0 ? -1 : pread(image->staged.fd, head, sizeof head, 0);
    bool ok = n >= 0 && okb_digest_fd(image->staged.fd, image->hash) == 0;
    if (!ok)
        okb_error_errno(s->error, errno, "cannot copy the asset %s", asset->path);
    else
        image->extension = okb_render_image_type(head, (gsize)n);
    okb_close_fd(&image->staged.fd);
    return ok;
}

/* Names and publishes one image; equal bytes share a file. `names` maps hash to file name. */
static OkbTxnStatus put_image(Staging *s, const OkbAsset *asset, GHashTable *names,
                              GHashTable *taken, const char **ret_name)
{
    Image image = {.staged.fd = -1};
    g_autofree char *place = g_strdup_printf("wiki/sources/images/%s/x", s->new->name);
    if (!stage_image(s, asset, place, &image))
        return OKB_TXN_ERROR;
    if ((*ret_name = g_hash_table_lookup(names, image.hash)))
        return OKB_TXN_OK;
    char *name = okb_render_image_name(
        asset->name_hint, image.extension ? image.extension : "bin", image.hash, taken);
    if (!name) {
        okb_error_set(s->error, OKB_ERROR_BUNDLE, "no free name for the asset %s", asset->path);
        return OKB_TXN_ERROR;
    }
    g_hash_table_insert(names, g_strdup(image.hash), name);
    *ret_name = name;
    s->task->images++;
    g_autofree char *dst = g_strdup_printf("wiki/sources/images/%s/%s", s->new->name, name);
    return put_artifact(s, OKB_ARTIFACT_IMAGE, &image.staged, dst, image.hash, image.size);
}

static OkbTxnStatus put_images(Staging *s, GHashTable *names, const char **images)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const GArray *assets = s->task->bundle->assets;
    OkbTxnStatus status = OKB_TXN_OK;
    s->task->images = 0;
    for (guint i = 0; i < assets->len && status == OKB_TXN_OK; i++)
        status = put_image(s, &g_array_index(assets, OkbAsset, i), names, taken, &images[i]);
    return status;
}

/* ---- Texts, raw, and what goes ----------------------------------------------------------- */

static OkbTxnStatus put_texts(Staging *s, const OkbRenderInput *input)
{
    g_autoptr(GString) source = okb_render_source(input, s->error);
    if (!source)
        return OKB_TXN_ERROR;
    g_autofree char *source_path =
        g_strdup_printf("wiki/sources/%s.%s", s->new->name, input->is_long ? "json" : "md");
    OkbTxnStatus status = put_text(s, OKB_ARTIFACT_SOURCE, source_path, source);
    if (status != OKB_TXN_OK)
        return status;
    g_autoptr(GString) summary = okb_render_summary(input);
    g_autofree char *summary_path = g_strdup_printf("wiki/summaries/%s.md", s->new->name);
    return put_text(s, OKB_ARTIFACT_SUMMARY, summary_path, summary);
}

static OkbTxnStatus put_raw(Staging *s, int raw_dir)
{
    OkbStaged staged = {.fd = -1};
    g_autofree char *suffix = g_utf8_strdown(okb_names_suffix(s->task->item->name), -1);
    g_autofree char *dst = g_strdup_printf("raw/%s%s", s->new->name, suffix);
    if (!okb_txn_stage_move(s->txn, raw_dir, s->task->raw_name, dst, &staged, s->error))
        return OKB_TXN_ERROR;
    okb_close_fd(&staged.fd);
    return put_artifact(s, OKB_ARTIFACT_RAW, &staged, dst, s->task->copy.hash,
                        (gint64)s->task->copy.size);
}

static bool has_artifact(const OkbDocument *document, const char *path)
{
    for (guint i = 0; i < document->artifacts->len; i++)
        if (strcmp(((OkbArtifact *)document->artifacts->pdata[i])->path, path) == 0)
            return true;
    return false;
}

/* An update publishes an exact set: what the new version lacks goes. */
static OkbTxnStatus remove_stale(Staging *s)
{
    OkbTxnStatus status = OKB_TXN_OK;
    for (guint i = 0; s->old && i < s->old->artifacts->len && status == OKB_TXN_OK; i++) {
        const OkbArtifact *artifact = s->old->artifacts->pdata[i];
        if (!has_artifact(s->new, artifact->path))
            status = okb_txn_remove(s->txn, artifact->path, artifact->hash, s->error);
    }
    return status;
}

/* ---- The row ----------------------------------------------------------------------------- */

static void fill_provenance(OkbProvenance *by, const OkbTask *task)
{
    by->plugin = g_strdup(task->plugin->id);
    by->plugin_version = g_strdup(task->plugin->version);
    by->output_version = task->plugin->output_version;
    by->options = g_strdup(task->options);
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

static OkbDocument *make_document(const OkbTask *task, const OkbDocument *old, const char *name,
                                  bool is_long)
{
    const char *title = okb_render_title(task->bundle);
    const char *suffix = okb_names_suffix(task->item->name);
    OkbDocument *document = okb_document_new();
    document->id = old ? old->id : 0;
    document->name = g_strdup(name);
    document->path = g_strdup(task->key);
    memcpy(document->hash, task->copy.hash, sizeof document->hash);
    document->type = is_long ? g_strdup("long_pdf") : g_strdup(*suffix ? suffix + 1 : "");
    document->source_name = g_strdup(task->item->name);
    document->title = title ? g_strdup(title) : okb_names_stem(task->item->name);
    document->description = okb_render_description(task->bundle);
    document->pages = task->bundle->pages->len;
    document->stat = task->copy.stat;
    document->foreign = old ? g_strdup(old->foreign) : NULL;
    fill_provenance(&document->provenance, task);
    fill_siblings(document, task);
    return document;
}

static OkbTxnStatus stage_artifacts(Staging *s, bool is_long, int raw_dir)
{
    g_autofree char *stem = okb_names_stem(s->task->item->name);
    g_autofree const char **images = g_new0(const char *, s->task->bundle->assets->len + 1);
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    OkbRenderInput input = {s->task->bundle, s->new->name, stem, images, is_long};
    OkbTxnStatus status = put_images(s, names, images);
    if (status == OKB_TXN_OK)
        status = put_texts(s, &input);
    if (status == OKB_TXN_OK)
        status = put_raw(s, raw_dir);
    if (status == OKB_TXN_OK)
        status = remove_stale(s);
    return status;
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
    g_autoptr(OkbDocument) document = make_document(task, old, name, is_long);
    Staging staging = {id, txn, task, old, document, error};
    OkbTxnStatus status = stage_artifacts(&staging, is_long, raw_dir);
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
    return okb_registry_put_alias(id->store, &alias, error) &&
           okb_registry_clear_failure(id->store, task->key, error);
}

static OkbTxnStatus carry_out(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                              const Decided *decided, int raw_dir, GError **error)
{
    bool ok;
    if (decided->decision == DECIDED_DOCUMENT)
        return stage_document(id, txn, task, decided->document, raw_dir, error);
    g_free(task->document_name);
    task->document_name = g_strdup(decided->document->name);
    if (decided->decision == DECIDED_UNCHANGED) {
        task->result = OKB_ITEM_UNCHANGED;
        ok = okb_registry_touch(id->store, task->key, &task->copy.stat, error);
    } else {
        task->result = OKB_ITEM_DUPLICATE;
        ok = note_alias(id, task, decided->document, error);
    }
    return ok ? OKB_TXN_OK : OKB_TXN_ERROR;
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

/* A bundle that contradicts itself is the document's own fault; anything else is the group's.
 */
static OkbCommitStatus after_error(OkbTxn *txn, OkbTask *task, GError **error)
{
    if (!error || !g_error_matches(*error, OKB_ERROR, OKB_ERROR_BUNDLE))
        return OKB_COMMIT_ERROR;
    okb_task_fail(task, "check", "invalid-result", g_strdup((*error)->message),
                  "report it to the plugin's authors, with the file");
    g_clear_error(error);
    return abort_with(txn, OKB_COMMIT_FAILED, error);
}

static OkbCommitStatus commit_ready(const OkbIdentity *id, OkbTxn *txn, OkbTask *task,
                                    int raw_dir, GError **error)
{
    g_auto(Decided) decided = decide(id, task, error);
    if (decided.decision == DECIDED_ERROR)
        return OKB_COMMIT_ERROR;
    if (decided.decision == DECIDED_DOCUMENT && task->verdict != OKB_VERDICT_CONVERTED) {
        task->insist = true;
        return abort_with(txn, OKB_COMMIT_AGAIN, error);
    }
    switch (carry_out(id, txn, task, &decided, raw_dir, error)) {
    case OKB_TXN_OK:
        return okb_txn_document_end(txn, error) ? OKB_COMMIT_STAGED : OKB_COMMIT_ERROR;
    case OKB_TXN_BUSY:
        return abort_with(txn, OKB_COMMIT_BUSY, error);
    default:
        return after_error(txn, task, error);
    }
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
    if (task->verdict != OKB_VERDICT_FAILED)
        return commit_ready(id, txn, task, raw_dir, error);
    if (!record_failure(id, task, error) || !okb_txn_document_end(txn, error))
        return OKB_COMMIT_ERROR;
    return OKB_COMMIT_STAGED;
}
