/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "text.h"

#include "display.h"
#include "formula.h"
#include "lines.h"

#include <string.h>

void pdf_text_begin(pdf_text_builder *b)
{
    b->bytes = g_string_sized_new(256);
    b->spans = g_array_new(FALSE, FALSE, sizeof(pdf_span));
}

static void open_span(pdf_text_builder *b, uint16_t style, uint32_t link, uint8_t script)
{
    pdf_span span = {(uint32_t)b->bytes->len, link, style, script};
    if (b->spans->len) {
        pdf_span *last = &g_array_index(b->spans, pdf_span, b->spans->len - 1);
        if (last->style == style && last->link == link && last->script == script)
            return;
        if (last->start == span.start) {
            *last = span;
            return;
        }
    }
    g_array_append_val(b->spans, span);
}

/* A raised mark at the beginning of a line, and what it marks. */
static bool begins_note(const pdf_page *page, uint32_t first)
{
    const pdf_word *mark = WORD(page, REF(page, first));
    const pdf_word *next = WORD(page, REF(page, first + 1));
    return mark->script == SCRIPT_SUPER && !next->glued &&
           next->box.x0 - mark->box.x1 > 0.02F * next->size;
}

static bool is_spaced(const pdf_page *page, uint32_t first, uint32_t i)
{
    return pdf_words_spaced(page, REF(page, first + i - 1), REF(page, first + i)) ||
           (i == 1 && begins_note(page, first));
}

static void put_words(pdf_text_builder *b, const pdf_page *page, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const pdf_word *w = WORD(page, REF(page, first + i));
        if (i && is_spaced(page, first, i))
            g_string_append_c(b->bytes, ' ');
        open_span(b, w->style, w->link, w->script);
        g_string_append_len(b->bytes, page->text->str + w->text, w->len);
    }
}

/* ---- Formulas ---------------------------------------------------------------------------- */

#define PIECE(p, i) (&g_array_index(p, pdf_piece, i))

static void put_pieces(pdf_text_builder *b, const pdf_page *page, uint32_t line,
                       const GArray *pieces, guint first, guint end)
{
    for (guint i = first; i < end; i++) {
        const pdf_piece *p = PIECE(pieces, i);
        const pdf_word *w = WORD(page, REF(page, p->word));
        if (i > first && p->word != p[-1].word && is_spaced(page, line, p->word - line))
            g_string_append_c(b->bytes, ' ');
        open_span(b, w->style, w->link, w->script);
        g_string_append_len(b->bytes, page->text->str + p->at, p->len);
    }
}

static void put_formula(pdf_text_builder *b, const pdf_page *page, const GArray *pieces,
                        guint first, guint end)
{
    const pdf_word *w = WORD(page, REF(page, PIECE(pieces, first)->word));
    open_span(b, w->style, w->link, SCRIPT_FORMULA);
    g_string_append_c(b->bytes, '$');
    pdf_formula_write(page, pieces, first, end, b->bytes);
    g_string_append_c(b->bytes, '$');
}

/* Between a formula and text; a thin space is one there. */
static void put_gap(pdf_text_builder *b, const pdf_page *page, uint32_t line,
                    const GArray *pieces, guint i)
{
    const pdf_piece *p = PIECE(pieces, i);
    bool thin = p->text && p->len > 1 && p->x0 - p[-1].x1 > 0.1F * p->size;
    if (p->word != p[-1].word && (thin || is_spaced(page, line, p->word - line)))
        g_string_append_c(b->bytes, ' ');
}

static void put_with_formulas(pdf_text_builder *b, const pdf_page *page, uint32_t line,
                              uint32_t count)
{
    g_autoptr(GArray) pieces = pdf_formula_pieces(page, line, count);
    guint done = 0, first, end;
    while (pdf_formula_next(page, pieces, done, &first, &end)) {
        if (done && done < first)
            put_gap(b, page, line, pieces, done);
        put_pieces(b, page, line, pieces, done, first);
        if (first)
            put_gap(b, page, line, pieces, first);
        put_formula(b, page, pieces, first, end);
        done = end;
    }
    if (done && done < pieces->len)
        put_gap(b, page, line, pieces, done);
    put_pieces(b, page, line, pieces, done, pieces->len);
}

