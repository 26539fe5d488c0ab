/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Inline calls become tokens. White space is settled here: a blank is only remembered
 * (`space_due`) until content follows, and then written before the spans that were opened
 * since, so that no span begins or ends with one. The last `n_fresh` tokens are such openings;
 * one that ends without content is taken back.
 */
#include "writer.h"

#include <string.h>

#define MAX_BLOCK (UINT32_MAX / 4)
#define STEP      8
#define EACH(c)   (UINT64_C(0x0101010101010101) * (c))

/* ---- Tokens ------------------------------------------------------------------------------ */

slice okb_md_keep(okb_md *md, okb_str s)
{
    slice kept = {(uint32_t)md->text.len, (uint32_t)s.len};
    if (s.len > MAX_BLOCK || md->text.len > MAX_BLOCK)
        okb_md_latch(md, OKB_E_LIMIT);
    else if (!bytes_append(&md->text, s.data, s.len))
        okb_md_latch(md, OKB_E_NOMEM);
    return kept;
}

static token *add_token(okb_md *md, token_kind kind)
{
    if (!array_reserve(&md->tokens, md->n_tokens, &md->cap_tokens, sizeof *md->tokens)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return NULL;
    }
    token *t = &md->tokens[md->n_tokens++];
    *t = (token){.kind = (uint8_t)kind};
    return t;
}

void okb_md_reset_inline(okb_md *md)
{
    md->text.len = 0;
    md->n_tokens = md->n_open = md->n_fresh = 0;
    md->space_due = md->in_link = false;
    md->breaks_due = 0;
}

/* ---- Blanks, breaks and openings that wait for content ----------------------------------- */

static bool ends_text(const okb_md *md, size_t n_tokens)
{
    if (n_tokens == 0)
        return false;
    const token *t = &md->tokens[n_tokens - 1];
    return t->kind == TOKEN_TEXT && t->a.at + t->a.len == md->text.len;
}

/* Put a token before those still fresh. */
static void insert_token(okb_md *md, token_kind kind, const char *text)
{
    size_t at = md->n_tokens - md->n_fresh;
    if (kind == TOKEN_TEXT && ends_text(md, at)) {
        okb_md_keep(md, (okb_str){text, 1});
        md->tokens[at - 1].a.len++;
        return;
    }
    slice kept = okb_md_keep(md, (okb_str){text, strlen(text)});
    if (!add_token(md, kind))
        return;
    memmove(&md->tokens[at + 1], &md->tokens[at], md->n_fresh * sizeof *md->tokens);
    md->tokens[at] = (token){.kind = (uint8_t)kind, .a = kept, .count = md->breaks_due};
    for (size_t i = 0; i < md->n_fresh; i++)
        md->open[md->n_open - 1 - i]++;
}

/* Content follows: what waited for it goes in. */
static void content(okb_md *md)
{
    if (md->n_tokens > md->n_fresh) {
        if (md->breaks_due)
            insert_token(md, TOKEN_BREAK, "");
        else if (md->space_due)
            insert_token(md, TOKEN_TEXT, " ");
    }
    md->breaks_due = 0;
    md->space_due = false;
    md->n_fresh = 0;
}

/* Whether there is a leaf to write into; opens a paragraph when there is none. */
static bool inline_ready(okb_md *md)
{
    if (!okb_md_ok(md))
        return false;
    if (md->leaf == LEAF_NONE && md->table.aligns)
        okb_md_cell_begin(md);
    else if (md->leaf == LEAF_NONE)
        okb_md_paragraph_begin(md);
    return okb_md_ok(md);
}

static token *add_content(okb_md *md, token_kind kind)
{
    if (!inline_ready(md))
        return NULL;
    content(md);
    return okb_md_ok(md) ? add_token(md, kind) : NULL;
}

/* ---- Text -------------------------------------------------------------------------------- */

