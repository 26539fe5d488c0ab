/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Two steps. Hard breaks (a gap, another size, another weight, a marker, code) divide a flow's
 * lines into chunks. Inside a chunk the paragraphs are told apart by indentation and by lines
 * that end although the next word would have had room.
 */
#include "blocks.h"

#include "lines.h"
#include "lists.h"
#include "text.h"
#include "unicode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const pdf_page *page;
    const pdf_styles *styles;
    GArray *lines;       /* pdf_line */
    pdf_marker *markers; /* one per line; kind 0: no marker, or not taken as one */
    bool *code;
    pdf_rect column;
    float leading, right, left; /* of the flow */
    float text_right;           /* where lines of running text end, 0 when there are none */
} flow;

#define LINE(f, i) (&g_array_index((f)->lines, pdf_line, i))

static float centre(const pdf_line *l)
{
    return (l->box.y0 + l->box.y1) / 2;
}

static float step(const flow *f, guint i)
{
    return centre(LINE(f, i)) - centre(LINE(f, i - 1));
}

/* ---- Measures of a flow ------------------------------------------------------------------ */

static int by_float(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return p < q ? -1 : p > q;
}

/* The most frequent distance between lines of one size, else a usual one. */
static float usual_leading(const flow *f)
{
    enum { STEPS = 160 }; /* of half a point */
    guint counts[STEPS] = {0}, best = 0;
    for (guint i = 1; i < f->lines->len; i++) {
        float d = step(f, i);
        if (d > 0.5F * LINE(f, i)->size && d < 2.2F * LINE(f, i)->size && d < STEPS / 2 - 1 &&
            fabsf(LINE(f, i)->size - LINE(f, i - 1)->size) < 0.6F)
            counts[(guint)(d * 2 + 0.5F)]++;
    }
    for (guint i = 1; i < STEPS; i++)
        if (counts[i] > counts[best] || (counts[i] == counts[best] && !best))
            best = i;
    return counts[best] ? (float)best / 2 : 0;
}

static void measure_edges(flow *f)
{
    g_autofree float *ends = g_new(float, f->lines->len + 1);
    guint n = 0;
    f->left = f->column.x1;
    for (guint i = 0; i < f->lines->len; i++) {
        f->left = MIN(f->left, LINE(f, i)->box.x0);
        ends[n++] = LINE(f, i)->box.x1;
        if (!LINE(f, i)->mono)
            f->text_right = MAX(f->text_right, LINE(f, i)->box.x1);
    }
    qsort(ends, n, sizeof *ends, by_float);
    f->right = n ? ends[n - 1 - n / 12] : f->column.x1;
}

/* ---- Breaks ------------------------------------------------------------------------------ */

static bool same_size(const pdf_line *a, const pdf_line *b)
{
    return fabsf(a->size - b->size) <= MAX(0.08F * MAX(a->size, b->size), 0.35F);
}

static float expected_step(const flow *f, const pdf_line *l)
{
    float usual = 1.2F * l->size;
    return f->leading > 0.8F * l->size && f->leading < 2.1F * l->size ? f->leading : usual;
}

/* Width of the first word of a line with what is glued to it. */
static float first_word_width(const flow *f, const pdf_line *l)
{
    float x0 = WORD(f->page, REF(f->page, l->first))->box.x0;
    uint32_t i = 0;
    while (i + 1 < l->count && !pdf_words_spaced(f->page, REF(f->page, l->first + i),
                                                 REF(f->page, l->first + i + 1)))
        i++;
    return fabsf(WORD(f->page, REF(f->page, l->first + i))->box.x1 - x0);
}

static bool ends_with_hyphen(const flow *f, const pdf_line *l)
{
    const pdf_word *w = WORD(f->page, REF(f->page, l->first + l->count - 1));
    bool soft;
    size_t n = pdf_unicode_hyphen(f->page->text->str + w->text, w->len, &soft);
    return n > 0 && w->len > n;
}

