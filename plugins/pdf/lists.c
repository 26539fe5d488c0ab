/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Nesting keeps a stack of the marker positions of open items, relative to their column, so
 * that a list goes on over columns and pages.
 */
#include "lists.h"

#include "lines.h"
#include "text.h"
#include "unicode.h"

#include <math.h>
#include <string.h>

enum { MAX_NESTING = 12 };

/* ---- Markers ----------------------------------------------------------------------------- */

static uint32_t roman_value(const char *s, size_t n)
{
    static const char digits[] = "ivxlc";
    static const uint32_t values[] = {1, 5, 10, 50, 100};
    uint32_t total = 0, before = 0;
    for (size_t i = n; i-- > 0;) {
        const char *d = memchr(digits, s[i] | 0x20, 5);
        if (!d)
            return 0;
        uint32_t v = values[d - digits];
        total = v < before ? total - v : total + v;
        before = MAX(before, v);
    }
    return total < 200 ? total : 0;
}

static bool all_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isdigit(s[i]))
            return false;
    return n > 0;
}

static bool read_value(pdf_marker *m, const char *s, size_t n)
{
    if (all_digits(s, n) && n <= 3) {
        m->kind = '1';
        m->number = (uint32_t)strtoul(s, NULL, 10);
    } else if (n == 1 && g_ascii_isalpha(s[0]) && !strchr("ivxIVX", s[0])) {
        m->kind = g_ascii_islower(s[0]) ? 'a' : 'A';
        m->number = (uint32_t)((s[0] | 0x20) - 'a' + 1);
    } else if (n >= 1 && n <= 5 && (m->number = roman_value(s, n)) > 0) {
        m->kind = g_ascii_islower(s[0]) ? 'i' : 'I';
    }
    return m->kind != 0;
}

/* "1.", "2)", "(a)", "iv." */
static void read_number(pdf_marker *m, const char *s, size_t n)
{
    bool open = n > 2 && s[0] == '(';
    if (n < 2 || (s[n - 1] != '.' && s[n - 1] != ')') || (open && s[n - 1] != ')'))
        return;
    m->close = s[n - 1];
    if (!read_value(m, s + open, n - 1 - open))
        m->close = 0;
}

/* "[12]" */
static void read_reference(pdf_marker *m, const char *s, size_t n)
{
    if (n < 3 || n > 14 || s[0] != '[' || s[n - 1] != ']')
        return;
    m->kind = '[';
    m->number = all_digits(s + 1, n - 2) ? (uint32_t)strtoul(s + 1, NULL, 10) : 0;
}

static void read_bullet(pdf_marker *m, const char *s, size_t n)
{
    gunichar c = g_utf8_get_char(s);
    size_t len = (size_t)(g_utf8_next_char(s) - s);
    bool weak = n == 1 && (*s == '-' || *s == '*' || *s == '+' || *s == 'o');
    if (!weak && (len > n || !pdf_unicode_is_bullet(c)))
        return;
    if (n > len && c != 0x2022 && c != 0x25AA && c != 0x25CF && c != 0x25A0)
        return;
    m->kind = '-';
    m->bullet = c;
    m->weak = weak || c == 0x2013 || c == 0x2212 || c == 0xB7 || c == 0x2605;
    m->bytes = n > len ? (uint32_t)len : 0;
}

pdf_marker pdf_marker_of(const pdf_page *page, const pdf_line *line)
{
    pdf_marker m = {0};
    const pdf_word *w = WORD(page, REF(page, line->first));
    const char *s = page->text->str + w->text;
    bool alone = line->count == 1;
    if (!alone && !pdf_words_spaced(page, REF(page, line->first), REF(page, line->first + 1))) {
        const pdf_word *v = WORD(page, REF(page, line->first + 1));
        if (v->box.x0 - w->box.x1 < 0.1F * line->size &&
            !pdf_unicode_is_bullet(g_utf8_get_char(s)))
            return m;
    }
    read_bullet(&m, s, w->len);
    if (!m.kind)
        read_number(&m, s, w->len);
    if (!m.kind)
        read_reference(&m, s, w->len);
    if (m.kind && alone && !m.bytes)
        m.kind = 0;
    if (!m.kind)
        return m;
    m.words = m.bytes ? 0 : 1;
    m.x = w->box.x0;
    m.content = m.bytes ? w->box.x0 + line->size * 0.8F
                        : WORD(page, REF(page, line->first + 1))->box.x0;
    return m;
}

bool pdf_marker_follows(const pdf_marker *before, const pdf_marker *next)
{
    if (before->kind == '-' || next->kind == '-')
        return before->kind == next->kind && before->bullet == next->bullet;
    return before->kind == next->kind && before->close == next->close &&
           next->number == before->number + 1;
}

