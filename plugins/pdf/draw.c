/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Operands are kept as numbers, the last name aside; strings, arrays and dictionaries are
 * passed over, for no operator here needs them. An operator with too few operands is ignored.
 */
#include "draw.h"

#include "shown.h"

#include <math.h>
#include <string.h>

enum { MAX_OPERANDS = 12, MAX_STACK = 64, MAX_PATH = 4000, MAX_RULES = 20000 };

#define THIN 3.2F /* points: a filled box not thicker than this is a line */

typedef struct {
    const char *at, *end;
    double operands[MAX_OPERANDS];
    int n;
    int mcid; /* the number behind "/MCID", or -1 */
    char name[128];
} lexer;

/* ---- Geometry ---------------------------------------------------------------------------- */

pdf_matrix pdf_matrix_multiply(pdf_matrix m, pdf_matrix n)
{
    return (pdf_matrix){m.a * n.a + m.b * n.c,       m.a * n.b + m.b * n.d,
                        m.c * n.a + m.d * n.c,       m.c * n.b + m.d * n.d,
                        m.e * n.a + m.f * n.c + n.e, m.e * n.b + m.f * n.d + n.f};
}

static void transform(const pdf_matrix *m, double x, double y, double *tx, double *ty)
{
    *tx = m->a * x + m->c * y + m->e;
    *ty = m->b * x + m->d * y + m->f;
}

static pdf_rect box_between(const pdf_matrix *m, double x, double y, double w, double h)
{
    double x0, y0, x1, y1;
    transform(m, x, y, &x0, &y0);
    transform(m, x + w, y + h, &x1, &y1);
    return (pdf_rect){(float)MIN(x0, x1), (float)MIN(y0, y1), (float)MAX(x0, x1),
                      (float)MAX(y0, y1)};
}

pdf_rect pdf_matrix_box(pdf_matrix m, double x0, double y0, double x1, double y1)
{
    pdf_rect a = box_between(&m, x0, y0, x1 - x0, y1 - y0);
    return pdf_union(a, box_between(&m, x1, y0, x0 - x1, y1 - y0));
}

pdf_rect pdf_draw_unit_square(const pdf_draw *draw)
{
    return pdf_matrix_box(draw->now.ctm, 0, 0, 1, 1);
}

static bool sane(pdf_rect r)
{
    return isfinite(r.x0) && isfinite(r.y0) && isfinite(r.x1) && isfinite(r.y1) &&
           fabsf(r.x0) < 20000 && fabsf(r.y0) < 20000 && fabsf(r.x1) < 20000 &&
           fabsf(r.y1) < 20000;
}

/* ---- Painting ---------------------------------------------------------------------------- */

static void add_rule(pdf_draw *d, GArray *rules, float at, float from, float to, float width)
{
    pdf_rule r = {at, from, to, width};
    if (to - from >= 3 && d->page->across->len + d->page->down->len < MAX_RULES)
        g_array_append_val(rules, r);
}

static void paint_box(pdf_draw *d, pdf_rect r, bool fill, bool stroke)
{
    float w = pdf_width(r), h = pdf_height(r);
    bool visible = fill ? d->now.fill < 0.97F : d->now.stroke < 0.97F;
    if (!sane(r) || !visible)
        return;
    if (h <= THIN && w > 2 * h) {
        add_rule(d, d->page->across, (r.y0 + r.y1) / 2, r.x0, r.x1, h);
    } else if (w <= THIN && h > 2 * w) {
        add_rule(d, d->page->down, (r.x0 + r.x1) / 2, r.y0, r.y1, w);
    } else if (fill && d->page->fills->len < MAX_RULES) {
        pdf_fill f = {r, d->now.fill};
        g_array_append_val(d->page->fills, f);
    }
    if (stroke && h > THIN && w > THIN && d->now.stroke < 0.97F) {
        add_rule(d, d->page->across, r.y0, r.x0, r.x1, d->now.line_width);
        add_rule(d, d->page->across, r.y1, r.x0, r.x1, d->now.line_width);
        add_rule(d, d->page->down, r.x0, r.y0, r.y1, d->now.line_width);
        add_rule(d, d->page->down, r.x1, r.y0, r.y1, d->now.line_width);
    }
}

