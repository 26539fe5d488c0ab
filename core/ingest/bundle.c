/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reading result.json. A Reader latches its first complaint, so that the schema reads as a list
 * of fields; whatever a field's getter returns after a complaint is harmless. Objects must have
 * exactly the known keys: counting them finds the unknown.
 *
 * A failed conversion's body and files are not looked at: only status, message, metadata and
 * warnings count.
 */
#include "ingest/bundle.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>

enum {
    FORMAT = 1,
    MAX_RESULT = 128 * 1024 * 1024,
    MAX_RECORDS = 1000000,
    MAX_STRING = 64 * 1024,
    MAX_PAGE = 1000000,
};

typedef struct {
    OkbBundle *bundle;
    const OkbLimits *limits;
    const OkbLeft *left;
    const char *body;
    gsize body_len;
    GError *error;
} Reader;

static void complain(Reader *r, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void complain(Reader *r, const char *format, ...)
{
    if (r->error)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    okb_error_set(&r->error, OKB_ERROR_BUNDLE, "result.json: %s", text);
}

/* ---- Fields ------------------------------------------------------------------------------ */

static guint64 get_number(Reader *r, const json_t *object, const char *key, guint64 min,
                          guint64 max)
{
    const json_t *value = json_object_get(object, key);
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && (guint64)number >= min &&
        (guint64)number <= max)
        return (guint64)number;
    complain(r, "%s is missing or out of range", key);
    return min;
}

/* jansson lets through well-formed UTF-8 without NUL only. */
static bool is_plain(const char *text, bool lines)
{
    for (const char *p = text; *p; p++)
        if ((guchar)*p < 0x20 && *p != '\t' && !(lines && *p == '\n'))
            return false;
    return true;
}

static char *get_text(Reader *r, const json_t *object, const char *key, bool lines)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value) && json_string_length(value) <= MAX_STRING &&
        is_plain(json_string_value(value), lines))
        return g_strdup(json_string_value(value));
    complain(r, "%s is missing or not plain text", key);
    return g_strdup("");
}

static char *get_text_or_null(Reader *r, const json_t *object, const char *key, bool lines)
{
    return json_is_null(json_object_get(object, key)) ? NULL : get_text(r, object, key, lines);
}

static void check_keys(Reader *r, const json_t *object, gsize n, const char *what)
{
    if (!json_is_object(object) || json_object_size(object) != n)
        complain(r, "%s has not the fields it should have", what);
}

static const json_t *get_list(Reader *r, const json_t *root, const char *key)
{
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list) || json_array_size(list) > MAX_RECORDS)
        complain(r, "%s is not a list of reasonable length", key);
    return list;
}

/* Offsets ascend, and stand between characters of the body. */
static guint64 get_offset(Reader *r, const json_t *object, guint64 *last)
{
    guint64 offset = get_number(r, object, "offset", *last, r->body_len);
    if (offset < r->body_len && (r->body[offset] & 0xc0) == 0x80)
        complain(r, "an offset is inside a character");
    *last = offset;
    return offset;
}

static bool body_has(const Reader *r, guint64 offset, const char *text)
{
    gsize len = strlen(text);
    return offset <= r->body_len && r->body_len - offset >= len &&
           memcmp(r->body + offset, text, len) == 0;
}

/* ---- Lists ------------------------------------------------------------------------------- */

typedef void (*ReadEntry)(Reader *r, const json_t *entry, gsize index, guint64 *last);

static void read_list(Reader *r, const json_t *root, const char *key, gsize n_keys,
                      ReadEntry read)
{
    const json_t *list = get_list(r, root, key);
    guint64 last = 0;
    for (gsize i = 0; !r->error && i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        check_keys(r, entry, n_keys, key);
        if (!r->error)
            read(r, entry, i, &last);
    }
}

static void read_page(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    OkbPage page = {get_offset(r, entry, last), get_text_or_null(r, entry, "label", false)};
    g_array_append_val(r->bundle->pages, page);
    g_autofree char *mark = g_strdup_printf("<!-- page %" G_GSIZE_FORMAT " -->\n\n", index + 1);
    if (!body_has(r, page.offset, mark))
        complain(r, "the mark of page %" G_GSIZE_FORMAT " is not where it is said to be",
                 index + 1);
    *last = page.offset + 1;
}

