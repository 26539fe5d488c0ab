/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A path is percent-decoded first and judged then, so that "..%2f" is seen for what it is.
 */
#include "url.h"
#include "decode.h"

#include <cmark-gfm/buffer.h>
#include <cmark-gfm/houdini.h>

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define MAX_PATH_BYTES 4096u

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char *md_url_clean(md_arena *arena, md_target_kind kind, const char *bytes, size_t len)
{
    if (kind == MD_WIKI || len > INT_MAX / 2 ||
        (!memchr(bytes, '&', len) && !memchr(bytes, '\\', len)))
        return md_copy(arena, bytes, len);
    md_arena_select(arena);
    cmark_strbuf clean;
    cmark_strbuf_init(md_arena_cmark(), &clean, 0);
    houdini_unescape_html_f(&clean, (const uint8_t *)bytes, (bufsize_t)len);
    if (kind != MD_HTML)
        cmark_strbuf_unescape(&clean);
    return (const char *)cmark_strbuf_detach(&clean);
}

/* ---- Percent-encoding -------------------------------------------------------------------- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *md_percent_decode(md_arena *arena, const char *bytes, size_t *len)
{
    char *out = md_copy(arena, bytes, *len);
    size_t n = 0;
    for (size_t i = 0; i < *len; i++, n++) {
        out[n] = bytes[i];
        if (bytes[i] == '%' && *len - i > 2 && hex(bytes[i + 1]) >= 0 &&
            hex(bytes[i + 2]) >= 0) {
            out[n] = (char)(hex(bytes[i + 1]) << 4 | hex(bytes[i + 2]));
            i += 2;
        }
    }
    out[n] = '\0';
    *len = n;
    return out;
}

/* ---- Paths ------------------------------------------------------------------------------- */

static size_t scheme_length(const char *url)
{
    size_t i = 0;
    if (!is_alpha(url[0]))
        return 0;
    while (is_alpha(url[i]) || (url[i] >= '0' && url[i] <= '9') ||
           (url[i] && strchr("+.-", url[i])))
        i++;
    return url[i] == ':' ? i : 0;
}

static bool is_text(const char *path, size_t len)
{
    for (size_t i = 0, n; i < len; i += n) {
        n = md_utf8_length((const unsigned char *)path + i, len - i);
        if (!n || (unsigned char)path[i] < ' ' || path[i] == 0x7f)
            return false;
    }
    return true;
}

/* Removes "." and "..", empty components, and backslashes for slashes; in place. Returns the
 * new length, or SIZE_MAX when the path leads above where it starts. */
static size_t normalise(char *path, size_t len)
{
    size_t out = 0;
    for (size_t i = 0, n; i <= len; i += n + 1) {
        n = 0;
        while (i + n < len && path[i + n] != '/' && path[i + n] != '\\')
            n++;
        if (n == 0 || (n == 1 && path[i] == '.'))
            continue;
        if (n == 2 && path[i] == '.' && path[i + 1] == '.') {
            if (out == 0)
                return SIZE_MAX;
            while (out > 0 && path[--out] != '/')
                ;
            continue;
        }
        if (out)
            path[out++] = '/';
        memmove(path + out, path + i, n);
        out += n;
    }
    path[out] = '\0';
    return out;
}

static md_url classify_path(md_arena *arena, md_target_kind kind, const char *clean)
{
    size_t len = kind == MD_WIKI ? strcspn(clean, "#") : strcspn(clean, "?#");
    if (len == 0)
        return (md_url){.kind = MD_ELSEWHERE};
    if (len > MAX_PATH_BYTES)
        return (md_url){.kind = MD_OUTSIDE};
    char *path =
        kind == MD_WIKI ? md_copy(arena, clean, len) : md_percent_decode(arena, clean, &len);
    if (path[0] == '/' || path[0] == '\\' || !is_text(path, len))
        return (md_url){.kind = MD_OUTSIDE};
    len = normalise(path, len);
    if (len == 0 || len == SIZE_MAX)
        return (md_url){.kind = len ? MD_OUTSIDE : MD_ELSEWHERE};
    return (md_url){MD_FILE, path, len};
}

md_url md_url_classify(md_arena *arena, md_target_kind kind, const char *clean)
{
    while (*clean == ' ' || (*clean >= '\t' && *clean <= '\r'))
        clean++;
    size_t scheme = scheme_length(clean);
    if (scheme == 4 && strncasecmp(clean, "data", 4) == 0)
        return (md_url){.kind = MD_DATA};
    if (scheme == 1 || (scheme == 4 && strncasecmp(clean, "file", 4) == 0))
        return (md_url){.kind = MD_OUTSIDE};
    if (scheme || (clean[0] == '/' && clean[1] == '/'))
        return (md_url){.kind = MD_ELSEWHERE};
    return classify_path(arena, kind, clean);
}

bool md_url_is_image_name(const char *path, size_t len)
{
    static const char *const endings[] = {".png", ".jpg",  ".jpeg", ".gif", ".webp",
                                          ".svg", ".avif", ".bmp",  ".tif", ".tiff"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (len > n && strncasecmp(path + len - n, endings[i], n) == 0)
            return true;
    }
    return false;
}

/* ---- data: ------------------------------------------------------------------------------- */

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

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* In place. White space is skipped; after padding only padding may follow. */
static bool base64_decode(char *text, size_t *len)
{
    size_t out = 0, digits = 0, padding = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < *len; i++) {
        if (is_space(text[i]))
            continue;
        int value = base64_value(text[i]);
        if (text[i] == '=')
            padding++;
        if (text[i] == '=' ? padding > 2 : value < 0 || padding)
            return false;
        if (text[i] == '=')
            continue;
        bits = bits << 6 | (uint32_t)value;
        if (++digits % 4 == 0)
            text[out++] = (char)(bits >> 16), text[out++] = (char)(bits >> 8),
            text[out++] = (char)bits;
    }
    if (digits % 4 == 1)
        return false;
    if (digits % 4 == 2)
        text[out++] = (char)(bits >> 4);
    if (digits % 4 == 3)
        text[out++] = (char)(bits >> 10), text[out++] = (char)(bits >> 2);
    *len = out;
    return true;
}

static bool is_base64(const char *parameters, size_t len)
{
    while (len && is_space(parameters[len - 1]))
        len--;
    return len >= 7 && strncasecmp(parameters + len - 7, ";base64", 7) == 0;
}

bool md_url_data(md_arena *arena, const char *uri, const unsigned char **bytes, size_t *len)
{
    const char *colon = strchr(uri, ':'), *comma = colon ? strchr(colon, ',') : NULL;
    if (!comma)
        return false;
    *len = strlen(comma + 1);
    char *data = md_percent_decode(arena, comma + 1, len);
    *bytes = (const unsigned char *)data;
    return !is_base64(colon + 1, (size_t)(comma - colon) - 1) || base64_decode(data, len);
}
