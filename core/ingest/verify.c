/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Verification: is everything as the registry says?
 *
 *   artifacts   no lock: listed first, then hashed one by one; what differs is looked up again,
 *               and is a finding only when the registry still says the same
 *   views       under the shared lock, so that no writer is between its commit and its views
 *   strangers   files below raw/, wiki/sources/ and wiki/summaries/ that no document owns:
 * notices
 *
 * Work that an interrupted command left is no fault: it is a notice, and the views, which
 * recovery will rebuild, are not compared.
 */
#include "ingest/verify-views.h"
#include "store/lock.h"
#include "store/registry.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>

enum { POLL_MS = 50 };

/* ---- Artifacts --------------------------------------------------------------------------- */

static bool stopped(const OkbVerify *verify)
{
    return verify->options->stop && *verify->options->stop;
}

static bool interrupted(GError **error)
{
    return okb_error_set(error, OKB_ERROR_INTERRUPTED, "interrupted; nothing was changed");
}

/* Whether the registry still wants these bytes there. True when it cannot be asked. */
static bool still_recorded(OkbVerify *verify, const OkbArtifact *artifact)
{
    g_autoptr(GError) error = NULL;
    gint64 document = 0;
    OkbArtifact *now = okb_registry_artifact(verify->store, artifact->path, &document, &error);
    bool same = error || (now && strcmp(now->hash, artifact->hash) == 0);
    g_clear_pointer(&now, okb_artifact_free);
    return same;
}

/* What is wrong with an artifact, or NULL. *ret_detail is set with it. */
static const char *examine(OkbVerify *verify, const OkbArtifact *artifact, char **ret_detail)
{
    g_autoptr(GError) error = NULL;
    okb_autofd int fd = okb_registry_open_artifact(verify->store, artifact, &error);
    if (fd < 0) {
        struct stat st;
        bool absent =
            okb_io_stat_beneath(okb_store_kb(verify->store)->root, artifact->path, &st) != 0 &&
            (errno == ENOENT || errno == ENOTDIR);
        *ret_detail = g_strdup(absent ? "the file is not there" : error->message);
        return absent ? "missing" : "unreadable";
    }
    char hash[OKB_DIGEST_HEX];
    if (okb_digest_fd(fd, hash) != 0) {
        *ret_detail = g_strdup(g_strerror(errno));
        return "unreadable";
    }
    if (!*artifact->hash || strcmp(hash, artifact->hash) == 0)
        return NULL;
    *ret_detail = g_strdup_printf("is %.12s…, was written as %.12s…", hash, artifact->hash);
    return "changed";
}

static void check_artifact(OkbVerify *verify, const OkbDocument *document,
                           const OkbArtifact *artifact)
{
    g_autofree char *detail = NULL;
    const char *problem = examine(verify, artifact, &detail);
    if (problem && still_recorded(verify, artifact))
        okb_verify_found(verify, document->name, artifact->path, problem, detail);
}

static bool check_artifacts(OkbVerify *verify, GError **error)
{
    for (guint i = 0; i < verify->documents->len; i++) {
        const OkbDocument *document = verify->documents->pdata[i];
        for (guint a = 0; a < document->artifacts->len; a++) {
            if (stopped(verify))
                return interrupted(error);
            check_artifact(verify, document, document->artifacts->pdata[a]);
        }
    }
    return true;
}

/* ---- Strangers --------------------------------------------------------------------------- */

typedef struct {
    OkbVerify *verify;
    GHashTable *owned; /* paths of artifacts */
    GQueue *dirs;      /* char *: still to be read */
} Strangers;

static void look_at_entry(Strangers *strangers, int dir, const char *dir_path, const char *name)
{
    struct stat st;
    g_autofree char *path = g_strdup_printf("%s/%s", dir_path, name);
    if (*name == '.' || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    if (S_ISDIR(st.st_mode))
        g_queue_push_tail(strangers->dirs, g_steal_pointer(&path));
    else if (!g_hash_table_contains(strangers->owned, path))
        okb_verify_notice(strangers->verify, NULL, path, "orphan",
                          "belongs to no document; left alone");
}

static void read_dir(Strangers *strangers, const char *path)
{
    int fd = okb_io_open_beneath(okb_store_kb(strangers->verify->store)->root, path,
                                 O_RDONLY | O_DIRECTORY, 0);
    g_autoptr(DIR) dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        okb_close_fd(&fd);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir));)
        look_at_entry(strangers, dirfd(dir), path, entry->d_name);
}

