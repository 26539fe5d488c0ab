/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * How each span is spelled. Stars unless a span wraps exactly another one, where the inner
 * takes underscores; then CommonMark's own algorithm ("process emphasis") is played on the
 * delimiter runs, and every span that would not come out as meant is spelled with tags. So what
 * is written is right by construction, under both readings of Unicode symbols (see
 * characters.c).
 */
#include "writer.h"

#include <string.h>

#define MAX_ROUNDS 4

static uint32_t width(const token *t)
{
    return t->span == OKB_MD_EM ? 1 : 2;
}

static span_style style_of(const okb_md *md, const token *t)
{
    return t->kind == TOKEN_OPEN ? t->style : md->tokens[t->mate].style;
}

static bool is_delimiter(const okb_md *md, size_t i)
{
    const token *t = &md->tokens[i];
    return (t->kind == TOKEN_OPEN || t->kind == TOKEN_CLOSE) && style_of(md, t) != STYLE_TAG;
}

static char delimiter_char(const okb_md *md, const token *t)
{
    if (t->span == OKB_MD_STRIKE)
        return '~';
    return style_of(md, t) == STYLE_STAR ? '*' : '_';
}

/* ---- What stands beside a run ------------------------------------------------------------ */

/*
 * How a parser may read: whether Unicode symbols are punctuation (since CommonMark 0.31),
 * whether stars look past tildes for their neighbours (GitHub's do), and whether a search in
 * vain counts for runs that can open and those that cannot alike (before CommonMark 0.30).
 */
typedef struct {
    bool symbols_punctuate, past_tildes, shared_bottoms;
    bool saw_symbol, saw_tilde, saw_bottom; /* found: the other reading matters */
} reading;

static bool is_tilde(const okb_md *md, size_t i)
{
    return is_delimiter(md, i) && delimiter_char(md, &md->tokens[i]) == '~';
}

static char_class read_class(reading *r, char_class c)
{
    r->saw_symbol |= c == CHAR_SYMBOL;
    return c == CHAR_SYMBOL && r->symbols_punctuate ? CHAR_PUNCTUATION : c;
}

/* Before token i, the first of its run. */
static char_class class_left(const okb_md *md, size_t i, reading *r)
{
    bool tilde = is_tilde(md, i);
    for (; i > 0 && !tilde && is_tilde(md, i - 1); i--) {
        r->saw_tilde = true;
        if (!r->past_tildes)
            return CHAR_PUNCTUATION;
    }
    if (i == 0)
        return CHAR_SPACE;
    const token *t = &md->tokens[i - 1];
    if (t->kind == TOKEN_BREAK)
        return md->leaf_rendered == LEAF_PARAGRAPH ? CHAR_SPACE : CHAR_PUNCTUATION;
    if (t->kind != TOKEN_TEXT)
        return CHAR_PUNCTUATION;
    return read_class(r, okb_md_class_before(md->text.data + t->a.at, t->a.len));
}

/* After token i, the last of its run. */
static char_class class_right(const okb_md *md, size_t i, reading *r)
{
    bool tilde = is_tilde(md, i);
    for (; i + 1 < md->n_tokens && !tilde && is_tilde(md, i + 1); i++) {
        r->saw_tilde = true;
        if (!r->past_tildes)
            return CHAR_PUNCTUATION;
    }
    if (i + 1 >= md->n_tokens)
        return CHAR_SPACE;
    const token *t = &md->tokens[i + 1];
    if (t->kind != TOKEN_TEXT)
        return CHAR_PUNCTUATION;
    return read_class(r, okb_md_class_after(md->text.data + t->a.at, t->a.len));
}

