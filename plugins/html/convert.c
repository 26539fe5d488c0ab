/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The walk, and where inline content goes.
 */
#include "convert.h"

#define NODES_PER_PROGRESS 8192

/* ---- Leaves and wraps -------------------------------------------------------------------- */

static void begin_wrap(conv *v, const wrap *w)
{
    if (w->is_link)
        okb_md_link_begin(v->md, w->url, w->title);
    else
        okb_md_span_begin(v->md, w->span);
}

static void end_wrap(conv *v, const wrap *w)
{
    if (w->is_link)
        okb_md_link_end(v->md);
    else
        okb_md_span_end(v->md, w->span);
}

static bool is_confined(const conv *v)
{
    return v->cell || v->heading;
}

static void open_leaf(conv *v)
{
    if (!is_confined(v))
        okb_md_paragraph_begin(v->md);
    for (size_t i = 0; i < v->n_wraps; i++)
        begin_wrap(v, &v->wraps[i]);
    v->leaf = true;
}

void conv_close_leaf(conv *v)
{
    flush_code(v);
    v->breaks = 0;
    if (v->leaf && !is_confined(v)) {
        okb_md_paragraph_end(v->md);
        v->leaf = false;
    }
}

/* Two line breaks between paragraphs' worth of text are what a new paragraph is. */
static void write_breaks(conv *v)
{
    if (v->breaks >= 2 && !is_confined(v) && !v->list_depth) {
        conv_close_leaf(v);
        return;
    }
    for (; v->breaks; v->breaks--)
        okb_md_break(v->md);
}

void conv_content(conv *v)
{
    if (v->breaks)
        write_breaks(v);
    if (v->boundary && v->cell)
        okb_md_break(v->md);
    else if (v->boundary)
        okb_md_text(v->md, OKB_STR(" "));
    v->boundary = false;
    if (!v->leaf)
        open_leaf(v);
}

void conv_boundary(conv *v)
{
    flush_code(v);
    if (!is_confined(v)) {
        conv_close_leaf(v);
        return;
    }
    v->breaks = 0;
    v->boundary = true;
}

bool conv_push(conv *v, wrap w)
{
    size_t same = 0;
    flush_code(v);
    for (size_t i = 0; i < v->n_wraps; i++)
        same += w.is_link ? v->wraps[i].is_link
                          : !v->wraps[i].is_link && v->wraps[i].span == w.span;
    if (v->n_wraps == MAX_WRAPS || same >= (w.is_link ? 1u : 3u))
        return false;
    v->wraps[v->n_wraps++] = w;
    if (v->leaf)
        begin_wrap(v, &w);
    return true;
}

void conv_pop(conv *v)
{
    flush_code(v);
    v->n_wraps--;
    if (v->leaf)
        end_wrap(v, &v->wraps[v->n_wraps]);
}

static bool is_blank(okb_str s)
{
    return str_trim(s).len == 0;
}

/* Nothing but blanks, the one that does not break included: filling, where no text stands yet.
 */
static bool is_filling(okb_str s)
{
    for (s = str_trim(s); str_starts(s, "\xc2\xa0"); s = str_trim(s))
        s.data += 2, s.len -= 2;
    return s.len == 0;
}

void conv_text(conv *v, okb_str text)
{
    if (v->code) {
        buffer_add(&v->code_text, text.data, text.len);
        return;
    }
    if (is_blank(text)) {
        if (v->leaf && !v->breaks && !v->boundary)
            okb_md_text(v->md, text);
        return;
    }
    if (!v->leaf && is_filling(text))
        return;
    conv_content(v);
    okb_md_text(v->md, text);
}

void conv_html(conv *v, const char *html)
{
    flush_code(v);
    conv_content(v);
    okb_md_html(v->md, (okb_str){html, strlen(html)});
}

bool enter_block(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
    return true;
}

void leave_block(conv *v, node *n)
{
    (void)n;
    conv_boundary(v);
}

bool enter_nothing(conv *v, node *n)
{
    (void)v;
    (void)n;
    return false;
}

/* ---- The walk ---------------------------------------------------------------------------- */

static const handler block = {enter_block, leave_block};

