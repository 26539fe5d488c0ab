/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * 03-album: files beside the source. Each line of an album is a path of a picture, a tab and a
 * caption; the pictures become assets of the document. Also shown: metadata, the heartbeat, and
 * what to do when a service declines.
 */
#include <openkb/markdown.h>
#include <openkb/plugin.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_TITLE 1000u
#define MAX_PATH  1000u

typedef struct {
    const okb_host *host;
    okb_job *job;
    okb_md *md;
} album;

static okb_str part(const char *from, const char *to)
{
    return (okb_str){from, (size_t)(to - from)};
}

/* Copies an open file into a new asset; `*asset` is 0 when it cannot be read. */
static okb_status copy(album *a, int fd, okb_str name, okb_asset_id *asset)
{
    char buffer[65536];
    ssize_t n = read(fd, buffer, sizeof buffer);
    *asset = 0;
    if (n <= 0)
        return OKB_OK;
    okb_status status = a->host->asset_begin(a->job, OKB_STR(""), name, asset, NULL);
    for (; n > 0 && status == OKB_OK; n = read(fd, buffer, sizeof buffer))
        status = a->host->asset_write(a->job, *asset, buffer, (size_t)n);
    if (n < 0)
        return a->host->fail(a->job, OKB_E_IO, OKB_STR("a picture could not be read whole"));
    return status == OKB_OK ? a->host->asset_end(a->job, *asset) : status;
}

/* People read the text of a warning without its code: it names the file and says all. */
static void warn_missing(album *a, okb_str path)
{
    static const char what[] = "no such picture beside the album";
    char text[MAX_PATH + sizeof what + 2];
    int known = path.len <= MAX_PATH ? (int)path.len : 0;
    int n = snprintf(text, sizeof text, "%.*s%s%s", known, path.data, known ? ": " : "", what);
    a->host->warn(a->job, OKB_STR(OKB_W_MISSING_ASSET), 0, (okb_str){text, (size_t)n});
}

/* A picture that is not there leaves its caption and a warning: the rest is still of use. */
static okb_status picture(album *a, okb_str path, okb_str caption)
{
    okb_sibling file = {.struct_size = sizeof file, .fd = -1};
    okb_asset_id asset = 0;
    okb_status status = a->host->sibling_open(a->job, path, &file);
    if (status == OKB_OK) {
        status = copy(a, file.fd, path, &asset);
        close(file.fd);
    }
    if (status != OKB_OK && status != OKB_DECLINED)
        return status;
    okb_md_paragraph_begin(a->md);
    if (asset) {
        okb_md_image_asset(a->md, asset, caption, OKB_STR(""));
    } else {
        warn_missing(a, path);
        okb_md_text(a->md, caption);
    }
    okb_md_paragraph_end(a->md);
    return okb_md_status(a->md);
}

static size_t first_line_length(const char *text, size_t len)
{
    const char *lf = memchr(text, '\n', len);
    return lf ? (size_t)(lf - text) : len;
}

/* Paths and the title do not go through the writer, so it is for us to look at them. */
static bool is_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t')
            return false;
    return okb_md_is_text((okb_str){text, len});
}

/* The first line is the album's title; then one picture a line. */
static okb_status convert(album *a, const char *text, const char *end)
{
    okb_status status = OKB_OK;
    for (const char *line = text, *stop; line < end && status == OKB_OK; line = stop + 1) {
        const char *lf = memchr(line, '\n', (size_t)(end - line));
        stop = lf ? lf : end;
        const char *tab = memchr(line, '\t', (size_t)(stop - line));
        if (line == text) {
            okb_md_heading_begin(a->md, 1);
            okb_md_text(a->md, part(line, stop));
            okb_md_heading_end(a->md);
            status = a->host->meta(a->job, OKB_STR(OKB_M_TITLE), part(line, stop));
        } else if (tab) {
            status = picture(a, part(line, tab), part(tab + 1, stop));
        }
        if (status == OKB_OK)
            status = a->host->progress(a->job, (uint64_t)(line - text), (uint64_t)(end - text));
    }
    return status;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    const char *text = source->data;
    if (!text)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file is too large to be mapped"));
    if (!is_text(text, (size_t)source->size))
        return host->fail(job, OKB_E_MALFORMED, OKB_STR("an album is a file of UTF-8 text"));
    if (first_line_length(text, source->size) > MAX_TITLE)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the title has more than 1,000 bytes"));
    album a = {host, job, okb_md_new_for_host(host, job)};
    okb_status status = convert(&a, text, text + source->size);
    if (status == OKB_OK)
        status = okb_md_finish(a.md);
    okb_md_free(a.md);
    return status;
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "album",
    .version = "1.0",
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