/* ---- Lone markers ------------------------------------------------------------------------ */

static void spell_number(const pdf_block *b, char *out, gsize size)
{
    static const char *const romans[] = {"",   "i",   "ii",   "iii", "iv", "v",
                                         "vi", "vii", "viii", "ix",  "x"};
    char first = (char)((b->marker == 'a' ? 'a' : 'A') + (b->number + 25) % 26);
    if (b->marker == '1')
        g_snprintf(out, size, "%u", b->number);
    else if ((b->marker == 'i' || b->marker == 'I') && b->number <= 10)
        g_snprintf(out, size, "%s", romans[b->number]);
    else
        g_snprintf(out, size, "%c", first);
    if (b->marker == 'I')
        for (char *p = out; *p; p++)
            *p = g_ascii_toupper(*p);
}

void pdf_item_to_text(pdf_block *b)
{
    char number[24], marker[40];
    spell_number(b, number, sizeof number);
    g_snprintf(marker, sizeof marker, b->marker == '-' ? "- " : "%s%c ", number,
               b->marker_close ? b->marker_close : '.');
    pdf_text_builder t;
    pdf_text_begin(&t);
    pdf_text_bytes(&t, marker, strlen(marker));
    pdf_text_join(&t, &b->text);
    pdf_text_clear(&b->text);
    b->text = pdf_text_end(&t);
    if (b->text.n_spans > 1) {
        b->text.spans[0].style = b->text.spans[1].style;
    }
    b->kind = BLOCK_TEXT;
    b->first_x = b->marker_x;
}

/* The next item in a direction that could be of the same list. */
static bool has_sibling(const GArray *blocks, guint at, int direction)
{
    const pdf_block *b = BLOCK(blocks, at);
    guint seen = 0;
    for (guint i = at + (guint)direction; i < blocks->len && seen < 12; i += (guint)direction) {
        const pdf_block *p = BLOCK(blocks, i);
        seen += p->kind != BLOCK_DROPPED;
        if (p->kind == BLOCK_HEADING)
            return false;
        if (p->kind == BLOCK_ITEM && p->marker == b->marker &&
            p->marker_close == b->marker_close && p->number == b->number + (guint)direction)
            return true;
    }
    return false;
}

void pdf_lists_check(GArray *blocks)
{
    for (guint i = 0; i < blocks->len; i++) {
        pdf_block *b = BLOCK(blocks, i);
        if (b->kind != BLOCK_ITEM || b->marker == '-')
            continue;
        bool first = b->marker == '1' && b->number == 1;
        if (!first && !has_sibling(blocks, i, -1) && !has_sibling(blocks, i, 1))
            pdf_item_to_text(b);
    }
}

/* ---- Nesting ----------------------------------------------------------------------------- */

typedef struct {
    float x, content;
    char kind;
} level;

typedef struct {
    level levels[MAX_NESTING];
    int depth; /* number of open levels */
} nest;

static void place_item(nest *n, pdf_block *b)
{
    float x = b->marker_x - b->column_x, em = MAX(b->size, 4.0F);
    while (n->depth > 0 && n->levels[n->depth - 1].x > x + 0.5F * em)
        n->depth--;
    bool deeper = n->depth == 0 || x > n->levels[n->depth - 1].x + 0.6F * em;
    if (deeper && n->depth < MAX_NESTING)
        n->depth++;
    n->levels[n->depth - 1] = (level){x, b->content_x - b->column_x, b->marker};
    b->level = (uint8_t)(n->depth - 1);
}

/* A paragraph that begins where an item's text begins belongs to it. */
static bool belongs_to_item(const nest *n, pdf_block *b)
{
    float x = b->first_x - b->column_x, em = MAX(b->size, 4.0F);
    if (b->box.x0 < b->first_x - 0.5F * em)
        return false; /* only its first line is indented */
    for (int i = n->depth - 1; i >= 0; i--)
        if (fabsf(x - n->levels[i].content) < 0.35F * em && n->levels[i].content > 0.8F * em) {
            b->level = (uint8_t)i;
            return true;
        }
    return false;
}

void pdf_lists_nest(GArray *blocks)
{
    nest n = {0};
    for (guint i = 0; i < blocks->len; i++) {
        pdf_block *b = BLOCK(blocks, i);
        if (b->kind == BLOCK_ITEM) {
            place_item(&n, b);
        } else if (b->kind == BLOCK_TEXT || b->kind == BLOCK_CODE) {
            b->continued = n.depth > 0 && belongs_to_item(&n, b);
            if (b->continued)
                n.depth = b->level + 1;
            else
                n.depth = 0;
        } else if (b->kind == BLOCK_HEADING) {
            n.depth = 0;
        }
    }
}
