/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The format of .openkb/hashes.json: a JSON object, key SHA-256 of the source, value an object
 * with name, doc_name, type, path, raw_path, source_path and what others add. Its strings are
 * somebody else's: a path in it is taken for an artifact only below raw/ or wiki/.
 */
#include "store/views-private.h"

#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>

enum { HASHES_MAX = 1 << 30 };

/* ---- the file ---------------------------------------------------------------------------- */

bool okb_hashes_read(OkbStore *store, OkbHashes *hashes, GError **error)
{
    *hashes = (OkbHashes){0};
    g_autoptr(GError) local = NULL;
    hashes->bytes = okb_io_read_path(store->kb->root, OKB_HASHES, HASHES_MAX, &local);
    if (!hashes->bytes) {
        if (errno == ENOENT)
            return true;
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    gsize len;
    const char *text = g_bytes_get_data(hashes->bytes, &len);
    gsize before = len - MIN(len, strlen(OKB_HASHES_CLOSING));
    okb_digest_init(&hashes->open);
    okb_digest_update(&hashes->open, text, before);
    OkbDigest whole = hashes->open;
    okb_digest_update(&whole, text + before, len - before);
    okb_digest_hex(&whole, hashes->digest);
    return true;
}

void okb_hashes_clear(OkbHashes *hashes)
{
    json_decref(hashes->entries);
    g_clear_pointer(&hashes->bytes, g_bytes_unref);
    g_free(hashes->damage);
    *hashes = (OkbHashes){0};
}

void okb_hashes_parse(OkbHashes *hashes)
{
    gsize len;
    json_error_t problem;
    const char *text = g_bytes_get_data(hashes->bytes, &len);
    json_t *top = json_loadb(text, len, JSON_ALLOW_NUL, &problem);
    if (json_is_object(top)) {
        hashes->entries = top;
        return;
    }
    hashes->damage = top ? g_strdup("it is no JSON object")
                         : g_strdup_printf("line %d: %s", problem.line, problem.text);
    json_decref(top);
}

/* ---- text of an entry -------------------------------------------------------------------- */

/* jansson writes \u00E9 where Python writes \u00e9, and knows nothing of the level above. */
char *okb_hashes_entry_text(json_t *entry)
{
    char *dumped = json_dumps(entry, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    if (!dumped)
        return NULL;
    GString *text = g_string_new(NULL);
    for (const char *p = dumped; *p; p++) {
        g_string_append_c(text, *p);
        if (*p == '\n')
            g_string_append(text, "  ");
        if (*p != '\\')
            continue;
        g_string_append_c(text, *++p);
        for (int i = 0; *p == 'u' && i < 4; i++)
            g_string_append_c(text, g_ascii_tolower(p[1 + i]));
        p += *p == 'u' ? 4 : 0;
    }
    free(dumped);
    return g_string_free(text, FALSE);
}

/* ---- entry -> document ------------------------------------------------------------------- */

static const char *member(json_t *entry, const char *key)
{
    const char *text = json_string_value(json_object_get(entry, key));
    return text ? text : "";
}

/* Path.stem of Python 3.11. */
static char *stem(const char *name)
{
    const char *dot = strrchr(name, '.');
    bool has_suffix = dot && dot != name && dot[1];
    return has_suffix ? g_strndup(name, (gsize)(dot - name)) : g_strdup(name);
}

int okb_hashes_look(OkbStore *store, const char *path, char hash[static OKB_DIGEST_HEX],
                    gint64 *ret_size, GError **error)
{
    struct stat st;
    errno = 0;
    bool there = okb_publish_look(store->kb->root, path, hash) == OKB_CONTENT_FILE &&
                 okb_io_stat_beneath(store->kb->root, path, &st) == 0;
    if (there)
        *ret_size = st.st_size;
    else if (okb_error_is_passing(errno)) {
        okb_error_errno(error, errno, "cannot look at %s", path);
        return -1;
    }
    return there;
}

/* False only when it cannot be known whether it is there. */
static bool add_if_there(OkbStore *store, OkbDocument *document, OkbArtifactKind kind,
                         const char *path, GError **error)
{
    char hash[OKB_DIGEST_HEX];
    gint64 owner, size;
    bool allowed = g_str_has_prefix(path, "raw/") || g_str_has_prefix(path, "wiki/");
    if (!allowed || !okb_io_path_is_inside(path))
        return true;
    int there = okb_hashes_look(store, path, hash, &size, error);
    if (there <= 0)
        return there == 0;
    g_autoptr(OkbArtifact) taken = okb_registry_artifact(store, path, &owner, NULL);
    if (!taken || owner == document->id)
        okb_document_add_artifact(document, kind, path, hash, size);
    return true;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *okb_hashes_list(OkbStore *store, const char *path, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int fd = okb_io_open_beneath(store->kb->root, path, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && !okb_error_is_passing(errno))
        return g_steal_pointer(&names);
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        okb_close_fd(&fd);
    for (struct dirent *entry; dir && (errno = 0, entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(entry->d_name));
    if (okb_error_is_passing(errno)) {
        okb_error_errno(error, errno, "cannot read %s", path);
        return NULL;
    }
    g_ptr_array_sort(names, compare_names);
    return g_steal_pointer(&names);
}

bool okb_hashes_add_images(OkbStore *store, OkbDocument *document, GError **error)
{
    g_autofree char *home = g_strconcat("wiki/sources/images/", document->name, NULL);
    if (!okb_io_path_is_inside(home))
        return true;
    g_autoptr(GPtrArray) names = okb_hashes_list(store, home, error);
    for (guint i = 0; names && i < names->len; i++) {
        g_autofree char *path = g_build_filename(home, names->pdata[i], NULL);
        if (!add_if_there(store, document, OKB_ARTIFACT_IMAGE, path, error))
            return false;
    }
    return names != NULL;
}

static bool add_artifacts(OkbStore *store, OkbDocument *document, json_t *entry, GError **error)
{
    g_autofree char *raw = *member(entry, "raw_path") || *member(entry, "path")
                               ? g_strdup(member(entry, "raw_path"))
                               : g_strconcat("raw/", document->source_name, NULL);
    g_autofree char *text = g_strconcat("wiki/sources/", document->name, ".md", NULL);
    g_autofree char *pages = g_strconcat("wiki/sources/", document->name, ".json", NULL);
    g_autofree char *summary = g_strconcat("wiki/summaries/", document->name, ".md", NULL);
    const char *source = member(entry, "source_path");
    bool other = *source && strcmp(source, text) != 0 && strcmp(source, pages) != 0;
    return add_if_there(store, document, OKB_ARTIFACT_RAW, raw, error) &&
           (!other || add_if_there(store, document, OKB_ARTIFACT_SOURCE, source, error)) &&
           add_if_there(store, document, OKB_ARTIFACT_SOURCE, text, error) &&
           add_if_there(store, document, OKB_ARTIFACT_SOURCE, pages, error) &&
           add_if_there(store, document, OKB_ARTIFACT_SUMMARY, summary, error) &&
           okb_hashes_add_images(store, document, error);
}

static bool is_name(const char *name)
{
    return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !strchr(name, '/');
}

OkbDocument *okb_hashes_document(const char *key, json_t *entry)
{
    if (!okb_digest_is_hex(key) || !json_is_object(entry))
        return NULL;
    g_autofree char *fallback = stem(member(entry, "name"));
    const char *name = *member(entry, "doc_name") ? member(entry, "doc_name") : fallback;
    if (!is_name(name))
        return NULL;
    OkbDocument *document = okb_document_new();
    document->name = g_strdup(name);
    document->path = g_strdup(member(entry, "path"));
    document->type = g_strdup(member(entry, "type"));
    document->source_name = g_strdup(member(entry, "name"));
    document->pages = json_integer_value(json_object_get(entry, "pages"));
    g_strlcpy(document->hash, key, sizeof document->hash);
    return document;
}

bool okb_hashes_find_artifacts(OkbStore *store, OkbDocument *document, json_t *entry,
                               GError **error)
{
    g_ptr_array_set_size(document->artifacts, 0);
    return add_artifacts(store, document, entry, error);
}

/* ---- document -> entry ------------------------------------------------------------------- */

static void set_text(json_t *entry, const char *key, const char *text)
{
    if (!text || !*text) {
        json_object_del(entry, key);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    json_object_set_new(entry, key, json_string(valid));
}

static const char *artifact_path(const OkbDocument *document, OkbArtifactKind kind)
{
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        if (artifact->kind == kind)
            return artifact->path;
    }
    return NULL;
}

json_t *okb_hashes_entry(const OkbDocument *document, json_t *base)
{
    json_t *entry = json_is_object(base) ? json_deep_copy(base) : json_object();
    bool is_long = strcmp(document->type, "long_pdf") == 0;
    set_text(entry, "name", document->source_name);
    set_text(entry, "doc_name", document->name);
    set_text(entry, "type", document->type);
    set_text(entry, "path", document->path);
    set_text(entry, "raw_path", artifact_path(document, OKB_ARTIFACT_RAW));
    set_text(entry, "source_path",
             is_long ? NULL : artifact_path(document, OKB_ARTIFACT_SOURCE));
    /* Python's index of an earlier text must not answer for this one. */
    json_object_del(entry, "doc_id");
    if (document->pages > 0)
        json_object_set_new(entry, "pages", json_integer(document->pages));
    else
        json_object_del(entry, "pages");
    return entry;
}
