/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What stands before libxml2: rewrites a page so that its HTML 4 rules and limits do no harm.
 * What comes out holds nothing but
 *
 *   text         without bare `<`; references decoded but for &lt; and &amp;
 *   <name .../>  a start tag, its attributes those of names.h, at most MAX_ATTRS, well quoted;
 *                an element libxml2 does not know travels as <div t="name" .../>
 *   <?name>      an end tag
 *
 * Every element is empty for libxml2, so that it never closes one because of another: which
 * element ends where is decided by HTML5's rules, in tree.c. Comments, declarations, scripts,
 * styles and drawings end here; what is raw text for HTML5 (<title>, <textarea>, ...) becomes
 * text.
 *
 * An opening that never closes (comment, script, quote) ends with its tag, lest it swallow the
 * page. What was once sought in vain is not sought again: time is linear.
 */
#include "html.h"

#include "scan.h"

#define MAX_ATTRS 64
#define MAX_VALUE ((size_t)64 << 20)

typedef struct {
    guarded *g;
    okb_str in;
    size_t at;
    scan_memory quotes;
    bool no_comment_end, no_cdata_end, no_tag_end, no_subset_end;
    bool no_end_of[TAG_COUNT]; /* raw text elements that do not end any more */
} guard;

static okb_str rest_of(const guard *g)
{
    return (okb_str){g->in.data + g->at, g->in.len - g->at};
}

static void put(guard *g, const char *s)
{
    buffer_add(&g->g->out, s, strlen(s));
}

#define PUT(g, literal) buffer_add(&(g)->g->out, "" literal, sizeof(literal) - 1)

/* ---- Text -------------------------------------------------------------------------------- */

static void put_decoded(guard *g, const char *text, size_t len)
{
    if (len == 1 && text[0] == '<')
        PUT(g, "&lt;");
    else if (len == 1 && text[0] == '&')
        PUT(g, "&amp;");
    else if (len == 1 && text[0] == '"')
        PUT(g, "&quot;");
    else
        buffer_add(&g->g->out, text, len);
}

/* Text with references, none of `stop` in it needing more than its own escape. */
static void put_text(guard *g, okb_str s, bool in_attribute)
{
    while (s.len) {
        const char *amp = memchr(s.data, '&', s.len);
        size_t plain = amp ? (size_t)(amp - s.data) : s.len;
        buffer_add(&g->g->out, s.data, plain);
        if (!amp)
            return;
        char text[8];
        size_t text_len = 0,
               n = entity_decode(amp, s.len - plain, in_attribute, text, &text_len);
        if (n)
            put_decoded(g, text, text_len);
        else
            PUT(g, "&amp;");
        plain += n ? n : 1;
        s.data += plain;
        s.len -= plain;
    }
}

/* Text in which `<` and perhaps `"` are only characters. */
static void put_escaped(guard *g, okb_str s, bool in_attribute)
{
    size_t begin = 0;
    for (size_t i = 0; i <= s.len; i++) {
        bool special = i < s.len && (s.data[i] == '<' || (in_attribute && s.data[i] == '"'));
        if (i < s.len && !special)
            continue;
        put_text(g, (okb_str){s.data + begin, i - begin}, in_attribute);
        if (special)
            put(g, s.data[i] == '<' ? "&lt;" : "&quot;");
        begin = i + 1;
    }
}

/* ---- Tags -------------------------------------------------------------------------------- */

static size_t name_length(okb_str s)
{
    size_t n = 0;
    while (n < s.len && !is_space(s.data[n]) && s.data[n] != '/' && s.data[n] != '>')
        n++;
    return n;
}

/* A style says something about meaning rarely; long ones are passed only if they do. */
static bool attr_matters(const scan_attr *a)
{
    if (a->id == ATTR_NONE || a->value.len > MAX_VALUE)
        return false;
    return a->id != ATTR_STYLE || str_has_nocase(a->value, "display") ||
           str_has_nocase(a->value, "visibility") || str_has_nocase(a->value, "align") ||
           str_has_nocase(a->value, "font-");
}

static void put_attr(guard *g, const scan_attr *a)
{
    buffer_byte(&g->g->out, ' ');
    put(g, attr_names[a->id]);
    PUT(g, "=\"");
    put_escaped(g, a->value, true);
    buffer_byte(&g->g->out, '"');
}

static void skip_attrs(guard *g)
{
    scan_attr a;
    okb_str rest = rest_of(g);
    size_t at = 0;
    while (scan_next_attr(rest, &at, &a, &g->quotes))
        ;
    g->at += at + (at < rest.len);
}

