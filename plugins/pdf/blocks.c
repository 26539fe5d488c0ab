/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Two steps. Hard breaks (a gap, another size, another weight, a marker, code) divide a flow's
 * lines into chunks. Inside a chunk the paragraphs are told apart by indentation and by lines
 * that end although the next word would have had room.
 */
#include "blocks.h"

#include "flow.h"
#include "tags.h"
#include "text.h"

#include <math.h>
#include <string.h>

/* ---- Breaks ------------------------------------------------------------------------------ */

static bool centred_pair(const pdf_line *a, const pdf_line *b, const pdf_lines *f)
{
    float ma = (a->box.x0 + a->box.x1) / 2, mb = (b->box.x0 + b->box.x1) / 2;
    return fabsf(ma - mb) < 0.4F * a->size && fabsf(a->box.x0 - b->box.x0) > 0.5F * a->size &&
           MIN(a->box.x0, b->box.x0) > f->left + a->size;
}

/* The last line of a caption is centred under the lines before. */
static bool centred_end(const pdf_line *before, const pdf_line *l)
{
    float left = l->box.x0 - before->box.x0, right = before->box.x1 - l->box.x1;
    return left > 2.5F * l->size && fabsf(left - right) < 0.3F * l->size;
}

/* Line i - 1 or line i is a heading, as the structure tree has it. */
static bool near_heading(const pdf_lines *f, guint i)
{
    return pdf_tag_is_heading(pdf_tag_of_line(f->page, LINE(f, i - 1))) ||
           pdf_tag_is_heading(pdf_tag_of_line(f->page, LINE(f, i)));
}

/* A line of a manual that ends, after a gap, in a bracket that says what it defines. */
static bool defines(const pdf_lines *f, const pdf_line *l)
{
    const pdf_word *last = WORD(f->page, REF(f->page, l->first + l->count - 1));
    if (l->count < 2 || f->page->text->str[last->text + last->len - 1] != ']')
        return false;
    for (uint32_t k = l->count; k-- > 1;) {
        const pdf_word *w = WORD(f->page, REF(f->page, l->first + k));
        const pdf_word *before = WORD(f->page, REF(f->page, l->first + k - 1));
        if (f->page->text->str[w->text] == '[')
            return w->box.x0 - before->box.x1 > 1.5F * l->size &&
                   l->box.x1 > f->right - l->size;
    }
    return false;
}

static bool hard_break(const pdf_lines *f, guint i, float block_step)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (before->display || l->display)
        return true;
    if (near_heading(f, i))
        return pdf_tag_of_line(f->page, before) != pdf_tag_of_line(f->page, l);
    if (f->code[i] != f->code[i - 1] || f->markers[i].kind)
        return true;
    if (!f->code[i] && (defines(f, before) || defines(f, l)))
        return true;
    float d = pdf_lines_step(f, i);
    if (f->code[i])
        return d > 3.2F * pdf_lines_expected(f, l);
    if (!pdf_lines_alike(before, l))
        return true;
    float expected = block_step > 0 ? block_step : pdf_lines_expected(f, l);
    if (d > 1.28F * expected || d < 0.4F * l->size)
        return true;
    if (before->bold != l->bold)
        return !before->bold || pdf_lines_had_room(f, i, f->right);
    return false;
}

/* "Title . . . . . . 12": a line of a table of contents. */
static bool has_leader(const pdf_lines *f, const pdf_line *l)
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
    const char *bytes = f->page->text->str + last->text;
    gunichar end = g_utf8_get_char(g_utf8_prev_char(bytes + last->len));
    return dots >= 5 &&
           (g_unichar_isdigit(end) || end == '.' || (end < 0x80 && g_ascii_isalpha((char)end)));
}

/* ---- Paragraphs inside a chunk ----------------------------------------------------------- */

typedef struct {
    guint first, end;
    float left, right;
    bool hanging; /* first lines stand out to the left */
} chunk;

static float indent_of(const pdf_lines *f, const chunk *c, guint i)
{
    return LINE(f, i)->box.x0 - c->left;
}

/* Where most lines end that end together, when only one line runs beyond. */
static float right_of_most(const pdf_lines *f, guint first, guint end, float right)
{
    float second = 0, em = LINE(f, first)->size;
    guint near = 0;
    for (guint i = first; i < end; i++)
        if (LINE(f, i)->box.x1 < right - em)
            second = MAX(second, LINE(f, i)->box.x1);
        else if (++near > 1)
            return right;
    float ragged = right - second > 3 * em ? 1.5F * em : 0.2F * em;
    near = 0;
    for (guint i = first; i < end; i++)
        near += fabsf(LINE(f, i)->box.x1 - second) < ragged;
    return near >= 3 ? second : right;
}

static void measure_chunk(const pdf_lines *f, chunk *c)
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
    float most = right_of_most(f, c->first, c->end, c->right);
    if (most < c->right)
        c->right = most;
    else if (c->end - c->first < 3 || near < 2)
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

