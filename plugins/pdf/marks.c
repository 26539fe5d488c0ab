/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A marker counts when what stands around it makes a list; a line in a fixed pitch is code
 * unless it goes on with a paragraph.
 */
#include "flow.h"

#include "tags.h"

#include <math.h>

static bool begins_chunk(const pdf_lines *f, guint i)
{
    if (i == 0)
        return true;
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    return pdf_lines_step(f, i) > 1.25F * pdf_lines_expected(f, l) ||
           !pdf_lines_alike(before, l) || pdf_lines_had_room(f, i, f->right) ||
           f->code[i] != f->code[i - 1];
}

/* An item before in the same list, looking back over a few lines. */
static bool continues_list(const pdf_lines *f, guint i)
{
    const pdf_marker *m = &f->markers[i];
    for (guint k = i; k-- > 0 && i - k < 60;) {
        const pdf_marker *p = &f->markers[k];
        if (p->kind && fabsf(p->x - m->x) < 0.6F * LINE(f, i)->size)
            return pdf_marker_follows(p, m);
        if (p->kind == 0 && LINE(f, k)->box.x0 < m->x - LINE(f, i)->size)
            return false;
    }
    return false;
}

static bool takes_marker(const pdf_lines *f, guint i)
{
    const pdf_marker *m = &f->markers[i];
    if (!m->kind)
        return false;
    if (m->kind == '-' && !m->weak)
        return true;
    if (continues_list(f, i))
        return true;
    bool hanging = i + 1 < f->lines->len &&
                   fabsf(LINE(f, i + 1)->box.x0 - m->content) < 0.4F * LINE(f, i)->size;
    if (m->kind == '-')
        return begins_chunk(f, i);
    if (m->kind == '[')
        return begins_chunk(f, i) || hanging;
    return begins_chunk(f, i) || (hanging && m->number == 1);
}

static void find_code(pdf_lines *f)
{
    for (guint i = 0; i < f->lines->len; i++) {
        const pdf_line *l = LINE(f, i);
        bool painted = f->markers[i].kind && !f->markers[i].words && !f->markers[i].bytes;
        f->code[i] = l->mono && !painted;
        if (!f->code[i] || i == 0 || f->code[i - 1])
            continue;
        const pdf_line *before = LINE(f, i - 1);
        bool apart = pdf_lines_step(f, i) > 1.25F * pdf_lines_expected(f, before);
        if (!apart && !pdf_lines_had_room(f, i, f->right) && pdf_lines_alike(before, l))
            f->code[i] = false;
    }
}

/* A number that stands on a painted ball or box. */
static pdf_marker framed_number(const pdf_lines *f, const pdf_line *l)
{
    const pdf_word *w = WORD(f->page, REF(f->page, l->first));
    const char *s = f->page->text->str + w->text;
    bool digits = w->len <= 2 && g_ascii_isdigit(s[0]) && g_ascii_isdigit(s[w->len - 1]);
    uint32_t number = w->len == 2 ? (uint32_t)(s[0] - '0') * 10 : 0;
    for (guint i = 0; digits && l->count > 1 && i < f->page->dots->len; i++) {
        pdf_rect d = g_array_index(f->page->dots, pdf_rect, i);
        float x = (w->box.x0 + w->box.x1) / 2, y = (w->box.y0 + w->box.y1) / 2;
        const pdf_word *next = WORD(f->page, REF(f->page, l->first + 1));
        if (x > d.x0 && x < d.x1 && y > d.y0 && y < d.y1 && next->box.x0 > d.x1)
            return (pdf_marker){.kind = '1',
                                .close = '.',
                                .number = number + (uint32_t)(s[w->len - 1] - '0'),
                                .words = 1,
                                .x = w->box.x0,
                                .content = next->box.x0};
    }
    return (pdf_marker){0};
}

/* A bullet that is painted, not set. */
static pdf_marker painted_marker(const pdf_lines *f, const pdf_line *l)
{
    pdf_marker m = {0};
    for (guint i = 0; i < f->page->dots->len; i++) {
        pdf_rect d = g_array_index(f->page->dots, pdf_rect, i);
        float y = (d.y0 + d.y1) / 2;
        if (d.x1 < l->box.x0 && d.x0 > l->box.x0 - 2.5F * l->size &&
            fabsf(y - pdf_line_centre(l)) < 0.4F * l->size && pdf_height(d) < 0.8F * l->size &&
            pdf_width(d) < 0.8F * l->size && pdf_width(d) <= 9)
            m = (pdf_marker){.kind = '-', .bullet = 0x2022, .x = d.x0, .content = l->box.x0};
    }
    return m;
}

void pdf_lines_mark(pdf_lines *f)
{
    for (guint i = 0; i < f->lines->len; i++) {
        if (LINE(f, i)->display)
            continue;
        f->markers[i] = pdf_marker_of(f->page, LINE(f, i));
        if (!f->markers[i].kind && f->page->dots->len)
            f->markers[i] = painted_marker(f, LINE(f, i));
        if (!f->markers[i].kind && f->page->dots->len)
            f->markers[i] = framed_number(f, LINE(f, i));
    }
    find_code(f);
    for (guint i = 0; i < f->lines->len; i++)
        if (pdf_tag_is_heading(pdf_tag_of_line(f->page, LINE(f, i))))
            f->code[i] = false, f->markers[i].kind = 0;
    for (guint i = 0; i < f->lines->len; i++)
        if (f->code[i] || !takes_marker(f, i))
            f->markers[i].kind = 0;
}
