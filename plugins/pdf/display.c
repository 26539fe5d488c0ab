/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Lines are joined when they touch, hold nothing but what formulas hold, and show that they are
 * one: by a bar with something above and below it, or by a large operator or bracket. A bar,
 * the longest first, makes a fraction of what stands above and below it; a bar that begins at a
 * root covers what is under it.
 */
#include "display.h"

#include "formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINES = 24, MOST_RULES = 2000, MOST_BARS = 60, MOST_DEPTH = 5, LONGEST_WORD = 4 };

#define PIECE(p, i) (&g_array_index(p, pdf_piece, i))
#define ROW(l, i)   (&g_array_index(l, pdf_line, i))

/* ---- What a line is ---------------------------------------------------------------------- */

typedef enum { LINE_TEXT, LINE_PART, LINE_FORMULA } line_kind;

typedef struct {
    const pdf_page *page;
    bool script, large;
    guint letters, words; /* of formulas, of text */
} traits;

/* False for what formulas do not hold. */
static bool add_piece(traits *t, const pdf_piece *p)
{
    const pdf_word *w = WORD(t->page, REF(t->page, p->word));
    const char *s = t->page->text->str + p->at;
    bool function = p->text && pdf_latex_is_function(s, p->len);
    if (w->rotated || w->link || w->mono)
        return false;
    t->letters += p->maths;
    t->large = t->large || w->maths == MATHS_EXTENSION;
    t->script = t->script || w->script != SCRIPT_NONE;
    if (p->class == LATEX_LETTER && !p->maths && !function) {
        t->words++;
        return p->len <= LONGEST_WORD;
    }
    return p->class != LATEX_OTHER || w->maths != MATHS_NONE || *s == ':';
}

static line_kind kind_of(const pdf_page *page, const pdf_line *l, traits *t)
{
    *t = (traits){.page = page};
    if (!pdf_formula_fits(page, l->first, l->count))
        return LINE_TEXT;
    g_autoptr(GArray) pieces = pdf_formula_pieces(page, l->first, l->count);
    for (guint i = 0; i < pieces->len; i++)
        if (!add_piece(t, PIECE(pieces, i)))
            return LINE_TEXT;
    if (t->words > 3 + 2 * t->letters)
        return LINE_TEXT;
    return t->letters || t->large ? LINE_FORMULA : LINE_PART;
}

/* ---- Bars -------------------------------------------------------------------------------- */

static bool is_beside(const pdf_word *w, const pdf_rule *r)
{
    float x = (w->box.x0 + w->box.x1) / 2;
    return x > r->from - 1 && x < r->to + 1;
}

/* Something stands close above the bar, and close below. */
static bool divides(const pdf_page *page, const pdf_line *lines, guint n, const pdf_rule *r)
{
    bool above = false, below = false;
    for (guint i = 0; i < n; i++)
        for (uint32_t k = 0; k < lines[i].count; k++) {
            const pdf_word *w = WORD(page, REF(page, lines[i].first + k));
            float off = (w->box.y0 + w->box.y1) / 2 - r->at;
            if (!is_beside(w, r) || fabsf(off) > 1.4F * w->size)
                continue;
            above = above || off < -0.2F * w->size;
            below = below || off > 0.2F * w->size;
        }
    return above && below;
}

static bool within(const pdf_rule *r, pdf_rect box)
{
    return r->from >= box.x0 - 3 && r->to <= box.x1 + 3 && r->at > box.y0 - 1 &&
           r->at < box.y1 + 1;
}

static bool has_fraction(const pdf_page *page, const pdf_line *lines, guint n, pdf_rect box)
{
    for (guint i = 0; i < page->across->len; i++) {
        const pdf_rule *r = &g_array_index(page->across, pdf_rule, i);
        if (within(r, box) && divides(page, lines, n, r))
            return true;
    }
    return false;
}

/* ---- Lines ------------------------------------------------------------------------------- */

typedef struct {
    float x;
    uint32_t word;
} placed;

static int by_x(const void *a, const void *b)
{
    const placed *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return p->word < q->word ? -1 : p->word > q->word;
}

