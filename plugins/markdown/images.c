/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Invariant: what a key led to is decided once; later questions are answered from the table.
 */
#include "images.h"
#include "url.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SNIFF_BYTES 4096u
#define COPY_BYTES  65536u

/* ---- Types ------------------------------------------------------------------------------- */

static const struct {
    const char *type;
    unsigned offset;
    const char *magic;
    unsigned len;
} signatures[] = {
    {"image/png", 0, "\x89PNG\r\n\x1a\n", 8},
    {"image/jpeg", 0, "\xff\xd8\xff", 3},
    {"image/gif", 0, "GIF87a", 6},
    {"image/gif", 0, "GIF89a", 6},
    {"image/webp", 8, "WEBPVP8", 7},
    {"image/avif", 4, "ftypavif", 8},
    {"image/avif", 4, "ftypavis", 8},
    {"image/tiff", 0, "II*\0", 4},
    {"image/tiff", 0, "MM\0*", 4},
};

static bool is_bmp(const unsigned char *b, size_t len)
{
    return len > 18 && memcmp(b, "BM", 2) == 0 && b[15] == 0 && b[16] == 0 && b[17] == 0 &&
           (b[14] == 12 || b[14] == 40 || b[14] == 52 || b[14] == 56 || b[14] == 64 ||
            b[14] == 108 || b[14] == 124);
}

/* White space, declarations, comments and a document type may stand before the root element. */
static bool is_svg(const unsigned char *bytes, size_t len)
{
    const char *p = (const char *)bytes, *end = p + len;
    if (len > 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < end) {
        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
            p++;
        if (end - p < 5 || *p != '<')
            return false;
        if (strncasecmp(p, "<svg", 4) == 0)
            return strchr(" \t\r\n>/", p[4]) != NULL;
        if (p[1] != '?' && p[1] != '!')
            return false;
        const char *mark = memcmp(p, "<!--", 4) == 0 ? "-->" : ">";
        p = memmem(p, (size_t)(end - p), mark, strlen(mark));
        if (!p)
            return false;
        p += strlen(mark);
    }
    return false;
}

const char *md_image_type(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
        if (len >= signatures[i].offset + signatures[i].len &&
            memcmp(bytes + signatures[i].offset, signatures[i].magic, signatures[i].len) == 0)
            return signatures[i].type;
    if (is_bmp(bytes, len))
        return "image/bmp";
    return is_svg(bytes, len) ? "image/svg+xml" : NULL;
}

/* ---- What is known ----------------------------------------------------------------------- */

static size_t hash(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return (size_t)(h ^ h >> 32);
}

static struct md_known *find(md_images *images, const char *key)
{
    size_t i = hash(key) & (images->size - 1);
    while (images->known[i].key && strcmp(images->known[i].key, key) != 0)
        i = (i + 1) & (images->size - 1);
    return &images->known[i];
}

static void make_room(md_images *images)
{
    if (images->used * 2 < images->size)
        return;
    struct md_known *old = images->known;
    size_t old_size = images->size;
    images->size = old_size ? old_size * 2 : 64;
    images->known = md_alloc(images->arena, images->size * sizeof *images->known);
    for (size_t i = 0; i < old_size; i++)
        if (old[i].key)
            *find(images, old[i].key) = old[i];
}

/* ---- Warnings ---------------------------------------------------------------------------- */

