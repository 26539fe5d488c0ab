/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tokens to text. A newline in `block` comes from a hard break and from nothing else.
 */
#include "writer.h"

#include <string.h>

static void add(okb_md *md, const char *s, size_t len)
{
    if (!bytes_append(&md->block, s, len))
        okb_md_latch(md, OKB_E_NOMEM);
}

static void check(okb_md *md, bool done)
{
    if (!done)
        okb_md_latch(md, OKB_E_NOMEM);
}

static okb_str slice_of(const okb_md *md, slice s)
{
    return (okb_str){s.len ? md->text.data + s.at : "", s.len};
}

/* ---- Neighbours -------------------------------------------------------------------------- */

static char span_char(const okb_md *md, const token *t)
{
    uint8_t style = t->kind == TOKEN_OPEN ? t->style : md->tokens[t->mate].style;
    if (style == STYLE_TAG)
        return '<';
    return t->span == OKB_MD_STRIKE ? '~' : style == STYLE_STAR ? '*' : '_';
}

/* The first character that token i will write; '\n' beyond the last. */
static char first_char(const okb_md *md, size_t i)
{
    if (i >= md->n_tokens)
        return '\n';
    const token *t = &md->tokens[i];
    switch ((token_kind)t->kind) {
    case TOKEN_TEXT:
    case TOKEN_HTML:
        return t->a.len ? md->text.data[t->a.at] : '\n';
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
        return span_char(md, t);
    case TOKEN_LINK:
        return t->flag ? '<' : '[';
    case TOKEN_LINK_END:
        return ']';
    case TOKEN_CODE:
        return '`';
    case TOKEN_IMAGE:
        return '!';
    case TOKEN_BREAK:
        return md->leaf_rendered == LEAF_PARAGRAPH ? '\\' : '<';
    case TOKEN_NOTE:
        return '[';
    }
    return '\n';
}

/* ---- Links ------------------------------------------------------------------------------- */

static bool is_autolink_url(okb_str url)
{
    size_t scheme = 0;
    while (scheme < url.len && (okb_md_class_after(url.data + scheme, 1) == CHAR_OTHER ||
                                strchr("+.-", url.data[scheme])))
        scheme++;
    if (scheme < 2 || scheme > 32 || scheme >= url.len || url.data[scheme] != ':')
        return false;
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.data[i];
        if (c <= ' ' || c == '<' || c == '>' || c == 0x7f || (i < scheme && c >= 0x80))
            return false;
    }
    return url.data[0] > '9';
}

static bool is_mail(okb_str s)
{
    const char *at = memchr(s.data, '@', s.len);
    if (!at || at == s.data || at + 1 >= s.data + s.len)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        bool alnum = c < 0x80 && okb_md_class_after(s.data + i, 1) == CHAR_OTHER;
        bool domain = s.data + i > at;
        bool edge = domain && (i + 1 == s.len || s.data[i - 1] == '@' || s.data[i - 1] == '.');
        if (!alnum && s.data + i != at &&
            !(domain ? c == '.' || (c == '-' && !edge)
                     : c && strchr(".!#$%&'*+/=?^_`{|}~-", c)))
            return false;
    }
    return at[1] != '.' && s.data[s.len - 1] != '.';
}

/* A link whose text is its URL, or its mail address, is spelled <so>. */
static bool is_autolink(const okb_md *md, size_t i)
{
    const token *t = &md->tokens[i];
    if (t->b.len || t->mate != i + 2 || md->tokens[i + 1].kind != TOKEN_TEXT)
        return false;
    okb_str url = slice_of(md, t->a), text = slice_of(md, md->tokens[i + 1].a);
    if (text.len == url.len)
        return memcmp(url.data, text.data, url.len) == 0 && is_autolink_url(url);
    return url.len == text.len + 7 && memcmp(url.data, "mailto:", 7) == 0 &&
           memcmp(url.data + 7, text.data, text.len) == 0 && is_mail(text);
}

static void add_destination(okb_md *md, okb_str url, okb_str title)
{
    if (url.len == 0 && title.len)
        add(md, "<>", 2);
    check(md, okb_md_escape_url(&md->block, url.data, url.len));
    if (title.len) {
        add(md, " \"", 2);
        check(md, okb_md_escape_title(&md->block, title.data, title.len));
        add(md, "\"", 1);
    }
    add(md, ")", 1);
}

static void add_link_end(okb_md *md, const token *end)
{
    const token *t = &md->tokens[end->mate];
    if (t->flag) {
        add(md, ">", 1);
        return;
    }
    add(md, "](", 2);
    add_destination(md, slice_of(md, t->a), slice_of(md, t->b));
}

/* ---- Images ------------------------------------------------------------------------------ */

static void add_alt(okb_md *md, okb_str alt)
{
    escape_context context = {'[', ']', true, true};
    size_t at = md->block.len;
    check(md, okb_md_escape_text(&md->block, alt.data, alt.len, context));
    for (; at < md->block.len; at++)
        if ((unsigned char)md->block.data[at] < ' ')
            md->block.data[at] = ' ';
}

static void add_asset_ref(okb_md *md, const token *t)
{
    okb_str alt = slice_of(md, t->a);
    if (!array_reserve(&md->refs, md->n_refs, &md->cap_refs, sizeof *md->refs) ||
        !bytes_append(&md->alts, alt.data, alt.len)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return;
    }
    for (size_t i = md->alts.len - alt.len; i < md->alts.len; i++)
        if ((unsigned char)md->alts.data[i] < ' ')
            md->alts.data[i] = ' ';
    md->refs[md->n_refs++] =
        (asset_ref){md->block.len, t->asset, md->alts.len - alt.len, alt.len};
}

