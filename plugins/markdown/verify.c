/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Each destination to be changed becomes a token of its own: a word that does not occur in the
 * text and means nothing to Markdown. A token must turn up where its kind of destination can,
 * and stand for the bytes that were there; all the rest of both trees must be equal.
 */
#include "verify.h"
#include "parse.h"
#include "url.h"

#include <cmark-gfm-extension_api.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PREFIX_LEN 6u
#define TOKEN_LEN  (PREFIX_LEN + 8u)

typedef struct {
    md_arena *arena;
    const char *text;
    const md_targets *targets;
    char prefix[PREFIX_LEN + 1];
    size_t suspect;   /* the target to blame when something differs */
    bool definitions; /* whether any of the targets is one */
    struct {
        bool *items;
        size_t count, capacity;
    } wanted; /* of each node that can have inlines, whether they are parsed */
    size_t asked;
} check;

/* ---- Tokens ------------------------------------------------------------------------------ */

static bool choose_prefix(check *c, size_t len)
{
    strcpy(c->prefix, "OkbTaZ");
    for (char letter = 'a'; letter <= 'z'; letter++) {
        c->prefix[4] = letter;
        if (!memmem(c->text, len, c->prefix, PREFIX_LEN))
            return true;
    }
    return false;
}

/* The target a token at `p` stands for, or the number of targets. */
static size_t token_target(const check *c, const char *p)
{
    size_t index = 0;
    for (size_t i = PREFIX_LEN; i < TOKEN_LEN; i++) {
        if (p[i] < 'a' || p[i] > 'p')
            return c->targets->count;
        index = index << 4 | (size_t)(p[i] - 'a');
    }
    return index < c->targets->count ? index : c->targets->count;
}

static void put_token(const check *c, char *out, size_t index)
{
    memcpy(out, c->prefix, PREFIX_LEN);
    for (size_t i = TOKEN_LEN; i-- > PREFIX_LEN; index >>= 4)
        out[i] = (char)('a' + (index & 15));
}

static const char *with_tokens(const check *c, size_t len, size_t *new_len)
{
    const md_targets *t = c->targets;
    char *out = md_grow(c->arena, NULL, len + t->count * TOKEN_LEN + 1);
    size_t n = 0, at = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (!t->items[i].asset)
            continue;
        memcpy(out + n, c->text + at, t->items[i].start - at);
        n += t->items[i].start - at;
        put_token(c, out + n, i);
        n += TOKEN_LEN;
        at = t->items[i].end;
    }
    memcpy(out + n, c->text + at, len - at);
    *new_len = n + len - at;
    return out;
}

/* ---- Parsing ----------------------------------------------------------------------------- */

/* In the changed text: what holds a token, or may hold a reference to a definition that does.
 * The nodes of the text as it was are treated like those in the same place. */
static bool holds_token(void *context, cmark_node *node)
{
    check *c = context;
    const char *content = cmark_node_get_string_content(node);
    bool wanted = strstr(content, c->prefix) || (c->definitions && strchr(content, '['));
    *MD_PUSH(c->arena, &c->wanted) = wanted;
    return wanted;
}

static bool was_wanted(void *context, cmark_node *node)
{
    check *c = context;
    (void)node;
    return c->asked < c->wanted.count && c->wanted.items[c->asked++];
}

/* ---- Comparing --------------------------------------------------------------------------- */

static bool equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* `after` is `before` but for tokens of `kind`, which stand for their bytes. */
static bool equal_text(check *c, const char *before, const char *after, md_target_kind kind)
{
    if (!before || !after)
        return before == after;
    for (const char *token; (token = strstr(after, c->prefix));) {
        size_t index = token_target(c, token), lead = (size_t)(token - after);
        if (index == c->targets->count)
            return false;
        c->suspect = index;
        const md_target *t = &c->targets->items[index];
        size_t raw = t->end - t->start;
        if (t->kind != kind || strncmp(before, after, lead) != 0 ||
            strncmp(before + lead, c->text + t->start, raw) != 0)
            return false;
        before += lead + raw;
        after = token + TOKEN_LEN;
    }
    return strcmp(before, after) == 0;
}

