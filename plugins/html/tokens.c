/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The tokenizer. It copies nothing that it need not: names become numbers, values and text are
 * pieces of the page unless a reference in them had to be decoded.
 *
 * An opening that never closes (comment, script, quote) ends with its tag, lest it swallow the
 * page. What was once sought in vain is not sought again: time is linear.
 */
#include "tokens.h"

#include "scan.h"

#define MAX_ATTRS 1024
#define MAX_VALUE ((size_t)64 << 20)

typedef struct {
    const token_sink *sink;
    document *doc;
    okb_str in;
    size_t at;
    okb_str text;  /* read and not yet delivered */
    buffer joined; /* ... its bytes, when they are not one piece of the page */
    scan_memory quotes;
    bool no_comment_end, no_cdata_end, no_tag_end, no_subset_end;
    bool no_end_of[TAG_COUNT]; /* raw text elements that do not end any more */
} tokens;

static okb_str rest_of(const tokens *t)
{
    return (okb_str){t->in.data + t->at, t->in.len - t->at};
}

/* ---- Text -------------------------------------------------------------------------------- */

/* With references decoded; `&nGt;` is the worst of them: six bytes for five. */
static okb_str decoded(tokens *t, okb_str s, bool in_attribute)
{
    const char *amp = s.len ? memchr(s.data, '&', s.len) : NULL;
    if (!amp)
        return s;
    arena *a = &t->doc->arena;
    char *begin = arena_alloc(a, s.len + s.len / 5 + 8), *to = begin;
    if (!begin)
        return (okb_str){"", 0};
    const char *end = s.data + s.len;
    for (; amp; amp = s.data < end ? memchr(s.data, '&', (size_t)(end - s.data)) : NULL) {
        memcpy(to, s.data, (size_t)(amp - s.data));
        to += amp - s.data;
        size_t text_len = 1,
               n = entity_decode(amp, (size_t)(end - amp), in_attribute, to, &text_len);
        if (n == 0)
            *to = '&';
        to += text_len;
        s.data = amp + (n ? n : 1);
    }
    memcpy(to, s.data, (size_t)(end - s.data));
    to += end - s.data;
    a->next = to; /* what was too much goes back */
    return (okb_str){begin, (size_t)(to - begin)};
}

static void add_text(tokens *t, okb_str s)
{
    if (s.len == 0)
        return;
    if (t->text.len == 0) {
        t->text = s;
    } else if (t->joined.len == 0 && t->text.data + t->text.len == s.data) {
        t->text.len += s.len;
    } else {
        if (t->joined.len == 0)
            buffer_add(&t->joined, t->text.data, t->text.len);
        buffer_add(&t->joined, s.data, s.len);
    }
}

static void deliver_text(tokens *t)
{
    if (t->text.len == 0)
        return;
    if (t->joined.len)
        t->text = arena_str(&t->doc->arena, buffer_str(&t->joined));
    if (t->text.len)
        t->sink->text(t->sink->ctx, t->text);
    t->text.len = t->joined.len = 0;
}

/* ---- Tags -------------------------------------------------------------------------------- */

/* A style says something about meaning rarely; long ones are passed only if they do. */
static bool attr_matters(const scan_attr *a)
{
    if (a->id == ATTR_NONE || a->value.len > MAX_VALUE)
        return false;
    return a->id != ATTR_STYLE || str_has_nocase(a->value, "display") ||
           str_has_nocase(a->value, "visibility") || str_has_nocase(a->value, "align") ||
           str_has_nocase(a->value, "font-");
}

static void skip_attrs(tokens *t)
{
    scan_attr a;
    okb_str rest = rest_of(t);
    size_t at = 0;
    while (scan_next_attr(rest, &at, &a, &t->quotes))
        ;
    t->at += at + (at < rest.len);
}

static void put_start(tokens *t, tag_id tag)
{
    attr attrs[ATTR_COUNT];
    uint64_t seen[(ATTR_COUNT + 63) / 64] = {0};
    scan_attr a;
    okb_str rest = rest_of(t);
    size_t at = 0, n = 0, n_all = 0;
    deliver_text(t);
    while (scan_next_attr(rest, &at, &a, &t->quotes)) {
        uint64_t bit = UINT64_C(1) << (a.id % 64);
        t->doc->flooded |= ++n_all > MAX_ATTRS;
        if (!attr_matters(&a) || seen[a.id / 64] & bit)
            continue;
        seen[a.id / 64] |= bit;
        attrs[n++] = (attr){(uint16_t)a.id, decoded(t, a.value, true)};
    }
    t->at += at + (at < rest.len);
    t->sink->start(t->sink->ctx, tag, attrs, n);
}

