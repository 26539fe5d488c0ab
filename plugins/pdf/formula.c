/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A formula begins with a script whose base is a letter of a formula (a seed), and grows to
 * both sides over letters, numbers, operators and closed brackets as long as it does not end
 * with an operator or inside of a bracket.
 */
#include "formula.h"

#include <math.h>
#include <string.h>

enum { MOST_BYTES = 2000 }; /* of a line with formulas, and no more pieces than that */

#define PIECE(p, i) (&g_array_index(p, pdf_piece, i))

/* ---- Pieces ------------------------------------------------------------------------------ */

static bool is_letter_font(const pdf_word *w)
{
    return w->maths == MATHS_ITALIC || w->maths == MATHS_AMS_B || w->maths == MATHS_SYMBOLS;
}

/* A single italic letter: a name in a formula when it has scripts. */
static bool is_variable(const pdf_page *page, const pdf_word *w)
{
    const char *s = page->text->str + w->text;
    return w->italic && g_utf8_next_char(s) == s + w->len &&
           g_unichar_isalpha(g_utf8_get_char(s));
}

static gsize run_of(const char *s, const char *end, pdf_latex_class class)
{
    const char *p = s;
    while (p < end && pdf_latex_classify(g_utf8_get_char(p)) == class)
        p = g_utf8_next_char(p);
    return (gsize)(p - s);
}

/* Letters of one word stay together where they are text, numbers always. */
static gsize piece_length(const pdf_word *w, const char *s, const char *end,
                          pdf_latex_class class)
{
    if (class == LATEX_DIGIT) {
        gsize n = run_of(s, end, class);
        return n > 1 && s[n - 1] == '.' ? n - 1 : n; /* a full stop is a piece of its own */
    }
    if (class == LATEX_OTHER || (class == LATEX_LETTER && !is_letter_font(w)))
        return run_of(s, end, class);
    return (gsize)(g_utf8_next_char(s) - s);
}

static void add_word(const pdf_page *page, uint32_t ref, GArray *pieces)
{
    const pdf_word *w = WORD(page, REF(page, ref));
    const char *s = page->text->str + w->text, *end = s + w->len;
    bool variable = is_letter_font(w) || is_variable(page, w);
    for (const char *p = s; p < end;) {
        pdf_latex_class class = pdf_latex_classify(g_utf8_get_char(p));
        gsize n = piece_length(w, p, end, class);
        float x = w->box.x0 + pdf_width(w->box) * (float)(p - s) / (float)w->len;
        bool letter = class == LATEX_LETTER;
        pdf_piece piece = {.word = ref,
                           .at = (uint32_t)(p - page->text->str),
                           .len = (uint32_t)n,
                           .x0 = x,
                           .x1 = x + pdf_width(w->box) * (float)n / (float)w->len,
                           .middle = (w->box.y0 + w->box.y1) / 2,
                           .size = w->size,
                           .class = (uint8_t) class,
                           .maths = letter && variable,
                           .text = letter && !variable && !w->italic,
                           .bold = w->bold,
                           .comma = class == LATEX_COMMA && w->maths == MATHS_ITALIC};
        g_array_append_val(pieces, piece);
        p += n;
    }
}

bool pdf_formula_fits(const pdf_page *page, uint32_t first, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count && bytes < MOST_BYTES; i++)
        bytes += WORD(page, REF(page, first + i))->len;
    return bytes < MOST_BYTES;
}

bool pdf_formula_possible(const pdf_page *page, uint32_t first, uint32_t count)
{
    bool letter = false, script = false;
    for (uint32_t i = 0; i < count; i++) {
        const pdf_word *w = WORD(page, REF(page, first + i));
        script = script || w->script != SCRIPT_NONE;
        letter = letter || is_letter_font(w) || (w->italic && w->len <= 4);
    }
    return count > 1 && script && (letter || page->formulas) && !page->mirrored &&
           pdf_formula_fits(page, first, count);
}

