/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/convert-output.h"

#include "ingest/names.h"
#include "ingest/render.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names ------------------------------------------------------------------------------- */

static char *short_name(const OkbPlanItem *item)
{
    g_autofree char *dir = g_path_get_dirname(item->relative);
    g_autofree char *base = g_path_get_basename(item->relative);
    g_autofree char *stem = okb_names_stem(base);
    return strcmp(dir, ".") == 0 ? g_strconcat(stem, ".md", NULL)
                                 : g_strconcat(dir, "/", stem, ".md", NULL);
}

static char *name_of(const OkbPlanItem *item, bool is_long)
{
    return is_long ? g_strconcat(item->relative, ".md", NULL) : short_name(item);
}

/* How many items have each name, under folding. */
static GHashTable *count_names(const OkbPlan *plan, const bool *is_long)
{
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < plan->items->len; i++) {
        g_autofree char *name = name_of(plan->items->pdata[i], is_long[i]);
        char *key = okb_text_fold(name);
        guint times = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));
        g_hash_table_insert(counts, key, GUINT_TO_POINTER(times + 1));
    }
    return counts;
}

/* Makes long what collides; a long name may collide with a short one ("a.pdf", "a.html",
 * "a.pdf.txt"), so that the caller asks again until nothing changes. */
static bool lengthen(const OkbPlan *plan, bool *is_long)
{
    bool changed = false;
    g_autoptr(GHashTable) counts = count_names(plan, is_long);
    for (guint i = 0; i < plan->items->len; i++) {
        g_autofree char *name = name_of(plan->items->pdata[i], is_long[i]);
        g_autofree char *key = okb_text_fold(name);
        if (!is_long[i] && GPOINTER_TO_UINT(g_hash_table_lookup(counts, key)) > 1)
            is_long[i] = changed = true;
    }
    return changed;
}

GPtrArray *okb_convert_names(const OkbPlan *plan)
{
    g_autofree bool *is_long = g_new0(bool, plan->items->len + 1);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    while (lengthen(plan, is_long))
        continue;
    for (guint i = 0; i < plan->items->len; i++) {
        char *name = name_of(plan->items->pdata[i], is_long[i]);
        if (g_hash_table_contains(taken, name))
            g_clear_pointer(&name, g_free);
        else
            g_hash_table_add(taken, name);
        g_ptr_array_add(names, name);
    }
    return names;
}

/* ---- Text -------------------------------------------------------------------------------- */

/* What JSON writes is YAML too. */
static void append_json(GString *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY);
    g_string_append(out, text ? text : "null");
    free(text);
}

static void append_key(GString *out, const char *key)
{
    json_t *quoted = json_string(key);
    if (key[strspn(key, "abcdefghijklmnopqrstuvwxyz-")] == '\0')
        g_string_append(out, key);
    else
        append_json(out, quoted);
    g_string_append(out, ": ");
    json_decref(quoted);
}

/* Authors and keywords come one by one, but a key of YAML stands once: key -> array of values.
 */
static json_t *gather_facts(const GArray *facts)
{
    json_t *all = json_object();
    for (guint i = 0; i < facts->len; i++) {
        const OkbFact *fact = &g_array_index(facts, OkbFact, i);
        json_t *values = json_object_get(all, fact->key);
        if (!values)
            json_object_set_new(all, fact->key, values = json_array());
        json_array_append_new(values, json_string(fact->value));
    }
    return all;
}

void okb_convert_front_matter(GString *out, const OkbBundle *bundle)
{
    const char *key;
    json_t *values, *all = gather_facts(bundle->metadata);
    bool any = json_object_size(all) > 0;
    g_string_append(out, any ? "---\n" : "");
    json_object_foreach (all, key, values) {
        append_key(out, key);
        append_json(out, json_array_size(values) == 1 ? json_array_get(values, 0) : values);
        g_string_append_c(out, '\n');
    }
    g_string_append(out, any ? "---\n\n" : "");
    json_decref(all);
}