void pdf_text_words(pdf_text_builder *b, const pdf_page *page, uint32_t first, uint32_t count)
{
    if (pdf_formula_possible(page, first, count))
        put_with_formulas(b, page, first, count);
    else
        put_words(b, page, first, count);
}

void pdf_text_display(pdf_text_builder *b, const pdf_page *page, const pdf_line *line)
{
    open_span(b, line->style, 0, SCRIPT_FORMULA);
    pdf_display_write(page, line, b->bytes);
}

void pdf_text_bytes(pdf_text_builder *b, const char *bytes, size_t len)
{
    if (!b->spans->len)
        open_span(b, 0, 0, SCRIPT_NONE);
    g_string_append_len(b->bytes, bytes, (gssize)len);
}

void pdf_text_join(pdf_text_builder *b, const pdf_text *text)
{
    for (uint32_t i = 0; i < text->n_spans; i++) {
        const pdf_span *s = &text->spans[i];
        uint32_t end = i + 1 < text->n_spans ? s[1].start : text->len;
        open_span(b, s->style, s->link, s->script);
        g_string_append_len(b->bytes, text->bytes + s->start, end - s->start);
    }
}

void pdf_text_append_line(pdf_text *text, pdf_text *more)
{
    pdf_text_builder t;
    pdf_text_begin(&t);
    pdf_text_join(&t, text);
    pdf_text_bytes(&t, "\n", 1);
    pdf_text_join(&t, more);
    pdf_text_clear(text);
    pdf_text_clear(more);
    *text = pdf_text_end(&t);
}

pdf_text pdf_text_end(pdf_text_builder *b)
{
    pdf_text text = {.len = (uint32_t)b->bytes->len, .n_spans = b->spans->len};
    text.bytes = g_strndup(b->bytes->str, b->bytes->len);
    text.spans = g_memdup2(b->spans->data, b->spans->len * sizeof(pdf_span));
    g_string_free(b->bytes, TRUE);
    g_array_free(b->spans, TRUE);
    *b = (pdf_text_builder){0};
    return text;
}

void pdf_text_clear(pdf_text *text)
{
    if (!text->kept) {
        g_free(text->bytes);
        g_free(text->spans);
    }
    *text = (pdf_text){0};
}

void pdf_text_cut(pdf_text *text, uint32_t n)
{
    uint32_t kept = 0;
    n = MIN(n, text->len);
    memmove(text->bytes, text->bytes + n, text->len - n + 1);
    for (uint32_t i = 0; i < text->n_spans; i++) {
        uint32_t end = i + 1 < text->n_spans ? text->spans[i + 1].start : text->len;
        if (end <= n)
            continue;
        pdf_span span = text->spans[i];
        span.start = span.start > n ? span.start - n : 0;
        text->spans[kept++] = span;
    }
    text->n_spans = kept;
    text->len -= n;
}

char *pdf_text_plain(const pdf_text *text)
{
    char *plain = g_strndup(text->bytes ? text->bytes : "", text->len);
    g_strdelimit(plain, "\n", ' ');
    return plain;
}

char *pdf_text_line(const char *s)
{
    enum { LONGEST = 8192 };
    size_t len = s ? strlen(s) : 0;
    if (!len || !g_utf8_validate(s, (gssize)len, NULL))
        return NULL;
    if (len > LONGEST)
        for (len = LONGEST; len > 0 && ((guchar)s[len] & 0xC0) == 0x80;)
            len--;
    g_autofree char *line = g_strndup(s, len);
    for (char *p = line; *p; p++)
        if ((guchar)*p < 0x20 || *p == 0x7F)
            *p = ' ';
    return *g_strstrip(line) ? g_steal_pointer(&line) : NULL;
}