static gunichar dot_of(const pdf_page *page, const pdf_piece *p)
{
    gunichar c = g_utf8_get_char(page->text->str + p->at);
    bool maths = WORD(page, REF(page, p->word))->maths != MATHS_NONE;
    return maths && p->len <= 2 && (c == '.' || c == 0xB7 || c == 0x22C5) ? c : 0;
}

/* Three dots in the fonts of formulas are one piece. */
static void join_dots(const pdf_page *page, GArray *pieces)
{
    for (guint i = 0; i + 2 < pieces->len; i++) {
        pdf_piece *p = PIECE(pieces, i);
        gunichar dot = dot_of(page, p);
        if (!dot || dot_of(page, p + 1) != dot || dot_of(page, p + 2) != dot ||
            p[2].x1 - p->x0 > 2 * p->size)
            continue;
        p->x1 = p[2].x1;
        p->dots = dot;
        p->class = LATEX_LETTER;
        p->maths = true;
        g_array_remove_range(pieces, i + 1, 2);
    }
}

GArray *pdf_formula_pieces(const pdf_page *page, uint32_t first, uint32_t count)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(pdf_piece));
    for (uint32_t i = 0; i < count; i++)
        add_word(page, first + i, pieces);
    join_dots(page, pieces);
    return pieces;
}

/* ---- Where a formula is ------------------------------------------------------------------ */

static bool is_script(const pdf_page *page, const pdf_piece *p)
{
    return WORD(page, REF(page, p->word))->script != SCRIPT_NONE;
}

static float gap_before(const GArray *pieces, guint i)
{
    return PIECE(pieces, i)->x0 - PIECE(pieces, i - 1)->x1;
}

static bool is_bytes(const pdf_page *page, const pdf_piece *p, const char *s)
{
    return p->len == strlen(s) && memcmp(page->text->str + p->at, s, p->len) == 0;
}

static bool is_function(const pdf_page *page, const pdf_piece *p)
{
    return p->text && pdf_latex_is_function(page->text->str + p->at, p->len);
}

/* Letters of formulas, ten with an exponent, and a letter with a symbol beside it. */
static bool is_base(const pdf_page *page, const pdf_piece *base, const pdf_piece *script)
{
    if (base->maths || base->class == LATEX_LARGE)
        return true;
    if (page->formulas && base->class == LATEX_DIGIT && is_bytes(page, base, "10"))
        return WORD(page, REF(page, script->word))->script == SCRIPT_SUPER;
    return page->formulas && base->text && base->len == 1 &&
           (script->maths || (script->class == LATEX_OTHER && script->len > 1));
}

static bool is_seed(const pdf_page *page, const GArray *pieces, guint i)
{
    return i > 0 && is_script(page, PIECE(pieces, i)) &&
           !is_script(page, PIECE(pieces, i - 1)) &&
           gap_before(pieces, i) < 0.25F * PIECE(pieces, i - 1)->size &&
           is_base(page, PIECE(pieces, i - 1), PIECE(pieces, i));
}

static bool takes_part(const pdf_page *page, const pdf_piece *p)
{
    return p->maths || is_function(page, p) || p->class == LATEX_DIGIT ||
           (p->class >= LATEX_BINARY && p->class != LATEX_COMMA) ||
           (p->class == LATEX_LETTER && !p->text && p->len > 2) /* a Greek letter upright */;
}

/* An operand follows an operator, a bracket, or stands close. */
static bool joins(const GArray *pieces, guint left, guint right)
{
    const pdf_piece *a = PIECE(pieces, left), *b = PIECE(pieces, right);
    if (a->class == LATEX_BINARY || b->class == LATEX_BINARY || a->class == LATEX_OPEN ||
        b->class == LATEX_CLOSE || a->class == LATEX_COMMA || a->dots || b->dots)
        return true;
    float gap = b->x0 - a->x1;
    bool number = b->class == LATEX_DIGIT && a->class == LATEX_DIGIT;
    return gap < (number ? 0.05F : 0.22F) * MAX(a->size, b->size);
}

