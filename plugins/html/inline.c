/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Emphasis, links, inline code and the rest of what stands in lines.
 */
#include "convert.h"

static bool enter_wrap(conv *v, node *n, okb_md_span span)
{
    n->mark = conv_push(v, (wrap){.span = span});
    return true;
}

void leave_wrap(conv *v, node *n)
{
    if (n->mark)
        conv_pop(v);
    if (tag_flags[n->tag] & TAG_IS_BLOCK)
        conv_boundary(v);
}

bool enter_emphasis(conv *v, node *n)
{
    if (v->code)
        return true;
    okb_str style = node_attr(n, ATTR_STYLE);
    bool normal = str_has_nocase(style, "font-style:normal");
    return normal ? true : enter_wrap(v, n, OKB_MD_EM);
}

bool enter_strong(conv *v, node *n)
{
    if (v->code)
        return true;
    okb_str style =
        node_attr(n, ATTR_STYLE); /* word processors wrap whole pages in such a <b> */
    bool normal = str_has_nocase(style, "font-weight:normal") ||
                  str_has_nocase(style, "font-weight: normal");
    return normal ? true : enter_wrap(v, n, OKB_MD_STRONG);
}

bool enter_strike(conv *v, node *n)
{
    return v->code ? true : enter_wrap(v, n, OKB_MD_STRIKE);
}

/* ---- Links ------------------------------------------------------------------------------- */

/* An anchor that only marks its own place: "#", "¶", an empty one with a fragment. */
static bool is_self_link(conv *v, const node *n, okb_str href)
{
    if (!str_starts(href, "#") || node_find(n, TAG_IMG))
        return false;
    static const char *const marks[] = {"headerlink", "anchor", "permalink", "anchorlink"};
    if (str_has_any(node_attr(n, ATTR_CLASS), marks, sizeof marks / sizeof *marks))
        return true;
    okb_str text = node_text(v->arena, n);
    return text.len == 0 || str_is(text, "#") || str_is(text, "¶") || str_is(text, "§");
}

bool enter_link(conv *v, node *n)
{
    if (n->mark == MARK_NOTE_REF) {
        n->mark = MARK_NONE;
        write_reference(v, n);
        return false;
    }
    okb_str href = str_trim(node_attr(n, ATTR_HREF));
    if (!node_has_attr(n, ATTR_HREF))
        return true;
    if (is_self_link(v, n, href))
        return false;
    if (url_is_harmful(href))
        return true;
    okb_str url = url_resolve(v->arena, v->base, href);
    wrap w = {.is_link = true, .url = url, .title = node_attr(n, ATTR_TITLE)};
    n->mark = conv_push(v, w);
    if (!n->mark || n->first)
        return true;
    if (!v->leaf && href.len)
        conv_content(v);
    return true;
}

/* ---- Code -------------------------------------------------------------------------------- */

/* Line ends and what surrounds them are one blank; a whole span of blanks stays one. */
static okb_str tidy_code(buffer *b)
{
    size_t to = 0;
    for (size_t i = 0; i < b->len; i++) {
        char c = b->data[i];
        bool line_end = c == '\n' || c == '\r' || c == '\t';
        if (line_end && (to == 0 || b->data[to - 1] == ' '))
            continue;
        b->data[to++] = line_end ? ' ' : c;
    }
    b->len = to;
    return buffer_str(b);
}

void flush_code(conv *v)
{
    if (v->code_text.len == 0)
        return;
    okb_str code = tidy_code(&v->code_text);
    v->code_text.len = 0;
    if (code.len == 0)
        return;
    conv_content(v);
    okb_md_code(v->md, code);
}

bool enter_code(conv *v, node *n)
{
    (void)n;
    v->code++;
    return true;
}

void leave_code(conv *v, node *n)
{
    (void)n;
    if (--v->code == 0)
        flush_code(v);
}

/* ---- The rest ---------------------------------------------------------------------------- */

bool enter_break(conv *v, node *n)
{
    (void)n;
    if (v->code)
        buffer_byte(&v->code_text, ' ');
    else if (v->leaf)
        v->breaks++;
    return false;
}

bool enter_tagged(conv *v, node *n)
{
    bool reference = n->mark == MARK_NOTE_REF;
    n->mark = MARK_NONE;
    if (v->code || reference || !node_has_content(n))
        return true;
    n->mark = 1;
    conv_html(v, n->tag == TAG_SUB ? "<sub>" : "<sup>");
    return true;
}

void leave_tagged(conv *v, node *n)
{
    if (n->mark)
        conv_html(v, n->tag == TAG_SUB ? "</sub>" : "</sup>");
}

bool enter_quotation(conv *v, node *n)
{
    (void)n;
    conv_text(v, OKB_STR("“"));
    return true;
}

void leave_quotation(conv *v, node *n)
{
    (void)n;
    conv_text(v, OKB_STR("”"));
}

bool enter_annotation_text(conv *v, node *n)
{
    (void)n;
    conv_text(v, OKB_STR("("));
    return true;
}

void leave_annotation_text(conv *v, node *n)
{
    (void)n;
    conv_text(v, OKB_STR(")"));
}