static void add_image(okb_md *md, const token *t)
{
    add(md, "![", 2);
    add_alt(md, slice_of(md, t->a));
    add(md, "](", 2);
    if (t->flag)
        add_asset_ref(md, t);
    okb_str title = slice_of(md, t->c);
    if (t->flag && title.len) {
        add(md, " \"", 2);
        check(md, okb_md_escape_title(&md->block, title.data, title.len));
        add(md, "\"", 1);
    }
    if (t->flag)
        add(md, ")", 1);
    else
        add_destination(md, slice_of(md, t->b), title);
}

/* ---- All of them ------------------------------------------------------------------------- */

static void add_span(okb_md *md, const token *t)
{
    static const char *const tags[][2] = {
        [OKB_MD_EM] = {"<em>", "</em>"},
        [OKB_MD_STRONG] = {"<strong>", "</strong>"},
        [OKB_MD_STRIKE] = {"<del>", "</del>"},
    };
    char c = span_char(md, t);
    if (c == '<') {
        const char *tag = tags[t->span][t->kind == TOKEN_CLOSE];
        add(md, tag, strlen(tag));
        return;
    }
    char twice[2] = {c, c};
    add(md, twice, t->span == OKB_MD_EM ? 1 : 2);
}

static void add_text(okb_md *md, size_t i, size_t from)
{
    okb_str s = slice_of(md, md->tokens[i].a);
    if (md->in_autolink) {
        add(md, s.data, s.len);
        return;
    }
    char before = md->block.len > from ? md->block.data[md->block.len - 1] : '\n';
    escape_context context = {before, first_char(md, i + 1), md->in_link, md->strike};
    check(md, okb_md_escape_text(&md->block, s.data, s.len, context));
}

static void add_break(okb_md *md, const token *t)
{
    for (uint32_t n = 0; n < t->count; n++) {
        if (md->leaf_rendered == LEAF_PARAGRAPH)
            add(md, "\\\n", 2);
        else
            add(md, "<br>", 4);
    }
}

static void add_note(okb_md *md, okb_str label)
{
    add(md, "[^", 2);
    for (size_t i = 0; i < label.len && i < 64; i++) {
        bool fine = okb_md_class_after(label.data + i, 1) == CHAR_OTHER &&
                    (unsigned char)label.data[i] < 0x80;
        add(md, fine || label.data[i] == '_' ? label.data + i : "-", 1);
    }
    add(md, "]", 1);
}

static void add_code(okb_md *md, okb_str code)
{
    check(md,
          okb_md_code_span(&md->block, code.data, code.len, md->leaf_rendered == LEAF_CELL));
}

static void add_html(okb_md *md, okb_str html)
{
    size_t at = md->block.len;
    add(md, html.data, html.len);
    for (; at < md->block.len; at++)
        if ((unsigned char)md->block.data[at] < ' ')
            md->block.data[at] = ' ';
}

static void render_token(okb_md *md, size_t i, size_t from)
{
    token *t = &md->tokens[i];
    switch ((token_kind)t->kind) {
    case TOKEN_TEXT:
        add_text(md, i, from);
        break;
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
        add_span(md, t);
        break;
    case TOKEN_LINK:
        md->in_link = true;
        md->in_autolink = t->flag;
        add(md, t->flag ? "<" : "[", 1);
        break;
    case TOKEN_LINK_END:
        md->in_link = md->in_autolink = false;
        add_link_end(md, t);
        break;
    case TOKEN_CODE:
        add_code(md, slice_of(md, t->a));
        break;
    case TOKEN_IMAGE:
        add_image(md, t);
        break;
    case TOKEN_HTML:
        add_html(md, slice_of(md, t->a));
        break;
    case TOKEN_BREAK:
        add_break(md, t);
        break;
    case TOKEN_NOTE:
        add_note(md, slice_of(md, t->a));
        break;
    }
}

void okb_md_render(okb_md *md, leaf_kind leaf)
{
    size_t from = md->block.len;
    md->leaf_rendered = leaf;
    md->in_link = md->in_autolink = false;
    okb_md_choose_styles(md);
    md->strike = false;
    for (size_t i = 0; i < md->n_tokens; i++)
        md->strike |= md->tokens[i].kind == TOKEN_OPEN && md->tokens[i].span == OKB_MD_STRIKE;
    for (size_t i = 0; i < md->n_tokens; i++)
        if (md->tokens[i].kind == TOKEN_LINK)
            md->tokens[i].flag = is_autolink(md, i);
    for (size_t i = 0; i < md->n_tokens && okb_md_ok(md); i++)
        render_token(md, i, from);
}

void okb_md_plain(okb_md *md, bytes *to)
{
    for (size_t i = 0; i < md->n_tokens; i++) {
        const token *t = &md->tokens[i];
        bool words = t->kind == TOKEN_TEXT || t->kind == TOKEN_CODE || t->kind == TOKEN_IMAGE;
        okb_str s = words ? slice_of(md, t->a) : (okb_str){" ", t->kind == TOKEN_BREAK};
        check(md, bytes_append(to, s.data, s.len));
    }
    for (size_t i = 0; i < to->len; i++)
        if ((unsigned char)to->data[i] < ' ')
            to->data[i] = ' ';
}