/* A full stop behind a formula ends its sentence. */
static bool is_stop(const pdf_page *page, const GArray *pieces, guint i)
{
    const pdf_piece *p = PIECE(pieces, i);
    if (p->class != LATEX_DIGIT || page->text->str[p->at] != '.')
        return false;
    return i + 1 >= pieces->len || PIECE(pieces, i + 1)->class != LATEX_DIGIT ||
           gap_before(pieces, i + 1) > 0.1F * p->size;
}

static guint grow_right(const pdf_page *page, const GArray *pieces, guint first, guint end)
{
    guint good = end;
    int depth = 0;
    for (guint i = first; i < end; i++)
        depth +=
            (PIECE(pieces, i)->class == LATEX_OPEN) - (PIECE(pieces, i)->class == LATEX_CLOSE);
    for (guint i = end; i < pieces->len; i++) {
        const pdf_piece *p = PIECE(pieces, i);
        bool comma = p->class == LATEX_COMMA && (depth > 0 || p->comma);
        if (is_script(page, p)) {
            if (gap_before(pieces, i) > 0.25F * PIECE(pieces, i - 1)->size)
                break;
        } else if (!(takes_part(page, p) || comma) || is_stop(page, pieces, i) ||
                   !(comma || joins(pieces, i - 1, i))) {
            break;
        }
        depth += (p->class == LATEX_OPEN) - (p->class == LATEX_CLOSE);
        if (depth < 0)
            break;
        if (depth == 0 && p->class != LATEX_BINARY && p->class != LATEX_OPEN && !comma &&
            !(p->text && !is_script(page, p)))
            good = i + 1;
    }
    return good;
}

/* A script in front of its letter, with nothing else that it could belong to. */
static guint with_script_before(const pdf_page *page, const GArray *pieces, guint first,
                                guint least)
{
    if (first <= least || !is_script(page, PIECE(pieces, first - 1)) ||
        gap_before(pieces, first) > 0.15F * PIECE(pieces, first)->size)
        return first;
    bool own =
        first - 1 > least && gap_before(pieces, first - 1) < 0.25F * PIECE(pieces, first)->size;
    return own ? first : first - 1;
}

static guint grow_left(const pdf_page *page, const GArray *pieces, guint first, guint least)
{
    guint good = first;
    int depth = 0;
    for (guint i = first; i-- > least;) {
        const pdf_piece *p = PIECE(pieces, i);
        bool comma = p->class == LATEX_COMMA && (depth > 0 || p->comma);
        if (!is_script(page, p) &&
            (!(takes_part(page, p) || comma) || is_stop(page, pieces, i) ||
             !(comma || joins(pieces, i, i + 1))))
            break;
        depth += (p->class == LATEX_CLOSE) - (p->class == LATEX_OPEN);
        if (depth < 0)
            break;
        if (depth == 0 && p->class != LATEX_BINARY && p->class != LATEX_CLOSE && !comma &&
            !is_script(page, p))
            good = i;
    }
    return with_script_before(page, pieces, good, least);
}

/* Behind what is glued to its base. */
static guint end_of_scripts(const pdf_page *page, const GArray *pieces, guint i)
{
    while (i < pieces->len && is_script(page, PIECE(pieces, i)) &&
           gap_before(pieces, i) < 0.3F * PIECE(pieces, i - 1)->size)
        i++;
    return i;
}