static void put_end(tokens *t, tag_id tag)
{
    deliver_text(t);
    t->sink->end(t->sink->ctx, tag);
}

/* ---- Elements whose content is not markup ------------------------------------------------ */

/* Where "</name" begins at or after t->at; in.len when nowhere. */
static size_t find_end_tag(tokens *t, tag_id tag)
{
    const char *name = tag_names[tag];
    size_t len = strlen(name);
    for (size_t i = t->at; !t->no_end_of[tag] && i < t->in.len;) {
        const char *open = memchr(t->in.data + i, '<', t->in.len - i);
        if (!open)
            break;
        i = (size_t)(open - t->in.data);
        if (i + 2 > t->in.len || open[1] != '/') {
            i++;
            continue;
        }
        okb_str rest = {open + 2, t->in.len - i - 2};
        bool ends =
            rest.len == len ||
            (rest.len > len && (is_space(rest.data[len]) || strchr("/>", rest.data[len])));
        if (ends && str_starts_nocase(rest, name))
            return i;
        i += 2;
    }
    t->no_end_of[tag] = true;
    return t->in.len;
}

/* After the content: past the end tag. */
static void skip_end_tag(tokens *t, size_t end, tag_id tag)
{
    t->at = end < t->in.len ? end + 2 + strlen(tag_names[tag]) : end;
    if (end < t->in.len)
        skip_attrs(t);
}

static okb_str peek_attr(const tokens *t, attr_id id)
{
    scan_attr a;
    scan_memory quotes = t->quotes;
    okb_str rest = rest_of(t);
    for (size_t at = 0; scan_next_attr(rest, &at, &a, &quotes);)
        if (a.id == id)
            return a.value;
    return (okb_str){NULL, 0};
}

/* Scripts go, but for what they say about the page and for TeX. */
static void script(tokens *t)
{
    okb_str type = str_trim(peek_attr(t, ATTR_TYPE));
    bool tex = str_starts_nocase(type, "math/tex");
    document *doc = t->doc;
    size_t start = t->at;
    skip_attrs(t);
    size_t end = find_end_tag(t, TAG_SCRIPT);
    if (end == t->in.len)
        return;
    okb_str body = {t->in.data + t->at, end - t->at};
    if (str_is_nocase(type, "application/ld+json") && doc->n_json_ld < 8)
        doc->json_ld[doc->n_json_ld++] = body;
    if (tex) {
        t->at = start;
        put_start(t, TAG_SCRIPT);
        add_text(t, decoded(t, body, false));
        put_end(t, TAG_SCRIPT);
    }
    skip_end_tag(t, end, TAG_SCRIPT);
}

/* Content that goes, tags and all: style, iframe and their kind. */
static void without_content(tokens *t, tag_id tag, bool keep_tag)
{
    if (keep_tag)
        put_start(t, tag);
    else
        skip_attrs(t);
    size_t end = find_end_tag(t, tag);
    if (end < t->in.len)
        skip_end_tag(t, end, tag);
    if (keep_tag)
        put_end(t, tag);
}

static void raw_text(tokens *t, tag_id tag)
{
    put_start(t, tag);
    size_t end = find_end_tag(t, tag);
    if (end == t->in.len)
        return;
    add_text(t, decoded(t, (okb_str){t->in.data + t->at, end - t->at}, false));
    put_end(t, tag);
    skip_end_tag(t, end, tag);
}

static void plaintext(tokens *t)
{
    skip_attrs(t);
    deliver_text(t);
    t->sink->start(t->sink->ctx, TAG_PRE, NULL, 0);
    add_text(t, decoded(t, rest_of(t), false));
    t->at = t->in.len;
}

static void start_tag(tokens *t, tag_id tag)
{
    switch (tag) {
    case TAG_SCRIPT:
        script(t);
        break;
    case TAG_STYLE:
    case TAG_NOEMBED:
    case TAG_NOFRAMES:
        without_content(t, tag, false);
        break;
    case TAG_IFRAME:
        without_content(t, tag, true);
        break;
    case TAG_TITLE:
    case TAG_TEXTAREA:
    case TAG_XMP:
        raw_text(t, tag);
        break;
    case TAG_PLAINTEXT:
        plaintext(t);
        break;
    case TAG_OTHER:
        skip_attrs(t);
        break;
    default:
        put_start(t, tag);
    }
}

