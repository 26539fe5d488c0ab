/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The services of the host in memory: what a plugin says is recorded, what it may not say is
 * OKB_E_MISUSE, as by core/worker/services.c: the test unit/hosts holds the two together.
 */
#include "host-job.h"

#include "worker/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PLACEHOLDER "okb-asset:%08u"

/* ---- Body -------------------------------------------------------------------------------- */

void harness_append(okb_job *job, const void *bytes, size_t len)
{
    harness_result *r = job->result;
    if (r->body_len + len + 1 > job->body_cap) {
        job->body_cap = (r->body_len + len + 1) * 2;
        r->body = harness_realloc(r->body, job->body_cap);
    }
    if (len)
        memcpy(r->body + r->body_len, bytes, len);
    r->body_len += len;
    r->body[r->body_len] = '\0';
}

/* A character may come in two calls, but for nothing else between them. */
static okb_status judge_utf8(okb_job *job)
{
    harness_result *r = job->result;
    for (int n;; job->judged += (size_t)n) {
        job->judged += okb_utf8_ascii(r->body + job->judged, r->body_len - job->judged);
        if (job->judged == r->body_len)
            return OKB_OK;
        n = okb_utf8_next(r->body + job->judged, r->body_len - job->judged);
        if (n == 0)
            return harness_misuse(job, "body_write: the text is not UTF-8");
        if (n < 0)
            return OKB_OK;
    }
}

okb_status harness_boundary(okb_job *job)
{
    if (job->result->status == OKB_OK && job->judged < job->result->body_len)
        return harness_misuse(job, "the text ends inside a character");
    return job->result->status;
}

/* What the host itself writes: whole characters. */
static okb_status put(okb_job *job, const char *text, int len)
{
    if (harness_account(job, (size_t)len) != OKB_OK)
        return job->result->status;
    harness_append(job, text, (size_t)len);
    job->judged = job->result->body_len;
    return OKB_OK;
}

/* A service that says where in the text something stands begins here. */
static okb_status enter_at_boundary(okb_job *job, harness_slot slot)
{
    okb_status status = harness_enter(job, slot);
    return status == OKB_OK ? harness_boundary(job) : status;
}

static bool exceeds(const okb_job *job, size_t body)
{
    const okb_limits *limits = &job->input->limits;
    return limits->max_body_bytes && body > limits->max_body_bytes;
}

static okb_status host_body_write(okb_job *job, const void *bytes, size_t len)
{
    okb_status status = harness_enter(job, HARNESS_body_write);
    if (status == OKB_OK && exceeds(job, job->result->body_len + len))
        return harness_latch(job, OKB_E_LIMIT, "more output than the limit allows");
    if (status == OKB_OK)
        status = harness_account(job, len);
    if (status != OKB_OK)
        return status;
    harness_append(job, bytes, len);
    return judge_utf8(job);
}

static okb_status host_body_asset_ref(okb_job *job, okb_asset_id asset, okb_str alt)
{
    okb_status status = enter_at_boundary(job, HARNESS_body_asset_ref);
    if (status != OKB_OK)
        return status;
    if (asset == 0 || asset > job->assets.n || !harness_is_text(alt))
        return harness_misuse(job, "body_asset_ref: no such asset, or bad alt text");
    harness_ref *ref = HARNESS_GROW(job->result->refs, job->result->n_refs);
    *ref = (harness_ref){job->result->body_len, asset, harness_dup(alt)};
    char text[32];
    return put(job, text, snprintf(text, sizeof text, PLACEHOLDER, asset));
}

/* ---- Pages, headings, outline ------------------------------------------------------------ */

static okb_status host_page_begin(okb_job *job, uint32_t index, okb_str label)
{
    okb_status status = enter_at_boundary(job, HARNESS_page_begin);
    if (status != OKB_OK)
        return status;
    if (index != job->result->n_pages + 1 || !harness_is_title(label))
        return harness_misuse(job, "page_begin: index not in sequence, or bad label");
    harness_mark *page = HARNESS_GROW(job->result->pages, job->result->n_pages);
    *page = (harness_mark){index, index, harness_dup(label), job->result->body_len};
    char mark[48];
    return put(job, mark, snprintf(mark, sizeof mark, "<!-- page %u -->\n\n", index));
}

