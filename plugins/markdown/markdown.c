/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The Markdown plugin: takes a document as it is, and touches of it only the encoding, the line
 * ends and the destinations of images that become assets.
 *
 * The order of work: decode; front matter; block structure; destinations; assets; proof;
 * writing.
 */
#include "arena.h"
#include "blocks.h"
#include "decode.h"
#include "front-matter.h"
#include "images.h"
#include "metadata.h"
#include "parse.h"
#include "targets.h"
#include "url.h"
#include "verify.h"

#include <openkb/plugin.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Memory that the structure of a text may take, as a multiple of its size. */
#define STRUCTURE_FACTOR 10u
/* Targets that may fail the proof one by one before all are left alone. */
#define MAX_RETRIES 4u
#define MAX_ALT     1000u

typedef struct {
    md_arena arena;
    okb_job *job;
    const okb_host *host;
    const okb_source *source;
    md_text text;
    md_front front;
    md_blocks blocks; /* of what follows the front matter */
    md_targets targets;
    md_metadata metadata;
} document;

/* ---- Reading ----------------------------------------------------------------------------- */

static okb_status read_source(document *d, const void **bytes)
{
    *bytes = d->source->data;
    if (*bytes || d->source->size == 0)
        return OKB_OK;
    if (d->source->size > SIZE_MAX / 8)
        return d->host->fail(d->job, OKB_E_LIMIT, OKB_STR("the file is too large"));
    size_t size = (size_t)d->source->size;
    char *buffer = md_grow(&d->arena, NULL, size);
    for (size_t have = 0; have < size;) {
        ssize_t n = pread(d->source->fd, buffer + have, size - have, (off_t)have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return d->host->fail(d->job, OKB_E_IO, OKB_STR("the file could not be read whole"));
        have += (size_t)n;
    }
    *bytes = buffer;
    return OKB_OK;
}

static void warn(document *d, okb_str code, const char *first, const char *second)
{
    size_t len = strlen(first) + strlen(second);
    char *text = md_alloc(&d->arena, len + 1);
    strcat(strcpy(text, first), second);
    d->host->warn(d->job, code, 0, (okb_str){text, len});
}

static okb_status decode(document *d)
{
    const void *bytes;
    okb_status status = read_source(d, &bytes);
    if (status != OKB_OK)
        return status;
    const char *declared = md_copy(&d->arena, d->source->charset.data, d->source->charset.len);
    d->text = md_decode(&d->arena, bytes, (size_t)d->source->size, declared);
    if (d->text.binary)
        return d->host->fail(d->job, OKB_E_MALFORMED,
                             OKB_STR("this is no text: the bytes are those of another format"));
    if (d->text.guessed)
        warn(d, OKB_STR(OKB_W_ENCODING), "the encoding was guessed: ", d->text.charset);
    if (d->text.replaced)
        warn(d, OKB_STR(OKB_W_ENCODING), "bytes that are no text were replaced, read as ",
             d->text.charset);
    return OKB_OK;
}

static void read_front_matter(document *d)
{
    d->metadata = (md_metadata){.arena = &d->arena, .host = d->host, .job = d->job};
    d->front = md_front_find(d->text.bytes, d->text.len);
    if (d->front.kind == MD_NO_FRONT_MATTER)
        return;
    const char *text = d->text.bytes + d->front.start;
    size_t len = d->front.end - d->front.start;
    bool ok = d->front.kind == MD_YAML
                  ? md_yaml_entries(&d->arena, text, len, md_metadata_entry, &d->metadata)
                  : md_toml_entries(&d->arena, text, len, md_metadata_entry, &d->metadata);
    if (ok)
        return;
    if (!md_front_looks_right(d->text.bytes, &d->front))
        d->front = (md_front){.kind = MD_NO_FRONT_MATTER};
    else
        warn(d, OKB_STR(OKB_W_STRUCTURE), "the front matter is not well-formed ",
             d->front.kind == MD_YAML ? "YAML" : "TOML");
}

/* ---- Structure --------------------------------------------------------------------------- */

/* Whether the structure of this text can be held in the memory there is. */
static bool is_affordable(document *d, size_t len)
{
    okb_limits limits = {.struct_size = sizeof limits};
    if (d->host->limits(d->job, &limits) != OKB_OK)
        return false;
    return len < (size_t)INT_MAX / 2 && len < limits.memory_bytes / STRUCTURE_FACTOR;
}

static void find_title(document *d)
{
    for (size_t i = 0; i < d->blocks.headings.count; i++) {
        const md_heading *h = &d->blocks.headings.items[i];
        if (h->level == 1 && !h->quoted && *h->title) {
            md_metadata_title(&d->metadata, h->title);
            return;
        }
    }
}

/* ---- Destinations ------------------------------------------------------------------------ */

/* Keeps a region's targets where they stand in the text, unless that cannot be told. */
static void add_located(document *d, md_region *region, const md_targets *found)
{
    for (size_t i = 0; i < found->count; i++) {
        md_target t = found->items[i];
        size_t len = t.end - t.start, start = md_region_offset(&d->blocks, region, t.start);
        if (start == SIZE_MAX || start + len > d->blocks.len ||
            memcmp(d->blocks.text + start, region->content + t.start, len) != 0)
            continue;
        t.start = start;
        t.end = start + len;
        *MD_PUSH(&d->arena, &d->targets) = t;
    }
}

static int by_position(const void *left, const void *right)
{
    size_t a = ((const md_target *)left)->start, b = ((const md_target *)right)->start;
    return a < b ? -1 : a > b;
}

static void sort_targets(md_targets *targets)
{
    size_t kept = 0;
    if (targets->count)
        qsort(targets->items, targets->count, sizeof *targets->items, by_position);
    for (size_t i = 0; i < targets->count; i++)
        if (kept == 0 || targets->items[i].start >= targets->items[kept - 1].end)
            targets->items[kept++] = targets->items[i];
    targets->count = kept;
}

static void find_targets(document *d)
{
    md_targets found = {0};
    for (size_t i = 0; i < d->blocks.regions.count; i++) {
        md_region *region = &d->blocks.regions.items[i];
        found.count = 0;
        if (region->html)
            md_scan_html(&d->arena, region->content, region->len, &found);
        else
            md_scan_inlines(&d->arena, region->content, region->len, &found);
        add_located(d, region, &found);
    }
    for (size_t i = 0; i < d->blocks.gaps.count; i++)
        md_scan_definitions(&d->arena, &d->blocks, d->blocks.gaps.items[i], &d->targets);
    sort_targets(&d->targets);
}

static okb_status take_images(document *d)
{
    md_images images;
    md_images_open(&images, &d->arena, d->job, d->host);
    for (size_t i = 0; i < d->targets.count; i++) {
        md_target *t = &d->targets.items[i];
        okb_status status = md_images_take(&images, t->kind, d->blocks.text + t->start,
                                           t->end - t->start, &t->asset);
        if (status == OKB_OK && i % 64 == 63)
            status = d->host->progress(d->job, i, d->targets.count);
        if (status != OKB_OK)
            return status;
    }
    return OKB_OK;
}

/* Leave alone what does not stand the proof. */
static void prove(document *d)
{
    size_t bad = 0;
    for (unsigned tries = 0; tries <= MAX_RETRIES; tries++) {
        bad = md_verify(&d->arena, d->blocks.text, d->blocks.len, &d->targets);
        if (bad == d->targets.count)
            return;
        const md_target *t = &d->targets.items[bad];
        warn(d, OKB_STR(OKB_W_REFUSED_ASSET), "left where it is, for it may be no image: ",
             md_copy(&d->arena, d->blocks.text + t->start, t->end - t->start));
        d->targets.items[bad].asset = 0;
    }
    d->targets.count = 0;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static okb_status write_span(document *d, size_t start, size_t end)
{
    return start < end ? d->host->body_write(d->job, d->text.bytes + start, end - start)
                       : OKB_OK;
}

/* Where the text ends without the blank lines at its end, which stay when a block may own them.
 */
static size_t trimmed_end(const document *d)
{
    size_t end = d->text.len;
    if (d->blocks.ends_open)
        return end - (end && d->text.bytes[end - 1] == '\n');
    while (end > d->front.body && strchr(" \t\n", d->text.bytes[end - 1]))
        end--;
    const char *lf = memchr(d->text.bytes + end, '\n', d->text.len - end);
    if (lf && end > d->front.body)
        return (size_t)(lf - d->text.bytes); /* the last line keeps its blanks */
    if (end > d->front.body)
        return d->text.len;
    return end - (end && d->text.bytes[end - 1] == '\n');
}

static okb_str alt_text(document *d, const md_target *t)
{
    size_t len = t->alt_len < MAX_ALT ? t->alt_len : MAX_ALT, n = 0;
    while (len && len < t->alt_len && ((unsigned char)t->alt[len] & 0xc0) == 0x80)
        len--;
    const char *clean = md_url_clean(&d->arena, t->kind, t->alt, len);
    char *alt = md_copy(&d->arena, clean, strlen(clean));
    for (size_t i = 0; alt[i]; i++) {
        bool space = (unsigned char)alt[i] <= ' ' || alt[i] == 0x7f;
        if (!space || (n && alt[n - 1] != ' '))
            alt[n++] = space ? ' ' : alt[i];
    }
    return (okb_str){alt, n - (n && alt[n - 1] == ' ')};
}

static okb_status write_target(document *d, const md_target *t)
{
    okb_status status = t->bare ? d->host->body_write(d->job, "\"", 1) : OKB_OK;
    if (status == OKB_OK)
        status = d->host->body_asset_ref(d->job, t->asset, alt_text(d, t));
    if (status == OKB_OK && t->bare)
        status = d->host->body_write(d->job, "\"", 1);
    return status;
}

static okb_status announce(document *d, const md_heading *h)
{
    return d->host->heading(d->job, h->level, (okb_str){h->title, strlen(h->title)}, 0);
}

static okb_status write_body(document *d)
{
    size_t at = 0, h = 0, t = 0, end = trimmed_end(d), base = d->front.body;
    okb_status status = OKB_OK;
    while (status == OKB_OK && (h < d->blocks.headings.count || t < d->targets.count)) {
        const md_heading *heading = d->blocks.headings.items + h;
        const md_target *target = d->targets.items + t;
        bool first = t == d->targets.count ||
                     (h < d->blocks.headings.count && heading->offset <= target->start);
        if (first ? heading->quoted || !*heading->title : !target->asset) {
            first ? h++ : t++;
            continue;
        }
        size_t next = base + (first ? heading->offset : target->start);
        status = write_span(d, at, next);
        if (status == OKB_OK)
            status = first ? announce(d, heading) : write_target(d, target);
        at = first ? next : base + target->end;
        first ? h++ : t++;
    }
    if (status == OKB_OK)
        status = write_span(d, at, end);
    return status == OKB_OK ? d->host->body_write(d->job, "\n", 1) : status;
}

/* ---- The plugin -------------------------------------------------------------------------- */

static okb_status convert(document *d)
{
    okb_status status = decode(d);
    if (status != OKB_OK)
        return status;
    read_front_matter(d);
    size_t len = d->text.len - d->front.body;
    if (!is_affordable(d, len)) {
        warn(d, OKB_STR(OKB_W_STRUCTURE),
             "too large: ", "headings and images were not looked for");
        return write_body(d);
    }
    md_blocks_parse(&d->arena, d->text.bytes + d->front.body, len, &d->blocks);
    find_title(d);
    find_targets(d);
    status = d->host->progress(d->job, 1, 2);
    if (status == OKB_OK)
        status = take_images(d);
    if (status != OKB_OK)
        return status;
    prove(d);
    return write_body(d);
}

static okb_status out_of_memory(document *d)
{
    return d->host->fail(d->job, OKB_E_NOMEM,
                         OKB_STR("the document needs more memory than it may use"));
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    static document d; /* static, so that longjmp() leaves it whole */
    d = (document){.job = job, .host = host, .source = source};
    md_arena_open(&d.arena);
    okb_status status = setjmp(d.arena.out_of_memory) ? out_of_memory(&d) : convert(&d);
    md_arena_close(&d.arena);
    return status;
}

static okb_status warm(const okb_host *host)
{
    (void)host;
    md_parse_warm();
    return OKB_OK;
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "markdown",
    .version = OPENKB_VERSION,
    .warm = warm,
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
