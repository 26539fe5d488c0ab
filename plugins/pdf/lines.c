/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A word joins the line whose core (the middle of the height of its main letters) it overlaps
 * most. Words come from top to bottom, so only the last few lines can be meant.
 */
#include "lines.h"

#include "bidi.h"
#include "unicode.h"

#include <math.h>
#include <stdlib.h>

enum { OPEN_LINES = 8 };

typedef struct {
    uint32_t word, line;
    float c0, c1, x0;
} entry;

typedef struct {
    float c0, c1, size;
    uint32_t first, last; /* entries between which its words stand */
} core;

static int by_top(const void *a, const void *b)
{
    const entry *p = a, *q = b;
    if (p->c0 + p->c1 != q->c0 + q->c1)
        return p->c0 + p->c1 < q->c0 + q->c1 ? -1 : 1;
    return p->word < q->word ? -1 : 1;
}

static int by_line(const void *a, const void *b)
{
    const entry *p = a, *q = b;
    if (p->line != q->line)
        return p->line < q->line ? -1 : 1;
    if (p->x0 != q->x0)
        return p->x0 < q->x0 ? -1 : 1;
    return p->word < q->word ? -1 : 1;
}

static uint32_t line_for(const GArray *cores, const entry *e)
{
    uint32_t best = UINT32_MAX;
    float most = 0.5F;
    for (guint i = cores->len > OPEN_LINES ? cores->len - OPEN_LINES : 0; i < cores->len; i++) {
        const core *c = &g_array_index(cores, core, i);
        float least = MIN(c->c1 - c->c0, e->c1 - e->c0);
        float share = least > 0 ? pdf_overlap(c->c0, c->c1, e->c0, e->c1) / least : 0;
        if (share > most)
            most = share, best = i;
    }
    return best;
}

enum { NO_LINE = G_MAXUINT32, MOST_SCRIPTS = 60 };

static bool right_behind(const pdf_word *a, const pdf_word *b, float em)
{
    float gap = b->box.x0 - a->box.x1;
    return gap > -0.1F * em && gap < 0.3F * em;
}

/* "12", "*": what may stand before a footnote. */
static bool is_mark(const pdf_page *page, const pdf_word *w)
{
    const char *s = page->text->str + w->text;
    for (uint32_t i = 0; i < w->len; i++)
        if (!g_ascii_isdigit(s[i]))
            return w->len == 1 || g_utf8_next_char(s) == s + w->len;
    return w->len <= 3;
}

/* A mark in front of its note stands further off. */
static bool marks_note(const pdf_page *page, const pdf_word *mark, const pdf_word *note)
{
    float gap = note->box.x0 - mark->box.x1;
    return gap > 0 && gap < 0.9F * note->size && note->box.y1 > mark->box.y1 &&
           is_mark(page, mark);
}

static bool hosts_script(const pdf_page *page, const entry *p, const entry *e,
                         const pdf_word *w)
{
    const pdf_word *v = WORD(page, p->word);
    return p->line != e->line && v->size > 1.15F * w->size &&
           (right_behind(v, w, v->size) || right_behind(w, v, v->size) ||
            marks_note(page, w, v)) &&
           pdf_overlap(w->box.y0, w->box.y1, v->box.y0, v->box.y1) > 0.3F * pdf_height(w->box);
}

/* The line whose word `e` is the superscript or subscript of; footnotes begin with theirs. */
static uint32_t host_of(const pdf_page *page, const entry *entries, uint32_t n, const entry *e)
{
    const pdf_word *w = WORD(page, e->word);
    const entry *end = entries + n;
    float reach = 3 * w->size; /* entries are in the order of their middles */
    for (const entry *p = e; p-- > entries && e->c0 + e->c1 - p->c0 - p->c1 < reach;)
        if (hosts_script(page, p, e, w))
            return p->line;
    for (const entry *p = e + 1; p < end && p->c0 + p->c1 - e->c0 - e->c1 < reach; p++)
        if (hosts_script(page, p, e, w))
            return p->line;
    return NO_LINE;
}

