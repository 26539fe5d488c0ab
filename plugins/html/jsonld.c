/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The few facts that matter, out of a page's JSON-LD. A reader of JSON that keeps only the keys
 * it is below; it stops at the first thing that is no JSON and keeps what it has.
 */
#include "meta.h"

#define MAX_LEVELS 32
#define TRUST      5

typedef struct {
    okb_str in;
    okb_str keys[MAX_LEVELS + 1]; /* keys[level]: the key whose value is being read there */
    bool is_object[MAX_LEVELS + 1];
    size_t level;
    page_facts *facts;
} json;

/* ---- Strings ----------------------------------------------------------------------------- */

static int hex4(const char *s)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        char c = lower(s[i]);
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        n = n * 16 + digit;
    }
    return n;
}

/* "\u00e9", or two of them for a surrogate pair; returns what it consumed after the `\u`. */
static size_t unescape_unicode(okb_str s, char *to, size_t *n)
{
    int code = s.len >= 4 ? hex4(s.data) : -1;
    if (code < 0)
        return 0;
    bool pair =
        code >= 0xd800 && code < 0xdc00 && s.len >= 10 && s.data[4] == '\\' && s.data[5] == 'u';
    int low = pair ? hex4(s.data + 6) : -1;
    bool good = low >= 0xdc00 && low < 0xe000;
    uint32_t c = good ? 0x10000u + ((uint32_t)(code - 0xd800) << 10) + (uint32_t)(low - 0xdc00)
                      : (uint32_t)code;
    if ((c >= 0xd800 && c < 0xe000) || c < ' ')
        c = c < ' ' ? ' ' : 0xfffd;
    *n += utf8_put(to + *n, c);
    return good ? 10 : 4;
}

static okb_str unescape(arena *a, okb_str s)
{
    char *to = arena_alloc(a, s.len + 4);
    size_t n = 0;
    for (size_t i = 0; to && i < s.len; i++) {
        if (s.data[i] != '\\' || i + 1 >= s.len) {
            to[n++] = s.data[i];
            continue;
        }
        char c = s.data[++i];
        okb_str rest = {s.data + i + 1, s.len - i - 1};
        if (c == 'u')
            i += unescape_unicode(rest, to, &n);
        else
            to[n++] = c && strchr("nrtbf", c) ? ' ' : c;
    }
    return (okb_str){to, to ? n : 0};
}

static bool read_string(json *j, okb_str *s)
{
    for (size_t i = 1; i < j->in.len; i++) {
        if (j->in.data[i] == '\\') {
            i++;
        } else if (j->in.data[i] == '"') {
            *s = (okb_str){j->in.data + 1, i - 1};
            j->in.data += i + 1;
            j->in.len -= i + 1;
            return true;
        }
    }
    return false;
}

/* ---- What a string says ------------------------------------------------------------------ */

static bool is_other_work(const json *j)
{
    static const char *const keys[] = {"comment",  "review",          "mentions",
                                       "hasPart",  "isPartOf",        "itemListElement",
                                       "citation", "potentialAction", "about"};
    for (size_t level = 0; level < j->level; level++)
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (str_is(j->keys[level], keys[i]))
                return true;
    return false;
}

static okb_str key_above(const json *j)
{
    for (size_t level = j->level; level-- > 0;)
        if (j->is_object[level])
            return j->keys[level];
    return (okb_str){NULL, 0};
}

static void learn_type(json *j, okb_str value)
{
    if (str_has(value, "Article") || str_has(value, "BlogPosting") || str_is(value, "Report"))
        j->facts->kind = PAGE_ARTICLE;
    page_form form = is_other_work(j) ? FORM_NONE : form_of_type(value);
    if (form != FORM_NONE)
        j->facts->form = form;
}

static void learn_string(json *j, okb_str key, okb_str raw)
{
    static const struct {
        const char *key;
        fact which;
    } keys[] = {
        {"headline", FACT_TITLE},        {"datePublished", FACT_CREATED},
        {"dateModified", FACT_MODIFIED}, {"inLanguage", FACT_LANGUAGE},
        {"license", FACT_LICENSE},
    };
    okb_str value = unescape(j->facts->arena, raw);
    if (str_is(key, "@type"))
        learn_type(j, value);
    if (is_other_work(j))
        return;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (str_is(key, keys[i].key))
            learn_fact(j->facts, keys[i].which, value, TRUST);
    okb_str above = key_above(j);
    if (str_is(key, "author") || (str_is(key, "name") && str_is(above, "author")))
        learn_author(j->facts, value, TRUST);
    if (str_is(key, "name") && str_is(above, "publisher"))
        learn_fact(j->facts, FACT_SITE, value, TRUST - 2);
}

/* ---- Reading ----------------------------------------------------------------------------- */

static bool open_level(json *j, bool object)
{
    if (j->level == MAX_LEVELS)
        return false;
    okb_str key = j->keys[j->level];
    j->level++;
    j->is_object[j->level] = object;
    j->keys[j->level] = object ? (okb_str){NULL, 0} : key;
    return true;
}

/* One token; false at the end, or where it is no JSON. */
static bool step(json *j)
{
    char c = j->in.data[0];
    okb_str s;
    if (c == '"') {
        if (!read_string(j, &s))
            return false;
        j->in = str_trim(j->in);
        bool is_key = j->is_object[j->level] && j->in.len && j->in.data[0] == ':';
        if (is_key)
            j->keys[j->level] = s;
        else
            learn_string(j, j->keys[j->level], s);
        return true;
    }
    j->in.data++;
    j->in.len--;
    if (c == '{' || c == '[')
        return open_level(j, c == '{');
    if (c == '}' || c == ']') {
        j->level -= j->level > 0;
        return true;
    }
    return (c >= '0' && c <= '9') || strchr(",:.+-eEtrufalsn", c);
}

void gather_json_ld(okb_str text, page_facts *f)
{
    json j = {.in = str_trim(text), .facts = f};
    while (j.in.len && step(&j))
        j.in = str_trim(j.in);
}