/* A bracket that closes behind the formula, opened right before it: "f(x_i)". */
static bool widen(const pdf_page *page, const GArray *pieces, guint least, guint *first,
                  guint *end)
{
    guint open = *first;
    if (*end >= pieces->len || PIECE(pieces, *end)->class != LATEX_CLOSE)
        return false;
    while (
        open > least && PIECE(pieces, open - 1)->class != LATEX_OPEN &&
        (takes_part(page, PIECE(pieces, open - 1)) || is_script(page, PIECE(pieces, open - 1))))
        open--;
    if (open < least + 2 || PIECE(pieces, open - 1)->class != LATEX_OPEN)
        return false;
    const pdf_piece *before = PIECE(pieces, open - 2);
    if (!(before->maths || is_function(page, before)) ||
        gap_before(pieces, open - 1) > 0.2F * before->size)
        return false;
    *first = open - 2;
    *end += 1;
    return true;
}

bool pdf_formula_next(const pdf_page *page, const GArray *pieces, guint from, guint *first,
                      guint *end)
{
    for (guint i = from + 1; i < pieces->len; i++) {
        if (!is_seed(page, pieces, i))
            continue;
        *first = i - 1;
        *end = end_of_scripts(page, pieces, i);
        do {
            *first = grow_left(page, pieces, *first, from);
            *end = grow_right(page, pieces, *first, *end);
        } while (widen(page, pieces, from, first, end));
        return true;
    }
    return false;
}

/* ---- Writing ----------------------------------------------------------------------------- */

typedef struct {
    const pdf_page *page;
    GString *out;
    pdf_latex_class last;
    bool uneven; /* what should stand in one row does not */
} writer;

static void put_letters(writer *w, const pdf_piece *p)
{
    const char *s = w->page->text->str + p->at, *end = s + p->len;
    const pdf_word *word = WORD(w->page, REF(w->page, p->word));
    bool capital = word->maths == MATHS_SYMBOLS && g_ascii_isupper(*s);
    bool upright = p->text && !word->maths && g_ascii_isalpha(*s);
    const char *around = is_function(w->page, p) ? "\\"
                         : capital               ? "\\mathcal{"
                         : p->bold               ? "\\mathbf{"
                         : upright               ? "\\mathrm{"
                                                 : "";
    if (p->dots) {
        pdf_latex_put_string(w->out, p->dots == '.' ? "\\ldots" : "\\cdots");
        return;
    }
    pdf_latex_put_string(w->out, around);
    if (*around)
        g_string_append_len(w->out, s, end - s);
    for (; !*around && s < end; s = g_utf8_next_char(s))
        pdf_latex_put(w->out, g_utf8_get_char(s));
    if (strchr(around, '{'))
        g_string_append_c(w->out, '}');
}

static bool is_operator(writer *w, const pdf_piece *p, bool first)
{
    return p->class == LATEX_BINARY && !first && w->last != LATEX_BINARY &&
           w->last != LATEX_OPEN && w->last != LATEX_COMMA;
}

static void put_piece(writer *w, const pdf_piece *p, bool first, bool script)
{
    const char *s = w->page->text->str + p->at;
    if (p->latex) {
        pdf_latex_put_string(w->out, p->latex);
        w->last = LATEX_LETTER;
        return;
    }
    bool spaced = !script && is_operator(w, p, first);
    if (spaced || (p->class == LATEX_BINARY && *s == '<'))
        g_string_append_c(w->out, ' ');
    bool bracket = p->class == LATEX_OPEN || p->class == LATEX_CLOSE;
    if (bracket && WORD(w->page, REF(w->page, p->word))->maths == MATHS_EXTENSION)
        pdf_latex_put_string(w->out, "\\Big");
    if (p->class == LATEX_LETTER)
        put_letters(w, p);
    else
        for (const char *c = s; c < s + p->len; c = g_utf8_next_char(c))
            pdf_latex_put(w->out, g_utf8_get_char(c));
    if (spaced || (p->class == LATEX_COMMA && !script) ||
        (p->class == LATEX_BINARY && *s == '<'))
        g_string_append_c(w->out, ' ');
    w->last = p->class;
}

static void write_pieces(writer *w, const pdf_piece **p, guint n, bool script);

