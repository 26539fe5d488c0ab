/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Counting: one walk down and up.
 */
#include "content.h"

#define MIN_PROSE 40 /* bytes in an element's own lines */

double link_density(const figures *f)
{
    return f->text ? (double)f->link_text / f->text : 0;
}

static void count_text(figures *f, okb_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        f->text += !is_space(s.data[i]);
        f->commas += s.data[i] == ',';
    }
    f->own_text = f->text;
    const char *p = s.data, *end = s.data + s.len;
    for (; p && p < end && (p = memchr(p, 0xef, (size_t)(end - p))); p++)
        f->commas += end - p >= 3 && memcmp(p, "\xef\xbc\x8c", 3) == 0; /* the wide comma */
    f->own_commas = f->commas;
}

static void add(figures *to, const figures *f)
{
    to->text += f->text;
    to->link_text += f->link_text;
    to->commas += f->commas;
    to->paragraphs += f->paragraphs;
    to->links += f->links;
    to->code += f->code;
    to->prose += f->prose;
}

static void add_own(figures *to, const figures *f)
{
    to->own_text += f->own_text;
    to->own_link_text += f->own_link_text;
    to->own_commas += f->own_commas;
    to->own_breaks += f->own_breaks;
}

/* Lines of some length that are not mostly links. */
static void count_prose(figures *f)
{
    if (f->own_text >= MIN_PROSE && f->own_link_text * 2 < f->own_text)
        f->prose += f->own_text - f->own_link_text;
}

/* What the element itself adds, its content counted. */
static void count_element(figures *f, tag_id tag)
{
    switch (tag) {
    case TAG_P:
        f->paragraphs += f->text > 20;
        break;
    case TAG_A:
        f->links++;
        f->link_text = f->text;
        f->own_link_text = f->own_text;
        break;
    case TAG_BR:
        f->own_breaks++;
        break;
    case TAG_PRE:
    case TAG_CODE:
        f->code++;
        break;
    default:
        break;
    }
}

static void finish(selection *s, const node *n)
{
    figures *f = figures_of(s, n);
    if (n->tag == TAG_TEXT)
        count_text(f, n->text);
    else
        count_element(f, n->tag);
    bool block = n->tag != TAG_TEXT && (tag_flags[n->tag] & TAG_IS_BLOCK);
    if (block)
        count_prose(f);
    else
        add_own(figures_of(s, n->parent), f);
    add(figures_of(s, n->parent), f);
}

/* Text that is none: measured as nothing. */
static bool is_opaque(const node *n)
{
    return n->dropped || n->tag == TAG_TITLE || n->tag == TAG_TEMPLATE || n->tag == TAG_SVG ||
           n->tag == TAG_NOSCRIPT || n->tag == TAG_SELECT || n->tag == TAG_SCRIPT ||
           n->tag == TAG_STYLE;
}

bool measure(selection *s)
{
    document *doc = s->doc;
    if (!s->all) {
        s->n = doc->n_nodes + 1;
        s->all = arena_alloc(&doc->arena, s->n * sizeof *s->all);
        if (!s->all)
            return false;
    }
    memset(s->all, 0, s->n * sizeof *s->all);
    uint32_t index = 0;
    for (node *n = doc->root;;) {
        n->index = index++;
        if (n->first && !is_opaque(n)) {
            n = n->first;
            continue;
        }
        for (; n != doc->root; n = n->parent) {
            if (!is_opaque(n))
                finish(s, n);
            if (n->next)
                break;
        }
        if (n == doc->root)
            return true;
        n = n->next;
    }
}