static okb_status host_heading(okb_job *job, uint32_t level, okb_str title, uint32_t page)
{
    okb_status status = enter_at_boundary(job, HARNESS_heading);
    if (status != OKB_OK)
        return status;
    if (level < 1 || level > 6 || !harness_is_title(title) || page > job->result->n_pages)
        return harness_misuse(job, "heading: bad level, title or page");
    harness_mark *mark = HARNESS_GROW(job->result->headings, job->result->n_headings);
    *mark = (harness_mark){level, page, harness_dup(title), job->result->body_len};
    return OKB_OK;
}

static okb_status host_outline(okb_job *job, uint32_t depth, okb_str title, uint32_t page)
{
    okb_status status = harness_enter(job, HARNESS_outline);
    if (status != OKB_OK)
        return status;
    harness_result *r = job->result;
    uint32_t before = r->n_outline ? r->outline[r->n_outline - 1].level : 0;
    if (depth < 1 || depth > before + 1 || !harness_is_title(title))
        return harness_misuse(job, "outline: bad depth or title");
    if (job->input->limits.max_depth && depth > job->input->limits.max_depth)
        return harness_latch(job, OKB_E_LIMIT, "outline: deeper than the limit allows");
    harness_mark *mark = HARNESS_GROW(r->outline, r->n_outline);
    *mark = (harness_mark){depth, page, harness_dup(title), r->body_len};
    return OKB_OK;
}

/* ---- Assets and embedded sources --------------------------------------------------------- */

static okb_status host_asset_begin(okb_job *job, okb_str type, okb_str name, uint32_t *id,
                                   int32_t *fd)
{
    okb_status status = harness_enter(job, HARNESS_asset_begin);
    return status == OKB_OK ? harness_blob_begin(job, &job->assets, type, name, id, fd)
                            : status;
}

static okb_status host_asset_write(okb_job *job, uint32_t id, const void *bytes, size_t len)
{
    okb_status status = harness_enter(job, HARNESS_asset_write);
    return status == OKB_OK ? harness_blob_write(job, &job->assets, id, bytes, len) : status;
}

static okb_status host_asset_end(okb_job *job, uint32_t id)
{
    okb_status status = harness_enter(job, HARNESS_asset_end);
    return status == OKB_OK ? harness_blob_end(job, &job->assets, id) : status;
}

static okb_status host_embed_begin(okb_job *job, okb_str type, okb_str name, uint32_t *id,
                                   int32_t *fd)
{
    okb_status status = harness_enter(job, HARNESS_embed_begin);
    return status == OKB_OK ? harness_blob_begin(job, &job->embeds, type, name, id, fd)
                            : status;
}

static okb_status host_embed_write(okb_job *job, uint32_t id, const void *bytes, size_t len)
{
    okb_status status = harness_enter(job, HARNESS_embed_write);
    return status == OKB_OK ? harness_blob_write(job, &job->embeds, id, bytes, len) : status;
}

static okb_status host_embed_end(okb_job *job, uint32_t id)
{
    okb_status status = harness_enter(job, HARNESS_embed_end);
    return status == OKB_OK ? harness_blob_end(job, &job->embeds, id) : status;
}

/* ---- Facts ------------------------------------------------------------------------------- */

static bool equals(okb_str text, const char *literal)
{
    return text.len == strlen(literal) && memcmp(text.data, literal, text.len) == 0;
}

static bool is_repeatable(okb_str key)
{
    return equals(key, OKB_M_AUTHOR) || equals(key, OKB_M_KEYWORD);
}

static bool is_set(const harness_result *r, okb_str key)
{
    for (size_t i = 0; i < r->n_metas; i++)
        if (equals(key, r->metas[i].key))
            return true;
    return false;
}

static okb_status host_meta(okb_job *job, okb_str key, okb_str value)
{
    static const char *const keys[] = {
        OKB_M_TITLE,    OKB_M_AUTHOR,      OKB_M_LANGUAGE,  OKB_M_CREATED,
        OKB_M_MODIFIED, OKB_M_DESCRIPTION, OKB_M_KEYWORD,   OKB_M_SITE,
        OKB_M_URL,      OKB_M_LICENSE,     OKB_M_GENERATOR,
    };
    okb_status status = harness_enter(job, HARNESS_meta);
    if (status != OKB_OK || value.len == 0)
        return status;
    bool known = key.len > 2 && memcmp(key.data, "x-", 2) == 0;
    if (!is_repeatable(key) && is_set(job->result, key))
        return harness_misuse(job, "meta: a key was set twice");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        known |= equals(key, keys[i]);
    if (!known || !harness_is_title(key))
        return harness_misuse(
            job, "meta: a key that is none of plugin.h's and does not begin with x-");
    if (!harness_is_text(value))
        return harness_misuse(
            job, "meta: a value that is too long, not UTF-8, or has control characters");
    harness_pair *pair = HARNESS_GROW(job->result->metas, job->result->n_metas);
    *pair = (harness_pair){harness_dup(key), harness_dup(value), 0};
    return OKB_OK;
}

