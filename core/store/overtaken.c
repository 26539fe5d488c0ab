/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * We died after publishing a document and before hashes.json said so; another program, which
 * could not know, then wrote over its files or removed them. As long as all bytes of ours are
 * somewhere, staged or in their place, ours holds and is published again. When some are
 * nowhere, the document would be half ours and half theirs, or damaged: then theirs holds, as
 * any change does that comes after ours.
 *
 * An intent that is given up is judged first: a person's file that it had brought out is kept.
 */
#include "store/views-private.h"

#include "util/io.h"
#include "util/text.h"

#include <string.h>

static sqlite3_stmt *find_intent(OkbStore *store, const char *path, GError **error)
{
    g_autofree char *folded = okb_text_fold(path);
    sqlite3_stmt *row = okb_database_query(
        store->db, error, "SELECT src, txid, dst, hash, old_hash FROM intent WHERE folded = ?",
        "s", folded);
    return row && okb_database_step(store->db, row, error) > 0 ? row : NULL;
}

char *okb_merge_staged_for(OkbStore *store, const char *path, GError **error)
{
    sqlite3_stmt *row = find_intent(store, path, error);
    if (!row)
        return NULL;
    char *src = *okb_database_text(row, 3) ? okb_database_dup(row, 0) : NULL;
    sqlite3_reset(row);
    return src;
}

int okb_merge_holds(OkbStore *store, const char *path, const char *wanted, GError **error)
{
    int holds = path ? okb_publish_holds(store->kb->root, path, wanted) : 0;
    if (holds < 0)
        okb_error_errno(error, errno, "cannot look at %s", path);
    return holds;
}

bool okb_merge_is_overtaken(OkbStore *store, const OkbDocument *document, bool *ret_is,
                            GError **error)
{
    *ret_is = false;
    for (guint i = 0; i < document->artifacts->len && !*ret_is; i++) {
        GError *local = NULL;
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        g_autofree char *staged = okb_merge_staged_for(store, artifact->path, &local);
        if (local) {
            g_propagate_error(error, local);
            return false;
        }
        int held = okb_merge_holds(store, staged, artifact->hash, error);
        if (held == 0)
            held = okb_merge_holds(store, artifact->path, artifact->hash, error);
        if (held < 0)
            return false;
        *ret_is = held == 0;
    }
    return true;
}

static bool abandon(OkbStore *store, const char *path, GError **error)
{
    GError *local = NULL;
    sqlite3_stmt *row = find_intent(store, path, &local);
    if (!row) {
        if (local)
            g_propagate_error(error, local);
        return local == NULL;
    }
    g_autoptr(OkbIntent) intent = okb_intent_new(
        okb_database_text(row, 1), okb_database_text(row, 2), okb_database_text(row, 0),
        okb_database_text(row, 3), okb_database_text(row, 4));
    sqlite3_reset(row);
    return okb_publish_abandon(store, intent, error) &&
           okb_database_run(store->db, error, "DELETE FROM intent WHERE txid = ? AND dst = ?",
                            "ss", intent->txid, intent->dst);
}

bool okb_merge_abandon(OkbStore *store, const OkbDocument *document, GError **error)
{
    if (store->intents->len == 0)
        return true;
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        if (!abandon(store, artifact->path, error))
            return false;
    }
    return true;
}

/* A file that no intent is about. */
static bool stands(OkbStore *store, const char *home, const char *name, const char *suffix,
                   GError **error)
{
    struct stat st;
    g_autofree char *path = g_strconcat(home, name, suffix, NULL);
    sqlite3_stmt *row = find_intent(store, path, error);
    if (row)
        sqlite3_reset(row);
    return !row && okb_io_stat_beneath(store->kb->root, path, &st) == 0;
}

bool okb_merge_is_back(OkbStore *store, const OkbDocument *document, bool *ret_is,
                       GError **error)
{
    GError *local = NULL;
    *ret_is = stands(store, "wiki/summaries/", document->name, ".md", &local) &&
              (stands(store, "wiki/sources/", document->name, ".md", &local) ||
               stands(store, "wiki/sources/", document->name, ".json", &local));
    if (local)
        g_propagate_error(error, local);
    return local == NULL;
}