/* The hosts of a line's words, directly or by the word before; false when one has none. */
static bool find_hosts(const pdf_page *page, const entry *entries, uint32_t n,
                       const uint32_t *mine, uint32_t count, uint32_t *hosts)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        hosts[i] = host_of(page, entries, n, &entries[mine[i]]);
        found += hosts[i] != NO_LINE;
    }
    for (bool more = found > 0; more && found < count;) {
        more = false;
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t k = 0; k < count && hosts[i] == NO_LINE; k++) {
                const pdf_word *a = WORD(page, entries[mine[k]].word);
                const pdf_word *b = WORD(page, entries[mine[i]].word);
                if (hosts[k] != NO_LINE && right_behind(a, b, a->size)) {
                    hosts[i] = hosts[k];
                    more = true;
                    found++;
                }
            }
    }
    return found == count;
}

/* Lines of small words that all stand right behind larger ones are no lines. */
static void attach_scripts(const pdf_page *page, entry *entries, uint32_t n,
                           const GArray *cores)
{
    uint32_t mine[MOST_SCRIPTS], hosts[MOST_SCRIPTS];
    float largest = 0;
    for (guint k = 0; k < cores->len; k++)
        largest = MAX(largest, g_array_index(cores, core, k).size);
    for (guint line = 0; line < cores->len && n < 4000; line++) {
        uint32_t count = 0;
        const core *c = &g_array_index(cores, core, line);
        if (c->size * 1.15F > largest)
            continue;
        for (uint32_t i = c->first; i <= c->last && count < MOST_SCRIPTS; i++)
            if (entries[i].line == line)
                mine[count++] = i;
        if (count < MOST_SCRIPTS && find_hosts(page, entries, n, mine, count, hosts))
            for (uint32_t i = 0; i < count; i++)
                entries[mine[i]].line = hosts[i];
    }
}

static void assign_lines(pdf_page *page, entry *entries, uint32_t n)
{
    g_autoptr(GArray) cores = g_array_new(FALSE, FALSE, sizeof(core));
    for (uint32_t i = 0; i < n; i++) {
        const pdf_word *w = WORD(page, entries[i].word);
        core mine = {entries[i].c0, entries[i].c1, w->size, i, i};
        uint32_t line = line_for(cores, &entries[i]);
        if (line == UINT32_MAX) {
            g_array_append_val(cores, mine);
            line = cores->len - 1;
        } else {
            core *c = &g_array_index(cores, core, line);
            mine.first = c->first;
            if (w->size > c->size * 1.05F)
                *c = mine;
            c->last = i;
        }
        entries[i].line = line;
    }
    attach_scripts(page, entries, n, cores);
}

/* "I" and "NTRODUCTION", a little smaller: one word, whatever the space between. */
static bool is_small_capitals(const pdf_page *page, const pdf_word *a, const pdf_word *b)
{
    const char *s = page->text->str + a->text, *t = page->text->str + b->text;
    float gap = b->box.x0 - a->box.x1, ratio = a->size / MAX(b->size, 0.1F);
    return a->len == 1 && g_ascii_isupper(*s) && b->len >= 2 && g_ascii_isupper(t[0]) &&
           g_ascii_isupper(t[1]) && ratio > 1.12F && ratio < 1.5F && gap > -1 &&
           gap < 0.2F * a->size && fabsf(a->box.y1 - b->box.y1) < 0.2F * a->size;
}

bool pdf_words_spaced(const pdf_page *page, uint32_t left, uint32_t right)
{
    const pdf_word *a = WORD(page, left), *b = WORD(page, right);
    if (right == left + 1 && b->glued)
        return false;
    if (is_small_capitals(page, a, b))
        return false;
    bool script = a->script != SCRIPT_NONE || b->script != SCRIPT_NONE;
    float size = script ? MAX(a->size, b->size) : MIN(a->size, b->size);
    float gap = b->box.x0 >= a->box.x0 ? b->box.x0 - a->box.x1 : a->box.x0 - b->box.x1;
    return gap > (right == left + 1 && !script ? 0.02F : 0.12F) * size;
}

static float code_size(const pdf_styles *styles, const pdf_word *w)
{
    return STYLE(styles, w->style)->mono ? w->size : 0;
}

/* The style of most letters of a line; code in running text does not count as long as there is
 * any other that is not much smaller: the mark of a note. */