static void read_heading(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)index;
    OkbHeading heading = {
        .offset = get_offset(r, entry, last),
        .level = (guint)get_number(r, entry, "level", 1, 6),
        .page = (guint)get_number(r, entry, "page", 0, r->bundle->pages->len),
        .title = get_text(r, entry, "title", false),
    };
    g_array_append_val(r->bundle->headings, heading);
}

static void read_outline(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)index;
    OkbOutlineEntry outline = {
        .depth = (guint)get_number(r, entry, "depth", 1, MIN(*last + 1, r->limits->depth)),
        .page = (guint)get_number(r, entry, "page", 0, MAX_PAGE),
        .title = get_text(r, entry, "title", false),
    };
    *last = outline.depth;
    g_array_append_val(r->bundle->outline, outline);
}

static void read_ref(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)index;
    OkbAssetRef ref = {
        .offset = get_offset(r, entry, last),
        .asset = (guint)get_number(r, entry, "asset", 1, r->bundle->assets->len),
        .alt = get_text(r, entry, "alt", true),
    };
    char placeholder[32];
    g_snprintf(placeholder, sizeof placeholder, "okb-asset:%08u", ref.asset);
    ref.asset--;
    g_array_append_val(r->bundle->refs, ref);
    if (!body_has(r, ref.offset, placeholder))
        complain(r, "a reference to an asset is not where it is said to be");
    *last = ref.offset + OKB_PLACEHOLDER_LEN;
}

static void read_blob(Reader *r, const json_t *entry, gsize index, const char *directory,
                      GArray *blobs)
{
    OkbAsset blob = {
        .media_type = get_text(r, entry, "media_type", false),
        .name_hint = get_text(r, entry, "name", false),
        .path = g_strdup_printf("%s/%08" G_GSIZE_FORMAT ".bin", directory, index + 1),
        .size = get_number(r, entry, "size", 0, r->limits->output_bytes),
    };
    g_array_append_val(blobs, blob);
    int fd = r->error ? -1 : okb_bundle_open(r->left->out, &blob, &r->error);
    okb_close_fd(&fd);
}

static void read_asset(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)last;
    read_blob(r, entry, index, "assets", r->bundle->assets);
}

static void read_embed(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)last;
    read_blob(r, entry, index, "embeds", r->bundle->embeds);
}

static void read_metadatum(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)index;
    (void)last;
    OkbFact fact = {get_text(r, entry, "key", false), get_text(r, entry, "value", true), 0};
    g_array_append_val(r->bundle->metadata, fact);
}

static void read_warning(Reader *r, const json_t *entry, gsize index, guint64 *last)
{
    (void)index;
    (void)last;
    OkbFact fact = {get_text(r, entry, "code", false), get_text(r, entry, "text", true),
                    (guint)get_number(r, entry, "page", 0, MAX_PAGE)};
    g_array_append_val(r->bundle->warnings, fact);
}

/* ---- Files ------------------------------------------------------------------------------- */

static bool is_ours_alone(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_uid == geteuid();
}

