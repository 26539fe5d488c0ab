/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Records go straight into the JSON that result.json will be. Every service begins with
 * enter(), which answers what is latched and refuses a second thread.
 */
#include "worker/services.h"

#include "worker/blobs.h"
#include "worker/body.h"
#include "worker/job-channel.h"
#include "worker/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a plugin's okb_sibling holds at the least: ABI 1.0, however much ours grows. */
enum { MIN_SIBLING = 16 };

enum { MAX_TITLE = 64 * 1024, MAX_WARNINGS = 10000, MAX_RECORDS = 1000000, MAX_PATH = 4096 };

static const char *warm_defaults = "";
static _Thread_local bool prepare_thread;

/* ---- Latch ------------------------------------------------------------------------------- */

okb_status okb_job_latch(okb_job *job, okb_status status, const char *message)
{
    if (job->status == OKB_OK && status != OKB_OK) {
        job->status = status < OKB_E_INTERNAL || status > 0 ? OKB_E_INTERNAL : status;
        job->message = strdup(message);
    }
    return job->status;
}

okb_status okb_job_account(okb_job *job, uint64_t bytes)
{
    job->written += bytes;
    if (bytes > job->start->output_bytes || job->written > job->start->output_bytes)
        return okb_job_latch(job, OKB_E_LIMIT, "more output than the limit allows");
    return job->status;
}

static okb_status enter(okb_job *job)
{
    if (!prepare_thread)
        return OKB_E_MISUSE;
    return job->status;
}

static okb_status misuse(okb_job *job, const char *message)
{
    return okb_job_latch(job, OKB_E_MISUSE, message);
}

static bool is_title(okb_str text)
{
    return text.len <= MAX_TITLE && okb_utf8_is_plain(text.data, text.len, false);
}

static bool is_text(okb_str text)
{
    return text.len <= MAX_TITLE && okb_utf8_is_plain(text.data, text.len, true);
}

/* Takes `record`, which may be NULL for lack of memory. */
static okb_status record(okb_job *job, json_t *list, json_t *entry)
{
    if (json_array_size(list) >= MAX_RECORDS) {
        json_decref(entry);
        return okb_job_latch(job, OKB_E_LIMIT, "more records than the limit allows");
    }
    if (!entry || json_array_append_new(list, entry) != 0)
        return okb_job_latch(job, OKB_E_NOMEM, "no memory for the result");
    return job->status;
}

static json_t *to_json(okb_str text)
{
    return json_stringn(text.data ? text.data : "", text.len);
}

/* ---- Body -------------------------------------------------------------------------------- */

static okb_status body_write(okb_job *job, const void *bytes, size_t len)
{
    if (enter(job) != OKB_OK || len == 0)
        return enter(job);
    okb_channel_beat(job, 0, 0);
    return okb_body_append(job, bytes, len);
}

static okb_status body_asset_ref(okb_job *job, okb_asset_id asset, okb_str alt)
{
    if (enter(job) != OKB_OK || okb_body_boundary(job) != OKB_OK)
        return enter(job);
    if (asset == 0 || asset > job->assets.n || !is_text(alt))
        return misuse(job, "body_asset_ref: no such asset, or bad alt text");
    record(job, job->refs,
           json_pack("{sI sI so}", "offset", (json_int_t)job->body.len, "asset",
                     (json_int_t)asset, "alt", to_json(alt)));
    char placeholder[32];
    int len = snprintf(placeholder, sizeof placeholder, "okb-asset:%08u", asset);
    return job->status == OKB_OK ? okb_body_append(job, placeholder, (size_t)len) : job->status;
}

static okb_status page_begin(okb_job *job, uint32_t index, okb_str label)
{
    if (enter(job) != OKB_OK || okb_body_boundary(job) != OKB_OK)
        return enter(job);
    if (index != job->pages + 1 || !is_title(label))
        return misuse(job, "page_begin: the index is not the next one, or bad label");
    job->pages = index;
    okb_channel_beat(job, 0, 0);
    record(job, job->page_list,
           json_pack("{sI so}", "offset", (json_int_t)job->body.len, "label",
                     label.len ? to_json(label) : json_null()));
    char mark[48];
    int len = snprintf(mark, sizeof mark, "<!-- page %u -->\n\n", index);
    return job->status == OKB_OK ? okb_body_append(job, mark, (size_t)len) : job->status;
}

static okb_status heading(okb_job *job, uint32_t level, okb_str title, uint32_t page)
{
    if (enter(job) != OKB_OK || okb_body_boundary(job) != OKB_OK)
        return enter(job);
    if (level < 1 || level > 6 || !is_title(title) || page > job->pages)
        return misuse(job, "heading: bad level, title or page");
    return record(job, job->headings,
                  json_pack("{sI sI sI so}", "offset", (json_int_t)job->body.len, "level",
                            (json_int_t)level, "page", (json_int_t)page, "title",
                            to_json(title)));
}