/* One line with the words of all, from left to right. */
static pdf_line join_lines(pdf_page *page, const pdf_line *lines, guint n)
{
    pdf_line joined = lines[0], *to = &joined;
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(placed));
    for (guint i = 0; i < n; i++)
        for (uint32_t k = 0; k < lines[i].count; k++) {
            uint32_t word = REF(page, lines[i].first + k);
            placed w = {WORD(page, word)->box.x0, word};
            g_array_append_val(words, w);
        }
    qsort(words->data, words->len, sizeof(placed), by_x);
    for (guint i = 1; i < n; i++) {
        to->box = pdf_union(to->box, lines[i].box);
        if (lines[i].size > to->size)
            to->size = lines[i].size, to->style = lines[i].style;
    }
    to->first = page->refs->len;
    to->count = words->len;
    to->middle = (to->box.y0 + to->box.y1) / 2;
    for (guint i = 0; i < words->len; i++)
        g_array_append_val(page->refs, g_array_index(words, placed, i).word);
    to->display = true;
    return joined;
}

/* How many lines from `i` on touch each other and hold nothing but formulas. */
static guint touching(const pdf_page *page, const GArray *lines, guint i, bool *formula,
                      bool *large)
{
    pdf_rect box = ROW(lines, i)->box;
    guint n = 0;
    for (; i + n < lines->len && n < MOST_LINES; n++) {
        const pdf_line *l = ROW(lines, i + n);
        traits t;
        if (n && l->box.y0 > box.y1 + 0.12F * l->size)
            break;
        line_kind kind = kind_of(page, l, &t);
        if (kind == LINE_TEXT)
            break;
        *formula = *formula || kind == LINE_FORMULA;
        *large = *large || t.large;
        box = pdf_union(box, l->box);
    }
    return n;
}

/* A formula of one line stands in from the left, and has scripts. */
static bool stands_alone(const pdf_page *page, const pdf_line *l, float left)
{
    traits t;
    return l->box.x0 > left + 2 * l->size && kind_of(page, l, &t) == LINE_FORMULA && t.script &&
           t.letters >= 2;
}

static pdf_rect box_of(const pdf_line *lines, guint n)
{
    pdf_rect box = lines[0].box;
    for (guint i = 1; i < n; i++)
        box = pdf_union(box, lines[i].box);
    return box;
}

static bool can_be_written(const pdf_page *page, const pdf_line *l)
{
    g_autoptr(GString) latex = g_string_new(NULL);
    return pdf_display_write(page, l, latex);
}

/* Matrices, and several rows: what stands above what cannot be told. */
static bool join(pdf_page *page, pdf_line *lines, guint n)
{
    guint refs = page->refs->len;
    pdf_line joined = join_lines(page, lines, n);
    bool good =
        pdf_formula_fits(page, joined.first, joined.count) && can_be_written(page, &joined);
    if (good)
        lines[0] = joined;
    else
        g_array_set_size(page->refs, refs);
    return good;
}

void pdf_display_find(pdf_page *page, GArray *lines)
{
    float left = INFINITY;
    for (guint i = 0; i < lines->len; i++)
        left = MIN(left, ROW(lines, i)->box.x0);
    if (!page->formulas || page->mirrored || page->across->len > MOST_RULES)
        return;
    for (guint i = 0; i < lines->len; i++) {
        bool formula = false, large = false;
        guint n = touching(page, lines, i, &formula, &large);
        pdf_line *l = ROW(lines, i);
        if (!n || !formula)
            continue;
        if (n == 1)
            l->display = stands_alone(page, l, left) && can_be_written(page, l);
        else if ((large || has_fraction(page, l, n, box_of(l, n))) && join(page, l, n))
            g_array_remove_range(lines, i + 1, n - 1);
        else
            i += n - 1;
    }
}

/* ---- Writing ----------------------------------------------------------------------------- */

typedef struct {
    const pdf_page *page;
    pdf_rule bars[MOST_BARS];
    guint n_bars;
    bool failed;      /* something stands where it cannot be told what it is */
    GPtrArray *latex; /* fractions, roots and limits, and what they are written as */
} writer;

typedef struct {
    const pdf_piece **p;
    guint n;
} row;

static float middle_of(const pdf_piece *p)
{
    return (p->x0 + p->x1) / 2;
}

static bool under(const pdf_piece *p, const pdf_rule *r)
{
    return middle_of(p) > r->from - 1 && middle_of(p) < r->to + 1;
}

static bool is_root(const writer *w, const pdf_piece *p, const pdf_rule *r)
{
    return p->class == LATEX_LARGE && fabsf(p->x1 - r->from) < 0.35F * p->size &&
           g_utf8_get_char(w->page->text->str + p->at) == 0x221A;
}

static char *write_row(writer *w, row r, int depth);

static const pdf_piece *make_piece(writer *w, const pdf_rule *bar, float middle, float size,
                                   char *latex)
{
    pdf_piece *made = g_new0(pdf_piece, 1);
    *made = (pdf_piece){.x0 = bar->from,
                        .x1 = bar->to,
                        .middle = middle,
                        .size = size,
                        .class = LATEX_LETTER,
                        .latex = latex};
    g_ptr_array_add(w->latex, latex);
    g_ptr_array_add(w->latex, made);
    return made;
}