/* A raised mark at its beginning: a footnote. */
static bool begins_note(const pdf_lines *f, guint i)
{
    const pdf_line *l = LINE(f, i);
    const pdf_word *w = WORD(f->page, REF(f->page, l->first));
    return l->count > 1 && w->script == SCRIPT_SUPER &&
           (g_ascii_isdigit(f->page->text->str[w->text]) || w->len == 1);
}

static bool soft_break(const pdf_lines *f, const chunk *c, guint i)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    if (f->code[i] || near_heading(f, i))
        return false;
    if (has_leader(f, before) || (has_leader(f, l) && pdf_lines_had_room(f, i, c->right)))
        return true;
    if (begins_note(f, i) && begins_note(f, c->first))
        return true;
    if (centred_pair(before, l, f))
        return false;
    if (pdf_lines_had_room(f, i, c->right))
        return true;
    if (f->markers[c->first].kind || centred_end(before, l))
        return false;
    float em = 0.8F * l->size;
    bool was_in = indent_of(f, c, i - 1) > em, is_in = indent_of(f, c, i) > em;
    if (c->hanging)
        return !is_in && was_in;
    return is_in && !was_in;
}

/* ---- Blocks ------------------------------------------------------------------------------ */

static void put_lines(pdf_text_builder *t, const pdf_lines *f, guint first, guint end)
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
        if (l->display)
            pdf_text_display(t, f->page, l);
        else
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

static void describe(const pdf_lines *f, pdf_block *b, guint first, guint end, float right)
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
    b->leading = end - first > 1
                     ? (pdf_line_centre(LINE(f, end - 1)) - pdf_line_centre(LINE(f, first))) /
                           (float)(end - first - 1)
                     : 0;
}

/* What the structure tree says of lines that are all of one element. */
static void put_tag(pdf_block *b, const pdf_lines *f, guint first, guint end)
{
    const pdf_tag *tag = pdf_tag_of_line(f->page, LINE(f, first));
    for (guint i = first + 1; i < end; i++)
        if (pdf_tag_of_line(f->page, LINE(f, i)) != tag)
            return;
    if (!tag)
        return;
    b->tagged = true;
    b->element = tag->element;
    b->tagged_heading = pdf_tag_is_heading(tag);
    b->level = tag->level;
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

static void add_block(GArray *blocks, const pdf_lines *f, guint first, guint end, float right)
{
    pdf_block b = {.page = f->page->number, .lines = end - first, .column_x = f->column.x0};
    pdf_text_builder t;
    describe(f, &b, first, end, right);
    put_tag(&b, f, first, end);
    pdf_text_begin(&t);
    if (f->code[first]) {
        b.kind = BLOCK_CODE;
        pdf_code_put(&t, f, first, end);
    } else {
        put_marker(&b, &f->markers[first]);
        put_lines(&t, f, first, end);
    }
    b.text = pdf_text_end(&t);
    if (!f->code[first] && has_leader(f, LINE(f, end - 1)))
        make_entry(&b);
    b.display = LINE(f, first)->display;
    b.first_in_flow = first == 0;
    b.last_in_flow = end == f->lines->len;
    b.gap_above = first ? LINE(f, first)->box.y0 - LINE(f, first - 1)->box.y1 : INFINITY;
    b.gap_below =
        end < f->lines->len ? LINE(f, end)->box.y0 - LINE(f, end - 1)->box.y1 : INFINITY;
    g_array_append_val(blocks, b);
}

static void add_chunk(GArray *blocks, const pdf_lines *f, guint first, guint end)
{
    chunk c = {.first = first, .end = end};
    measure_chunk(f, &c);
    for (guint i = first + 1, start = first; i <= end; i++)
        if (i == end || soft_break(f, &c, i)) {
            add_block(blocks, f, start, i, c.right);
            start = i;
        }
}

static void add_lines(GArray *blocks, const pdf_lines *f)
{
    float block_step = 0;
    for (guint i = 1, start = 0; i <= f->lines->len; i++) {
        if (i == f->lines->len || hard_break(f, i, block_step)) {
            add_chunk(blocks, f, start, i);
            start = i;
            block_step = 0;
        } else if (block_step <= 0) {
            block_step = pdf_lines_step(f, i);
        }
    }
}

static void add_flow(GArray *blocks, pdf_page *page, const pdf_styles *styles,
                     const pdf_flow *source)
{
    pdf_lines f = pdf_lines_open(page, styles, source);
    if (f.lines->len)
        add_lines(blocks, &f);
    pdf_lines_close(&f);
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
        guint first = blocks->len;
        if (source->table >= 0)
            add_table(blocks, page, source);
        else if (source->turned)
            add_turned(blocks, page, source);
        else
            add_flow(blocks, page, styles, source);
        for (; first < blocks->len; first++)
            BLOCK(blocks, first)->panel = source->panel;
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