/* ---- What is no element ------------------------------------------------------------------ */

/* The next `>` from t->at on, or NULL. */
static const char *find_tag_end(tokens *t)
{
    okb_str rest = rest_of(t);
    const char *end = t->no_tag_end ? NULL : memchr(rest.data, '>', rest.len);
    t->no_tag_end = !end;
    return end;
}

/* Where the comment whose text is `body` ends: past "-->" or "--!>"; NULL when nowhere. */
static const char *comment_end(okb_str body)
{
    const char *end = body.data + body.len;
    for (const char *p = body.data; (p = memchr(p, '>', (size_t)(end - p))); p++) {
        size_t n = (size_t)(p - body.data);
        n -= n > 2 && p[-1] == '!';
        if (n >= 2 && body.data[n - 1] == '-' && body.data[n - 2] == '-')
            return p + 1;
    }
    return NULL;
}

static void comment(tokens *t)
{
    okb_str body = {t->in.data + t->at + 4, t->in.len - t->at - 4};
    bool abrupt = str_starts(body, ">") || str_starts(body, "->");
    const char *end = abrupt || t->no_comment_end ? NULL : comment_end(body);
    if (!end) {
        t->no_comment_end |= !abrupt;
        end = find_tag_end(t);
        end = end ? end + 1 : body.data;
    }
    t->at = (size_t)(end - t->in.data);
}

static void cdata(tokens *t)
{
    okb_str body = {t->in.data + t->at + 9, t->in.len - t->at - 9};
    const char *end = t->no_cdata_end ? NULL : memmem(body.data, body.len, "]]>", 3);
    t->no_cdata_end = !end;
    if (end)
        add_text(t, decoded(t, (okb_str){body.data, (size_t)(end - body.data)}, false));
    t->at = end ? (size_t)(end + 3 - t->in.data) : t->at + 9;
}

/* <!DOCTYPE ...>, with an internal subset if there is one, and <?...>; text when it never ends.
 */
static void declaration(tokens *t)
{
    okb_str rest = rest_of(t);
    const char *end = find_tag_end(t);
    if (!end) {
        add_text(t, (okb_str){rest.data, 1});
        t->at++;
        return;
    }
    size_t n = (size_t)(end - rest.data);
    bool subset =
        !t->no_subset_end && str_starts_nocase(rest, "<!doctype") && memchr(rest.data, '[', n);
    const char *subset_end = subset ? memmem(rest.data, rest.len, "]>", 2) : NULL;
    t->no_subset_end |= subset && !subset_end;
    t->at += (subset_end ? (size_t)(subset_end + 1 - rest.data) : n) + 1;
}

static void end_tag(tokens *t)
{
    t->at += 2;
    okb_str rest = rest_of(t);
    size_t n = scan_tag_name(rest);
    tag_id tag = tag_lookup(rest.data, n);
    t->at += n;
    skip_attrs(t);
    if (tag != TAG_OTHER)
        put_end(t, tag);
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* At a `<`. */
static void markup(tokens *t)
{
    okb_str rest = rest_of(t);
    char next = rest.len > 1 ? rest.data[1] : ' ';
    if (is_letter(next)) {
        rest.data++;
        rest.len--;
        size_t n = scan_tag_name(rest);
        t->at += 1 + n;
        start_tag(t, tag_lookup(rest.data, n));
    } else if (next == '/' && rest.len > 2 && is_letter(rest.data[2])) {
        end_tag(t);
    } else if (str_starts(rest, "<!--")) {
        comment(t);
    } else if (str_starts(rest, "<![CDATA[")) {
        cdata(t);
    } else if (next == '!' || next == '?' || next == '/') {
        declaration(t);
    } else {
        add_text(t, (okb_str){rest.data, 1});
        t->at++;
    }
}

bool read_tokens(okb_str html, document *doc, const token_sink *sink)
{
    tokens t = {.sink = sink, .doc = doc, .in = html};
    while (t.at < html.len && !doc->arena.failed) {
        okb_str rest = rest_of(&t);
        const char *open = memchr(rest.data, '<', rest.len);
        size_t text = open ? (size_t)(open - rest.data) : rest.len;
        add_text(&t, decoded(&t, (okb_str){rest.data, text}, false));
        t.at += text;
        if (open)
            markup(&t);
    }
    deliver_text(&t);
    bool fine = !t.joined.failed && !doc->arena.failed;
    buffer_free(&t.joined);
    return fine;
}