/* Take what stands above (below) a bar out of `from`. */
static row take(row *from, const pdf_rule *bar, bool above, const pdf_piece **store)
{
    row taken = {.p = store};
    guint kept = 0;
    for (guint i = 0; i < from->n; i++) {
        bool mine = under(from->p[i], bar) && (from->p[i]->middle < bar->at) == above;
        *(mine ? &taken.p[taken.n++] : &from->p[kept++]) = from->p[i];
    }
    from->n = kept;
    return taken;
}

/* Large brackets and operators have a size of their own. */
static float size_of(const writer *w, row r)
{
    float size = 0;
    for (guint i = 0; i < r.n; i++)
        if (r.p[i]->latex ||
            WORD(w->page, REF(w->page, r.p[i]->word))->maths != MATHS_EXTENSION)
            size = MAX(size, r.p[i]->size);
    return size;
}

static void make_fraction(writer *w, row *r, const pdf_rule *bar, int depth)
{
    g_autofree const pdf_piece **above = g_new(const pdf_piece *, r->n);
    g_autofree const pdf_piece **below = g_new(const pdf_piece *, r->n);
    row up = take(r, bar, true, above), down = take(r, bar, false, below);
    float size = MAX(size_of(w, up), size_of(w, down));
    g_autofree char *a = write_row(w, up, depth + 1), *b = write_row(w, down, depth + 1);
    char *latex = g_strdup_printf("\\frac{%s}{%s}", a, b);
    r->p[r->n++] = make_piece(w, bar, bar->at, size, latex);
}

static void make_root(writer *w, row *r, const pdf_rule *bar, guint root, int depth)
{
    g_autofree const pdf_piece **below = g_new(const pdf_piece *, r->n);
    pdf_rule wide = *bar;
    wide.from = r->p[root]->x0;
    float size = r->p[root]->size;
    r->p[root] = r->p[--r->n];
    row down = take(r, bar, false, below);
    g_autofree char *a = write_row(w, down, depth + 1);
    float middle = down.n ? down.p[0]->middle : bar->at + size / 2;
    r->p[r->n++] = make_piece(w, &wide, middle, size, g_strdup_printf("\\sqrt{%s}", a));
}

/* Whether all of what stands at the bar is on one side of `x`, and not beside an operator. */
static bool parts_at(row r, const pdf_rule *bar, float x, float gap)
{
    guint sides[4] = {0};
    for (guint i = 0; i < r.n; i++) {
        const pdf_piece *p = r.p[i];
        bool left = p->x1 <= x + 0.1F;
        if (!under(p, bar))
            continue;
        if (!left && p->x0 < x + gap)
            return false;
        if (p->class == LATEX_BINARY && p->x1 > x - 0.5F * p->size &&
            p->x0 < x + gap + 0.5F * p->size)
            return false;
        sides[2 * left + (p->middle < bar->at)]++;
    }
    return sides[0] && sides[1] && sides[2] && sides[3];
}

/* Bars of fractions side by side were taken for one: where the first of them ends. */
static float end_of_bar(const writer *w, row r, const pdf_rule *bar)
{
    float gap = MAX(2.1F, 0.18F * size_of(w, r)), end = bar->to;
    for (guint i = 0; i < r.n; i++)
        if (under(r.p[i], bar) && r.p[i]->x1 < end && parts_at(r, bar, r.p[i]->x1, gap))
            end = r.p[i]->x1;
    return end;
}

/* A bar with pieces of the row above and below it, or a root at its beginning. */
static bool use_bar(writer *w, row *r, const pdf_rule *bar, int depth)
{
    guint above = 0, below = 0;
    for (guint i = 0; i < r->n; i++) {
        if (is_root(w, r->p[i], bar)) {
            make_root(w, r, bar, i, depth);
            return true;
        }
        if (under(r->p[i], bar))
            *(r->p[i]->middle < bar->at ? &above : &below) += 1;
    }
    if (!above || !below)
        return false;
    pdf_rule one = *bar, rest = *bar;
    one.to = end_of_bar(w, *r, bar);
    make_fraction(w, r, &one, depth);
    rest.from = one.to + 1.1F;
    if (rest.from < rest.to)
        use_bar(w, r, &rest, depth);
    return true;
}

