/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The services of the host in memory: what a plugin says is recorded, what it may not say is
 * OKB_E_MISUSE. Every service begins with enter(), which counts and injects failures.
 */
#include "host-job.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TITLE = 64 * 1024 };

#define PLACEHOLDER "okb-asset:%08u"

/* ---- Growing things ---------------------------------------------------------------------- */

static bool *counting; /* see harness_input */

void harness_count_in(bool *flag)
{
    counting = flag;
    if (flag)
        *flag = true;
}

void *harness_realloc(void *old, size_t size)
{
    bool was = counting && *counting;
    if (was)
        *counting = false;
    void *p = realloc(old, size);
    if (was)
        *counting = true;
    if (!p)
        abort();
    return p;
}

#define GROW(array, count)                                                                     \
    ((array) = harness_realloc((array), ((count) + 1) * sizeof *(array)), &(array)[(count)++])

static char *dup_str(okb_str s)
{
    char *copy = harness_realloc(NULL, s.len + 1);
    if (s.len)
        memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return copy;
}

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

/* ---- Rules ------------------------------------------------------------------------------- */

static okb_status latch(okb_job *job, okb_status status, const char *message)
{
    if (job->result->status == OKB_OK) {
        job->result->status = status;
        job->result->message = dup_str((okb_str){message, strlen(message)});
    }
    return job->result->status;
}

okb_status harness_misuse(okb_job *job, const char *message)
{
    job->result->misused = true;
    return latch(job, OKB_E_MISUSE, message);
}

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_injected(const okb_job *job, harness_slot slot)
{
    const harness_input *in = job->input;
    return (in->fail_call && job->calls == in->fail_call && slot != HARNESS_warn) ||
           (in->fail_nth && slot == in->fail_slot && job->result->calls[slot] == in->fail_nth);
}

static bool is_beat(harness_slot slot)
{
    return slot == HARNESS_progress || slot == HARNESS_body_write ||
           slot == HARNESS_page_begin || slot == HARNESS_asset_write ||
           slot == HARNESS_embed_write || slot == HARNESS_sibling_open;
}

/* The longest time without a call that shows progress. */
void harness_beat(okb_job *job)
{
    double now = cpu_now();
    if (now - job->last_beat > job->result->longest_silence)
        job->result->longest_silence = now - job->last_beat;
    job->last_beat = now;
}

/* Every service begins here: counts the call, injects the failure asked for. */
static okb_status enter(okb_job *job, harness_slot slot)
{
    harness_result *r = job->result;
    job->calls += slot != HARNESS_warn; /* which never latches */
    r->calls[slot]++;
    r->calls_after += r->injected;
    if (job->input->watch && is_beat(slot))
        harness_beat(job);
    if (!is_injected(job, slot))
        return r->status;
    r->injected = true;
    job->injected_at = cpu_now();
    return slot == HARNESS_warn ? job->input->fail_status
                                : latch(job, job->input->fail_status, "injected failure");
}

void harness_measure_end(okb_job *job)
{
    if (job->input->watch)
        harness_beat(job);
    if (job->result->injected)
        job->result->cpu_after = cpu_now() - job->injected_at;
}

static size_t utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool harness_is_utf8(const char *s, size_t len)
{
    for (size_t i = 0, n; i < len; i += n)
        if (!(n = utf8_length((const unsigned char *)s + i, len - i)))
            return false;
    return true;
}

/* Titles and metadata: UTF-8 without control characters. In a body the host replaces these. */
static bool is_plain(okb_str s)
{
    if (s.len > MAX_TITLE)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.data[i] < 0x20 && s.data[i] != '\t' && s.data[i] != '\n')
            return false;
    return harness_is_utf8(s.data, s.len);
}

static bool is_title(okb_str s)
{
    return is_plain(s) && (!s.len || !memchr(s.data, '\n', s.len));
}

/* ---- Services ---------------------------------------------------------------------------- */

static bool exceeds(const okb_job *job, size_t body)
{
    const okb_limits *limits = &job->input->limits;
    return limits->max_body_bytes && body > limits->max_body_bytes;
}

static okb_status body_write(okb_job *job, const void *bytes, size_t len)
{
    okb_status status = enter(job, HARNESS_body_write);
    if (status == OKB_OK && exceeds(job, job->result->body_len + len))
        return latch(job, OKB_E_LIMIT, "more output than the limit allows");
    if (status == OKB_OK)
        harness_append(job, bytes, len);
    return status;
}

static okb_status body_asset_ref(okb_job *job, okb_asset_id asset, okb_str alt)
{
    okb_status status = enter(job, HARNESS_body_asset_ref);
    if (status != OKB_OK)
        return status;
    if (asset == 0 || asset > job->result->n_assets || !is_plain(alt))
        return harness_misuse(job, "body_asset_ref: no such asset, or bad alt text");
    harness_ref *ref = GROW(job->result->refs, job->result->n_refs);
    *ref = (harness_ref){job->result->body_len, asset, dup_str(alt)};
    char text[32];
    harness_append(job, text, (size_t)snprintf(text, sizeof text, PLACEHOLDER, asset));
    return OKB_OK;
}

