/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A word ends at a space, at a change of style and at a change of link. What is left of a
 * change is not separated by a space, so its follower is `glued`.
 */
#include "chars.h"

#include "mathfonts.h"
#include "styles.h"
#include "unicode.h"

#include <math.h>
#include <string.h>

typedef struct {
    pdf_page *page;
    pdf_styles *styles;
    pdf_word word; /* being built; len 0: none */
    bool open;
    bool glue; /* the next word follows without a space */
    gunichar pending_accent;
    bool negate;     /* a slash stands before the relation that it crosses out */
    gsize last_char; /* offset in page->text of the last character written */
    uint32_t area;   /* the link area hit last */
    guint chars;
    pdf_rect first, last; /* of its characters */
} builder;

static pdf_rect rect_of(const PopplerRectangle *r)
{
    pdf_rect box = {(float)MIN(r->x1, r->x2), (float)MIN(r->y1, r->y2),
                    (float)MAX(r->x1, r->x2), (float)MAX(r->y1, r->y2)};
    if (!(isfinite(box.x0) && isfinite(box.y0) && isfinite(box.x1) && isfinite(box.y1)))
        box = (pdf_rect){0, 0, 0, 0};
    return box;
}

static void end_word(builder *b)
{
    if (!b->open)
        return;
    b->open = false;
    b->word.len = (uint32_t)b->page->text->len - b->word.text;
    if (!b->word.len)
        return;
    float w = pdf_width(b->word.box), h = pdf_height(b->word.box);
    float dx = b->last.x0 + b->last.x1 - b->first.x0 - b->first.x1;
    float dy = b->last.y0 + b->last.y1 - b->first.y0 - b->first.y1;
    b->word.rotated = b->chars >= 2 && fabsf(dy) > 2 * fabsf(dx) && h > 1.2F * b->word.size;
    if (b->word.size <= 0.5F)
        b->word.size = b->word.rotated ? w : h;
    g_array_append_val(b->page->words, b->word);
    b->glue = true;
}

static void begin_word(builder *b, pdf_rect box, uint16_t style, uint32_t link)
{
    const pdf_style *s = STYLE(b->styles, style);
    b->word = (pdf_word){.box = box,
                         .text = (uint32_t)b->page->text->len,
                         .style = style,
                         .link = link,
                         .glued = b->glue,
                         .mono = s->mono,
                         .italic = s->italic,
                         .bold = s->bold,
                         .maths = s->maths,
                         .size = s->size};
    b->page->formulas = b->page->formulas || s->maths == MATHS_ITALIC;
    b->open = true;
    b->chars = 0;
}

static bool inside(pdf_rect r, float x, float y)
{
    return x >= r.x0 && x <= r.x1 && y >= r.y0 && y <= r.y1;
}

static uint32_t link_at(builder *b, pdf_rect box)
{
    const GArray *areas = b->page->areas;
    float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
    if (!areas->len)
        return 0;
    if (b->area < areas->len && inside(g_array_index(areas, pdf_area, b->area).box, x, y))
        return g_array_index(areas, pdf_area, b->area).link;
    for (guint i = 0; i < areas->len; i++)
        if (inside(g_array_index(areas, pdf_area, i).box, x, y)) {
            b->area = i;
            return g_array_index(areas, pdf_area, i).link;
        }
    return 0;
}

/* "´" before or after its letter, overlapping it: one accented letter. */
static bool compose(builder *b, gunichar c, pdf_rect box)
{
    gunichar mark = pdf_unicode_combining(c), letter, whole;
    GString *text = b->page->text;
    if (mark && b->open && text->len > b->word.text && box.x0 < b->word.box.x1 - 1) {
        letter = g_utf8_get_char(text->str + b->last_char);
        if (letter < 0x250 && g_unichar_isalpha(letter) &&
            g_unichar_compose(letter, mark, &whole)) {
            g_string_truncate(text, b->last_char);
            g_string_append_unichar(text, whole);
            return true;
        }
    }
    return false;
}

static bool compose_pending(builder *b, gunichar *c, pdf_rect box)
{
    gunichar whole, accent = b->pending_accent;
    b->pending_accent = 0;
    bool apart = !b->open || b->last_char < b->word.text; /* it ended the word before */
    if (!accent || apart || box.x0 > b->word.box.x1 - 1 || *c >= 0x250)
        return false;
    gunichar base = *c == 0x131 ? 'i' : *c;
    if (!g_unichar_isalpha(base) ||
        !g_unichar_compose(base, pdf_unicode_combining(accent), &whole))
        return false;
    g_string_truncate(b->page->text, b->last_char);
    *c = whole;
    return true;
}

/* A mark that the text has behind its letter: "a" and U+0301 are "á". */
static bool compose_mark(builder *b, gunichar c)
{
    GString *text = b->page->text;
    gunichar whole;
    if (c < 0x300 || c >= 0x370 || !b->open || text->len <= b->word.text ||
        !g_unichar_compose(g_utf8_get_char(text->str + b->last_char), c, &whole))
        return false;
    g_string_truncate(text, b->last_char);
    g_string_append_unichar(text, whole);
    return true;
}