static const handler handlers[TAG_COUNT] = {
    [TAG_H1] = {enter_heading, leave_heading},
    [TAG_H2] = {enter_heading, leave_heading},
    [TAG_H3] = {enter_heading, leave_heading},
    [TAG_H4] = {enter_heading, leave_heading},
    [TAG_H5] = {enter_heading, leave_heading},
    [TAG_H6] = {enter_heading, leave_heading},
    [TAG_BLOCKQUOTE] = {enter_quote, leave_quote},
    [TAG_UL] = {enter_list, leave_list},
    [TAG_OL] = {enter_list, leave_list},
    [TAG_MENU] = {enter_list, leave_list},
    [TAG_DIR] = {enter_list, leave_list},
    [TAG_LI] = {enter_item, leave_item},
    [TAG_DL] = {enter_definitions, leave_definitions},
    [TAG_DT] = {enter_term, leave_definition},
    [TAG_DD] = {enter_definition, leave_definition},
    [TAG_HR] = {enter_rule, NULL},
    [TAG_PRE] = {enter_pre, NULL},
    [TAG_LISTING] = {enter_pre, NULL},
    [TAG_XMP] = {enter_pre, NULL},
    [TAG_SUMMARY] = {enter_summary, leave_wrap},
    [TAG_LEGEND] = {enter_summary, leave_wrap},
    [TAG_TABLE] = {enter_table, leave_table},
    [TAG_TR] = {enter_row, leave_row},
    [TAG_TD] = {enter_cell, leave_cell},
    [TAG_TH] = {enter_cell, leave_cell},

    [TAG_EM] = {enter_emphasis, leave_wrap},
    [TAG_I] = {enter_emphasis, leave_wrap},
    [TAG_CITE] = {enter_emphasis, leave_wrap},
    [TAG_DFN] = {enter_emphasis, leave_wrap},
    [TAG_VAR] = {enter_emphasis, leave_wrap},
    [TAG_STRONG] = {enter_strong, leave_wrap},
    [TAG_B] = {enter_strong, leave_wrap},
    [TAG_DEL] = {enter_strike, leave_wrap},
    [TAG_S] = {enter_strike, leave_wrap},
    [TAG_STRIKE] = {enter_strike, leave_wrap},
    [TAG_A] = {enter_link, leave_wrap},
    [TAG_CODE] = {enter_code, leave_code},
    [TAG_TT] = {enter_code, leave_code},
    [TAG_SAMP] = {enter_code, leave_code},
    [TAG_KBD] = {enter_code, leave_code},
    [TAG_BR] = {enter_break, NULL},
    [TAG_SUB] = {enter_tagged, leave_tagged},
    [TAG_SUP] = {enter_tagged, leave_tagged},
    [TAG_Q] = {enter_quotation, leave_quotation},
    [TAG_RT] = {enter_annotation_text, leave_annotation_text},
    [TAG_SPAN] = {enter_span, leave_wrap},

    [TAG_IMG] = {enter_image, NULL},
    [TAG_IFRAME] = {enter_media, NULL},
    [TAG_EMBED] = {enter_media, NULL},
    [TAG_OBJECT] = {enter_media, NULL},
    [TAG_VIDEO] = {enter_media, NULL},
    [TAG_AUDIO] = {enter_media, NULL},
    [TAG_NOSCRIPT] = {enter_noscript, NULL},
    [TAG_INPUT] = {enter_input, NULL},
    [TAG_MATH] = {enter_math, NULL},
    [TAG_SCRIPT] = {enter_math_script, NULL},

    [TAG_RP] = {enter_nothing, NULL},
    [TAG_TITLE] = {enter_nothing, NULL},
    [TAG_STYLE] = {enter_nothing, NULL},
    [TAG_TEMPLATE] = {enter_nothing, NULL},
    [TAG_SVG] = {enter_nothing, NULL},
    [TAG_SELECT] = {enter_nothing, NULL},
    [TAG_DATALIST] = {enter_nothing, NULL},
    [TAG_CANVAS] = {enter_nothing, NULL},
    [TAG_MAP] = {enter_nothing, NULL},
};

static const handler *handler_of(const node *n)
{
    const handler *h = n->mark == MARK_NOTES ? &block : &handlers[n->tag];
    return h->enter || !(tag_flags[n->tag] & TAG_IS_BLOCK) ? h : &block;
}

static bool enter(conv *v, node *n)
{
    if (n->dropped)
        return false;
    if (n->tag == TAG_TEXT) {
        conv_text(v, n->text);
        return false;
    }
    const handler *h = handler_of(n);
    if (n->mark == MARK_NOTE)
        begin_note(v, n);
    n->opened = n->mark == MARK_NOTE || !h->enter || h->enter(v, n);
    return n->opened;
}

static void leave(conv *v, node *n)
{
    const handler *h = handler_of(n);
    if (n->mark == MARK_NOTE)
        end_note(v);
    else if (n->opened && h->leave)
        h->leave(v, n);
}

static bool keep_going(conv *v)
{
    if (v->visited++ % NODES_PER_PROGRESS == 0 &&
        v->c->host->progress(v->c->job, v->visited, v->c->doc->n_nodes) != OKB_OK)
        return false;
    return okb_md_status(v->md) == OKB_OK;
}

static void walk(conv *v, node *root)
{
    node *n = root->first;
    while (n && n != root && keep_going(v)) {
        if (enter(v, n) && n->first) {
            n = n->first;
            continue;
        }
        while (n != root) {
            if (n->tag != TAG_TEXT && !n->dropped)
                leave(v, n);
            if (n->next) {
                n = n->next;
                break;
            }
            n = n->parent;
        }
    }
}

static okb_status latched(context *c)
{
    return c->host->progress(c->job, 1, 1);
}

okb_status convert_document(context *c)
{
    conv v = {.c = c, .arena = &c->doc->arena};
    find_footnotes(c->doc);
    v.base = url_resolve(v.arena, c->base_url, c->doc->base);
    v.md = okb_md_new_for_host(c->host, c->job);
    walk(&v, c->doc->root);
    flush_code(&v);
    okb_status status = okb_md_finish(v.md);
    if (status == OKB_OK && (v.code_text.failed || v.arena->failed))
        status = OKB_E_NOMEM;
    okb_md_free(v.md);
    buffer_free(&v.code_text);
    free_images(&v);
    return status == OKB_OK ? latched(c) : status;
}