static void find_strangers(OkbVerify *verify)
{
    static const char *const roots[] = {"raw", "wiki/sources", "wiki/summaries"};
    g_autoptr(GHashTable) owned = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < verify->documents->len; i++) {
        const OkbDocument *document = verify->documents->pdata[i];
        for (guint a = 0; a < document->artifacts->len; a++)
            g_hash_table_add(owned, ((OkbArtifact *)document->artifacts->pdata[a])->path);
    }
    Strangers strangers = {verify, owned, g_queue_new()};
    for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
        g_queue_push_tail(strangers.dirs, g_strdup(roots[i]));
    for (char *path; !stopped(verify) && (path = g_queue_pop_head(strangers.dirs));
         g_free(path))
        read_dir(&strangers, path);
    g_queue_free_full(strangers.dirs, g_free);
}

/* ---- Documents and the lock -------------------------------------------------------------- */

static bool keep(const OkbDocument *document, gpointer data)
{
    OkbDocument *copy = okb_document_new();
    copy->name = g_strdup(document->name);
    memcpy(copy->hash, document->hash, sizeof copy->hash);
    copy->type = g_strdup(document->type);
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *a = document->artifacts->pdata[i];
        okb_document_add_artifact(copy, a->kind, a->path, a->hash, a->size);
    }
    g_ptr_array_add(data, copy);
    return true;
}

static bool list_documents(OkbVerify *verify, GError **error)
{
    g_ptr_array_set_size(verify->documents, 0);
    return okb_registry_each(verify->store, keep, verify->documents, error);
}

/* The shared lock, or -1 where nobody can write. Polled: there is no flock() with a timeout. */
static bool wait_for_writers(OkbVerify *verify, int *ret_lock, GError **error)
{
    const OkbKb *kb = okb_store_kb(verify->store);
    int timeout_ms = verify->options->lock_timeout_ms;
    for (gint64 waited = 0; !okb_lock_try_shared(kb, ret_lock); waited += POLL_MS) {
        if (stopped(verify))
            return interrupted(error);
        if (timeout_ms >= 0 && waited >= timeout_ms) {
            g_autofree char *holder = okb_lock_holder(kb);
            return okb_error_set(error, OKB_ERROR_LOCKED,
                                 "the files are checked, index.md and hashes.json are not: %s "
                                 "is changing the knowledge base; wait for it, or allow more "
                                 "with --lock-timeout",
                                 holder);
        }
        g_usleep(POLL_MS * 1000);
    }
    return true;
}

static bool check_views(OkbVerify *verify, GError **error)
{
    okb_autofd int lock = -1;
    if (!wait_for_writers(verify, &lock, error) || !list_documents(verify, error))
        return false;
    find_strangers(verify);
    return okb_verify_views(verify, error);
}

void okb_verify_found(OkbVerify *verify, const char *document, const char *path,
                      const char *problem, const char *detail)
{
    const OkbFinding finding = {document, path, problem, detail, false};
    verify->findings++;
    verify->options->found(&finding, verify->options->data);
}

void okb_verify_notice(OkbVerify *verify, const char *document, const char *path,
                       const char *problem, const char *detail)
{
    const OkbFinding finding = {document, path, problem, detail, true};
    verify->options->found(&finding, verify->options->data);
}

bool okb_ingest_verify(OkbStore *store, const OkbVerifyOptions *options, guint64 *ret_documents,
                       guint64 *ret_findings, GError **error)
{
    g_autoptr(GPtrArray) documents =
        g_ptr_array_new_with_free_func((GDestroyNotify)okb_document_free);
    OkbVerify verify = {.store = store, .options = options, .documents = documents};
    if (!list_documents(&verify, error) || !check_artifacts(&verify, error))
        return false;
    *ret_documents = documents->len;
    if (!check_views(&verify, error))
        return false;
    *ret_findings = verify.findings;
    return true;
}