static bool equal_url(check *c, const char *before, const char *after, md_target_kind kind)
{
    const char *token = after ? strstr(after, c->prefix) : NULL;
    if (!token)
        return equal(before, after);
    size_t index = token_target(c, token);
    if (index == c->targets->count)
        return false;
    c->suspect = index;
    if (token != after || strlen(after) != TOKEN_LEN)
        return false;
    const md_target *t = &c->targets->items[index];
    return (t->kind == kind || t->kind == MD_DEFINITION) &&
           equal(before,
                 md_url_clean(c->arena, t->kind, c->text + t->start, t->end - t->start));
}

static bool equal_list(cmark_node *a, cmark_node *b)
{
    return cmark_node_get_list_type(a) == cmark_node_get_list_type(b) &&
           cmark_node_get_list_start(a) == cmark_node_get_list_start(b) &&
           cmark_node_get_list_tight(a) == cmark_node_get_list_tight(b);
}

/* Another kind of node than before: the token it holds is to blame. */
static bool blame(check *c, cmark_node *b)
{
    const char *held[] = {cmark_node_get_literal(b), cmark_node_get_url(b)};
    for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
        const char *token = held[i] ? strstr(held[i], c->prefix) : NULL;
        size_t index = token ? token_target(c, token) : c->targets->count;
        if (index < c->targets->count)
            c->suspect = index;
    }
    return false;
}

static bool equal_node(check *c, cmark_node *a, cmark_node *b)
{
    cmark_node_type type = cmark_node_get_type(a);
    if (type != cmark_node_get_type(b))
        return blame(c, b);
    if (md_is_unparsed(a) || md_is_unparsed(b))
        return md_is_unparsed(a) && md_is_unparsed(b) &&
               equal(cmark_node_get_string_content(a), cmark_node_get_string_content(b));
    switch (type) {
    case CMARK_NODE_TEXT:
        return equal_text(c, cmark_node_get_literal(a), cmark_node_get_literal(b), MD_WIKI);
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
        return equal_text(c, cmark_node_get_literal(a), cmark_node_get_literal(b), MD_HTML);
    case CMARK_NODE_CODE_BLOCK:
        return equal(cmark_node_get_literal(a), cmark_node_get_literal(b)) &&
               equal(cmark_node_get_fence_info(a), cmark_node_get_fence_info(b));
    case CMARK_NODE_CODE:
        return equal(cmark_node_get_literal(a), cmark_node_get_literal(b));
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        return equal(cmark_node_get_title(a), cmark_node_get_title(b)) &&
               equal_url(c, cmark_node_get_url(a), cmark_node_get_url(b),
                         type == CMARK_NODE_LINK ? MD_LINK : MD_IMAGE);
    case CMARK_NODE_HEADING:
        return cmark_node_get_heading_level(a) == cmark_node_get_heading_level(b);
    case CMARK_NODE_LIST:
        return equal_list(a, b);
    default:
        return true;
    }
}

static bool equal_trees(check *c, cmark_node *before, cmark_node *after)
{
    cmark_iter *a = cmark_iter_new(before), *b = cmark_iter_new(after);
    cmark_event_type event;
    do {
        event = cmark_iter_next(a);
        if (event != cmark_iter_next(b))
            return false;
        if (event == CMARK_EVENT_ENTER &&
            !equal_node(c, cmark_iter_get_node(a), cmark_iter_get_node(b)))
            return false;
    } while (event != CMARK_EVENT_DONE);
    return true;
}

size_t md_verify(md_arena *arena, const char *text, size_t len, const md_targets *targets)
{
    check c = {.arena = arena, .text = text, .targets = targets, .suspect = targets->count};
    md_lines lines = {0};
    size_t new_len;
    for (size_t i = targets->count; i-- > 0;)
        if (targets->items[i].asset) {
            c.suspect = i;
            c.definitions |= targets->items[i].kind == MD_DEFINITION;
        }
    if (c.suspect == targets->count || !choose_prefix(&c, len))
        return c.suspect;
    const char *changed = with_tokens(&c, len, &new_len);
    cmark_node *after = md_parse(arena, changed, new_len, holds_token, &c, &lines);
    lines.count = 0;
    cmark_node *before = md_parse(arena, text, len, was_wanted, &c, &lines);
    return equal_trees(&c, before, after) ? targets->count : c.suspect;
}