/* Line i - 1 ended although the first word of line i had room on it. */
static bool had_room(const flow *f, guint i, float right)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (ends_with_hyphen(f, before))
        return false;
    float room = right - before->box.x1;
    return room > first_word_width(f, l) + 0.6F * l->size + 0.01F * (right - f->left);
}

static bool centred_pair(const pdf_line *a, const pdf_line *b, const flow *f)
{
    float ma = (a->box.x0 + a->box.x1) / 2, mb = (b->box.x0 + b->box.x1) / 2;
    return fabsf(ma - mb) < 0.4F * a->size && fabsf(a->box.x0 - b->box.x0) > 0.5F * a->size &&
           MIN(a->box.x0, b->box.x0) > f->left + a->size;
}

static bool hard_break(const flow *f, guint i, float block_step)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (f->code[i] != f->code[i - 1] || f->markers[i].kind)
        return true;
    float d = step(f, i);
    if (f->code[i])
        return d > 3.2F * expected_step(f, l);
    if (!same_size(before, l))
        return true;
    float expected = block_step > 0 ? block_step : expected_step(f, l);
    if (d > 1.28F * expected || d < 0.4F * l->size)
        return true;
    if (before->bold != l->bold)
        return !before->bold || had_room(f, i, f->right);
    return false;
}

/* ---- Which lines are items or code ------------------------------------------------------- */

static bool begins_chunk(const flow *f, guint i)
{
    if (i == 0)
        return true;
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    return step(f, i) > 1.25F * expected_step(f, l) || !same_size(before, l) ||
           had_room(f, i, f->right) || f->code[i] != f->code[i - 1];
}

/* An item before in the same list, looking back over a few lines. */
static bool continues_list(const flow *f, guint i)
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

static bool takes_marker(const flow *f, guint i)
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

static void find_code(flow *f)
{
    for (guint i = 0; i < f->lines->len; i++) {
        const pdf_line *l = LINE(f, i);
        bool painted = f->markers[i].kind && !f->markers[i].words && !f->markers[i].bytes;
        f->code[i] = l->mono && !painted;
        if (!f->code[i] || i == 0 || f->code[i - 1])
            continue;
        const pdf_line *before = LINE(f, i - 1);
        bool apart = step(f, i) > 1.25F * expected_step(f, before);
        if (!apart && !had_room(f, i, f->right) && same_size(before, l))
            f->code[i] = false;
    }
}

/* A bullet that is painted, not set. */
static pdf_marker painted_marker(const flow *f, const pdf_line *l)
{
    pdf_marker m = {0};
    for (guint i = 0; i < f->page->dots->len; i++) {
        pdf_rect d = g_array_index(f->page->dots, pdf_rect, i);
        float y = (d.y0 + d.y1) / 2;
        if (d.x1 < l->box.x0 && d.x0 > l->box.x0 - 2.5F * l->size &&
            fabsf(y - centre(l)) < 0.4F * l->size && pdf_height(d) < 0.8F * l->size)
            m = (pdf_marker){.kind = '-', .bullet = 0x2022, .x = d.x0, .content = l->box.x0};
    }
    return m;
}

static void find_markers(flow *f)
{
    for (guint i = 0; i < f->lines->len; i++) {
        f->markers[i] = pdf_marker_of(f->page, LINE(f, i));
        if (!f->markers[i].kind && f->page->dots->len)
            f->markers[i] = painted_marker(f, LINE(f, i));
    }
    find_code(f);
    for (guint i = 0; i < f->lines->len; i++)
        if (f->code[i] || !takes_marker(f, i))
            f->markers[i].kind = 0;
}

/* "Title . . . . . . 12": a line of a table of contents. */
static bool has_leader(const flow *f, const pdf_line *l)
{
    uint32_t dots = 0;
    const pdf_word *last = WORD(f->page, REF(f->page, l->first + l->count - 1));
    for (uint32_t k = 0; k < l->count; k++) {
        const pdf_word *w = WORD(f->page, REF(f->page, l->first + k));
        const char *s = f->page->text->str + w->text;
        uint32_t n = 0;
        while (n < w->len && s[w->len - 1 - n] == '.')
            n++;
        dots += n == w->len || n >= 4 ? n : 0;
    }
    char end = f->page->text->str[last->text + last->len - 1];
    return dots >= 5 && (g_ascii_isdigit(end) || end == '.' || g_ascii_isalpha(end));
}