static bool is_escaped(const char *body, gsize at)
{
    gsize slashes = 0;
    while (at > slashes && body[at - slashes - 1] == '\\')
        slashes++;
    return slashes % 2 == 1;
}

/* `close` is the "]" of "](": where its "[" stands, or -1. */
static gssize find_opening(const char *body, gsize close, gsize from)
{
    guint depth = 1;
    for (gsize i = close; i > from; i--) {
        char c = body[i - 1];
        if ((c != '[' && c != ']') || is_escaped(body, i - 1))
            continue;
        depth += c == ']' ? 1 : -1;
        if (depth == 0)
            return (gssize)i - 1;
    }
    return -1;
}

/* The end of "(destination "title")" behind a placeholder that ends at `at`; 0: it is no link.
 */
static gsize find_end(const char *body, gsize size, gsize at)
{
    char quote = 0;
    for (gsize i = at; i < size && body[i] != '\n'; i++) {
        if (is_escaped(body, i))
            continue;
        if (quote ? body[i] == quote : body[i] == '"' || body[i] == '\'')
            quote = quote ? 0 : body[i];
        else if (!quote && body[i] == ')')
            return i + 1;
    }
    return 0;
}

typedef struct {
    gsize from, text, text_end, to; /* "![" text "](" ... ")" */
} Link;

static bool find_link(const char *body, gsize size, gsize begin, gsize offset, Link *link)
{
    gsize at = offset;
    if (at > begin && body[at - 1] == '<')
        at--;
    if (at < begin + 3 || body[at - 1] != '(' || body[at - 2] != ']')
        return false;
    gssize open = find_opening(body, at - 2, begin);
    link->to = find_end(body, size, offset + OKB_PLACEHOLDER_LEN);
    if (open < 0 || !link->to)
        return false;
    link->text = (gsize)open + 1;
    link->text_end = at - 2;
    bool image =
        (gsize)open > begin && body[open - 1] == '!' && !is_escaped(body, (gsize)open - 1);
    link->from = (gsize)open - image;
    return true;
}

GString *okb_convert_without_images(const OkbBundle *bundle, guint *ret_images)
{
    gsize size, at = 0;
    const char *body = g_bytes_get_data(bundle->body, &size);
    g_autoptr(GString) out = g_string_sized_new(size + 1);
    for (guint i = 0; i < bundle->refs->len; i++) {
        gsize offset = g_array_index(bundle->refs, OkbAssetRef, i).offset;
        Link link;
        if (offset < at || offset + OKB_PLACEHOLDER_LEN > size)
            return NULL;
        if (find_link(body, size, at, offset, &link)) {
            g_string_append_len(out, body + at, (gssize)(link.from - at));
            g_string_append_len(out, body + link.text, (gssize)(link.text_end - link.text));
            at = link.to;
        } else {
            g_string_append_len(out, body + at, (gssize)(offset - at));
            at = offset + OKB_PLACEHOLDER_LEN;
        }
        (*ret_images)++;
    }
    if (size > at)
        g_string_append_len(out, body + at, (gssize)(size - at));
    return g_steal_pointer(&out);
}

/* ---- Files ------------------------------------------------------------------------------- */

static bool refuse_existing(const char *path, GError **error)
{
    return okb_error_set(error, OKB_ERROR_FAILED, "%s exists; --force replaces it", path);
}

/* Only a file is ever replaced: not a device, a FIFO or a directory. */
static bool check_place(const char *path, bool force, GError **error)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return true;
    if (!force)
        return refuse_existing(path, error);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return okb_error_set(error, OKB_ERROR_FAILED,
                             "%s is not a regular file and is not replaced", path);
    return true;
}

/* A temporary file beside `path`, renamed onto it. */
static bool move_into_place(const char *temp, const char *path, bool force, GError **error)
{
    unsigned flags = force ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, flags) == 0)
        return true;
    if (errno == EEXIST)
        refuse_existing(path, error);
    else if (errno == EINVAL && !force && link(temp, path) == 0)
        (void)!unlink(temp);
    else
        okb_error_errno(error, errno, "cannot write %s", path);
    return *error == NULL;
}

