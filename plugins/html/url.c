/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * References resolved against a base, as RFC 3986 section 5 says, on the strings as they are.
 */
#include "html.h"

typedef struct {
    okb_str scheme, authority, path, query, fragment; /* data NULL: absent */
} parts;

static size_t scheme_length(okb_str s)
{
    size_t n = 0;
    while (n < s.len && ((lower(s.data[n]) >= 'a' && lower(s.data[n]) <= 'z') ||
                         (n && ((s.data[n] >= '0' && s.data[n] <= '9') || s.data[n] == '+' ||
                                s.data[n] == '-' || s.data[n] == '.'))))
        n++;
    return n && n < s.len && s.data[n] == ':' ? n : 0;
}

static okb_str cut(okb_str *s, size_t n)
{
    okb_str head = {s->data, n};
    s->data += n;
    s->len -= n;
    return head;
}

static size_t find_any(okb_str s, const char *set)
{
    size_t n = 0;
    while (n < s.len && !strchr(set, s.data[n]))
        n++;
    return n;
}

static parts split(okb_str s)
{
    parts p = {{NULL, 0}};
    size_t n = scheme_length(s);
    if (n) {
        p.scheme = cut(&s, n);
        cut(&s, 1);
    }
    if (str_starts(s, "//")) {
        cut(&s, 2);
        p.authority = cut(&s, find_any(s, "/?#"));
    }
    p.path = cut(&s, find_any(s, "?#"));
    if (s.len && s.data[0] == '?') {
        cut(&s, 1);
        p.query = cut(&s, find_any(s, "#"));
    }
    if (s.len) {
        cut(&s, 1);
        p.fragment = s;
    }
    return p;
}

/* "a/./b/../c" is "a/c". */
static void add_path(buffer *out, okb_str path)
{
    size_t root = out->len;
    while (path.len) {
        size_t slash = path.data[0] == '/',
               n = find_any((okb_str){path.data + slash, path.len - slash}, "/");
        okb_str segment = {path.data + slash, n};
        bool last = slash + n == path.len;
        if (str_is(segment, "..")) {
            while (out->len > root && out->data[--out->len] != '/')
                ;
        }
        if (str_is(segment, ".") || str_is(segment, "..")) {
            if (last)
                buffer_byte(out, '/');
        } else {
            buffer_add(out, path.data, slash + n);
        }
        cut(&path, slash + n);
    }
}

static void add_part(buffer *out, const char *before, okb_str part, const char *after)
{
    if (!part.data)
        return;
    buffer_add(out, before, strlen(before));
    buffer_add(out, part.data, part.len);
    buffer_add(out, after, strlen(after));
}

static okb_str join(arena *a, const parts *b, const parts *r)
{
    buffer out = {0};
    bool own_authority = r->authority.data;
    add_part(&out, "", b->scheme, ":");
    add_part(&out, "//", own_authority ? r->authority : b->authority, "");
    if (own_authority || (r->path.len && r->path.data[0] == '/')) {
        add_path(&out, r->path);
    } else if (r->path.len == 0) {
        buffer_add(&out, b->path.data, b->path.len);
    } else {
        size_t directory = b->path.len;
        while (directory && b->path.data[directory - 1] != '/')
            directory--;
        buffer merged = {0};
        if (directory == 0 && b->authority.data)
            buffer_byte(&merged, '/');
        buffer_add(&merged, b->path.data, directory);
        buffer_add(&merged, r->path.data, r->path.len);
        add_path(&out, buffer_str(&merged));
        a->failed |= merged.failed;
        buffer_free(&merged);
    }
    bool same = r->path.len == 0 && !own_authority && !r->query.data;
    add_part(&out, "?", same ? b->query : r->query, "");
    add_part(&out, "#", r->fragment, "");
    okb_str joined = arena_str(a, buffer_str(&out));
    a->failed |= out.failed;
    buffer_free(&out);
    return joined;
}

/* Blanks around it and line ends within go, as in browsers. */
static okb_str tidy(arena *a, okb_str url)
{
    url = str_trim(url);
    bool clean = true;
    for (size_t i = 0; i < url.len && clean; i++)
        clean = (unsigned char)url.data[i] >= ' ';
    if (clean)
        return url;
    char *copy = arena_alloc(a, url.len);
    size_t n = 0;
    for (size_t i = 0; copy && i < url.len; i++)
        if ((unsigned char)url.data[i] >= ' ')
            copy[n++] = url.data[i];
    return (okb_str){copy, n};
}

okb_str url_resolve(arena *a, okb_str base, okb_str url)
{
    url = tidy(a, url);
    base = str_trim(base);
    bool fragment_only = url.len && url.data[0] == '#';
    if (base.len == 0 || url.len == 0 || fragment_only || scheme_length(url))
        return url.len || !base.len || url.data ? url : base;
    parts b = split(base), r = split(url);
    return join(a, &b, &r);
}

bool url_is_remote(okb_str url)
{
    return scheme_length(url) || str_starts(url, "//");
}

bool url_is_harmful(okb_str url)
{
    static const char *const schemes[] = {"javascript:", "vbscript:", "data:", "livescript:"};
    char name[16];
    size_t n = 0;
    for (size_t i = 0; i < url.len && n < sizeof name - 1; i++)
        if ((unsigned char)url.data[i] > ' ')
            name[n++] = lower(url.data[i]);
    name[n] = '\0';
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(name, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}