/* ---- Paragraphs inside a chunk ----------------------------------------------------------- */

typedef struct {
    guint first, end;
    float left, right;
    bool hanging; /* first lines stand out to the left */
} chunk;

static float indent_of(const flow *f, const chunk *c, guint i)
{
    return LINE(f, i)->box.x0 - c->left;
}

static void measure_chunk(const flow *f, chunk *c)
{
    guint near = 0, first_votes = 0, hanging_votes = 0;
    bool item = f->markers[c->first].kind != 0;
    c->left = INFINITY, c->right = 0;
    for (guint i = c->first + (item && c->end - c->first > 1); i < c->end; i++) {
        c->left = MIN(c->left, LINE(f, i)->box.x0);
        c->right = MAX(c->right, LINE(f, i)->box.x1);
    }
    for (guint i = c->first; i < c->end; i++)
        near += LINE(f, i)->box.x1 > c->right - LINE(f, i)->size;
    if (c->end - c->first < 3 || near < 2)
        c->right = MAX(c->right, f->right);
    for (guint i = c->first + 1; i < c->end && !item; i++) {
        float em = 0.8F * LINE(f, i)->size;
        bool was_in = indent_of(f, c, i - 1) > em, is_in = indent_of(f, c, i) > em;
        bool full = LINE(f, i - 1)->box.x1 > c->right - 1.5F * em;
        if (was_in != is_in)
            *(full == is_in ? &hanging_votes : &first_votes) += 1;
    }
    c->hanging = hanging_votes > first_votes;
}

static bool soft_break(const flow *f, const chunk *c, guint i)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (f->code[i])
        return false;
    if (has_leader(f, before) || (has_leader(f, l) && had_room(f, i, c->right)))
        return true;
    if (centred_pair(before, l, f))
        return false;
    if (had_room(f, i, c->right))
        return true;
    if (f->markers[c->first].kind)
        return false;
    float em = 0.8F * l->size;
    bool was_in = indent_of(f, c, i - 1) > em, is_in = indent_of(f, c, i) > em;
    if (c->hanging)
        return !is_in && was_in;
    return is_in && !was_in;
}

/* ---- Blocks ------------------------------------------------------------------------------ */

static void put_code_line(pdf_text_builder *t, const flow *f, guint i, float left)
{
    const pdf_line *l = LINE(f, i);
    const pdf_word *w = WORD(f->page, REF(f->page, l->first));
    glong chars = g_utf8_strlen(f->page->text->str + w->text, w->len);
    float pitch = chars > 0 ? pdf_width(w->box) / (float)chars : 0;
    float reach = left;
    for (uint32_t k = 0; k < l->count; k++) {
        w = WORD(f->page, REF(f->page, l->first + k));
        float gap = w->box.x0 - reach;
        int blanks = pitch > 1 ? (int)lroundf(CLAMP(gap / pitch, 0, 200)) : 0;
        if (k && blanks == 0 &&
            pdf_words_spaced(f->page, REF(f->page, l->first + k - 1),
                             REF(f->page, l->first + k)))
            blanks = 1;
        for (; blanks > 0; blanks--)
            pdf_text_bytes(t, " ", 1);
        pdf_text_words(t, f->page, l->first + k, 1);
        reach = w->box.x1;
    }
}