static okb_str shown(md_images *images, const char *what, const char *why)
{
    size_t len = strlen(what), cut = len > 200 ? 200 : len, why_len = strlen(why);
    while (cut < len && cut && ((unsigned char)what[cut] & 0xc0) == 0x80)
        cut--;
    char *text = md_alloc(images->arena, cut + why_len + 8);
    memcpy(text, what, cut);
    for (size_t i = 0; i < cut; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = ' ';
    strcpy(text + cut, cut < len ? "...: " : ": ");
    strcat(text, why);
    return (okb_str){text, strlen(text)};
}

static void warn(md_images *images, okb_str code, const char *what, const char *why)
{
    images->host->warn(images->job, code, 0, shown(images, what, why));
}

static const okb_str missing = {OKB_W_MISSING_ASSET, sizeof OKB_W_MISSING_ASSET - 1};
static const okb_str refused = {OKB_W_REFUSED_ASSET, sizeof OKB_W_REFUSED_ASSET - 1};
static const okb_str truncated = {OKB_W_TRUNCATED, sizeof OKB_W_TRUNCATED - 1};

/* Whether one more asset of `size` bytes is within the limits. */
static bool fits(md_images *images, const char *what, uint64_t size)
{
    if (images->assets < images->limits.max_assets && size <= images->limits.max_asset_bytes &&
        images->written <= images->limits.max_total_bytes &&
        size <= images->limits.max_total_bytes - images->written)
        return true;
    warn(images, truncated, what, "left where it is, a limit on assets is reached");
    return false;
}

/* ---- data: ------------------------------------------------------------------------------- */

static okb_str str(const char *text)
{
    return (okb_str){text, strlen(text)};
}

static okb_status write_data(md_images *images, const char *type, const unsigned char *bytes,
                             size_t len, okb_asset_id *asset)
{
    okb_status status =
        images->host->asset_begin(images->job, str(type), OKB_STR("image"), asset, NULL);
    if (status == OKB_OK)
        status = images->host->asset_write(images->job, *asset, bytes, len);
    if (status == OKB_OK)
        status = images->host->asset_end(images->job, *asset);
    images->assets++;
    images->written += len;
    return status;
}

static okb_status take_data(md_images *images, const char *uri, okb_asset_id *asset)
{
    const unsigned char *bytes;
    size_t len;
    if (!md_url_data(images->arena, uri, &bytes, &len)) {
        warn(images, refused, uri, "its data is malformed");
        return OKB_OK;
    }
    const char *type = md_image_type(bytes, len < SNIFF_BYTES ? len : SNIFF_BYTES);
    if (!type) {
        warn(images, refused, uri, "not an image of a known type");
        return OKB_OK;
    }
    return fits(images, uri, len) ? write_data(images, type, bytes, len, asset) : OKB_OK;
}

/* ---- Files ------------------------------------------------------------------------------- */

static ssize_t read_some(int fd, unsigned char *bytes, size_t len)
{
    size_t have = 0;
    while (have < len) {
        ssize_t n = read(fd, bytes + have, len - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    return (ssize_t)have;
}

static okb_status copy_file(md_images *images, const char *path, int fd, okb_asset_id *asset)
{
    unsigned char *buffer = images->buffer = md_grow(images->arena, images->buffer, COPY_BYTES);
    ssize_t n = read_some(fd, buffer, COPY_BYTES);
    size_t first = n < 0 ? 0 : n > (ssize_t)SNIFF_BYTES ? SNIFF_BYTES : (size_t)n;
    const char *type = md_image_type(buffer, first), *slash = strrchr(path, '/');
    if (!type) {
        warn(images, refused, path, n < 0 ? "cannot be read" : "not an image of a known type");
        return OKB_OK;
    }
    okb_status status = images->host->asset_begin(images->job, str(type),
                                                  str(slash ? slash + 1 : path), asset, NULL);
    for (; status == OKB_OK && n > 0; n = read_some(fd, buffer, COPY_BYTES)) {
        status = images->host->asset_write(images->job, *asset, buffer, (size_t)n);
        images->written += (uint64_t)n;
    }
    if (status == OKB_OK && n < 0)
        return images->host->fail(images->job, OKB_E_IO, OKB_STR("reading an image failed"));
    images->assets++;
    return status == OKB_OK ? images->host->asset_end(images->job, *asset) : status;
}

static okb_status take_file(md_images *images, const char *path, bool must_exist,
                            okb_asset_id *asset)
{
    okb_sibling sibling = {.struct_size = sizeof sibling, .fd = -1};
    okb_status status = images->host->sibling_open(images->job, str(path), &sibling);
    if (status == OKB_DECLINED) {
        if (must_exist)
            warn(images, missing, path, "no such image beside the document");
        return OKB_OK;
    }
    if (status != OKB_OK)
        return status;
    if (fits(images, path, sibling.size))
        status = copy_file(images, path, sibling.fd, asset);
    close(sibling.fd);
    return status;
}

/* ---- Choice ------------------------------------------------------------------------------ */

/* A link or a definition may lead to anything: only what is named like an image is looked at.
 */
static bool is_wanted(md_target_kind kind, const md_url *url)
{
    if (kind != MD_LINK && kind != MD_DEFINITION && kind != MD_WIKI)
        return true;
    return url->kind == MD_FILE ? md_url_is_image_name(url->path, url->path_len)
                                : url->kind == MD_DATA && kind == MD_DEFINITION;
}

static okb_status take(md_images *images, md_target_kind kind, const char *clean,
                       const md_url *url, okb_asset_id *asset)
{
    if (url->kind == MD_DATA)
        return take_data(images, clean, asset);
    if (url->kind == MD_FILE)
        return take_file(images, url->path, kind != MD_LINK, asset);
    if (url->kind == MD_OUTSIDE)
        warn(images, refused, clean, "leads out of the document's directory");
    return OKB_OK;
}

okb_status md_images_take(md_images *images, md_target_kind kind, const char *bytes, size_t len,
                          okb_asset_id *asset)
{
    const char *clean = md_url_clean(images->arena, kind, bytes, len);
    md_url url = md_url_classify(images->arena, kind, clean);
    *asset = 0;
    if (url.kind == MD_ELSEWHERE || !is_wanted(kind, &url))
        return OKB_OK;
    make_room(images);
    struct md_known *known = find(images, url.kind == MD_FILE ? url.path : clean);
    okb_status status = OKB_OK;
    if (!known->key) {
        known->key = url.kind == MD_FILE ? url.path : clean;
        images->used++;
        status = take(images, kind, clean, &url, &known->asset);
    }
    *asset = status == OKB_OK ? known->asset : 0;
    return status;
}

void md_images_open(md_images *images, md_arena *arena, okb_job *job, const okb_host *host)
{
    *images = (md_images){.arena = arena, .host = host, .job = job};
    images->limits.struct_size = sizeof images->limits;
    host->limits(job, &images->limits);
}