int harness_scratch(void)
{
    int fd = memfd_create("harness", MFD_CLOEXEC);
    if (fd < 0)
        abort();
    return fd;
}

static okb_status blob_begin(okb_job *job, harness_slot slot, harness_asset **blobs, size_t *n,
                             int **fds, okb_str type, okb_str name, uint32_t *id, int32_t *fd)
{
    okb_status status = enter(job, slot);
    if (status != OKB_OK)
        return status;
    if (job->input->limits.max_assets && *n >= job->input->limits.max_assets)
        return latch(job, OKB_E_LIMIT, "more assets than the limit allows");
    if (!is_plain(type) || !is_plain(name))
        return harness_misuse(job, "asset_begin: bad media type or name");
    *fds = harness_realloc(*fds, (*n + 1) * sizeof **fds);
    (*fds)[*n] = harness_scratch();
    if (fd)
        *fd = (*fds)[*n];
    harness_asset *blob = GROW(*blobs, *n);
    *blob = (harness_asset){.media_type = dup_str(type), .name_hint = dup_str(name)};
    *id = (uint32_t)*n;
    return OKB_OK;
}

static okb_status blob_write(okb_job *job, harness_slot slot, harness_asset *blobs, size_t n,
                             int *fds, uint32_t id, const void *bytes, size_t len)
{
    okb_status status = enter(job, slot);
    if (status != OKB_OK)
        return status;
    if (id == 0 || id > n || blobs[id - 1].ended)
        return harness_misuse(job, "asset_write: not open");
    if (write(fds[id - 1], bytes, len) != (ssize_t)len)
        abort();
    return OKB_OK;
}

static void blob_read_back(harness_asset *blob, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        abort();
    blob->len = (size_t)st.st_size;
    blob->bytes = harness_realloc(NULL, blob->len + 1);
    if (pread(fd, blob->bytes, blob->len, 0) != (ssize_t)blob->len)
        abort();
    close(fd);
    blob->ended = true;
}

static okb_status blob_end(okb_job *job, harness_slot slot, harness_asset *blobs, size_t n,
                           int *fds, uint32_t id)
{
    okb_status status = enter(job, slot);
    if (status != OKB_OK)
        return status;
    if (id == 0 || id > n || blobs[id - 1].ended)
        return harness_misuse(job, "asset_end: not open");
    blob_read_back(&blobs[id - 1], fds[id - 1]);
    return OKB_OK;
}

static okb_status asset_begin(okb_job *job, okb_str type, okb_str name, okb_asset_id *id,
                              int32_t *fd)
{
    return blob_begin(job, HARNESS_asset_begin, &job->result->assets, &job->result->n_assets,
                      &job->asset_fds, type, name, id, fd);
}

static okb_status asset_write(okb_job *job, okb_asset_id id, const void *bytes, size_t len)
{
    return blob_write(job, HARNESS_asset_write, job->result->assets, job->result->n_assets,
                      job->asset_fds, id, bytes, len);
}

static okb_status asset_end(okb_job *job, okb_asset_id id)
{
    return blob_end(job, HARNESS_asset_end, job->result->assets, job->result->n_assets,
                    job->asset_fds, id);
}

static okb_status embed_begin(okb_job *job, okb_str type, okb_str name, okb_embed_id *id,
                              int32_t *fd)
{
    return blob_begin(job, HARNESS_embed_begin, &job->result->embeds, &job->result->n_embeds,
                      &job->embed_fds, type, name, id, fd);
}

static okb_status embed_write(okb_job *job, okb_embed_id id, const void *bytes, size_t len)
{
    return blob_write(job, HARNESS_embed_write, job->result->embeds, job->result->n_embeds,
                      job->embed_fds, id, bytes, len);
}

static okb_status embed_end(okb_job *job, okb_embed_id id)
{
    return blob_end(job, HARNESS_embed_end, job->result->embeds, job->result->n_embeds,
                    job->embed_fds, id);
}

static okb_status page_begin(okb_job *job, uint32_t index, okb_str label)
{
    okb_status status = enter(job, HARNESS_page_begin);
    if (status != OKB_OK)
        return status;
    if (index != job->result->n_pages + 1 || !is_title(label))
        return harness_misuse(job, "page_begin: index not in sequence, or bad label");
    harness_mark *page = GROW(job->result->pages, job->result->n_pages);
    *page = (harness_mark){index, index, dup_str(label), job->result->body_len};
    char mark[48];
    harness_append(job, mark,
                   (size_t)snprintf(mark, sizeof mark, "<!-- page %u -->\n\n", index));
    return OKB_OK;
}