typedef bool (*Fill)(int fd, gconstpointer data);

static bool write_file(const char *path, bool force, Fill fill, gconstpointer data,
                       GError **error)
{
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *temp =
        g_strdup_printf("%s/.openkb-%d-%08x.tmp", dir, (int)getpid(), g_random_int());
    if (!check_place(path, force, error))
        return false;
    okb_autofd int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return okb_error_errno(error, errno, "cannot write %s", path);
    GError *local = NULL;
    if (!fill(fd, data))
        okb_error_errno(&local, errno, "cannot write %s", path);
    if (!local && move_into_place(temp, path, force, &local))
        return true;
    unlink(temp);
    g_propagate_error(error, local);
    return false;
}

static bool fill_text(int fd, gconstpointer data)
{
    const GString *text = data;
    return okb_io_write_all(fd, text->str, text->len) == 0;
}

static bool fill_copy(int fd, gconstpointer data)
{
    return okb_io_copy(*(const int *)data, fd) >= 0;
}

static char *asset_name(int fd, const OkbAsset *asset, GHashTable *taken)
{
    guint8 head[512];
    char hash[OKB_DIGEST_HEX];
    ssize_t n = pread(fd, head, sizeof head, 0);
    const char *type = n < 0 ? NULL : okb_render_image_type(head, (gsize)n);
    if (okb_digest_fd(fd, hash) != 0)
        return NULL;
    return okb_render_image_name(asset->name_hint, type ? type : "bin", hash, taken);
}

/* Writes the assets into `dir`; fills names by index. */
static bool write_assets(const OkbBundle *bundle, int out, const char *dir, bool force,
                         GPtrArray *names, GError **error)
{
    g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (bundle->assets->len && mkdir(dir, 0777) != 0 && errno != EEXIST)
        return okb_error_errno(error, errno, "cannot make %s", dir);
    for (guint i = 0; i < bundle->assets->len; i++) {
        const OkbAsset *asset = &g_array_index(bundle->assets, OkbAsset, i);
        okb_autofd int fd = okb_bundle_open(out, asset, error);
        if (fd < 0)
            return false;
        char *name = asset_name(fd, asset, taken);
        if (!name)
            return okb_error_set(error, OKB_ERROR_BUNDLE, "the asset %s cannot be named",
                                 asset->path);
        g_ptr_array_add(names, name);
        g_autofree char *path = g_strconcat(dir, "/", name, NULL);
        if (!write_file(path, force, fill_copy, &fd, error))
            return false;
    }
    return true;
}

/* A directory as a link destination: what Markdown would misread is percent-encoded. */
static char *link_prefix(const char *dir)
{
    g_autofree char *base = g_path_get_basename(dir);
    g_autofree char *encoded = g_uri_escape_string(base, "!$&'*+,;=:@", TRUE);
    return g_strconcat(encoded, "/", NULL);
}

bool okb_convert_write(const OkbBundle *bundle, int out, const char *path, bool front_matter,
                       bool force, guint *ret_images, GError **error)
{
    if (!check_place(path, force, error))
        return false;
    g_autofree char *stem = g_str_has_suffix(path, ".md")
                                ? g_strndup(path, strlen(path) - strlen(".md"))
                                : g_strdup(path);
    g_autofree char *dir = g_strconcat(stem, ".assets", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    if (!write_assets(bundle, out, dir, force, names, error))
        return false;
    g_autofree char *prefix = link_prefix(dir);
    g_autoptr(GString) text =
        okb_render_markdown(bundle, prefix, (const char *const *)names->pdata);
    if (!text)
        return okb_error_set(error, OKB_ERROR_BUNDLE,
                             "a placeholder is not where the result says");
    if (front_matter) {
        g_autoptr(GString) front = g_string_new(NULL);
        okb_convert_front_matter(front, bundle);
        g_string_prepend_len(text, front->str, (gssize)front->len);
    }
    *ret_images = names->len;
    return write_file(path, force, fill_text, text, error);
}
