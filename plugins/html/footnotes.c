/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Footnotes, where that is sure: a short link that looks like a mark leads to a block, and a
 * link in that block leads back to it. Generators name and nest these things in a dozen ways,
 * but they all link both ways.
 *
 * A note is marked MARK_NOTE and its references MARK_NOTE_REF, both with the note's number in
 * `index`; a list of nothing but notes is MARK_NOTES; links back are dropped. Walking through
 * notes for links back has a budget, so that all is linear however notes are nested.
 */
#include "convert.h"

#include <ctype.h>
#include <stdio.h>

#define MAX_MARKER 8 /* bytes of text in a reference: "[12]", "†" */
#define MAX_PROBES 64

typedef struct {
    okb_str name;
    node *node; /* NULL when free */
} named;

typedef struct {
    named *slots; /* open addressing; NULL for lack of memory */
    size_t n;
} table;

typedef struct {
    document *doc;
    buffer refs;   /* node *: links that may be references */
    table blocks;  /* by id */
    table origins; /* references by what leads back to them */
    size_t budget; /* nodes that may still be looked at */
    uint32_t n_notes;
} search;

static node *ref_at(const search *s, size_t i)
{
    node *n;
    memcpy(&n, s->refs.data + i * sizeof n, sizeof n);
    return n;
}

static size_t n_refs(const search *s)
{
    return s->refs.len / sizeof(node *);
}

/* ---- References -------------------------------------------------------------------------- */

/* Whether all text in it is a mark: short and without blanks. */
static bool is_marker(const node *a, bool *bracketed)
{
    size_t len = 0;
    bool any = false;
    for (const node *n = node_next(a, a); n; n = node_next(n, a)) {
        if (n->tag != TAG_TEXT && n->tag != TAG_SUP && n->tag != TAG_SPAN)
            return false;
        okb_str s = n->tag == TAG_TEXT ? str_trim(n->text) : (okb_str){"", 0};
        if (s.len && !any)
            *bracketed = s.data[0] == '[';
        any |= s.len > 0;
        if ((len += s.len) > MAX_MARKER || (s.len && memchr(s.data, ' ', s.len)))
            return false;
    }
    return any;
}

static bool says_reference(const node *n)
{
    okb_str class = node_attr(n, ATTR_CLASS);
    return n->tag == TAG_SUP || str_is_nocase(node_attr(n, ATTR_ROLE), "doc-noteref") ||
           str_has_nocase(class, "footnote") || str_has_nocase(class, "noteref");
}

/* In a cell, heading or quote nothing can be defined; in code nothing is read. */
static bool is_within(const node *n, const tag_id *tags, size_t n_tags)
{
    for (n = n->parent; n; n = n->parent)
        for (size_t i = 0; i < n_tags; i++)
            if (n->tag == tags[i])
                return true;
    return false;
}

static bool is_reference(const node *a)
{
    okb_str href = node_attr(a, ATTR_HREF);
    bool bracketed = false;
    if (a->tag != TAG_A || href.len < 2 || href.data[0] != '#' || !is_marker(a, &bracketed))
        return false;
    return bracketed || says_reference(a) || node_find(a, TAG_SUP) || says_reference(a->parent);
}

/* ---- By name ------------------------------------------------------------------------ */

static bool may_be_note(const node *n)
{
    return n->tag == TAG_LI || n->tag == TAG_ASIDE || n->tag == TAG_DIV || n->tag == TAG_P ||
           n->tag == TAG_DT || n->tag == TAG_DD;
}

static size_t hash(okb_str s)
{
    size_t h = 0xcbf29ce484222325;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.data[i]) * 0x100000001b3;
    return h ^ h >> 29;
}