static void stroke_segment(pdf_draw *d, pdf_rect s)
{
    float dx = fabsf(s.x1 - s.x0), dy = fabsf(s.y1 - s.y0);
    if (!sane(s) || d->now.stroke >= 0.97F)
        return;
    if (dy <= 0.6F && dx > 3)
        add_rule(d, d->page->across, (s.y0 + s.y1) / 2, MIN(s.x0, s.x1), MAX(s.x0, s.x1),
                 d->now.line_width);
    else if (dx <= 0.6F && dy > 3)
        add_rule(d, d->page->down, (s.x0 + s.x1) / 2, MIN(s.y0, s.y1), MAX(s.y0, s.y1),
                 d->now.line_width);
}

/* A filled polygon of axis-parallel sides counts as its bounding box. */
static void fill_polygon(pdf_draw *d)
{
    pdf_rect box = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    if (d->curved || d->path->len < 3 || d->path->len > 5)
        return;
    for (guint i = 0; i < d->path->len; i++) {
        pdf_rect s = g_array_index(d->path, pdf_rect, i);
        if (fabsf(s.x1 - s.x0) > 0.6F && fabsf(s.y1 - s.y0) > 0.6F)
            return;
        box = pdf_union(box, (pdf_rect){MIN(s.x0, s.x1), MIN(s.y0, s.y1), MAX(s.x0, s.x1),
                                        MAX(s.y0, s.y1)});
    }
    paint_box(d, box, true, false);
}

void pdf_draw_dot(pdf_draw *d, pdf_rect r)
{
    float w = pdf_width(r), h = pdf_height(r);
    if (w < 1.2F || h < 1.2F || w > 15 || h > 15 || w > 1.7F * h || h > 1.7F * w)
        return;
    if (sane(r) && d->page->dots->len < MAX_RULES / 10)
        g_array_append_val(d->page->dots, r);
}

static void note_drawing(pdf_draw *d)
{
    if (sane(d->bounds) && d->page->drawings->len < MAX_RULES)
        g_array_append_val(d->page->drawings, d->bounds);
}

static void paint(pdf_draw *d, bool fill, bool stroke)
{
    if (fill ? d->now.fill < 0.97F || stroke : d->now.stroke < 0.97F)
        note_drawing(d);
    if (fill ? d->now.fill < 0.97F : d->now.stroke < 0.97F)
        pdf_draw_dot(d, d->bounds);
    for (guint i = 0; i < d->boxes->len; i++)
        paint_box(d, g_array_index(d->boxes, pdf_rect, i), fill, stroke);
    if (fill)
        fill_polygon(d);
    for (guint i = 0; stroke && i < d->path->len; i++)
        stroke_segment(d, g_array_index(d->path, pdf_rect, i));
}

static void end_path(pdf_draw *d)
{
    g_array_set_size(d->path, 0);
    g_array_set_size(d->boxes, 0);
    d->curved = false;
    d->bounds = (pdf_rect){INFINITY, INFINITY, -INFINITY, -INFINITY};
}

static void include(pdf_draw *d, double x, double y)
{
    pdf_rect point = {(float)x, (float)y, (float)x, (float)y};
    d->bounds = pdf_union(d->bounds, point);
}

/* ---- Operators --------------------------------------------------------------------------- */

typedef void (*operation)(pdf_draw *d, lexer *l);

static double operand(const lexer *l, int from_end)
{
    return l->operands[l->n - from_end];
}

static void op_q(pdf_draw *d, lexer *l)
{
    (void)l;
    if (d->stack->len < MAX_STACK)
        g_array_append_val(d->stack, d->now);
}

static void op_Q(pdf_draw *d, lexer *l)
{
    (void)l;
    if (!d->stack->len)
        return;
    d->now = g_array_index(d->stack, pdf_graphics, d->stack->len - 1);
    g_array_set_size(d->stack, d->stack->len - 1);
}

static void op_cm(pdf_draw *d, lexer *l)
{
    pdf_matrix m = {operand(l, 6), operand(l, 5), operand(l, 4),
                    operand(l, 3), operand(l, 2), operand(l, 1)};
    d->now.ctm = pdf_matrix_multiply(m, d->now.ctm);
}

static void op_w(pdf_draw *d, lexer *l)
{
    const pdf_matrix *m = &d->now.ctm;
    d->now.line_width = (float)(operand(l, 1) * sqrt(fabs(m->a * m->d - m->b * m->c)));
}