static okb_status outline(okb_job *job, uint32_t depth, okb_str title, uint32_t page)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    if (depth < 1 || depth > job->outline_depth + 1 || !is_title(title))
        return misuse(job, "outline: bad depth or title");
    if (depth > job->start->depth)
        return okb_job_latch(job, OKB_E_LIMIT, "outline: deeper than the limit allows");
    job->outline_depth = depth;
    return record(job, job->outline,
                  json_pack("{sI sI so}", "depth", (json_int_t)depth, "page", (json_int_t)page,
                            "title", to_json(title)));
}

/* ---- Assets and embedded sources --------------------------------------------------------- */

static okb_status asset_begin(okb_job *job, okb_str media_type, okb_str name_hint,
                              okb_asset_id *asset, int32_t *fd)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    return okb_blob_begin(job, &job->assets, media_type, name_hint, asset, fd);
}

static okb_status asset_write(okb_job *job, okb_asset_id asset, const void *bytes, size_t len)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    okb_channel_beat(job, 0, 0);
    return okb_blob_write(job, &job->assets, asset, bytes, len);
}

static okb_status asset_end(okb_job *job, okb_asset_id asset)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    return okb_blob_end(job, &job->assets, asset);
}

static okb_status embed_begin(okb_job *job, okb_str media_type, okb_str name,
                              okb_embed_id *embed, int32_t *fd)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    return okb_blob_begin(job, &job->embeds, media_type, name, embed, fd);
}

static okb_status embed_write(okb_job *job, okb_embed_id embed, const void *bytes, size_t len)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    okb_channel_beat(job, 0, 0);
    return okb_blob_write(job, &job->embeds, embed, bytes, len);
}

static okb_status embed_end(okb_job *job, okb_embed_id embed)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    return okb_blob_end(job, &job->embeds, embed);
}

/* ---- Facts ------------------------------------------------------------------------------- */

static const struct {
    const char *key;
    bool repeated;
} meta_keys[] = {
    {OKB_M_TITLE, false},   {OKB_M_AUTHOR, true},     {OKB_M_LANGUAGE, false},
    {OKB_M_CREATED, false}, {OKB_M_MODIFIED, false},  {OKB_M_DESCRIPTION, false},
    {OKB_M_KEYWORD, true},  {OKB_M_SITE, false},      {OKB_M_URL, false},
    {OKB_M_LICENSE, false}, {OKB_M_GENERATOR, false},
};

static bool is_prefixed(okb_str key)
{
    return key.len > 2 && memcmp(key.data, "x-", 2) == 0;
}

static bool equals(okb_str text, const char *literal)
{
    return text.len == strlen(literal) && memcmp(text.data, literal, text.len) == 0;
}

static bool is_meta_key(okb_str key, bool *ret_repeated)
{
    *ret_repeated = false;
    for (size_t i = 0; key.len > 0 && i < sizeof meta_keys / sizeof *meta_keys; i++)
        if (equals(key, meta_keys[i].key)) {
            *ret_repeated = meta_keys[i].repeated;
            return true;
        }
    return is_prefixed(key) && is_title(key);
}

static bool is_set(const okb_job *job, okb_str key)
{
    size_t i;
    json_t *entry;
    json_array_foreach (job->metadata, i, entry) {
        if (equals(key, json_string_value(json_object_get(entry, "key"))))
            return true;
    }
    return false;
}

static okb_status meta(okb_job *job, okb_str key, okb_str value)
{
    if (enter(job) != OKB_OK || value.len == 0)
        return enter(job);
    bool repeated;
    if (!is_meta_key(key, &repeated))
        return misuse(job, "meta: a key that is none of plugin.h's and does not begin with x-");
    if (!is_text(value))
        return misuse(job,
                      "meta: a value that is too long, not UTF-8, or has control characters");
    if (!repeated && is_set(job, key))
        return misuse(job, "meta: a key was set twice");
    return record(job, job->metadata,
                  json_pack("{so so}", "key", to_json(key), "value", to_json(value)));
}

static okb_status warn(okb_job *job, okb_str code, uint32_t page, okb_str text)
{
    if (!prepare_thread || code.len == 0 || !is_title(code) || !is_text(text))
        return OKB_E_MISUSE;
    if (json_array_size(job->warnings) >= MAX_WARNINGS)
        return OKB_OK;
    json_t *entry = json_pack("{so sI so}", "code", to_json(code), "page", (json_int_t)page,
                              "text", to_json(text));
    return entry && json_array_append_new(job->warnings, entry) == 0 ? OKB_OK : OKB_E_NOMEM;
}

static void log_text(okb_job *job, uint32_t level, okb_str text)
{
    if (job && prepare_thread)
        okb_channel_log(job, level, text);
}

static okb_status fail(okb_job *job, okb_status status, okb_str text)
{
    if (!prepare_thread)
        return OKB_E_MISUSE;
    char message[1024];
    size_t len = text.len < sizeof message ? text.len : sizeof message - 1;
    memcpy(message, text.data ? text.data : "", text.data ? len : 0);
    message[text.data ? len : 0] = '\0';
    return okb_job_latch(job, status < 0 ? status : OKB_E_INTERNAL, message);
}

/* ---- The job ----------------------------------------------------------------------------- */