/* Whether a line opens a bracket that it does not close. */
static bool leaves_open(const flow *f, const pdf_line *l)
{
    int depth = 0;
    for (uint32_t k = 0; k < l->count; k++) {
        const pdf_word *w = WORD(f->page, REF(f->page, l->first + k));
        for (uint32_t i = 0; i < w->len; i++) {
            char c = f->page->text->str[w->text + i];
            depth += (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
        }
    }
    return depth > 0;
}

/* Where lines of code at `box` must end: at their background's edge, less its padding. */
static float code_edge(const flow *f, pdf_rect box, bool *known)
{
    *known = true;
    for (guint i = 0; i < f->page->fills->len; i++) {
        pdf_rect b = g_array_index(f->page->fills, pdf_fill, i).box;
        if (b.x0 <= box.x0 + 1 && b.x1 >= box.x1 - 1 && b.y0 <= box.y0 + 2 &&
            b.y1 >= box.y1 - 2 && pdf_width(b) < 1.6F * (f->right - f->left) + 40)
            return b.x1 - MAX(0, box.x0 - b.x0);
    }
    *known = true;
    for (guint i = 0; i < f->lines->len; i++)
        *known = *known && LINE(f, i)->box.x1 < f->text_right + 1;
    return f->text_right;
}

typedef enum { WRAP_NONE, WRAP_SPACE, WRAP_NOTHING, WRAP_HYPHEN } wrap;

/* Whether line i is the rest of line i - 1, which was too long for its box. */
static wrap wrapped(const flow *f, guint i, float left, float edge, bool known, float usual)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    const pdf_word *w = WORD(f->page, REF(f->page, before->first + before->count - 1));
    bool soft;
    if (l->box.x0 > left + 0.5F || step(f, i) > 1.3F * usual)
        return WRAP_NONE;
    size_t hyphen = pdf_unicode_hyphen(f->page->text->str + w->text, w->len, &soft);
    if (hyphen && soft && w->len > hyphen)
        return WRAP_HYPHEN;
    float room = edge - before->box.x1, blank = 0.6F * l->size;
    bool full = room > -1 && room < first_word_width(f, l) + blank;
    full = full && before->box.x1 - left > 12 * l->size;
    if (!full || !(known || leaves_open(f, before)))
        return WRAP_NONE;
    char last = f->page->text->str[w->text + w->len - 1];
    return last == '-' || last == '/' ? WRAP_NOTHING : WRAP_SPACE;
}

static void end_code_line(pdf_text_builder *t, wrap w, int blank)
{
    bool soft;
    if (w == WRAP_HYPHEN)
        g_string_truncate(
            t->bytes, t->bytes->len - pdf_unicode_hyphen(t->bytes->str, t->bytes->len, &soft));
    else if (w == WRAP_SPACE)
        pdf_text_bytes(t, " ", 1);
    else if (w == WRAP_NONE)
        for (blank = MIN(blank, 4); blank > 0; blank--)
            pdf_text_bytes(t, "\n", 1);
}

static void put_code(pdf_text_builder *t, const flow *f, guint first, guint end)
{
    float usual = INFINITY;
    pdf_rect box = LINE(f, first)->box;
    for (guint i = first + 1; i < end; i++) {
        box = pdf_union(box, LINE(f, i)->box);
        usual = MIN(usual, MAX(step(f, i), LINE(f, i)->size));
    }
    bool known;
    float edge = code_edge(f, box, &known);
    for (guint i = first; i < end; i++) {
        if (i > first)
            end_code_line(t, wrapped(f, i, box.x0, edge, known, usual),
                          (int)lroundf(step(f, i) / usual));
        put_code_line(t, f, i, box.x0);
    }
}

static void put_lines(pdf_text_builder *t, const flow *f, guint first, guint end)
{
    const pdf_marker *m = &f->markers[first];
    bool item = m->kind && m->kind != '[';
    for (guint i = first; i < end; i++) {
        const pdf_line *l = LINE(f, i);
        uint32_t skip = i == first && item ? m->words : 0;
        if (i > first)
            pdf_text_bytes(t, "\n", 1);
        if (i == first && item && m->bytes) {
            pdf_word *w = WORD(f->page, REF(f->page, l->first));
            w->text += m->bytes;
            w->len -= m->bytes;
        }
        pdf_text_words(t, f->page, l->first + skip, l->count - skip);
    }
}