static okb_status host_warn(okb_job *job, okb_str code, uint32_t page, okb_str text)
{
    okb_status status = harness_enter(job, HARNESS_warn);
    if (status != OKB_OK && job->result->status == OKB_OK)
        return status;
    if (code.len == 0 || !harness_is_title(code) || !harness_is_text(text))
        return harness_misuse(job, "warn: bad code or text");
    harness_pair *pair = HARNESS_GROW(job->result->warnings, job->result->n_warnings);
    *pair = (harness_pair){harness_dup(code), harness_dup(text), page};
    return OKB_OK;
}

/* ---- The job ----------------------------------------------------------------------------- */

static void host_log(okb_job *job, uint32_t level, okb_str text)
{
    (void)job;
    if (getenv("HARNESS_LOG"))
        fprintf(stderr, "[%u] %.*s\n", level, (int)text.len, text.data);
}

static okb_status host_fail(okb_job *job, okb_status status, okb_str text)
{
    job->result->calls[HARNESS_fail]++;
    char *message = harness_dup(text);
    harness_latch(job, status < 0 ? status : OKB_E_INTERNAL, message);
    free(message);
    return job->result->status;
}

static okb_status host_progress(okb_job *job, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return harness_enter(job, HARNESS_progress);
}

static okb_status host_limits(okb_job *job, okb_limits *ret)
{
    static const okb_limits defaults = {
        .struct_size = sizeof defaults,
        .max_assets = 10000,
        .max_body_bytes = UINT64_C(256) << 20,
        .max_asset_bytes = UINT64_C(64) << 20,
        .max_total_bytes = UINT64_C(1) << 30,
        .memory_bytes = UINT64_C(1) << 30,
        .wall_ms = 120000,
        .idle_ms = 30000,
        .cpu_ms = 60000,
        .max_depth = 100,
    };
    const okb_limits *from =
        job && job->input->limits.struct_size ? &job->input->limits : &defaults;
    uint32_t size = ret->struct_size < sizeof *from ? ret->struct_size : (uint32_t)sizeof *from;
    memcpy(ret, from, size);
    ret->struct_size = size;
    return OKB_OK;
}

static okb_str host_option(okb_job *job, okb_str key)
{
    const char *const *o = job ? job->input->options : NULL;
    for (; o && *o; o++)
        if (strncmp(*o, key.data, key.len) == 0 && (*o)[key.len] == '=')
            return (okb_str){*o + key.len + 1, strlen(*o) - key.len - 1};
    return (okb_str){NULL, 0};
}

static okb_status host_sibling_open(okb_job *job, okb_str path, okb_sibling *sibling)
{
    okb_status status = harness_enter(job, HARNESS_sibling_open);
    if (status != OKB_OK)
        return status;
    if (path.len == 0 || sibling->struct_size < sizeof *sibling)
        return harness_misuse(job, "sibling_open: bad arguments");
    if (!harness_is_title(path))
        return OKB_DECLINED;
    char **slot = HARNESS_GROW(job->result->siblings, job->result->n_siblings);
    *slot = harness_dup(path);
    int fd = job->input->sibling_socket > 0
                 ? harness_sibling_ask(job->input->sibling_socket, *slot)
                 : harness_sibling_open(job->input->sibling_dir, *slot);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return OKB_DECLINED;
    sibling->fd = fd;
    sibling->size = (uint64_t)st.st_size;
    return OKB_OK;
}

#define ENTRY(name) .name = host_##name,
const okb_host harness_host = {.struct_size = sizeof harness_host,
                               .abi_major = OKB_ABI_MAJOR,
                               .abi_minor = OKB_ABI_MINOR,
                               .name = {"openkb-harness", 14},
                               .version = {"0", 1},
                               HARNESS_EACH_SLOT(ENTRY)};