static int open_file(int out, const char *path, struct stat *ret_st, GError **error)
{
    okb_autofd int fd = -1;
    errno = ENOENT;
    if (out >= 0)
        fd = okb_io_open_beneath(out, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
    if (fd < 0 || fstat(fd, ret_st) != 0) {
        okb_error_set(error, OKB_ERROR_BUNDLE, "%s: %s", path, g_strerror(errno));
        return -1;
    }
    if (!is_ours_alone(ret_st)) {
        okb_error_set(error, OKB_ERROR_BUNDLE, "%s is not a regular file of ours with one name",
                      path);
        return -1;
    }
    return okb_steal_fd(&fd);
}

int okb_bundle_open(int out, const OkbAsset *asset, GError **error)
{
    struct stat st;
    okb_autofd int fd = open_file(out, asset->path, &st, error);
    if (fd >= 0 && (guint64)st.st_size != asset->size) {
        okb_error_set(error, OKB_ERROR_BUNDLE, "%s is not as long as it is said to be",
                      asset->path);
        return -1;
    }
    return okb_steal_fd(&fd);
}

/* Read once, and by offset: who wrote it may still hold the descriptor. */
static GBytes *read_whole(int fd, const char *name, gsize max, GError **error)
{
    g_autoptr(GError) cause = NULL;
    GBytes *bytes = okb_io_read_file(fd, max, name, &cause);
    if (cause)
        okb_error_set(error, OKB_ERROR_BUNDLE, "%s", cause->message);
    return bytes;
}

static void read_body(Reader *r, guint64 said)
{
    OkbBundle *bundle = r->bundle;
    g_clear_pointer(&bundle->body, g_bytes_unref);
    bundle->body =
        r->error ? NULL
                 : read_whole(r->left->body, "body.md", r->limits->output_bytes, &r->error);
    if (!bundle->body) {
        bundle->body = g_bytes_new_static("", 0);
        return;
    }
    r->body = g_bytes_get_data(bundle->body, &r->body_len);
    if (r->body_len != said)
        complain(r, "body_bytes is not the length of body.md");
    if (r->body_len > 0 && !g_utf8_validate(r->body, (gssize)r->body_len, NULL))
        complain(r, "body.md is not UTF-8");
}

/* ---- The whole --------------------------------------------------------------------------- */

static void check_sum(Reader *r)
{
    guint64 sum = r->body_len;
    const GArray *const lists[] = {r->bundle->assets, r->bundle->embeds};
    for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
        for (guint i = 0; i < lists[l]->len; i++)
            sum += g_array_index(lists[l], OkbAsset, i).size;
    if (sum > r->limits->output_bytes)
        complain(r, "more bytes than the limit of output allows");
    if (r->bundle->assets->len + r->bundle->embeds->len > r->limits->files)
        complain(r, "more files than the limit allows");
}

static void read_content(Reader *r, const json_t *root)
{
    read_body(r, get_number(r, root, "body_bytes", 0, r->limits->output_bytes));
    read_list(r, root, "pages", 2, read_page);
    read_list(r, root, "headings", 4, read_heading);
    read_list(r, root, "outline", 3, read_outline);
    read_list(r, root, "assets", 3, read_asset);
    read_list(r, root, "embeds", 3, read_embed);
    read_list(r, root, "refs", 3, read_ref);
    check_sum(r);
}

/* A status that no version of the header names counts as E_INTERNAL. */
static okb_status get_status(Reader *r, const json_t *root)
{
    const json_t *value = json_object_get(root, "status");
    json_int_t status = json_integer_value(value);
    if (!json_is_integer(value) || status > OKB_OK || status < G_MININT32)
        complain(r, "status is missing or out of range");
    return status < OKB_E_INTERNAL ? OKB_E_INTERNAL : (okb_status)status;
}

static void read_root(Reader *r, const json_t *root)
{
    OkbBundle *bundle = r->bundle;
    check_keys(r, root, 13, "the result");
    if (get_number(r, root, "format", 1, G_MAXUINT32) != FORMAT)
        complain(r, "format is not %d", FORMAT);
    bundle->status = get_status(r, root);
    bundle->message = get_text_or_null(r, root, "message", true);
    bundle->output_version = (guint)get_number(r, root, "output_version", 0, G_MAXUINT32);
    read_list(r, root, "metadata", 2, read_metadatum);
    read_list(r, root, "warnings", 3, read_warning);
    if (bundle->status == OKB_OK)
        read_content(r, root);
}

static void clear_page(gpointer data)
{
    g_free(((OkbPage *)data)->label);
}

static void clear_heading(gpointer data)
{
    g_free(((OkbHeading *)data)->title);
}

static void clear_outline(gpointer data)
{
    g_free(((OkbOutlineEntry *)data)->title);
}

static void clear_ref(gpointer data)
{
    g_free(((OkbAssetRef *)data)->alt);
}

static void clear_asset(gpointer data)
{
    OkbAsset *asset = data;
    g_free(asset->media_type);
    g_free(asset->name_hint);
    g_free(asset->path);
}

static void clear_fact(gpointer data)
{
    OkbFact *fact = data;
    g_free(fact->key);
    g_free(fact->value);
}

static GArray *new_list(gsize size, GDestroyNotify clear)
{
    GArray *list = g_array_new(FALSE, FALSE, (guint)size);
    g_array_set_clear_func(list, clear);
    return list;
}

static OkbBundle *new_bundle(void)
{
    OkbBundle *bundle = g_new0(OkbBundle, 1);
    bundle->body = g_bytes_new_static("", 0);
    bundle->pages = new_list(sizeof(OkbPage), clear_page);
    bundle->headings = new_list(sizeof(OkbHeading), clear_heading);
    bundle->outline = new_list(sizeof(OkbOutlineEntry), clear_outline);
    bundle->refs = new_list(sizeof(OkbAssetRef), clear_ref);
    bundle->assets = new_list(sizeof(OkbAsset), clear_asset);
    bundle->embeds = new_list(sizeof(OkbAsset), clear_asset);
    bundle->metadata = new_list(sizeof(OkbFact), clear_fact);
    bundle->warnings = new_list(sizeof(OkbFact), clear_fact);
    return bundle;
}

OkbBundle *okb_bundle_read(const OkbLeft *left, const OkbLimits *limits, GError **error)
{
    g_autoptr(GBytes) text = read_whole(left->result, "result.json", MAX_RESULT, error);
    if (!text)
        return NULL;
    gsize len = 0;
    const char *bytes = g_bytes_get_data(text, &len);
    json_error_t json_error;
    json_t *root = json_loadb(bytes ? bytes : "", len, JSON_REJECT_DUPLICATES, &json_error);
    if (!root) {
        okb_error_set(error, OKB_ERROR_BUNDLE, "result.json: %s (line %d)", json_error.text,
                      json_error.line);
        return NULL;
    }
    g_autoptr(OkbBundle) bundle = new_bundle();
    Reader reader = {.bundle = bundle, .limits = limits, .left = left, .body = ""};
    read_root(&reader, root);
    json_decref(root);
    if (reader.error) {
        g_propagate_error(error, reader.error);
        return NULL;
    }
    return g_steal_pointer(&bundle);
}

void okb_left_clear(OkbLeft *left)
{
    okb_close_fd(&left->out);
    okb_close_fd(&left->body);
    okb_close_fd(&left->result);
}

void okb_bundle_free(OkbBundle *bundle)
{
    if (!bundle)
        return;
    GArray *const lists[] = {bundle->pages,    bundle->headings, bundle->outline,
                             bundle->refs,     bundle->assets,   bundle->embeds,
                             bundle->metadata, bundle->warnings};
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        g_array_unref(lists[i]);
    g_bytes_unref(bundle->body);
    g_free(bundle->message);
    g_free(bundle);
}

const char *okb_bundle_meta(const OkbBundle *bundle, const char *key)
{
    for (guint i = 0; i < bundle->metadata->len; i++) {
        const OkbFact *fact = &g_array_index(bundle->metadata, OkbFact, i);
        if (g_str_equal(fact->key, key))
            return fact->value;
    }
    return NULL;
}

/* ---- Statuses ---------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool permanent;
} statuses[] = {
    [-OKB_OK] = {"ok", false},
    [-OKB_DECLINED] = {"declined", true},
    [-OKB_E_MALFORMED] = {"malformed", true},
    [-OKB_E_ENCRYPTED] = {"encrypted", true},
    [-OKB_E_UNSUPPORTED] = {"unsupported", true},
    [-OKB_E_NOMEM] = {"no-memory", false},
    [-OKB_E_IO] = {"io", false},
    [-OKB_E_LIMIT] = {"limit", false},
    [-OKB_E_CANCELLED] = {"cancelled", false},
    [-OKB_E_MISUSE] = {"misuse", false},
    [-OKB_E_INTERNAL] = {"internal", false},
};

static gsize status_index(okb_status status)
{
    return status <= OKB_OK && status >= OKB_E_INTERNAL ? (gsize)-status
                                                        : (gsize)-OKB_E_INTERNAL;
}

const char *okb_status_name(okb_status status)
{
    return statuses[status_index(status)].name;
}

bool okb_status_is_permanent(okb_status status)
{
    return statuses[status_index(status)].permanent;
}