static void put_start(guard *g, tag_id tag)
{
    bool known = tag_flags[tag] & TAG_IS_HTML4;
    buffer_byte(&g->g->out, '<');
    if (!known)
        PUT(g, "div t=\"");
    put(g, tag_names[tag]);
    if (!known) {
        buffer_byte(&g->g->out, '"');
    }
    uint64_t seen[(ATTR_COUNT + 63) / 64] = {0};
    scan_attr a;
    okb_str rest = rest_of(g);
    size_t at = 0, n = 0;
    while (scan_next_attr(rest, &at, &a, &g->quotes)) {
        uint64_t bit = UINT64_C(1) << (a.id % 64);
        if (++n > MAX_ATTRS * 16)
            g->g->doc->flooded = true;
        if (!attr_matters(&a) || seen[a.id / 64] & bit)
            continue;
        seen[a.id / 64] |= bit;
        put_attr(g, &a);
    }
    PUT(g, "/>");
    g->at += at + (at < rest.len);
}

static void put_end(guard *g, tag_id tag)
{
    PUT(g, "<?");
    put(g, tag_names[tag]);
    buffer_byte(&g->g->out, '>');
}

/* ---- Elements whose content is not markup ------------------------------------------------ */

/* Where "</name" begins at or after g->at; in.len when nowhere. */
static size_t find_end_tag(guard *g, tag_id tag)
{
    const char *name = tag_names[tag];
    size_t len = strlen(name);
    for (size_t i = g->at; !g->no_end_of[tag] && i < g->in.len;) {
        const char *open = memmem(g->in.data + i, g->in.len - i, "</", 2);
        if (!open)
            break;
        i = (size_t)(open - g->in.data);
        okb_str rest = {open + 2, g->in.len - i - 2};
        bool ends =
            rest.len == len ||
            (rest.len > len && (is_space(rest.data[len]) || strchr("/>", rest.data[len])));
        if (ends && str_starts_nocase(rest, name))
            return i;
        i += 2;
    }
    g->no_end_of[tag] = true;
    return g->in.len;
}

/* After the content: past the end tag. */
static void skip_end_tag(guard *g, size_t end, tag_id tag)
{
    g->at = end < g->in.len ? end + 2 + strlen(tag_names[tag]) : end;
    if (end < g->in.len)
        skip_attrs(g);
}

static okb_str peek_attr(const guard *g, attr_id id)
{
    scan_attr a;
    scan_memory quotes = g->quotes;
    okb_str rest = rest_of(g);
    for (size_t at = 0; scan_next_attr(rest, &at, &a, &quotes);)
        if (a.id == id)
            return a.value;
    return (okb_str){NULL, 0};
}

/* Scripts go, but for what they say about the page and for TeX. */
static void script(guard *g)
{
    okb_str type = str_trim(peek_attr(g, ATTR_TYPE));
    bool tex = str_starts_nocase(type, "math/tex");
    document *doc = g->g->doc;
    size_t start = g->at;
    skip_attrs(g);
    size_t end = find_end_tag(g, TAG_SCRIPT);
    if (end == g->in.len)
        return;
    okb_str body = {g->in.data + g->at, end - g->at};
    if (str_is_nocase(type, "application/ld+json") && doc->n_json_ld < 8)
        doc->json_ld[doc->n_json_ld++] = arena_str(&doc->arena, body);
    if (tex) {
        g->at = start;
        put_start(g, TAG_SCRIPT);
        put_escaped(g, body, false);
        put_end(g, TAG_SCRIPT);
    }
    skip_end_tag(g, end, TAG_SCRIPT);
}

/* Content that goes, tags and all: style, iframe and their kind. */
static void without_content(guard *g, tag_id tag, bool keep_tag)
{
    if (keep_tag)
        put_start(g, tag);
    else
        skip_attrs(g);
    size_t end = find_end_tag(g, tag);
    if (end < g->in.len)
        skip_end_tag(g, end, tag);
    if (keep_tag)
        put_end(g, tag);
}

static void raw_text(guard *g, tag_id tag)
{
    put_start(g, tag);
    size_t end = find_end_tag(g, tag);
    if (end == g->in.len)
        return;
    put_escaped(g, (okb_str){g->in.data + g->at, end - g->at}, false);
    put_end(g, tag);
    skip_end_tag(g, end, tag);
}

static void plaintext(guard *g)
{
    skip_attrs(g);
    PUT(g, "<pre/>");
    put_escaped(g, rest_of(g), false);
    g->at = g->in.len;
}

