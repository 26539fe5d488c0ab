/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Papers set "Abstract" apart from the sections: smaller than a heading, or in the first line
 * of the text it heads. It is a heading all the same.
 */
#include "structure.h"

#include "styles.h"
#include "text.h"

#include <string.h>

static const char *const WORDS[] = {
    "Abstract", "ABSTRACT", "Zusammenfassung", "Kurzfassung", "R\xC3\xA9sum\xC3\xA9",
    "Resumen",  "Resumo",   "Sommario",        NULL};

/* Length of the word that a text begins with, 0 when it is none of them. */
static uint32_t word_at(const pdf_text *t)
{
    for (const char *const *w = WORDS; *w; w++) {
        size_t n = strlen(*w);
        if (t->len >= n && memcmp(t->bytes, *w, n) == 0 &&
            (t->len == n || !g_unichar_isalnum(g_utf8_get_char(t->bytes + n))))
            return (uint32_t)n;
    }
    return 0;
}

/* Where the text behind the word and its dash, colon or stop begins. */
static uint32_t text_at(const pdf_text *t, uint32_t word)
{
    static const char *const marks[] = {
        " ", "\n", ".", ":", "-", "\xE2\x80\x93", "\xE2\x80\x94", NULL};
    const char *p = t->bytes + word;
    for (const char *const *m = marks; *m;) {
        bool here = g_str_has_prefix(p, *m);
        p += here ? strlen(*m) : 0;
        m = here ? marks : m + 1;
    }
    return (uint32_t)(p - t->bytes);
}

static bool marked(const pdf_document *d, const pdf_text *t, uint32_t word, uint32_t text)
{
    if (text > word + 2 && (guchar)t->bytes[word] == 0xE2)
        return true; /* a dash of three bytes */
    if (t->n_spans < 2 || t->spans[1].start < word || t->spans[1].start > text)
        return false;
    const pdf_style *a = STYLE(d->styles, t->spans[0].style);
    const pdf_style *b = STYLE(d->styles, t->spans[1].style);
    return text > word + 1 && (a->bold != b->bold || a->italic != b->italic);
}

static bool stands_alone(const pdf_document *d, const pdf_block *b)
{
    const pdf_style *s = STYLE(d->styles, b->text.spans[0].style);
    return b->centred || s->bold || s->italic || b->size > 1.05F * d->body_size;
}

static pdf_block heading_of(const pdf_document *d, const pdf_block *b, uint32_t word)
{
    pdf_block h = *b;
    pdf_text_builder t;
    pdf_text_begin(&t);
    pdf_text_bytes(&t, b->text.bytes, word);
    h.text = pdf_text_end(&t);
    h.text.spans[0].style = b->text.spans[0].style;
    h.bold = STYLE(d->styles, h.text.spans[0].style)->bold;
    h.kind = BLOCK_HEADING;
    h.lines = 1;
    return h;
}

void pdf_abstract_part(pdf_document *d)
{
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->page > 2)
            return;
        uint32_t word = b->kind == BLOCK_TEXT && b->text.n_spans ? word_at(&b->text) : 0;
        if (!word)
            continue;
        uint32_t text = text_at(&b->text, word);
        bool alone = text >= b->text.len && stands_alone(d, b);
        if (!alone && (text >= b->text.len || !marked(d, &b->text, word, text)))
            continue;
        pdf_block heading = heading_of(d, b, word);
        if (alone) {
            pdf_text_clear(&b->text);
            *b = heading;
        } else {
            pdf_text_cut(&b->text, text);
            g_array_insert_val(d->blocks, i, heading);
        }
        return;
    }
}
