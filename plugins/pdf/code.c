/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Code keeps its lines and its indentation. Lines that were wrapped because their box was too
 * narrow are joined again, when it is known where the box ends.
 */
#include "flow.h"

#include "lines.h"
#include "text.h"
#include "unicode.h"

#include <math.h>
#include <string.h>

static void put_code_line(pdf_text_builder *t, const pdf_lines *f, guint i, float left)
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
static bool leaves_open(const pdf_lines *f, const pdf_line *l)
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
static float code_edge(const pdf_lines *f, pdf_rect box, bool *known)
{
    *known = true;
    for (guint i = 0; i < f->page->fills->len; i++) {
        pdf_rect b = g_array_index(f->page->fills, pdf_fill, i).box;
        if (b.x0 <= box.x0 + 1 && b.x1 >= box.x1 - 1 && b.y0 <= box.y0 + 2 &&
            b.y1 >= box.y1 - 2 && pdf_width(b) < 1.6F * (f->right - f->left) + 40)
            return b.x1 - MAX(0, box.x0 - b.x0);
    }
    float furthest = 0, size = LINE(f, 0)->size;
    for (guint i = 0; i < f->lines->len; i++)
        furthest = MAX(furthest, LINE(f, i)->box.x1);
    *known = furthest < f->text_right + 2 * size; /* prose need not reach the edge */
    return *known ? furthest : f->text_right;
}

/* ---- Lines that were wrapped -------------------------------------------------------------- */

/* The first bytes of a line, up to `size`, without spaces. */
static void beginning(const pdf_lines *f, const pdf_line *l, char *out, size_t size)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->count && n + 1 < size; k++) {
        const pdf_word *w = WORD(f->page, REF(f->page, l->first + k));
        if (k && pdf_words_spaced(f->page, REF(f->page, l->first + k - 1),
                                  REF(f->page, l->first + k)))
            break;
        for (uint32_t i = 0; i < w->len && n + 1 < size; i++)
            out[n++] = f->page->text->str[w->text + i];
    }
    out[n] = '\0';
}

static bool begins_comment(const char *s)
{
    return *s == '#' || g_str_has_prefix(s, "//") || g_str_has_prefix(s, "/*");
}

static size_t identifier(const char *s)
{
    size_t n = 0;
    while (g_ascii_isalnum(s[n]) || s[n] == '_')
        n++;
    return n;
}

/* "name(", "name.other(": a call, if it is not prose. */
static bool begins_call(const char *s)
{
    const char *bracket = strchr(s, '(');
    return bracket > s && (g_ascii_isalnum(bracket[-1]) || bracket[-1] == '_');
}

static bool assigns(const pdf_lines *f, const pdf_line *l)
{
    if (l->count < 3)
        return false;
    const pdf_word *w = WORD(f->page, REF(f->page, l->first + 1));
    const char *s = f->page->text->str + w->text;
    return (w->len == 1 && *s == '=') || (w->len == 2 && memcmp(s, ":=", 2) == 0);
}

/* The two lines are statements of their own, as far as brackets and beginnings tell. */
static bool apart(const pdf_lines *f, const pdf_line *before, const pdf_line *l, char last)
{
    char a[64], b[64];
    beginning(f, before, a, sizeof a);
    beginning(f, l, b, sizeof b);
    if (last == ';' || last == '{' || last == '}' || begins_comment(b) || *b == '}')
        return true;
    size_t n = identifier(b);
    if (leaves_open(f, before))
        return false;
    if ((n >= 3 && n == identifier(a) && memcmp(a, b, n) == 0) || assigns(f, l))
        return true;
    return begins_comment(a) ? begins_call(b) : last == ')' && n > 0;
}

typedef enum { WRAP_NONE, WRAP_SPACE, WRAP_NOTHING, WRAP_HYPHEN } wrap;

/* Whether line i is the rest of line i - 1, which was too long for its box. */
static wrap wrapped(const pdf_lines *f, guint i, float left, float edge, bool known,
                    float usual)
{
    const pdf_line *before = LINE(f, i - 1), *l = LINE(f, i);
    const pdf_word *w = WORD(f->page, REF(f->page, before->first + before->count - 1));
    bool soft;
    if (l->box.x0 > left + 0.5F || pdf_lines_step(f, i) > 1.3F * usual)
        return WRAP_NONE;
    size_t hyphen = pdf_unicode_hyphen(f->page->text->str + w->text, w->len, &soft);
    if (hyphen && soft && w->len > hyphen)
        return WRAP_HYPHEN;
    float room = edge - before->box.x1, blank = 0.6F * l->size;
    bool full = room > -1 && room < pdf_lines_first_word(f, l) + blank;
    char last = f->page->text->str[w->text + w->len - 1];
    full = full && (before->box.x1 - left > 12 * l->size || last == '=');
    if (!full || !(known || last == '=' || leaves_open(f, before)))
        return WRAP_NONE;
    if (apart(f, before, l, last))
        return WRAP_NONE;
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

void pdf_code_put(pdf_text_builder *t, const pdf_lines *f, guint first, guint end)
{
    float usual = INFINITY;
    pdf_rect box = LINE(f, first)->box;
    for (guint i = first + 1; i < end; i++) {
        box = pdf_union(box, LINE(f, i)->box);
        usual = MIN(usual, MAX(pdf_lines_step(f, i), LINE(f, i)->size));
    }
    bool known;
    float edge = code_edge(f, box, &known);
    for (guint i = first; i < end; i++) {
        if (i > first)
            end_code_line(t, wrapped(f, i, box.x0, edge, known, usual),
                          (int)lroundf(pdf_lines_step(f, i) / usual));
        put_code_line(t, f, i, box.x0);
    }
}
