/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Code blocks: the text as it is, without gutters of line numbers, and the language wherever
 * the many highlighters put it.
 */
#include "convert.h"

/* ---- Language ---------------------------------------------------------------------------- */

static okb_str without_prefix(okb_str word, const char *prefix)
{
    size_t n = strlen(prefix);
    if (!str_starts_nocase(word, prefix) || word.len == n)
        return (okb_str){NULL, 0};
    return (okb_str){word.data + n, word.len - n};
}

/* Names that highlighters use for "no language", and classes that look like one. */
static bool is_no_language(okb_str s)
{
    static const char *const names[] = {"none",      "default", "plain",   "nohighlight",
                                        "highlight", "source",  "wrapper", "text-left"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is_nocase(s, names[i]))
            return true;
    return false;
}

/* class="language-js", "lang-js", "highlight-source-js", "highlight-js", "brush: js". */
static okb_str language_of_class(okb_str class, bool on_code)
{
    static const char *const prefixes[] = {"language-",       "lang-",      "highlight-source-",
                                           "highlight-text-", "highlight-", "brush:"};
    okb_str list = class;
    bool brush = false, marked = false;
    for (okb_str w = str_next_word(&list); w.len; w = str_next_word(&list)) {
        for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
            okb_str found = without_prefix(w, prefixes[i]);
            if (found.len && !is_no_language(found))
                return found;
        }
        if (brush || (marked && on_code && !is_no_language(w)))
            return w;
        brush = str_is_nocase(w, "brush:");
        marked |= str_is_nocase(w, "sourcecode") || str_is_nocase(w, "hljs") ||
                  str_is_nocase(w, "prettyprint") || str_is_nocase(w, "src");
    }
    return (okb_str){NULL, 0};
}

static okb_str language_of_node(const node *n, bool on_code)
{
    static const attr_id attrs[] = {ATTR_DATA_LANG, ATTR_DATA_LANGUAGE,
                                    ATTR_DATA_CODE_LANGUAGE};
    for (size_t i = 0; i < sizeof attrs / sizeof *attrs; i++) {
        okb_str value = str_trim(node_attr(n, attrs[i]));
        if (value.len)
            return value;
    }
    okb_str found = language_of_class(node_attr(n, ATTR_CLASS), on_code);
    if (!found.len && on_code && str_starts_nocase(node_attr(n, ATTR_CLASS), "src-"))
        found = without_prefix(node_attr(n, ATTR_CLASS), "src-");
    return found;
}

/* "brush: js;" ends with a semicolon, which belongs to no name. */
static okb_str clean_language(okb_str s)
{
    if (s.len > 1 && s.data[s.len - 1] == ';')
        s.len--;
    s.len = s.len > 40 ? 0 : s.len;
    return s;
}

static okb_str language_of(node *pre)
{
    node *code = node_find(pre, TAG_CODE);
    okb_str found = code ? language_of_node(code, true) : (okb_str){NULL, 0};
    if (!found.len)
        found = language_of_node(pre, true);
    node *n = pre->parent;
    for (int level = 0; !found.len && n && level < 3; n = n->parent) {
        if (n->tag != TAG_DIV && n->tag != TAG_FIGURE && n->tag != TAG_TD && n->tag != TAG_TR)
            break;
        found = language_of_node(n, false);
        level += n->tag == TAG_DIV || n->tag == TAG_FIGURE;
    }
    return clean_language(found);
}

/* ---- Text -------------------------------------------------------------------------------- */

bool is_gutter(const node *n)
{
    static const char *const classes[] = {"linenos",     "lineno",          "linenumber",
                                          "line-number", "line-numbers",    "line-numbers-rows",
                                          "gutter",      "hljs-ln-numbers", "rouge-gutter",
                                          "blob-num",    "linenodiv",       "ln"};
    if (n->tag != TAG_SPAN && n->tag != TAG_TD && n->tag != TAG_DIV && n->tag != TAG_A)
        return false;
    return str_has_any(node_attr(n, ATTR_CLASS), classes, sizeof classes / sizeof *classes);
}

static void end_line(buffer *b)
{
    if (b->len && b->data[b->len - 1] != '\n')
        buffer_byte(b, '\n');
}

static bool begins_line(const node *n)
{
    return n->tag == TAG_DIV || n->tag == TAG_P || n->tag == TAG_LI || n->tag == TAG_TR;
}

static bool enter_code_node(const node *n, buffer *b)
{
    if (n->tag == TAG_TEXT)
        buffer_add(b, n->text.data, n->text.len);
    else if (n->tag == TAG_BR)
        buffer_byte(b, '\n');
    if (n->dropped || is_gutter(n) || n->tag == TAG_BUTTON)
        return false;
    if (begins_line(n))
        end_line(b);
    return n->tag != TAG_TEXT;
}

static void code_text(const node *pre, buffer *b)
{
    for (const node *n = pre->first; n && n != pre;) {
        if (enter_code_node(n, b) && n->first) {
            n = n->first;
            continue;
        }
        while (n != pre && !n->next) {
            n = n->parent;
            if (n != pre && begins_line(n))
                end_line(b);
        }
        n = n == pre ? pre : n->next;
    }
}

/* The newline right after <pre> is not part of it. */
static okb_str without_first_newline(const node *pre, okb_str s)
{
    bool cr = s.len > 1 && s.data[0] == '\r' && s.data[1] == '\n';
    if (pre->first && pre->first->tag == TAG_TEXT && s.len && (cr || s.data[0] == '\n')) {
        s.data += 1 + cr;
        s.len -= 1 + cr;
    }
    return s;
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Where no block can be, each line is a code span. */
static void write_inline(conv *v, okb_str code)
{
    while (code.len) {
        const char *newline = memchr(code.data, '\n', code.len);
        size_t n = newline ? (size_t)(newline - code.data) : code.len;
        conv_content(v);
        okb_md_code(v->md, (okb_str){code.data, n});
        v->breaks += newline && n + 1 < code.len;
        n += newline != NULL;
        code.data += n;
        code.len -= n;
    }
}

bool enter_pre(conv *v, node *n)
{
    buffer text = {0};
    code_text(n, &text);
    okb_str code = without_first_newline(n, buffer_str(&text));
    conv_boundary(v);
    if (v->cell || v->heading)
        write_inline(v, code);
    else if (code.len || n->first)
        okb_md_code_block(v->md, language_of(n), code);
    conv_boundary(v);
    v->code_text.failed |= text.failed;
    buffer_free(&text);
    return false;
}