static bool only_primes(const pdf_piece **p, guint n)
{
    for (guint i = 0; i < n; i++)
        if (p[i]->class != LATEX_PRIME)
            return false;
    return n > 0;
}

static void put_script(writer *w, const pdf_piece **p, guint n, char mark)
{
    pdf_latex_class last = w->last;
    if (!n)
        return;
    if (mark == '^' && only_primes(p, n)) {
        for (guint i = 0; i < n; i++)
            g_string_append_c(w->out, '\'');
        return;
    }
    g_string_append_printf(w->out, "%c{", mark);
    w->last = LATEX_OTHER;
    write_pieces(w, p, n, true);
    g_string_append_c(w->out, '}');
    w->last = last;
}

/* Smaller pieces behind their base, which stand above or below its middle. */
static guint put_scripts(writer *w, const pdf_piece **p, guint n, float size, float middle)
{
    g_autofree const pdf_piece **up = g_new(const pdf_piece *, n + 1);
    g_autofree const pdf_piece **down = g_new(const pdf_piece *, n + 1);
    guint i = 0, ups = 0, downs = 0;
    for (; i < n && p[i]->size < 0.87F * size; i++)
        *(p[i]->middle < middle ? &up[ups++] : &down[downs++]) = p[i];
    put_script(w, down, downs, '_');
    put_script(w, up, ups, '^');
    return i;
}

static bool is_hanging(const writer *w, const pdf_piece *p)
{
    return p->latex || p->class == LATEX_LARGE ||
           WORD(w->page, REF(w->page, p->word))->maths == MATHS_EXTENSION;
}

/* Pieces of full size stand at one height, and none above another. */
static bool is_even(const writer *w, const pdf_piece **p, guint n, float size)
{
    const pdf_piece *before = NULL;
    for (guint i = 0; i < n; i++) {
        if (p[i]->size < 0.87F * size || (is_hanging(w, p[i]) && !p[i]->latex) || p[i]->dots)
            continue;
        float most = p[i]->latex || (before && before->latex) ? 0.45F : 0.3F;
        if (before && fabsf(p[i]->middle - before->middle) > most * size)
            return false;
        before = p[i];
    }
    return true;
}

static void write_pieces(writer *w, const pdf_piece **p, guint n, bool script)
{
    float size = 0, middle = 0;
    for (guint i = 0; i < n; i++)
        size = MAX(size, is_hanging(w, p[i]) && !p[i]->latex ? 0 : p[i]->size);
    w->uneven = w->uneven || !is_even(w, p, n, size);
    for (guint i = 0; i < n && !middle; i++)
        middle = p[i]->size < 0.87F * size ? 0 : p[i]->middle;
    for (guint i = 0; i < n;) {
        if (p[i]->size < 0.87F * size) {
            if (i == 0)
                g_string_append(w->out, "{}");
            i += put_scripts(w, p + i, n - i, size, middle);
            continue;
        }
        if (i > 0 && p[i]->text && p[i]->x0 - p[i - 1]->x1 > 0.12F * size &&
            (script ? p[i - 1]->text : w->last != LATEX_BINARY && !is_function(w->page, p[i])))
            g_string_append(w->out, script ? "~" : "\\,");
        put_piece(w, p[i], i == 0, script);
        middle = p[i]->middle;
        i++;
    }
}

bool pdf_formula_write_pieces(const pdf_page *page, const pdf_piece **p, guint n, GString *out)
{
    writer w = {.page = page, .out = out, .last = LATEX_OTHER};
    write_pieces(&w, p, n, false);
    return !w.uneven;
}

void pdf_formula_write(const pdf_page *page, const GArray *pieces, guint first, guint end,
                       GString *out)
{
    g_autofree const pdf_piece **p = g_new(const pdf_piece *, end - first + 1);
    for (guint i = first; i < end; i++)
        p[i - first] = PIECE(pieces, i);
    pdf_formula_write_pieces(page, p, end - first, out);
}