static bool same(okb_str a, okb_str b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The slot of this name, or the free one where it would be; NULL when too many collide. */
static named *slot_of(const table *t, okb_str name)
{
    size_t at = hash(name);
    for (int i = 0; i < MAX_PROBES; i++, at++) {
        named *slot = &t->slots[at & (t->n - 1)];
        if (!slot->node || same(slot->name, name))
            return slot;
    }
    return NULL;
}

static void enter(const table *t, okb_str name, node *n)
{
    named *slot = name.len ? slot_of(t, name) : NULL;
    if (slot && !slot->node)
        *slot = (named){name, n};
}

static node *look_up(const table *t, okb_str href)
{
    named *slot = slot_of(t, (okb_str){href.data + 1, href.len - 1});
    return slot ? slot->node : NULL;
}

static table make_table(search *s, size_t n_names)
{
    table t = {.n = 64};
    while (t.n < 2 * n_names)
        t.n *= 2;
    t.slots = arena_alloc(&s->doc->arena, t.n * sizeof *t.slots);
    if (t.slots)
        memset(t.slots, 0, t.n * sizeof *t.slots);
    return t;
}

static void index_origins(search *s)
{
    for (size_t i = 0; i < n_refs(s); i++) {
        node *ref = ref_at(s, i), *outer = ref->parent, *inner = ref->first;
        const node *const all[] = {ref, outer, outer->parent, inner};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            if (all[k] && all[k]->tag != TAG_TEXT) {
                enter(&s->origins, node_attr(all[k], ATTR_ID), ref);
                enter(&s->origins, node_attr(all[k], ATTR_NAME), ref);
            }
    }
}

static bool index_names(search *s)
{
    node *root = s->doc->root;
    s->blocks = make_table(s, s->doc->n_nodes);
    s->origins = make_table(s, 8 * n_refs(s));
    if (!s->blocks.slots || !s->origins.slots)
        return false;
    for (node *n = root->first; n; n = n->dropped ? node_skip(n, root) : node_next(n, root))
        if (may_be_note(n) && !n->dropped)
            enter(&s->blocks, node_attr(n, ATTR_ID), n);
    index_origins(s);
    return true;
}

/* ---- Links back -------------------------------------------------------------------------- */

static bool has_name(const node *n, okb_str name)
{
    return same(node_attr(n, ATTR_ID), name) || same(node_attr(n, ATTR_NAME), name);
}

static bool leads_to(const node *back, const node *ref)
{
    okb_str href = node_attr(back, ATTR_HREF);
    if (back->tag != TAG_A || href.len < 2 || href.data[0] != '#')
        return false;
    okb_str name = {href.data + 1, href.len - 1};
    const node *outer = ref->parent, *outmost = outer->parent ? outer->parent : outer;
    return has_name(ref, name) || has_name(outer, name) || has_name(outmost, name) ||
           (ref->first && ref->first->tag != TAG_TEXT && has_name(ref->first, name));
}

static bool links_back(search *s, const node *note, const node *ref)
{
    for (const node *n = note; n && s->budget; n = node_next(n, note), s->budget--)
        if (leads_to(n, ref))
            return true;
    return false;
}

static bool is_short(search *s, const node *top)
{
    size_t len = 0;
    for (const node *n = top; n && s->budget && len <= MAX_MARKER; n = node_next(n, top)) {
        s->budget--;
        if (n->tag == TAG_TEXT)
            len += str_trim(n->text).len;
    }
    return len <= MAX_MARKER;
}

static bool is_frame_of_back(search *s, const node *n)
{
    bool inline_element = n->tag == TAG_SPAN || n->tag == TAG_SUP || n->tag == TAG_B ||
                          n->tag == TAG_SMALL || n->tag == TAG_STRONG;
    return inline_element &&
           (str_has_nocase(node_attr(n, ATTR_CLASS), "backlink") || is_short(s, n));
}

/* The blank that does not break before an arrow goes with it. */
static void trim_before(node *n)
{
    node *text = n->prev;
    okb_str s = text && text->tag == TAG_TEXT ? str_trim(text->text) : (okb_str){NULL, 0};
    if (s.len >= 2 && memcmp(s.data + s.len - 2, "\xc2\xa0", 2) == 0)
        text->text = (okb_str){s.data, s.len - 2};
}

static bool has_letters(const node *a)
{
    for (const node *n = node_next(a, a); n; n = node_next(n, a))
        for (size_t i = 0; n->tag == TAG_TEXT && i < n->text.len; i++)
            if (isalnum((unsigned char)n->text.data[i]))
                return true;
    return false;
}

/* "3" may lead to section 3, an arrow only back. */
static bool is_link_back(const search *s, const node *a)
{
    okb_str href = node_attr(a, ATTR_HREF);
    bool bracketed;
    if (a->tag != TAG_A || href.len == 0 || href.data[0] != '#')
        return false;
    return !a->first ||
           (is_marker(a, &bracketed) && (!has_letters(a) || look_up(&s->origins, href)));
}

/* In a note, links to where it is referred to from, and what only frames them. */
static void drop_links_back(search *s, node *note)
{
    for (node *n = note; n && s->budget; n = node_next(n, note), s->budget--) {
        if (!is_link_back(s, n))
            continue;
        node *top = n;
        while (top->parent != note && is_frame_of_back(s, top->parent))
            top = top->parent;
        top->dropped = true;
        trim_before(top);
    }
}

/* ---- Deciding ---------------------------------------------------------------------------- */

/* Sphinx puts the mark into the term, the note into its definition. */
static node *body_of(node *target)
{
    node *n = target;
    if (target->tag == TAG_DT)
        for (n = target->next; n && n->tag == TAG_TEXT;)
            n = n->next;
    return n && (target->tag != TAG_DT || n->tag == TAG_DD) ? n : NULL;
}

static node *target_of(const search *s, const node *ref)
{
    return look_up(&s->blocks, node_attr(ref, ATTR_HREF));
}

static void mark_reference(node *ref, const node *note)
{
    ref->index = note->index;
    ref->mark = MARK_NOTE_REF;
    if (ref->parent->tag == TAG_SUP)
        ref->parent->mark = MARK_NOTE_REF;
}

static void try_reference(search *s, node *ref)
{
    static const tag_id closed[] = {TAG_TD,  TAG_TH, TAG_LI,     TAG_BLOCKQUOTE, TAG_DD,
                                    TAG_PRE, TAG_H1, TAG_H2,     TAG_H3,         TAG_H4,
                                    TAG_H5,  TAG_H6, TAG_CAPTION};
    static const tag_id code[] = {TAG_PRE, TAG_CODE, TAG_KBD, TAG_SAMP, TAG_TT};
    node *target = target_of(s, ref), *note = target ? body_of(target) : NULL;
    if (!note || is_within(ref, code, sizeof code / sizeof *code) ||
        is_within(note, closed, sizeof closed / sizeof *closed))
        return;
    if (note->mark != MARK_NOTE) {
        if (!links_back(s, target, ref))
            return;
        note->index = ++s->n_notes;
        note->mark = MARK_NOTE;
        target->dropped = target != note;
    }
    mark_reference(ref, note);
}

/* A list some of whose items are notes and others not is a list. */
static bool is_all_notes(const node *list)
{
    for (const node *n = list->first; n; n = n->next)
        if (n->tag != TAG_TEXT && !n->dropped && n->mark != MARK_NOTE)
            return false;
    return true;
}

static bool is_list(const node *n)
{
    return n->tag == TAG_OL || n->tag == TAG_UL || n->tag == TAG_DL;
}

static void settle_notes(search *s)
{
    node *root = s->doc->root;
    for (node *n = root->first; n; n = node_next(n, root)) {
        if (n->mark != MARK_NOTE)
            continue;
        node *list = n->parent;
        if (is_list(list) && list->mark == MARK_NONE)
            list->mark = is_all_notes(list) ? MARK_NOTES : MARK_MIXED;
        if (is_list(list) && list->mark == MARK_MIXED)
            n->mark = MARK_MIXED;
        else
            drop_links_back(s, n);
    }
}

/* References of what turned out to be none are links again. */
static void settle_references(search *s)
{
    for (size_t i = 0; i < n_refs(s); i++) {
        node *ref = ref_at(s, i), *target = target_of(s, ref);
        node *note = target ? body_of(target) : NULL;
        if (ref->mark == MARK_NONE || !note || note->mark == MARK_NOTE)
            continue;
        ref->mark = MARK_NONE;
        if (ref->parent->mark == MARK_NOTE_REF) /* it may be a note itself */
            ref->parent->mark = MARK_NONE;
        target->dropped = false;
    }
}

void find_footnotes(document *doc)
{
    search s = {.doc = doc, .budget = 8 * doc->n_nodes};
    node *root = doc->root;
    for (node *n = doc->has_fragments ? root->first : NULL; n;) {
        if (!n->dropped && is_reference(n))
            buffer_add(&s.refs, (const char *)&n, sizeof n);
        n = n->dropped ? node_skip(n, root) : node_next(n, root);
    }
    if (n_refs(&s) && index_names(&s)) {
        for (size_t i = 0; i < n_refs(&s); i++)
            try_reference(&s, ref_at(&s, i));
        settle_notes(&s);
        settle_references(&s);
    }
    doc->arena.failed |= s.refs.failed;
    buffer_free(&s.refs);
}

/* ---- Writing ----------------------------------------------------------------------------- */

static okb_str label_of(const node *n, char text[static 16])
{
    int len = snprintf(text, 16, "%u", n->index);
    return (okb_str){text, (size_t)len};
}

void write_reference(conv *v, const node *n)
{
    char text[16];
    flush_code(v);
    conv_content(v);
    okb_md_footnote_ref(v->md, label_of(n, text));
}

void begin_note(conv *v, const node *n)
{
    char text[16];
    conv_boundary(v);
    okb_md_footnote_begin(v->md, label_of(n, text));
}

void end_note(conv *v)
{
    conv_boundary(v);
    okb_md_footnote_end(v->md);
}