static void op_m(pdf_draw *d, lexer *l)
{
    transform(&d->now.ctm, operand(l, 2), operand(l, 1), &d->at_x, &d->at_y);
    d->start_x = d->at_x, d->start_y = d->at_y;
    include(d, d->at_x, d->at_y);
}

static void line_to(pdf_draw *d, double x, double y)
{
    pdf_rect s = {(float)d->at_x, (float)d->at_y, (float)x, (float)y};
    if (d->path->len < MAX_PATH)
        g_array_append_val(d->path, s);
    d->at_x = x, d->at_y = y;
    include(d, x, y);
}

static void op_l(pdf_draw *d, lexer *l)
{
    double x, y;
    transform(&d->now.ctm, operand(l, 2), operand(l, 1), &x, &y);
    line_to(d, x, y);
}

static void op_curve(pdf_draw *d, lexer *l)
{
    transform(&d->now.ctm, operand(l, 2), operand(l, 1), &d->at_x, &d->at_y);
    d->curved = true;
    include(d, d->at_x, d->at_y);
}

static void op_h(pdf_draw *d, lexer *l)
{
    (void)l;
    if (d->at_x != d->start_x || d->at_y != d->start_y)
        line_to(d, d->start_x, d->start_y);
}

static void op_re(pdf_draw *d, lexer *l)
{
    pdf_rect box =
        box_between(&d->now.ctm, operand(l, 4), operand(l, 3), operand(l, 2), operand(l, 1));
    d->bounds = pdf_union(d->bounds, box);
    if (d->boxes->len < MAX_PATH)
        g_array_append_val(d->boxes, box);
}

static void op_stroke(pdf_draw *d, lexer *l)
{
    (void)l;
    paint(d, false, true);
    end_path(d);
}

static void op_close_stroke(pdf_draw *d, lexer *l)
{
    op_h(d, l);
    op_stroke(d, l);
}

static void op_fill(pdf_draw *d, lexer *l)
{
    (void)l;
    paint(d, true, false);
    end_path(d);
}

static void op_fill_stroke(pdf_draw *d, lexer *l)
{
    (void)l;
    paint(d, true, true);
    end_path(d);
}

static void op_n(pdf_draw *d, lexer *l)
{
    (void)l;
    end_path(d);
}

static float grey_of(const lexer *l)
{
    const double *o = l->operands;
    if (l->n >= 4)
        return (float)(1 - MIN(1, o[3] + (o[0] + o[1] + o[2]) / 3));
    if (l->n == 3)
        return (float)((o[0] + o[1] + o[2]) / 3);
    return l->n ? (float)o[0] : 0.5F;
}

static void op_fill_colour(pdf_draw *d, lexer *l)
{
    d->now.fill = grey_of(l);
}

static void op_stroke_colour(pdf_draw *d, lexer *l)
{
    d->now.stroke = grey_of(l);
}

static void op_W(pdf_draw *d, lexer *l)
{
    (void)l;
    d->now.clip = d->bounds;
}

/* A shading fills all that the clip leaves free. */
static void op_sh(pdf_draw *d, lexer *l)
{
    (void)l;
    pdf_draw_dot(d, d->now.clip);
}

static void op_Do(pdf_draw *d, lexer *l)
{
    if (l->name[0] && d->paint_object)
        d->paint_object(d, l->name, d->ctx);
}

#define NAME1(a)       (uint32_t)(a)
#define NAME2(a, b)    ((uint32_t)(a) | (uint32_t)(b) << 8)
#define NAME3(a, b, c) (NAME2(a, b) | (uint32_t)(c) << 16)

