/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * data: URIs are decoded, files beside the source are asked of the host, which opens them
 * beneath the source's directory or not at all. The type is what the bytes say. Anything
 * refused stays a link or its alt text, with a warning.
 */
#include "images.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_WARNINGS 20

typedef struct {
    uint64_t hash;
    size_t len;
    okb_asset_id asset;
} kept_image;

typedef struct {
    okb_str url;
    okb_asset_id asset; /* 0: refused */
} known_url;

struct image_cache {
    kept_image *kept;
    size_t n_kept, cap_kept;
    known_url *urls; /* a hash table, open addressing */
    size_t n_urls, cap_urls;
    unsigned warnings;
    okb_limits limits;
    bool full;
};

/* ---- What a picture is ------------------------------------------------------------------- */

static bool is_svg(const unsigned char *bytes, size_t len)
{
    okb_str s = str_trim((okb_str){(const char *)bytes, len < 1024 ? len : 1024});
    if (str_starts(s, "\xef\xbb\xbf"))
        s.data += 3, s.len -= 3;
    return str_starts(s, "<svg") ||
           ((str_starts(s, "<?xml") || str_starts(s, "<!")) && str_has(s, "<svg"));
}

const char *image_type(const unsigned char *b, size_t len)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *type;
    } known[] = {
        {"\x89PNG\r\n\x1a\n", 8, "image/png"},
        {"\xff\xd8\xff", 3, "image/jpeg"},
        {"GIF87a", 6, "image/gif"},
        {"GIF89a", 6, "image/gif"},
        {"BM", 2, "image/bmp"},
        {"II*\0", 4, "image/tiff"},
        {"MM\0*", 4, "image/tiff"},
        {"\0\0\1\0", 4, "image/x-icon"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (len > known[i].len && memcmp(b, known[i].magic, known[i].len) == 0)
            return known[i].type;
    if (len > 12 && memcmp(b, "RIFF", 4) == 0 && memcmp(b + 8, "WEBP", 4) == 0)
        return "image/webp";
    if (len > 12 && memcmp(b + 4, "ftypavif", 8) == 0)
        return "image/avif";
    return is_svg(b, len) ? "image/svg+xml" : NULL;
}

static uint64_t hash_bytes(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}

/* ---- The cache --------------------------------------------------------------------------- */

static struct image_cache *cache_of(conv *v)
{
    if (!v->images && (v->images = calloc(1, sizeof *v->images))) {
        v->images->limits.struct_size = sizeof v->images->limits;
        v->c->host->limits(v->c->job, &v->images->limits);
    }
    return v->images;
}

void free_images(conv *v)
{
    if (!v->images)
        return;
    free(v->images->kept);
    free(v->images->urls);
    free(v->images);
    v->images = NULL;
}

static known_url *find_url(struct image_cache *cache, okb_str url)
{
    size_t at = hash_bytes(url.data, url.len) & (cache->cap_urls - 1);
    while (cache->urls[at].url.data) {
        okb_str u = cache->urls[at].url;
        if (u.len == url.len && memcmp(u.data, url.data, u.len) == 0)
            break;
        at = (at + 1) & (cache->cap_urls - 1);
    }
    return &cache->urls[at];
}

static bool grow_urls(struct image_cache *cache)
{
    if (cache->n_urls * 2 < cache->cap_urls)
        return true;
    struct image_cache bigger = {.cap_urls = cache->cap_urls ? cache->cap_urls * 2 : 64};
    bigger.urls = calloc(bigger.cap_urls, sizeof *bigger.urls);
    if (!bigger.urls)
        return false;
    for (size_t i = 0; i < cache->cap_urls; i++)
        if (cache->urls[i].url.data)
            *find_url(&bigger, cache->urls[i].url) = cache->urls[i];
    free(cache->urls);
    cache->urls = bigger.urls;
    cache->cap_urls = bigger.cap_urls;
    return true;
}

/* Cut between two characters. */
static okb_str cut(okb_str text, size_t most)
{
    size_t len = text.len < most ? text.len : most;
    while (len < text.len && len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
        len--;
    return (okb_str){text.data, len};
}

static void warn(conv *v, const char *code, const char *what, okb_str url)
{
    char text[256];
    if (v->images->warnings++ >= MAX_WARNINGS)
        return;
    url = cut(url, 120);
    int n = snprintf(text, sizeof text, "%s: %.*s", what, (int)url.len, url.data);
    for (int i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ')
            text[i] = ' ';
    v->c->host->warn(v->c->job, (okb_str){code, strlen(code)}, 0, (okb_str){text, (size_t)n});
}

/* ---- Keeping ----------------------------------------------------------------------------- */

static okb_asset_id find_kept(const struct image_cache *cache, uint64_t hash, size_t len)
{
    for (size_t i = 0; i < cache->n_kept; i++)
        if (cache->kept[i].hash == hash && cache->kept[i].len == len)
            return cache->kept[i].asset;
    return 0;
}

static okb_asset_id keep(conv *v, const void *bytes, size_t len, const char *type, okb_str hint)
{
    struct image_cache *cache = v->images;
    uint64_t hash = hash_bytes(bytes, len);
    okb_asset_id asset = find_kept(cache, hash, len);
    if (asset)
        return asset;
    if (cache->n_kept == cache->cap_kept) {
        size_t cap = cache->cap_kept ? cache->cap_kept * 2 : 16;
        kept_image *grown = realloc(cache->kept, cap * sizeof *grown);
        if (!grown)
            return 0;
        cache->kept = grown;
        cache->cap_kept = cap;
    }
    const okb_host *host = v->c->host;
    okb_job *job = v->c->job;
    if (host->asset_begin(job, (okb_str){type, strlen(type)}, hint, &asset, NULL) != OKB_OK ||
        host->asset_write(job, asset, bytes, len) != OKB_OK ||
        host->asset_end(job, asset) != OKB_OK)
        return 0;
    cache->kept[cache->n_kept++] = (kept_image){hash, len, asset};
    return asset;
}

static okb_asset_id keep_if_picture(conv *v, const void *bytes, size_t len, okb_str hint,
                                    okb_str url)
{
    const char *type = image_type(bytes, len);
    struct image_cache *cache = v->images;
    if (!type) {
        warn(v, OKB_W_REFUSED_ASSET, "not a picture", url);
        return 0;
    }
    if (len > cache->limits.max_asset_bytes || cache->n_kept >= cache->limits.max_assets) {
        warn(v, OKB_W_REFUSED_ASSET, "too large or too many", url);
        return 0;
    }
    return keep(v, bytes, len, type, hint);
}

/* ---- data: URIs -------------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t decode_percent(okb_str s, char *to)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        int high = i + 2 < s.len && s.data[i] == '%' ? hex_value(s.data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.data[i + 2]) : -1;
        to[n++] = low >= 0 ? (char)(high << 4 | low) : s.data[i];
        i += low >= 0 ? 2 : 0;
    }
    return n;
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* In place; blanks and padding are skipped. Returns 0 when something else is found. */
static size_t decode_base64(char *s, size_t len)
{
    uint32_t bits = 0;
    size_t n = 0;
    int count = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_space(s[i]) || s[i] == '=')
            continue;
        int value = base64_value(s[i]);
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
        if (++count == 4) {
            s[n++] = (char)(bits >> 16);
            s[n++] = (char)(bits >> 8);
            s[n++] = (char)bits;
            count = 0;
        }
    }
    if (count >= 2)
        s[n++] = (char)(bits >> (count == 2 ? 4 : 10));
    if (count == 3)
        s[n++] = (char)(bits >> 2);
    return n;
}

static okb_asset_id data_asset(conv *v, okb_str url)
{
    const char *comma = memchr(url.data, ',', url.len);
    if (!comma)
        return 0;
    okb_str head = {url.data, (size_t)(comma - url.data)};
    okb_str body = {comma + 1, url.len - head.len - 1};
    okb_str shown = cut(head, 60);
    char *bytes = malloc(body.len + 1);
    if (!bytes)
        return 0;
    size_t len = decode_percent(body, bytes);
    if (str_has_nocase(head, ";base64"))
        len = decode_base64(bytes, len);
    okb_asset_id asset = keep_if_picture(v, bytes, len, OKB_STR("image"), shown);
    free(bytes);
    return asset;
}

/* ---- Files beside the source ------------------------------------------------------------- */

/* A relative path that stays below: decoded, without query; absent when it does not qualify. */
static okb_str sibling_path(conv *v, okb_str url)
{
    size_t n = 0;
    while (n < url.len && url.data[n] != '?' && url.data[n] != '#')
        n++;
    char *path = arena_alloc(v->arena, n + 1);
    if (!path || n == 0 || n > 4000 || url_is_remote(url) || url.data[0] == '/')
        return (okb_str){NULL, 0};
    okb_str decoded = {path, decode_percent((okb_str){url.data, n}, path)};
    for (size_t i = 0; i < decoded.len; i++)
        if ((unsigned char)path[i] < ' ' || path[i] == '\\' || path[i] == 0x7f)
            return (okb_str){NULL, 0};
    while (str_starts(decoded, "./"))
        decoded.data += 2, decoded.len -= 2;
    bool leaves = decoded.len == 0 || decoded.data[0] == '/' || str_starts(decoded, "../") ||
                  str_has(decoded, "/../");
    return leaves ? (okb_str){NULL, 0} : decoded;
}

static bool read_all(int fd, char *to, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = pread(fd, to + done, len - done, (off_t)done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool is_utf8_path(okb_str s)
{
    decode_report report = {0};
    buffer out = {0};
    okb_str text;
    decode_bytes(s.data, s.len, OKB_STR("utf-8"), &out, &text, &report);
    buffer_free(&out);
    return report.replaced == 0;
}

static okb_asset_id file_asset(conv *v, okb_str url)
{
    okb_str path = sibling_path(v, url);
    okb_sibling file = {.struct_size = sizeof file, .fd = -1};
    if (!path.len || !is_utf8_path(path)) {
        warn(v, OKB_W_REFUSED_ASSET, "leads outside the source's directory", url);
        return 0;
    }
    if (v->c->host->sibling_open(v->c->job, path, &file) != OKB_OK) {
        warn(v, OKB_W_MISSING_ASSET, "no such file beside the source", url);
        return 0;
    }
    char *bytes = file.size <= v->images->limits.max_asset_bytes ? malloc(file.size + 1) : NULL;
    okb_asset_id asset = 0;
    const char *name = memrchr(path.data, '/', path.len);
    okb_str hint = name ? (okb_str){name + 1, path.len - (size_t)(name + 1 - path.data)} : path;
    if (bytes && read_all(file.fd, bytes, file.size))
        asset = keep_if_picture(v, bytes, file.size, hint, url);
    else
        warn(v, OKB_W_REFUSED_ASSET, "too large or unreadable", url);
    close(file.fd);
    free(bytes);
    return asset;
}

okb_asset_id image_asset(conv *v, okb_str url, okb_str alt)
{
    (void)alt;
    struct image_cache *cache = cache_of(v);
    bool data = str_starts_nocase(url, "data:");
    if (!cache || !url.len || (!data && url_is_remote(url)) || !grow_urls(cache))
        return 0;
    known_url *known = find_url(cache, url);
    if (!known->url.data) {
        okb_asset_id asset = data ? data_asset(v, url) : file_asset(v, url);
        *known = (known_url){url, asset};
        cache->n_urls++;
    }
    return known->asset;
}