static void start_tag(guard *g, tag_id tag)
{
    switch (tag) {
    case TAG_SCRIPT:
        script(g);
        break;
    case TAG_STYLE:
    case TAG_NOEMBED:
    case TAG_NOFRAMES:
        without_content(g, tag, false);
        break;
    case TAG_IFRAME:
        without_content(g, tag, true);
        break;
    case TAG_TITLE:
    case TAG_TEXTAREA:
    case TAG_XMP:
        raw_text(g, tag);
        break;
    case TAG_PLAINTEXT:
        plaintext(g);
        break;
    case TAG_OTHER:
        skip_attrs(g);
        break;
    default:
        put_start(g, tag);
    }
}

/* ---- What is no element ------------------------------------------------------------------ */

/* The next `>` from g->at on, or NULL. */
static const char *find_tag_end(guard *g)
{
    okb_str rest = rest_of(g);
    const char *end = g->no_tag_end ? NULL : memchr(rest.data, '>', rest.len);
    g->no_tag_end = !end;
    return end;
}

static void comment(guard *g)
{
    okb_str body = {g->in.data + g->at + 4, g->in.len - g->at - 4};
    bool abrupt = str_starts(body, ">") || str_starts(body, "->");
    const char *end = abrupt || g->no_comment_end ? NULL : memmem(body.data, body.len, "--", 2);
    for (; end; end = memmem(end + 1, body.len - (size_t)(end + 1 - body.data), "--", 2)) {
        okb_str tail = {end + 2, body.len - (size_t)(end + 2 - body.data)};
        if (str_starts(tail, ">") || str_starts(tail, "!>")) {
            g->at = (size_t)(tail.data - g->in.data) + (tail.data[0] == '>' ? 1 : 2);
            return;
        }
    }
    g->no_comment_end |= !abrupt;
    end = find_tag_end(g);
    g->at = end ? (size_t)(end + 1 - g->in.data) : g->at + 4;
}

static void cdata(guard *g)
{
    okb_str body = {g->in.data + g->at + 9, g->in.len - g->at - 9};
    const char *end = g->no_cdata_end ? NULL : memmem(body.data, body.len, "]]>", 3);
    g->no_cdata_end = !end;
    if (end)
        put_escaped(g, (okb_str){body.data, (size_t)(end - body.data)}, false);
    g->at = end ? (size_t)(end + 3 - g->in.data) : g->at + 9;
}

/* <!DOCTYPE ...>, with an internal subset if there is one, and <?...>; text when it never ends.
 */
static void declaration(guard *g)
{
    okb_str rest = rest_of(g);
    const char *end = find_tag_end(g);
    if (!end) {
        PUT(g, "&lt;");
        g->at++;
        return;
    }
    size_t n = (size_t)(end - rest.data);
    bool subset =
        !g->no_subset_end && str_starts_nocase(rest, "<!doctype") && memchr(rest.data, '[', n);
    const char *subset_end = subset ? memmem(rest.data, rest.len, "]>", 2) : NULL;
    g->no_subset_end |= subset && !subset_end;
    g->at += (subset_end ? (size_t)(subset_end + 1 - rest.data) : n) + 1;
}

static void end_tag(guard *g)
{
    g->at += 2;
    okb_str rest = rest_of(g);
    size_t n = name_length(rest);
    tag_id tag = tag_lookup(rest.data, n);
    g->at += n;
    skip_attrs(g);
    if (tag != TAG_OTHER)
        put_end(g, tag);
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* At a `<`. */
static void markup(guard *g)
{
    okb_str rest = rest_of(g);
    char next = rest.len > 1 ? rest.data[1] : ' ';
    if (is_letter(next)) {
        rest.data++;
        rest.len--;
        size_t n = name_length(rest);
        g->at += 1 + n;
        start_tag(g, tag_lookup(rest.data, n));
    } else if (next == '/' && rest.len > 2 && is_letter(rest.data[2])) {
        end_tag(g);
    } else if (str_starts(rest, "<!--")) {
        comment(g);
    } else if (str_starts(rest, "<![CDATA[")) {
        cdata(g);
    } else if (next == '!' || next == '?' || next == '/') {
        declaration(g);
    } else {
        PUT(g, "&lt;");
        g->at++;
    }
}

bool guard_markup(okb_str html, guarded *ret)
{
    guard g = {.g = ret, .in = html};
    buffer_room(&ret->out, html.len + html.len / 8 + 64);
    put(&g,
        "<page>"); /* libxml2 wants an element open that nothing closes, or it invents <p>s */
    while (g.at < html.len && !ret->out.failed) {
        okb_str rest = rest_of(&g);
        const char *open = memchr(rest.data, '<', rest.len);
        size_t text = open ? (size_t)(open - rest.data) : rest.len;
        put_text(&g, (okb_str){rest.data, text}, false);
        g.at += text;
        if (open)
            markup(&g);
    }
    return !ret->out.failed;
}