static void main_style(const pdf_page *page, const pdf_styles *styles, pdf_line *l)
{
    uint32_t most = 0;
    float code = 0;
    for (uint32_t i = 0; i < l->count && !l->mono; i++)
        code = MAX(code, code_size(styles, WORD(page, REF(page, l->first + i))));
    for (uint32_t i = 0; i < l->count; i++) {
        const pdf_word *w = WORD(page, REF(page, l->first + i));
        uint32_t same = 0;
        for (uint32_t k = i; k < l->count && k < i + 60; k++) {
            const pdf_word *v = WORD(page, REF(page, l->first + k));
            same += v->style == w->style ? v->len : 0;
        }
        if (code_size(styles, w) > 0 && !l->mono)
            continue;
        if (same > most)
            most = same, l->style = w->style, l->size = w->size;
    }
    l->size = l->size < 0.8F * code ? code : l->size;
}

static void traits(const pdf_page *page, const pdf_styles *styles, pdf_line *l)
{
    uint32_t letters = 0, bold = 0, mono = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        const pdf_word *w = WORD(page, REF(page, l->first + i));
        letters += w->len;
        bold += STYLE(styles, w->style)->bold ? w->len : 0;
        mono += STYLE(styles, w->style)->mono ? w->len : 0;
    }
    l->bold = bold == letters;
    l->mono = mono == letters;
}

/* Raised or lowered, and smaller than the line. */
static void mark_scripts(pdf_page *page, pdf_line *l)
{
    float y0 = INFINITY, y1 = -INFINITY;
    for (uint32_t i = 0; i < l->count; i++) {
        const pdf_word *w = WORD(page, REF(page, l->first + i));
        if (w->size > 0.9F * l->size)
            y0 = MIN(y0, w->box.y0), y1 = MAX(y1, w->box.y1);
    }
    l->middle = (y0 + y1) / 2;
    for (uint32_t i = 0; i < l->count; i++) {
        pdf_word *w = WORD(page, REF(page, l->first + i));
        if (w->size > 0.82F * l->size)
            continue;
        if (y1 - w->box.y1 > 0.2F * l->size)
            w->script = SCRIPT_SUPER;
        else if (w->box.y0 - y0 > 0.35F * l->size)
            w->script = SCRIPT_SUB;
    }
}

static void measure(pdf_page *page, const pdf_styles *styles, pdf_line *l)
{
    l->box = WORD(page, REF(page, l->first))->box;
    for (uint32_t i = 1; i < l->count; i++) {
        const pdf_word *a = WORD(page, REF(page, l->first + i - 1));
        const pdf_word *b = WORD(page, REF(page, l->first + i));
        l->gap = MAX(l->gap, b->box.x0 - a->box.x1);
        l->box = pdf_union(l->box, b->box);
    }
    traits(page, styles, l);
    main_style(page, styles, l);
    mark_scripts(page, l);
}

/* Lines in the order of their main words' height. */
static int by_height(const void *a, const void *b)
{
    const pdf_line *p = a, *q = b;
    if (p->middle != q->middle)
        return p->middle < q->middle ? -1 : 1;
    return p->first < q->first ? -1 : 1;
}

GArray *pdf_lines_make(pdf_page *page, const pdf_styles *styles, uint32_t first, uint32_t count)
{
    GArray *lines = g_array_new(FALSE, TRUE, sizeof(pdf_line));
    g_autofree entry *entries = g_new(entry, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const pdf_word *w = WORD(page, REF(page, first + i));
        float h = 0.22F * pdf_height(w->box);
        entries[i] = (entry){REF(page, first + i), 0, w->box.y0 + h, w->box.y1 - h, w->box.x0};
    }
    qsort(entries, count, sizeof *entries, by_top);
    assign_lines(page, entries, count);
    qsort(entries, count, sizeof *entries, by_line);
    for (uint32_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && entries[i + n].line == entries[i].line;)
            n++;
        pdf_line line = {.first = first + i, .count = n};
        for (uint32_t k = 0; k < n; k++)
            REF(page, first + i + k) = entries[i + k].word;
        pdf_bidi_order(page, &REF(page, first + i), n);
        measure(page, styles, &line);
        g_array_append_val(lines, line);
    }
    if (lines->len)
        qsort(lines->data, lines->len, sizeof(pdf_line), by_height);
    return lines;
}