static void put_marker(pdf_block *b, const pdf_marker *m)
{
    if (!m->kind || m->kind == '[')
        return;
    b->kind = BLOCK_ITEM;
    b->marker = m->kind;
    b->marker_close = m->close;
    b->number = m->number;
    b->marker_x = m->x;
    b->content_x = m->content;
}

static void describe(const flow *f, pdf_block *b, guint first, guint end, float right)
{
    uint32_t most = 0;
    b->bold = b->mono = b->italic = true;
    b->box = LINE(f, first)->box;
    b->first_x = LINE(f, first)->box.x0;
    b->centred = true;
    for (guint i = first; i < end; i++) {
        const pdf_line *l = LINE(f, i);
        b->box = pdf_union(b->box, l->box);
        b->bold = b->bold && l->bold;
        b->mono = b->mono && l->mono;
        b->italic = b->italic && STYLE(f->styles, l->style)->italic;
        if (l->count > most)
            most = l->count, b->style = l->style, b->size = l->size;
        float off = l->box.x0 - f->column.x0 - (f->column.x1 - l->box.x1);
        b->centred = b->centred && fabsf(off) < 1.5F * l->size &&
                     l->box.x0 > f->column.x0 + 1.5F * l->size;
    }
    b->last_x1 = LINE(f, end - 1)->box.x1;
    b->closed = b->last_x1 < right - 2.0F * b->size - 0.02F * (right - f->left);
    b->leading = end - first > 1 ? (centre(LINE(f, end - 1)) - centre(LINE(f, first))) /
                                       (float)(end - first - 1)
                                 : 0;
}

/* An entry of a table of contents is an item, its dots an ellipsis. */
static void make_entry(pdf_block *b)
{
    char *p = strchr(b->text.bytes, '.');
    while (p && strncmp(p, ". .", 3) != 0 && strncmp(p, "....", 4) != 0)
        p = strchr(p + 1, '.');
    if (!p)
        return;
    char *end = p;
    while (*end == '.' || *end == ' ')
        end++;
    if (end - p < 5 || b->text.n_spans == 0)
        return;
    memcpy(p, " \xE2\x80\xA6 ", 5);
    memmove(p + 5, end, strlen(end) + 1);
    b->text.len = (uint32_t)strlen(b->text.bytes);
    for (uint32_t i = 0; i < b->text.n_spans; i++)
        b->text.spans[i].start = MIN(b->text.spans[i].start, (uint32_t)(p - b->text.bytes));
    b->kind = BLOCK_ITEM;
    b->marker = '-';
    b->contents = true;
    b->marker_x = b->first_x;
    b->content_x = b->first_x + 2 * b->size;
}

static void add_block(GArray *blocks, const flow *f, guint first, guint end, float right)
{
    pdf_block b = {.page = f->page->number, .lines = end - first, .column_x = f->column.x0};
    pdf_text_builder t;
    describe(f, &b, first, end, right);
    pdf_text_begin(&t);
    if (f->code[first]) {
        b.kind = BLOCK_CODE;
        put_code(&t, f, first, end);
    } else {
        put_marker(&b, &f->markers[first]);
        put_lines(&t, f, first, end);
    }
    b.text = pdf_text_end(&t);
    if (!f->code[first] && has_leader(f, LINE(f, end - 1)))
        make_entry(&b);
    b.first_in_flow = first == 0;
    b.last_in_flow = end == f->lines->len;
    b.gap_above = first ? LINE(f, first)->box.y0 - LINE(f, first - 1)->box.y1 : INFINITY;
    b.gap_below =
        end < f->lines->len ? LINE(f, end)->box.y0 - LINE(f, end - 1)->box.y1 : INFINITY;
    g_array_append_val(blocks, b);
}

static void add_chunk(GArray *blocks, const flow *f, guint first, guint end)
{
    chunk c = {.first = first, .end = end};
    measure_chunk(f, &c);
    for (guint i = first + 1, start = first; i <= end; i++)
        if (i == end || soft_break(f, &c, i)) {
            add_block(blocks, f, start, i, c.right);
            start = i;
        }
}