static void set_flanking(delimiter_run *run, char_class left, char_class right)
{
    bool left_space = left == CHAR_SPACE, right_space = right == CHAR_SPACE;
    bool left_punct = left == CHAR_PUNCTUATION, right_punct = right == CHAR_PUNCTUATION;
    bool opens = !right_space && (!right_punct || left_space || left_punct);
    bool closes = !left_space && (!left_punct || right_space || right_punct);
    run->can_open = run->ch == '_' ? opens && (!closes || left_punct) : opens;
    run->can_close = run->ch == '_' ? closes && (!opens || right_punct) : closes;
}

/* ---- The play ---------------------------------------------------------------------------- */

static void mark_bad(okb_md *md, uint32_t piece)
{
    token *t = &md->tokens[piece];
    if (t->kind == TOKEN_CLOSE)
        t = &md->tokens[t->mate];
    t->flag = true;
}

/* The run that begins with token i; returns the last token of it. */
static size_t add_run(okb_md *md, size_t i, reading *r)
{
    if (!array_reserve(&md->runs, md->n_runs, &md->cap_runs, sizeof *md->runs)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return i;
    }
    delimiter_run *run = &md->runs[md->n_runs++];
    *run = (delimiter_run){.ch = delimiter_char(md, &md->tokens[i]),
                           .piece = (uint32_t)md->n_pieces};
    char_class left = class_left(md, i, r);
    for (;; i++) {
        if (!array_reserve(&md->pieces, md->n_pieces, &md->cap_pieces, sizeof *md->pieces)) {
            okb_md_latch(md, OKB_E_NOMEM);
            return i;
        }
        md->pieces[md->n_pieces++] = (uint32_t)i;
        run->n_pieces++;
        run->length += width(&md->tokens[i]);
        if (i + 1 >= md->n_tokens || !is_delimiter(md, i + 1) ||
            delimiter_char(md, &md->tokens[i + 1]) != run->ch)
            break;
    }
    run->left = run->length;
    set_flanking(run, left, class_right(md, i, r));
    return i;
}

static bool may_match(const delimiter_run *opener, const delimiter_run *closer)
{
    if (opener->ch != closer->ch || !opener->can_open || opener->left == 0)
        return false;
    if (opener->ch == '~')
        return opener->length == closer->length;
    return !(closer->can_open || opener->can_close) || closer->length % 3 == 0 ||
           (opener->length + closer->length) % 3 != 0;
}

/* Take `use` characters off the inner ends; they must be the two ends of one span. */
static void consume(okb_md *md, delimiter_run *opener, delimiter_run *closer, uint32_t use)
{
    opener->left -= use;
    closer->left -= use;
    if (!opener->n_pieces || !closer->n_pieces)
        return;
    uint32_t from = md->pieces[opener->piece + --opener->n_pieces];
    uint32_t to = md->pieces[closer->piece++];
    closer->n_pieces--;
    if (md->tokens[to].kind != TOKEN_CLOSE || md->tokens[to].mate != from ||
        width(&md->tokens[to]) != use) {
        mark_bad(md, from);
        mark_bad(md, to);
    }
}

/* One closing run against the runs before it. `bottom`: below it no opener is left. */
static void match_closer(okb_md *md, int32_t at, int32_t *bottom)
{
    delimiter_run *closer = &md->runs[at];
    while (closer->left) {
        int32_t o = closer->before;
        while (o >= *bottom && !may_match(&md->runs[o], closer))
            o = md->runs[o].before;
        if (o < *bottom) {
            *bottom = at;
            return;
        }
        delimiter_run *opener = &md->runs[o];
        uint32_t use = closer->ch == '~'                        ? closer->left
                       : opener->left >= 2 && closer->left >= 2 ? 2
                                                                : 1;
        consume(md, opener, closer, use);
        closer->before = opener->left ? o : opener->before;
    }
}

static int kind_of_run(const delimiter_run *run, const reading *r)
{
    int ch = run->ch == '*' ? 0 : run->ch == '_' ? 1 : 2;
    return (ch * 2 + (run->can_open && !r->shared_bottoms)) * 3 + (int)(run->length % 3);
}