static bool is_blank(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copies while there are no blanks; may write STEP bytes more than it returns. */
static size_t copy_word(char *to, const char *s, size_t len)
{
    size_t i = 0;
    for (; i + STEP <= len; i += STEP) {
        uint64_t word;
        memcpy(&word, s + i, STEP);
        memcpy(to + i, &word, STEP);
        if ((word - EACH(' ' + 1)) & ~word & EACH(0x80)) /* a byte up to ' ' */
            break;
    }
    for (; i < len && (unsigned char)s[i] > ' '; i++)
        to[i] = s[i];
    return i;
}

/* Append words joined by single spaces; other controls are dropped. */
static void append_words(okb_md *md, const char *s, size_t len)
{
    char *to = md->text.data + md->text.len;
    for (size_t i = 0; i < len;) {
        if (md->space_due)
            *to++ = ' ';
        md->space_due = false;
        size_t n = copy_word(to, s + i, len - i);
        to += n;
        i += n;
        for (; i < len && (unsigned char)s[i] <= ' '; i++)
            md->space_due |= is_blank((unsigned char)s[i]);
    }
    md->text.len = (size_t)(to - md->text.data);
}

void okb_md_text(okb_md *md, okb_str text)
{
    if (!okb_md_ok(md) || text.len == 0)
        return;
    size_t skip = 0;
    for (; skip < text.len && (unsigned char)text.data[skip] <= ' '; skip++)
        md->space_due |= is_blank((unsigned char)text.data[skip]);
    text.data += skip;
    text.len -= skip;
    if (text.len == 0 || !inline_ready(md))
        return;
    content(md);
    if (text.len > MAX_BLOCK || md->text.len > MAX_BLOCK) {
        okb_md_latch(md, OKB_E_LIMIT);
        return;
    }
    if (!bytes_reserve(&md->text, text.len + 1 + STEP)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return;
    }
    if (!ends_text(md, md->n_tokens)) {
        token *t = add_token(md, TOKEN_TEXT);
        if (!t)
            return;
        t->a.at = (uint32_t)md->text.len;
    }
    append_words(md, text.data, text.len);
    token *t = &md->tokens[md->n_tokens - 1];
    t->a.len = (uint32_t)md->text.len - t->a.at;
}

/* ---- Spans and links --------------------------------------------------------------------- */

static bool push_open(okb_md *md, size_t index)
{
    if (!array_reserve(&md->open, md->n_open, &md->cap_open, sizeof *md->open)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return false;
    }
    md->open[md->n_open++] = (uint32_t)index;
    return true;
}

void okb_md_span_begin(okb_md *md, okb_md_span span)
{
    if (!inline_ready(md))
        return;
    token *last = md->n_tokens ? &md->tokens[md->n_tokens - 1] : NULL;
    if (last && last->kind == TOKEN_CLOSE && last->span == span && !md->space_due &&
        !md->breaks_due) { /* </b><b>: the span goes on */
        push_open(md, last->mate);
        md->n_tokens--;
        return;
    }
    token *t = add_token(md, TOKEN_OPEN);
    if (!t)
        return;
    t->span = (uint8_t)span;
    if (push_open(md, md->n_tokens - 1))
        md->n_fresh++;
}

static void take_back_opening(okb_md *md)
{
    md->n_open--;
    md->n_tokens--;
    md->n_fresh--;
}

static void close_top(okb_md *md)
{
    const token *top = &md->tokens[md->open[md->n_open - 1]];
    bool is_link = top->kind == TOKEN_LINK;
    if (is_link)
        md->in_link = false;
    if (md->n_fresh && is_link && top->a.len)
        content(md); /* a link may be empty: it is content itself */
    if (md->n_fresh) {
        take_back_opening(md);
        return;
    }
    uint32_t index = md->open[--md->n_open];
    token *t = add_token(md, is_link ? TOKEN_LINK_END : TOKEN_CLOSE);
    if (!t)
        return;
    t->span = md->tokens[index].span;
    t->mate = index;
    md->tokens[index].mate = (uint32_t)md->n_tokens - 1;
}

void okb_md_close_spans(okb_md *md)
{
    while (md->n_open && okb_md_ok(md))
        close_top(md);
}

/* Close the innermost opening of this kind and all within it. */
static void close_matching(okb_md *md, token_kind kind, okb_md_span span)
{
    size_t i = md->n_open;
    while (i > 0) {
        const token *t = &md->tokens[md->open[i - 1]];
        if (t->kind == kind && (kind == TOKEN_LINK || t->span == span))
            break;
        i--;
    }
    if (i == 0)
        return;
    while (md->n_open >= i && okb_md_ok(md))
        close_top(md);
}

void okb_md_span_end(okb_md *md, okb_md_span span)
{
    if (okb_md_ok(md) && md->leaf != LEAF_NONE)
        close_matching(md, TOKEN_OPEN, span);
}

void okb_md_link_begin(okb_md *md, okb_str url, okb_str title)
{
    if (!inline_ready(md) || md->in_link)
        return;
    slice kept_url = okb_md_keep(md, url), kept_title = okb_md_keep(md, title);
    token *t = okb_md_ok(md) ? add_token(md, TOKEN_LINK) : NULL;
    if (!t)
        return;
    t->a = kept_url;
    t->b = kept_title;
    if (push_open(md, md->n_tokens - 1))
        md->n_fresh++;
    md->in_link = true;
}

void okb_md_link_end(okb_md *md)
{
    if (okb_md_ok(md) && md->leaf != LEAF_NONE)
        close_matching(md, TOKEN_LINK, 0);
}

/* ---- Everything else --------------------------------------------------------------------- */

static void add_string(okb_md *md, token_kind kind, okb_str s)
{
    if (s.len == 0 || !inline_ready(md))
        return;
    content(md);
    slice kept = okb_md_keep(md, s);
    token *t = okb_md_ok(md) ? add_token(md, kind) : NULL;
    if (t)
        t->a = kept;
}

void okb_md_autolink(okb_md *md, okb_str url)
{
    okb_md_link_begin(md, url, (okb_str){NULL, 0});
    okb_md_text(md, url);
    okb_md_link_end(md);
}

/* Code that follows code directly is joined to it: two spans cannot touch. */
void okb_md_code(okb_md *md, okb_str code)
{
    if (!inline_ready(md))
        return;
    token *last = md->n_tokens ? &md->tokens[md->n_tokens - 1] : NULL;
    bool touches = last && last->kind == TOKEN_CODE && !md->space_due && !md->breaks_due &&
                   last->a.at + last->a.len == md->text.len;
    if (!touches) {
        add_string(md, TOKEN_CODE, code);
        return;
    }
    okb_md_keep(md, code);
    last->a.len += (uint32_t)code.len;
}

static void add_image(okb_md *md, okb_str url, okb_asset_id asset, okb_str alt, okb_str title)
{
    if (!add_content(md, TOKEN_IMAGE))
        return;
    size_t index = md->n_tokens - 1;
    slice a = okb_md_keep(md, alt), b = okb_md_keep(md, url), c = okb_md_keep(md, title);
    token *t = &md->tokens[index];
    t->flag = asset != 0;
    t->asset = asset;
    t->a = a;
    t->b = b;
    t->c = c;
}

void okb_md_image(okb_md *md, okb_str url, okb_str alt, okb_str title)
{
    add_image(md, url, 0, alt, title);
}

void okb_md_image_asset(okb_md *md, okb_asset_id asset, okb_str alt, okb_str title)
{
    if (okb_md_ok(md) && !md->sink.asset)
        okb_md_text(md, alt);
    else
        add_image(md, (okb_str){NULL, 0}, asset, alt, title);
}

void okb_md_break(okb_md *md)
{
    if (okb_md_ok(md) && md->leaf != LEAF_NONE && md->breaks_due < UINT32_MAX)
        md->breaks_due++;
}

void okb_md_footnote_ref(okb_md *md, okb_str label)
{
    add_string(md, TOKEN_NOTE, label);
}

void okb_md_html(okb_md *md, okb_str html)
{
    add_string(md, TOKEN_HTML, html);
}
