/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The raw copy is moved last but for what goes: until then a document that must wait loses
 * nothing but our files.
 */
#include "ingest/artifacts.h"

#include "ingest/names.h"
#include "ingest/render.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum { HEAD = 512 };

typedef struct {
    OkbTxn *txn;
    OkbTask *task;
    const OkbDocument *old; /* or NULL */
    OkbDocument *new;
    GHashTable *spellings; /* folded file name of an image of `old` -> as it was spelled */
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
    okb_autofd int in = okb_bundle_open(s->task->outcome.left.out, asset, s->error);
    if (in < 0)
        return false;
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

/*
 * An image of the version before keeps its spelling: on a file system that folds names
 * "Dot.png" and "dot.png" are one target, which could not be published and removed in one
 * group.
 */
static GHashTable *spellings_of(const OkbDocument *old)
{
    GHashTable *spellings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; old && i < old->artifacts->len; i++) {
        const OkbArtifact *artifact = old->artifacts->pdata[i];
        g_autofree char *name = g_path_get_basename(artifact->path);
        if (artifact->kind == OKB_ARTIFACT_IMAGE)
            g_hash_table_insert(spellings, okb_text_fold(name), g_strdup(name));
    }
    return spellings;
}

static char *image_name(const Staging *s, const OkbAsset *asset, const Image *image,
                        GHashTable *taken)
{
    g_autofree char *name = okb_render_image_name(
        asset->name_hint, image->extension ? image->extension : "bin", image->hash, taken);
    g_autofree char *key = name ? okb_text_fold(name) : NULL;
    const char *before = key ? g_hash_table_lookup(s->spellings, key) : NULL;
    return before ? g_strdup(before) : g_steal_pointer(&name);
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
    char *name = image_name(s, asset, &image, taken);
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

/* As Python's: in lower case; cut when the name would not fit a directory entry. */
static char *raw_suffix(const Staging *s)
{
    g_autofree char *valid = g_utf8_make_valid(okb_names_suffix(s->task->item->name), -1);
    char *suffix = g_utf8_strdown(valid, -1);
    gsize room = NAME_MAX - strlen(s->new->name);
    if (strlen(suffix) > room)
        *g_utf8_find_prev_char(suffix, suffix + room + 1) = '\0';
    return suffix;
}

static OkbTxnStatus put_raw(Staging *s, int raw_dir)
{
    OkbStaged staged = {.fd = -1};
    g_autofree char *suffix = raw_suffix(s);
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

OkbTxnStatus okb_artifacts_stage(OkbTxn *txn, OkbTask *task, const OkbDocument *old,
                                 OkbDocument *document, bool is_long, int raw_dir,
                                 GError **error)
{
    g_autofree char *stem = okb_names_title(task->item->name);
    g_autofree const char **images = g_new0(const char *, task->bundle->assets->len + 1);
    g_autoptr(GHashTable) names =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) spellings = spellings_of(old);
    OkbRenderInput input = {task->bundle, document->name, stem, images, is_long};
    Staging staging = {txn, task, old, document, spellings, error}, *s = &staging;
    OkbTxnStatus status = put_images(s, names, images);
    if (status == OKB_TXN_OK)
        status = put_texts(s, &input);
    if (status == OKB_TXN_OK)
        status = put_raw(s, raw_dir);
    if (status == OKB_TXN_OK)
        status = remove_stale(s);
    return status;
}