static okb_status progress(okb_job *job, uint64_t done, uint64_t total)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    okb_channel_beat(job, done, total);
    if (okb_channel_cancelled(job))
        return okb_job_latch(job, OKB_E_CANCELLED, "cancelled");
    return job->status;
}

static okb_limits limits_of(const OkbJobStart *start)
{
    uint64_t output = start ? start->output_bytes : UINT64_MAX;
    return (okb_limits){
        .max_assets = start ? start->files : UINT32_MAX,
        .max_body_bytes = output,
        .max_asset_bytes = output,
        .max_total_bytes = output,
        .memory_bytes = start ? start->memory_bytes : UINT64_MAX,
        .wall_ms = start ? start->wall_ms : UINT32_MAX,
        .idle_ms = start ? start->idle_ms : UINT32_MAX,
        .cpu_ms = start ? start->cpu_ms : UINT32_MAX,
        .max_depth = start ? start->depth : UINT32_MAX,
    };
}

static okb_status limits(okb_job *job, okb_limits *ret)
{
    okb_limits all = limits_of(job ? job->start : NULL);
    size_t size = ret->struct_size < sizeof all ? ret->struct_size : sizeof all;
    if (size < sizeof ret->struct_size)
        return OKB_E_MISUSE;
    all.struct_size = (uint32_t)size;
    memcpy(ret, &all, size);
    return OKB_OK;
}

static okb_str look_up(const char *lines, okb_str key)
{
    while (*lines) {
        size_t line = strcspn(lines, "\n");
        if (line > key.len && lines[key.len] == '=' && memcmp(lines, key.data, key.len) == 0)
            return (okb_str){lines + key.len + 1, line - key.len - 1};
        lines += line + (lines[line] == '\n');
    }
    return (okb_str){NULL, 0};
}

static okb_str option(okb_job *job, okb_str key)
{
    if (key.len == 0)
        return (okb_str){NULL, 0};
    okb_str given = job ? look_up(job->options, key) : (okb_str){NULL, 0};
    return given.data ? given : look_up(job ? job->defaults : warm_defaults, key);
}

static okb_status sibling_open(okb_job *job, okb_str path, okb_sibling *sibling)
{
    if (enter(job) != OKB_OK)
        return enter(job);
    char copy[MAX_PATH];
    if (path.len >= sizeof copy || path.len == 0 || !sibling ||
        sibling->struct_size < MIN_SIBLING)
        return path.len ? OKB_DECLINED : misuse(job, "sibling_open: bad arguments");
    if (!okb_utf8_is_plain(path.data, path.len, false))
        return OKB_DECLINED;
    memcpy(copy, path.data, path.len);
    copy[path.len] = '\0';
    okb_channel_beat(job, 0, 0);
    int fd = -1;
    okb_status status = okb_channel_sibling(job, copy, &fd, &sibling->size);
    sibling->fd = fd;
    if (status == OKB_OK || status == OKB_DECLINED)
        return status;
    return okb_job_latch(job, status, "cannot ask for a file beside the source");
}

static const okb_host host = {
    .struct_size = sizeof host,
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .name = {"openkb", 6},
    .version = {OPENKB_VERSION, sizeof OPENKB_VERSION - 1},
    .body_write = body_write,
    .body_asset_ref = body_asset_ref,
    .asset_begin = asset_begin,
    .asset_write = asset_write,
    .asset_end = asset_end,
    .page_begin = page_begin,
    .heading = heading,
    .outline = outline,
    .meta = meta,
    .embed_begin = embed_begin,
    .embed_write = embed_write,
    .embed_end = embed_end,
    .warn = warn,
    .log = log_text,
    .fail = fail,
    .progress = progress,
    .limits = limits,
    .option = option,
    .sibling_open = sibling_open,
};

const okb_host *okb_services_host(void)
{
    return &host;
}

void okb_services_set_defaults(const char *defaults)
{
    warm_defaults = defaults;
}

okb_status okb_services_begin(okb_job *job)
{
    json_t **const lists[] = {&job->page_list, &job->headings, &job->outline,
                              &job->refs,      &job->metadata, &job->warnings};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (!(*lists[i] = json_array()))
            return okb_job_latch(job, OKB_E_NOMEM, "no memory for the result");
    job->assets.kind = OKB_FILE_ASSET;
    job->embeds.kind = OKB_FILE_EMBED;
    prepare_thread = true;
    okb_channel_begin(job);
    return OKB_OK;
}

okb_status okb_services_end(okb_job *job, okb_status status)
{
    okb_job_latch(job, status,
                  status == OKB_E_NOMEM ? "there was not enough memory"
                                        : "the plugin gave no reason");
    if (job->status == OKB_OK && okb_body_boundary(job) == OKB_OK &&
        okb_blobs_all_ended(job, &job->assets) == OKB_OK &&
        okb_blobs_all_ended(job, &job->embeds) == OKB_OK)
        okb_body_flush(job);
    if (job->body.replaced)
        warn(job, OKB_STR("control-chars"), 0,
             OKB_STR("control characters in the text were replaced"));
    prepare_thread = false;
    return job->status;
}