static const struct {
    uint32_t name; /* its bytes */
    int operands;
    operation run;
} OPERATORS[] = {
    {NAME1('q'), 0, op_q},
    {NAME1('Q'), 0, op_Q},
    {NAME2('c', 'm'), 6, op_cm},
    {NAME1('w'), 1, op_w},
    {NAME1('m'), 2, op_m},
    {NAME1('l'), 2, op_l},
    {NAME1('c'), 6, op_curve},
    {NAME1('v'), 4, op_curve},
    {NAME1('y'), 4, op_curve},
    {NAME1('h'), 0, op_h},
    {NAME2('r', 'e'), 4, op_re},
    {NAME1('S'), 0, op_stroke},
    {NAME1('s'), 0, op_close_stroke},
    {NAME1('f'), 0, op_fill},
    {NAME1('F'), 0, op_fill},
    {NAME2('f', '*'), 0, op_fill},
    {NAME1('B'), 0, op_fill_stroke},
    {NAME2('B', '*'), 0, op_fill_stroke},
    {NAME1('b'), 0, op_fill_stroke},
    {NAME2('b', '*'), 0, op_fill_stroke},
    {NAME1('n'), 0, op_n},
    {NAME1('g'), 1, op_fill_colour},
    {NAME2('r', 'g'), 3, op_fill_colour},
    {NAME1('k'), 4, op_fill_colour},
    {NAME2('s', 'c'), 1, op_fill_colour},
    {NAME3('s', 'c', 'n'), 0, op_fill_colour},
    {NAME1('G'), 1, op_stroke_colour},
    {NAME2('R', 'G'), 3, op_stroke_colour},
    {NAME1('K'), 4, op_stroke_colour},
    {NAME2('S', 'C'), 1, op_stroke_colour},
    {NAME3('S', 'C', 'N'), 0, op_stroke_colour},
    {NAME1('W'), 0, op_W},
    {NAME2('W', '*'), 0, op_W},
    {NAME2('s', 'h'), 0, op_sh},
    {NAME2('D', 'o'), 0, op_Do},
};

/* ---- Lexing ------------------------------------------------------------------------------ */

enum { REGULAR, BLANK, DELIMITER, NUMBER };

static const guchar CLASSES[256] = {
    ['\0'] = BLANK,    ['\t'] = BLANK,    ['\n'] = BLANK,    ['\f'] = BLANK,
    ['\r'] = BLANK,    [' '] = BLANK,     ['/'] = DELIMITER, ['['] = DELIMITER,
    [']'] = DELIMITER, ['('] = DELIMITER, [')'] = DELIMITER, ['<'] = DELIMITER,
    ['>'] = DELIMITER, ['{'] = DELIMITER, ['}'] = DELIMITER, ['%'] = DELIMITER,
    ['0'] = NUMBER,    ['1'] = NUMBER,    ['2'] = NUMBER,    ['3'] = NUMBER,
    ['4'] = NUMBER,    ['5'] = NUMBER,    ['6'] = NUMBER,    ['7'] = NUMBER,
    ['8'] = NUMBER,    ['9'] = NUMBER,    ['-'] = NUMBER,    ['+'] = NUMBER,
    ['.'] = NUMBER,
};

static bool is_blank(char c)
{
    return CLASSES[(guchar)c] == BLANK;
}

static bool ends_word(char c)
{
    return CLASSES[(guchar)c] == BLANK || CLASSES[(guchar)c] == DELIMITER;
}

static void skip_string(lexer *l)
{
    int depth = 0;
    for (; l->at < l->end; l->at++) {
        if (*l->at == '\\' && l->at + 1 < l->end)
            l->at++;
        else if (*l->at == '(')
            depth++;
        else if (*l->at == ')' && --depth == 0) {
            l->at++;
            return;
        }
    }
}

static void skip_to(lexer *l, char c)
{
    while (l->at < l->end && *l->at != c)
        l->at++;
    if (l->at < l->end)
        l->at++;
}

/* Arrays hold the text of TJ and dashes: nothing that matters here. */
static void skip_array(lexer *l)
{
    while (l->at < l->end && *l->at != ']') {
        if (*l->at == '(')
            skip_string(l);
        else
            l->at++;
    }
}

static double read_number(lexer *l)
{
    double sign = 1, value = 0, scale = 1;
    for (; l->at < l->end && (*l->at == '-' || *l->at == '+'); l->at++)
        if (*l->at == '-')
            sign = -1;
    for (; l->at < l->end && g_ascii_isdigit(*l->at); l->at++)
        value = value * 10 + (*l->at - '0');
    if (l->at < l->end && *l->at == '.')
        for (l->at++; l->at < l->end && g_ascii_isdigit(*l->at); l->at++)
            value += (*l->at - '0') * (scale /= 10);
    return sign * value;
}

static void push(lexer *l, double value)
{
    if (l->n == MAX_OPERANDS) {
        memmove(l->operands, l->operands + 1, (MAX_OPERANDS - 1) * sizeof(double));
        l->n--;
    }
    l->operands[l->n++] = value;
}