static void add_lines(GArray *blocks, const flow *f)
{
    float block_step = 0;
    for (guint i = 1, start = 0; i <= f->lines->len; i++) {
        if (i == f->lines->len || hard_break(f, i, block_step)) {
            add_chunk(blocks, f, start, i);
            start = i;
            block_step = 0;
        } else if (block_step <= 0) {
            block_step = step(f, i);
        }
    }
}

static void add_flow(GArray *blocks, pdf_page *page, const pdf_styles *styles,
                     const pdf_flow *source)
{
    flow f = {.page = page, .styles = styles, .column = source->box};
    f.lines = pdf_lines_make(page, styles, source->first, source->count);
    f.markers = g_new0(pdf_marker, f.lines->len + 1);
    f.code = g_new0(bool, f.lines->len + 1);
    f.leading = usual_leading(&f);
    measure_edges(&f);
    find_markers(&f);
    if (f.lines->len)
        add_lines(blocks, &f);
    g_array_free(f.lines, TRUE);
    g_free(f.markers);
    g_free(f.code);
}

/* Turned text is one paragraph for each run of words beside each other. */
static void add_turned(GArray *blocks, const pdf_page *page, const pdf_flow *source)
{
    for (uint32_t i = 0, end; i < source->count; i = end) {
        pdf_rect box = WORD(page, REF(page, source->first + i))->box;
        for (end = i + 1; end < source->count; end++) {
            pdf_rect next = WORD(page, REF(page, source->first + end))->box;
            if (pdf_overlap(box.x0, box.x1, next.x0, next.x1) <= 0)
                break;
            box = pdf_union(box, next);
        }
        const pdf_word *w = WORD(page, REF(page, source->first + i));
        pdf_block b = {.page = page->number,
                       .lines = 1,
                       .box = box,
                       .column_x = source->box.x0,
                       .size = w->size,
                       .style = w->style,
                       .closed = true,
                       .turned = true};
        pdf_text_builder t;
        pdf_text_begin(&t);
        for (uint32_t k = i; k < end; k++) {
            if (k > i && !WORD(page, REF(page, source->first + k))->glued)
                pdf_text_bytes(&t, " ", 1);
            pdf_text_words(&t, page, source->first + k, 1);
        }
        b.text = pdf_text_end(&t);
        g_array_append_val(blocks, b);
    }
}

static void add_table(GArray *blocks, pdf_page *page, const pdf_flow *source)
{
    pdf_block b = {.kind = BLOCK_TABLE,
                   .page = page->number,
                   .box = source->box,
                   .column_x = source->box.x0,
                   .table = g_ptr_array_index(page->tables, source->table)};
    page->tables->pdata[source->table] = NULL;
    if (b.table)
        g_array_append_val(blocks, b);
}

void pdf_blocks_add_page(GArray *blocks, pdf_page *page, const pdf_styles *styles)
{
    for (guint i = 0; i < page->flows->len; i++) {
        const pdf_flow *source = &g_array_index(page->flows, pdf_flow, i);
        if (source->table >= 0)
            add_table(blocks, page, source);
        else if (source->turned)
            add_turned(blocks, page, source);
        else
            add_flow(blocks, page, styles, source);
    }
}

/* ---- Life -------------------------------------------------------------------------------- */

void pdf_table_free(pdf_table *table)
{
    if (!table)
        return;
    for (guint i = 0; i < table->cells->len; i++)
        pdf_text_clear(&g_array_index(table->cells, pdf_cell, i).text);
    g_array_free(table->cells, TRUE);
    g_free(table->edges);
    g_free(table);
}

static void clear_block(gpointer block)
{
    pdf_block *b = block;
    pdf_text_clear(&b->text);
    pdf_table_free(b->table);
    b->table = NULL;
}

GArray *pdf_blocks_new(void)
{
    GArray *blocks = g_array_new(FALSE, TRUE, sizeof(pdf_block));
    g_array_set_clear_func(blocks, clear_block);
    return blocks;
}
