/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Formulas as TeX between dollar signs: from the annotation that MathML carries (KaTeX,
 * MathJax, Wikipedia), from MathJax's scripts, or from the MathML itself.
 */
#include "convert.h"

/* ---- From MathML ------------------------------------------------------------------------- */

typedef struct {
    tag_id tag;
    const char *before, *between[2], *after;
} tex_rule;

static const tex_rule rules[] = {
    {TAG_MFRAC, "\\frac{", {"}{", "}{"}, "}"},
    {TAG_MSUP, "{", {"}^{", "}^{"}, "}"},
    {TAG_MSUB, "{", {"}_{", "}_{"}, "}"},
    {TAG_MSUBSUP, "{", {"}_{", "}^{"}, "}"},
    {TAG_MUNDER, "{", {"}_{", "}_{"}, "}"},
    {TAG_MOVER, "{", {"}^{", "}^{"}, "}"},
    {TAG_MUNDEROVER, "{", {"}_{", "}^{"}, "}"},
    {TAG_MSQRT, "\\sqrt{", {"", ""}, "}"},
    {TAG_MROOT, "\\sqrt{", {"}[", "]["}, "]"},
    {TAG_MTEXT, "\\text{", {"", ""}, "}"},
    {TAG_MTABLE, "\\begin{matrix}", {"\\\\", "\\\\"}, "\\end{matrix}"},
    {TAG_MTR, "", {"&", "&"}, ""},
};

static const tex_rule *rule_of(const node *n)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (n->tag == rules[i].tag)
            return &rules[i];
    return NULL;
}

static bool is_element(const node *n)
{
    return n->tag != TAG_TEXT;
}

static void add(buffer *b, const char *s)
{
    buffer_add(b, s, strlen(s));
}

/* What stands between the arguments of the parent, before `n`. */
static void separate(buffer *b, const node *n)
{
    const tex_rule *rule = n->parent ? rule_of(n->parent) : NULL;
    size_t before = 0;
    for (const node *p = n->prev; p && before < 3; p = p->prev)
        before += is_element(p);
    if (rule && is_element(n) && before)
        add(b, rule->between[before > 1]);
}

static void add_words(buffer *b, okb_str s)
{
    s = str_trim(s);
    for (size_t i = 0; i < s.len; i++)
        buffer_byte(b, is_space(s.data[i]) ? ' ' : s.data[i]);
}

static void tex_of_mathml(const node *math, buffer *b)
{
    for (const node *n = math->first; n && n != math;) {
        separate(b, n);
        const tex_rule *rule = rule_of(n);
        bool skip = n->tag == TAG_ANNOTATION;
        if (n->tag == TAG_TEXT)
            add_words(b, n->text);
        if (rule)
            add(b, rule->before);
        if (!skip && n->first) {
            n = n->first;
            continue;
        }
        for (;; n = n->parent) {
            if (rule_of(n))
                add(b, rule_of(n)->after);
            if (n->next || n->parent == math)
                break;
        }
        n = n->next;
    }
}

static okb_str tex_of(conv *v, const node *math)
{
    for (const node *n = node_find(math, TAG_ANNOTATION); n; n = node_next(n, math))
        if (n->tag == TAG_ANNOTATION && str_has_nocase(node_attr(n, ATTR_ENCODING), "tex"))
            return node_text(v->arena, n);
    okb_str alt = str_trim(node_attr(math, ATTR_ALT));
    if (alt.len)
        return alt;
    buffer b = {0};
    tex_of_mathml(math, &b);
    return arena_take(v->arena, &b);
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Whether Markdown would read something else into it. */
static bool is_hazardous(okb_str tex)
{
    for (size_t i = 0; i < tex.len; i++) {
        char c = tex.data[i], next = i + 1 < tex.len ? tex.data[i + 1] : '$';
        bool letter_next = lower(next) >= 'a' && lower(next) <= 'z';
        if (strchr("*_[]<`~|&", c) || (c == '\\' && !letter_next))
            return true;
    }
    return false;
}

/* Wikipedia wraps its TeX in \displaystyle. */
static okb_str unwrap(okb_str tex)
{
    static const char wrapper[] = "{\\displaystyle ";
    size_t n = sizeof wrapper - 1;
    if (str_starts(tex, wrapper) && tex.data[tex.len - 1] == '}')
        return str_trim((okb_str){tex.data + n, tex.len - n - 1});
    return tex;
}

static void write_tex(conv *v, okb_str tex, bool display)
{
    tex = unwrap(tex);
    if (tex.len == 0)
        return;
    if (display && !v->cell && !v->heading && is_hazardous(tex)) {
        conv_boundary(v);
        okb_md_code_block(v->md, OKB_STR("math"), tex);
        conv_boundary(v);
        return;
    }
    flush_code(v);
    conv_content(v);
    okb_str dollars = display ? OKB_STR("$$") : OKB_STR("$");
    okb_md_html(v->md, dollars);
    if (is_hazardous(tex))
        okb_md_code(v->md, tex);
    else
        okb_md_html(v->md, tex);
    okb_md_html(v->md, dollars);
}

static bool is_display(const node *n)
{
    if (str_is_nocase(node_attr(n, ATTR_DISPLAY), "block"))
        return true;
    for (int i = 0; i < 4 && n; i++, n = n->parent)
        if (n->tag != TAG_TEXT && node_has_class(n, "katex-display"))
            return true;
    return false;
}

bool enter_math(conv *v, node *n)
{
    write_tex(v, tex_of(v, n), is_display(n));
    return false;
}

/* <script type="math/tex; mode=display">: all other scripts ended in tokens.c. */
bool enter_math_script(conv *v, node *n)
{
    okb_str type = node_attr(n, ATTR_TYPE);
    if (str_starts_nocase(type, "math/tex"))
        write_tex(v, node_text(v->arena, n), str_has(type, "mode=display"));
    return false;
}

/* KaTeX and MathJax draw each formula besides saying it: the drawing is not text. */
bool enter_span(conv *v, node *n)
{
    static const char *const drawings[] = {"katex-html", "mathjax", "mathjax_preview",
                                           "mathjax_svg"};
    okb_str class = node_attr(n, ATTR_CLASS);
    if (str_has_any(class, drawings, sizeof drawings / sizeof *drawings))
        return node_find(n, TAG_MATH) != NULL && !str_has_word(class, "katex-html");
    okb_str style = node_attr(n, ATTR_STYLE);
    if (!v->code && style.len &&
        (str_has_nocase(style, "font-weight:bold") ||
         str_has_nocase(style, "font-weight: bold") ||
         str_has_nocase(style, "font-weight:700") || str_has_nocase(style, "font-weight: 700")))
        n->mark = conv_push(v, (wrap){.span = OKB_MD_STRONG});
    else if (!v->code && style.len &&
             (str_has_nocase(style, "font-style:italic") ||
              str_has_nocase(style, "font-style: italic")))
        n->mark = conv_push(v, (wrap){.span = OKB_MD_EM});
    return true;
}