static void read_name(lexer *l)
{
    size_t n = 0;
    for (l->at++; l->at < l->end && !ends_word(*l->at); l->at++)
        if (n + 1 < sizeof l->name)
            l->name[n++] = *l->at;
    l->name[n] = '\0';
}

/* "BI ... ID <data> EI": the data is not text. */
static void skip_inline_image(lexer *l)
{
    for (; l->at + 2 < l->end; l->at++)
        if (l->at[0] == 'E' && l->at[1] == 'I' && is_blank(l->at[-1]) && is_blank(l->at[2])) {
            l->at += 2;
            return;
        }
    l->at = l->end;
}

/* dvips draws rules as images of one point. */
static void paint_inline_image(pdf_draw *d)
{
    pdf_rect r = pdf_draw_unit_square(d);
    if (pdf_width(r) <= THIN || pdf_height(r) <= THIN)
        paint_box(d, r, true, false);
}

static void note_text(pdf_draw *d, const lexer *l, const char *name, size_t n)
{
    int mcid = l->mcid;
    if (mcid < 0 && *l->name && n == 3 && memcmp(name, "BDC", 3) == 0 && d->find_property)
        mcid = d->find_property(d, l->name, d->ctx);
    pdf_shown_operator(d, name, n, l->operands, l->n, mcid);
}

static void run_operator(pdf_draw *d, lexer *l, const char *name, size_t n)
{
    uint32_t key = 0;
    d->budget--;
    for (size_t i = 0; i < n && n <= 3; i++)
        key |= (uint32_t)(guchar)name[i] << (8 * i);
    if (key == NAME2('I', 'D')) {
        paint_inline_image(d);
        skip_inline_image(l);
    }
    if (d->page->tagged)
        note_text(d, l, name, n);
    bool shows_text = name[0] == 'T'; /* most of all operators, none of which matters here */
    for (gsize i = 0; key && !shows_text && i < G_N_ELEMENTS(OPERATORS); i++) {
        if (OPERATORS[i].name != key)
            continue;
        if (l->n >= OPERATORS[i].operands)
            OPERATORS[i].run(d, l);
        break;
    }
    l->n = 0;
    l->mcid = -1;
    l->name[0] = '\0';
}

static void read_operator(pdf_draw *d, lexer *l)
{
    const char *start = l->at;
    while (l->at < l->end && !ends_word(*l->at))
        l->at++;
    if (l->at == start)
        l->at++;
    else
        run_operator(d, l, start, (size_t)(l->at - start));
}

static void read_delimited(lexer *l)
{
    char c = *l->at;
    if (c == '/')
        read_name(l);
    else if (c == '(')
        skip_string(l);
    else if (c == '[')
        skip_array(l);
    else if (c == '<' && l->at + 1 < l->end && l->at[1] == '<')
        l->at += 2; /* a dictionary: its keys and values are read as they come */
    else if (c == '<')
        skip_to(l, '>');
    else if (c == '%')
        skip_to(l, '\n');
    else
        l->at++;
}

void pdf_draw_run(pdf_draw *d, const char *bytes, size_t len)
{
    lexer l = {.at = bytes, .end = bytes + len, .mcid = -1};
    while (l.at < l.end && d->budget > 0)
        switch (CLASSES[(guchar)*l.at]) {
        case BLANK:
            l.at++;
            break;
        case NUMBER:
            push(&l, read_number(&l));
            if (l.name[0] == 'M' && strcmp(l.name, "MCID") == 0)
                l.mcid = (int)CLAMP(operand(&l, 1), -1, UINT16_MAX);
            break;
        case DELIMITER:
            read_delimited(&l);
            break;
        default:
            read_operator(d, &l);
        }
}

void pdf_draw_init(pdf_draw *d, pdf_page *page, pdf_matrix base)
{
    *d = (pdf_draw){.page = page, .now = {.ctm = base, .line_width = 1}, .budget = 3000000};
    d->bounds = (pdf_rect){INFINITY, INFINITY, -INFINITY, -INFINITY};
    d->now.clip = (pdf_rect){-INFINITY, -INFINITY, INFINITY, INFINITY};
    d->stack = g_array_new(FALSE, FALSE, sizeof(pdf_graphics));
    d->path = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    d->boxes = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
}

void pdf_draw_clear(pdf_draw *d)
{
    g_array_free(d->stack, TRUE);
    g_array_free(d->path, TRUE);
    g_array_free(d->boxes, TRUE);
}