/* U+0338 stands before its relation in cmsy: "≠" is a slash and "=". */
static gunichar negate(builder *b, gunichar c)
{
    gunichar whole;
    bool crossed = b->negate && g_unichar_compose(c, 0x338, &whole);
    b->negate = false;
    return crossed ? whole : c;
}

static void extend_word(builder *b, pdf_rect box)
{
    b->word.box = pdf_union(b->word.box, box);
    b->last = box;
    if (!b->chars++)
        b->first = box;
}

static void put(builder *b, gunichar c, pdf_rect box)
{
    gunichar mapped[4];
    if (c > 0x20 && c < 0x7F && c != '`' && !b->pending_accent) {
        b->last_char = b->page->text->len;
        g_string_append_c(b->page->text, (char)c);
        b->page->letters++;
        extend_word(b, box);
        return;
    }
    if (pdf_unicode_unmapped(c))
        b->page->unmapped++;
    b->page->letters++;
    if (compose(b, c, box))
        return;
    if (compose_mark(b, c)) {
        extend_word(b, box);
        return;
    }
    compose_pending(b, &c, box);
    int n = pdf_unicode_map(c, mapped);
    for (int i = 0; i < n; i++) {
        b->last_char = b->page->text->len;
        g_string_append_unichar(b->page->text, mapped[i]);
    }
    if (c > 0x7F && pdf_unicode_combining(c))
        b->pending_accent = c;
    extend_word(b, box);
}

/* A soft hyphen inside a line is nothing; at its end it is a hyphen. */
static bool vanishes(gunichar c, const char *next)
{
    return c == 0xAD && *next && !pdf_unicode_is_space(g_utf8_get_char(next));
}

/* Far from the character before, whatever poppler says: another word. In front of the first
 * words of Arabic lines it tells no space. */
static bool apart(const builder *b, gunichar c, pdf_rect box)
{
    const pdf_word *w = &b->word;
    float em = MAX(w->size, 1.0F);
    if ((!b->open && !b->glue) || (!b->chars && b->open))
        return false;
    if (pdf_overlap(w->box.x0, w->box.x1, box.x0, box.x1) > 0)
        return false; /* runs up or down, or an accent */
    float dx = MAX(box.x0 - w->box.x1, w->box.x0 - box.x1);
    return dx > (pdf_unicode_is_rtl(c) ? 0.18F : 0.35F) * em && dx > 1.5F;
}

static bool beside(const pdf_word *a, const pdf_word *b)
{
    return a->rotated && a->style == b->style && fabsf(a->box.x0 - b->box.x0) < 1 &&
           fabsf(a->box.x1 - b->box.x1) < 1;
}

/* A word of one character runs where its neighbours run. */
static void turn_single_characters(pdf_page *page)
{
    for (guint i = 0; i < page->words->len; i++) {
        pdf_word *w = WORD(page, i);
        if (!w->rotated && w->len <= 4 &&
            ((i && beside(w - 1, w)) || (i + 1 < page->words->len && beside(w + 1, w))))
            w->rotated = true;
    }
}

void pdf_chars_to_words(pdf_page *page, const char *text, const PopplerRectangle *boxes,
                        guint n, const GList *attributes, pdf_styles *styles)
{
    builder b = {.page = page, .styles = styles};
    uint16_t style = 0;
    int style_end = -1;
    for (guint i = 0; i < n && *text; i++) {
        gunichar c = g_utf8_get_char(text);
        text = g_utf8_next_char(text);
        while (attributes && (int)i > style_end) {
            const PopplerTextAttributes *a = attributes->data;
            style = pdf_styles_intern(styles, a->font_name, a->font_size);
            style_end = a->end_index;
            attributes = attributes->next;
        }
        if (pdf_unicode_is_space(c)) {
            end_word(&b);
            b.glue = false;
            continue;
        }
        if (vanishes(c, text))
            continue;
        pdf_rect box = rect_of(&boxes[i]);
        pdf_maths maths = STYLE(styles, style)->maths;
        if (maths == MATHS_EXTENSION)
            box.y1 = MAX(box.y1, box.y0 + pdf_maths_depth(c) * STYLE(styles, style)->size);
        c = negate(&b, pdf_maths_char(maths, c));
        if (maths && c == 0x338) {
            b.negate = true;
            continue;
        }
        uint32_t link = link_at(&b, box);
        if (b.open && (b.word.style != style || b.word.link != link))
            end_word(&b);
        if (apart(&b, c, box))
            end_word(&b), b.glue = false;
        if (!b.open)
            begin_word(&b, box, style, link);
        put(&b, c, box);
        STYLE(styles, style)->letters++;
    }
    end_word(&b);
    turn_single_characters(page);
}