/* "Process emphasis" for the runs from `from` on, which are then forgotten. */
static void match_runs(okb_md *md, size_t from, reading *r)
{
    int32_t bottoms[18];
    for (size_t i = 0; i < 18; i++)
        bottoms[i] = (int32_t)from;
    int32_t top = -1; /* the last run still in play */
    for (size_t i = from; i < md->n_runs; i++) {
        delimiter_run *run = &md->runs[i];
        run->before = top;
        if (run->can_close)
            match_closer(md, (int32_t)i, &bottoms[kind_of_run(run, r)]);
        r->saw_bottom |= run->can_close && run->left;
        top = run->left && run->can_open ? (int32_t)i : run->before;
    }
    for (size_t i = from; i < md->n_runs; i++)
        for (uint32_t k = 0; k < md->runs[i].n_pieces; k++)
            mark_bad(md, md->pieces[md->runs[i].piece + k]);
    md->n_runs = from;
}

static void play(okb_md *md, reading *r)
{
    size_t scope = 0;
    md->n_runs = md->n_pieces = 0;
    for (size_t i = 0; i < md->n_tokens && okb_md_ok(md); i++) {
        if (md->tokens[i].kind == TOKEN_LINK)
            scope = md->n_runs;
        else if (md->tokens[i].kind == TOKEN_LINK_END)
            match_runs(md, scope, r);
        else if (is_delimiter(md, i))
            i = add_run(md, i, r);
    }
    match_runs(md, 0, r);
}

/* Under every reading that differs here. */
static void play_all(okb_md *md)
{
    reading seen = {0};
    play(md, &seen);
    for (int other = 1; other < 8; other++) {
        reading r = {.symbols_punctuate = other & 1,
                     .past_tildes = other & 2,
                     .shared_bottoms = other & 4};
        bool same = (r.symbols_punctuate && !seen.saw_symbol) ||
                    (r.past_tildes && !seen.saw_tilde) ||
                    (r.shared_bottoms && !seen.saw_bottom);
        if (same)
            continue;
        play(md, &r);
        seen.saw_bottom |= r.saw_bottom;
    }
}

/* ---- Choosing ---------------------------------------------------------------------------- */

/* A span that wraps exactly one other: `***x***` is emphasis around strong, all else
 * alternates. */
static span_style first_choice(const okb_md *md, size_t i)
{
    const token *t = &md->tokens[i];
    const token *outer = i > 0 ? &md->tokens[i - 1] : NULL;
    if (!outer || outer->kind != TOKEN_OPEN || outer->mate != t->mate + 1)
        return STYLE_STAR;
    if (t->span == OKB_MD_STRIKE || outer->span == OKB_MD_STRIKE)
        return t->span == outer->span ? STYLE_TAG : STYLE_STAR;
    if (outer->span == OKB_MD_EM && t->span == OKB_MD_STRONG)
        return outer->style == STYLE_TAG ? STYLE_STAR : outer->style;
    return outer->style == STYLE_STAR ? STYLE_UNDERSCORE : STYLE_STAR;
}

static bool replace_bad(okb_md *md, bool all)
{
    bool any = false;
    for (size_t i = 0; i < md->n_tokens; i++) {
        token *t = &md->tokens[i];
        if (t->kind != TOKEN_OPEN || !(t->flag || all))
            continue;
        t->style = STYLE_TAG;
        t->flag = false;
        any = true;
    }
    return any;
}

void okb_md_choose_styles(okb_md *md)
{
    bool any = false;
    for (size_t i = 0; i < md->n_tokens; i++) {
        if (md->tokens[i].kind != TOKEN_OPEN)
            continue;
        md->tokens[i].style = (uint8_t)first_choice(md, i);
        any = true;
    }
    if (!any)
        return;
    for (int round = 0; round < MAX_ROUNDS && okb_md_ok(md); round++) {
        play_all(md);
        if (!replace_bad(md, false))
            return;
    }
    replace_bad(md, true);
}