static int by_start(const void *a, const void *b)
{
    const pdf_piece *p = *(const pdf_piece *const *)a, *q = *(const pdf_piece *const *)b;
    return p->x0 < q->x0 ? -1 : p->x0 > q->x0;
}

/* Limits above and below a large operator stand behind it, as scripts do. */
static void place_limits(writer *w, row *r)
{
    float size = size_of(w, *r);
    for (guint i = 0; i < r->n; i++) {
        const pdf_piece *large = r->p[i];
        for (guint k = 0; k < r->n && large->class == LATEX_LARGE && !large->latex; k++) {
            const pdf_piece *p = r->p[k];
            float off = fabsf(p->middle - large->middle);
            if (p->size > 0.87F * size || p->latex || off < 0.6F * size || off > 2.2F * size ||
                middle_of(p) < large->x0 - size || middle_of(p) > large->x1 + size)
                continue;
            pdf_piece *moved = g_memdup2(p, sizeof *p);
            moved->x0 = large->x1 + p->x0 / 1e5F; /* in their order */
            moved->x1 = moved->x0 + p->x1 - p->x0;
            g_ptr_array_add(w->latex, moved);
            r->p[k] = moved;
        }
    }
}

static char *write_row(writer *w, row r, int depth)
{
    GString *out = g_string_new(NULL);
    g_autofree const pdf_piece **p = g_new(const pdf_piece *, r.n + 1);
    row own = {.p = p, .n = r.n};
    memcpy(p, r.p, r.n * sizeof(*p));
    for (guint i = 0; i < w->n_bars && depth < MOST_DEPTH; i++)
        use_bar(w, &own, &w->bars[i], depth);
    place_limits(w, &own);
    if (own.n)
        qsort(own.p, own.n, sizeof(*own.p), by_start);
    if (!pdf_formula_write_pieces(w->page, own.p, own.n, out))
        w->failed = true;
    return g_string_free(out, FALSE);
}

static int by_length(const void *a, const void *b)
{
    const pdf_rule *p = a, *q = b;
    float d = (q->to - q->from) - (p->to - p->from);
    if (d != 0)
        return d < 0 ? -1 : 1;
    return p->at < q->at ? -1 : p->at > q->at;
}

static void find_bars(writer *w, pdf_rect box)
{
    for (guint i = 0; i < w->page->across->len && w->n_bars < MOST_BARS; i++) {
        const pdf_rule *r = &g_array_index(w->page->across, pdf_rule, i);
        if (within(r, box))
            w->bars[w->n_bars++] = *r;
    }
    qsort(w->bars, w->n_bars, sizeof *w->bars, by_length);
}

/* "(12)" at the end, far from the rest: where it begins; else the number of pieces. */
static guint find_number(const pdf_page *page, const GArray *pieces)
{
    guint i = pieces->len;
    if (i < 4 || PIECE(pieces, i - 1)->class != LATEX_CLOSE)
        return pieces->len;
    for (i--;
         i > 1 && (PIECE(pieces, i - 1)->class == LATEX_DIGIT || PIECE(pieces, i - 1)->text);)
        i--;
    const pdf_piece *open = PIECE(pieces, i - 1);
    bool apart = i > 1 && open->x0 - PIECE(pieces, i - 2)->x1 > 1.5F * open->size;
    return page->text->str[open->at] == '(' && apart && i + 1 < pieces->len ? i - 1
                                                                            : pieces->len;
}

static void write_number(const pdf_page *page, const GArray *pieces, guint first, GString *out)
{
    if (first >= pieces->len)
        return;
    g_string_append(out, " \\tag{");
    for (guint i = first + 1; i + 1 < pieces->len; i++)
        g_string_append_len(out, page->text->str + PIECE(pieces, i)->at, PIECE(pieces, i)->len);
    g_string_append_c(out, '}');
}

bool pdf_display_write(const pdf_page *page, const pdf_line *line, GString *out)
{
    g_autoptr(GArray) pieces = pdf_formula_pieces(page, line->first, line->count);
    guint n = find_number(page, pieces);
    writer w = {.page = page, .latex = g_ptr_array_new_with_free_func(g_free)};
    g_autofree const pdf_piece **p = g_new(const pdf_piece *, n + 1);
    for (guint i = 0; i < n; i++)
        p[i] = PIECE(pieces, i);
    find_bars(&w, line->box);
    g_autofree char *latex = write_row(&w, (row){p, n}, 0);
    g_string_append_printf(out, "$$ %s", g_strstrip(latex));
    write_number(page, pieces, n, out);
    g_string_append(out, " $$");
    g_ptr_array_free(w.latex, TRUE);
    return !w.failed;
}