static okb_status heading(okb_job *job, uint32_t level, okb_str title, uint32_t page)
{
    okb_status status = enter(job, HARNESS_heading);
    if (status != OKB_OK)
        return status;
    if (level < 1 || level > 6 || !is_title(title) || page > job->result->n_pages)
        return harness_misuse(job, "heading: bad level, title or page");
    harness_mark *mark = GROW(job->result->headings, job->result->n_headings);
    *mark = (harness_mark){level, page, dup_str(title), job->result->body_len};
    return OKB_OK;
}

static okb_status outline(okb_job *job, uint32_t depth, okb_str title, uint32_t page)
{
    okb_status status = enter(job, HARNESS_outline);
    if (status != OKB_OK)
        return status;
    harness_result *r = job->result;
    uint32_t before = r->n_outline ? r->outline[r->n_outline - 1].level : 0;
    if (depth < 1 || depth > before + 1 || !is_title(title))
        return harness_misuse(job, "outline: bad depth or title");
    harness_mark *mark = GROW(r->outline, r->n_outline);
    *mark = (harness_mark){depth, page, dup_str(title), r->body_len};
    return OKB_OK;
}

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

static okb_status meta(okb_job *job, okb_str key, okb_str value)
{
    static const char *const keys[] = {
        OKB_M_TITLE,    OKB_M_AUTHOR,      OKB_M_LANGUAGE,  OKB_M_CREATED,
        OKB_M_MODIFIED, OKB_M_DESCRIPTION, OKB_M_KEYWORD,   OKB_M_SITE,
        OKB_M_URL,      OKB_M_LICENSE,     OKB_M_GENERATOR,
    };
    okb_status status = enter(job, HARNESS_meta);
    if (status != OKB_OK || value.len == 0)
        return status;
    bool known = key.len > 2 && memcmp(key.data, "x-", 2) == 0;
    if (!is_repeatable(key) && is_set(job->result, key))
        return harness_misuse(job, "meta: a key was set twice");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        known |= equals(key, keys[i]);
    if (!known || !is_plain(key))
        return harness_misuse(
            job, "meta: a key that is none of plugin.h's and does not begin with x-");
    if (!is_plain(value))
        return harness_misuse(
            job, "meta: a value that is too long, not UTF-8, or has control characters");
    harness_pair *pair = GROW(job->result->metas, job->result->n_metas);
    *pair = (harness_pair){dup_str(key), dup_str(value), 0};
    return OKB_OK;
}

static okb_status warn(okb_job *job, okb_str code, uint32_t page, okb_str text)
{
    okb_status status = enter(job, HARNESS_warn);
    if (status != OKB_OK && job->result->status == OKB_OK)
        return status;
    if (code.len == 0 || !is_plain(code) || !is_plain(text))
        return harness_misuse(job, "warn: bad code or text");
    harness_pair *pair = GROW(job->result->warnings, job->result->n_warnings);
    *pair = (harness_pair){dup_str(code), dup_str(text), page};
    return OKB_OK;
}

static void log_text(okb_job *job, uint32_t level, okb_str text)
{
    (void)job;
    if (getenv("HARNESS_LOG"))
        fprintf(stderr, "[%u] %.*s\n", level, (int)text.len, text.data);
}

static okb_status fail(okb_job *job, okb_status status, okb_str text)
{
    job->result->calls[HARNESS_fail]++;
    char *message = dup_str(text);
    latch(job, status < 0 ? status : OKB_E_INTERNAL, message);
    free(message);
    return job->result->status;
}

static okb_status progress(okb_job *job, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    return enter(job, HARNESS_progress);
}

static okb_status limits(okb_job *job, okb_limits *ret)
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

static okb_str option(okb_job *job, okb_str key)
{
    const char *const *o = job ? job->input->options : NULL;
    for (; o && *o; o++)
        if (strncmp(*o, key.data, key.len) == 0 && (*o)[key.len] == '=')
            return (okb_str){*o + key.len + 1, strlen(*o) - key.len - 1};
    return (okb_str){NULL, 0};
}

static okb_status sibling_open(okb_job *job, okb_str path, okb_sibling *sibling)
{
    okb_status status = enter(job, HARNESS_sibling_open);
    if (status != OKB_OK)
        return status;
    if (path.len == 0 || sibling->struct_size < sizeof *sibling)
        return harness_misuse(job, "sibling_open: bad arguments");
    if (!is_title(path))
        return OKB_DECLINED;
    char **slot = GROW(job->result->siblings, job->result->n_siblings);
    *slot = dup_str(path);
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

const okb_host harness_host = {
    .struct_size = sizeof harness_host,
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .name = {"openkb-harness", 14},
    .version = {"0", 1},
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
