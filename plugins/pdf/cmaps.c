/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Plain is: codes of one byte, each told once, by bfchar and bfrange only. It is split into
 * words as poppler does (a PostScript tokenizer): "<" up to ">" is one, so is "(" up to ")".
 */
#include "cmaps.h"

#include "fonts.h"

#include <stdio.h>
#include <string.h>

enum { CODES = 256, LONGEST = 20, MOST_FONTS = 300, MOST_SEEN = 20000, MOST_TEXT = 1 << 20 };
enum { WORTH = 4 }; /* codes in a row whose characters are in a row */

typedef struct {
    const char *at, *end; /* what is left */
    const char *word;
    size_t len;
} words;

/* What a code is: up to four digits as a number, more as they are; no digits: not told. */
typedef struct {
    char digits[LONGEST + 1];
    guint value;
    bool is_long;
} meaning;

typedef struct {
    meaning of[CODES];
} cmap;

/* ---- Words ------------------------------------------------------------------------------- */

static bool is_special(char c)
{
    return c == '\0' || strchr("\t\n\f\r %()/<>[]{}", c);
}

static const char *end_of_string(const char *at, const char *end)
{
    for (at++; at < end && *at != ')'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at < end ? at + 1 : end;
}

static bool next_word(words *w)
{
    const char *at = pdf_skip_blanks(w->at, w->end);
    if (at >= w->end)
        return false;
    w->word = at;
    if (*at == '(') {
        at = end_of_string(at, w->end);
    } else if (*at == '<') {
        const char *close = memchr(at, '>', (size_t)(w->end - at));
        at = close ? close + 1 : w->end;
    } else if (*at++ != '[' && at[-1] != ']') {
        while (at < w->end && !is_special(*at))
            at++;
    }
    w->len = (size_t)(at - w->word);
    w->at = at;
    return true;
}

static bool is(const words *w, const char *word)
{
    return w->len == strlen(word) && memcmp(w->word, word, w->len) == 0;
}

/* The digits between "<" and ">". */
static bool digits_of(const words *w, char out[LONGEST + 1], guint *value)
{
    size_t n = w->len - 2;
    *value = 0;
    if (w->len < 3 || n > LONGEST || w->word[0] != '<' || w->word[w->len - 1] != '>')
        return false;
    for (size_t i = 0; i < n; i++) {
        int digit = g_ascii_xdigit_value(w->word[i + 1]);
        if (digit < 0)
            return false;
        out[i] = w->word[i + 1];
        *value = *value << 4 | (guint)digit;
    }
    out[n] = '\0';
    return true;
}

/* ---- Reading ----------------------------------------------------------------------------- */

static bool read_code(words *w, guint *code)
{
    char digits[LONGEST + 1];
    return digits_of(w, digits, code) && strlen(digits) <= 4 && *code < CODES;
}

static bool tell(cmap *m, guint code, const words *w, guint offset)
{
    meaning *is = &m->of[code];
    if (is->digits[0] || !digits_of(w, is->digits, &is->value))
        return false;
    is->is_long = strlen(is->digits) > 4;
    is->value += offset;
    return is->is_long ? !offset : is->value <= 0xFFFF;
}

static bool read_char(cmap *m, words *w)
{
    guint code;
    return read_code(w, &code) && next_word(w) && tell(m, code, w, 0);
}

static bool read_list(cmap *m, words *w, guint from, guint to)
{
    for (guint code = from; next_word(w); code++) {
        if (is(w, "]"))
            return code == to + 1;
        if (code > to || !tell(m, code, w, 0))
            return false;
    }
    return false;
}

static bool read_range(cmap *m, words *w)
{
    guint from, to;
    if (!read_code(w, &from) || !next_word(w) || !read_code(w, &to) || from > to ||
        !next_word(w))
        return false;
    if (is(w, "["))
        return read_list(m, w, from, to);
    for (guint code = from; code <= to; code++)
        if (!tell(m, code, w, code - from))
            return false;
    return true;
}

static bool read_section(cmap *m, words *w, const char *end, bool (*read)(cmap *m, words *w))
{
    while (next_word(w))
        if (is(w, end))
            return true;
        else if (!read(m, w))
            return false;
    return false;
}

static bool read_cmap(cmap *m, words w)
{
    guint between = 0; /* words since the last section: poppler passes over the first */
    while (next_word(&w)) {
        bool chars = is(&w, "beginbfchar"), ranges = is(&w, "beginbfrange");
        if (is(&w, "usecmap") || is(&w, "begincidchar") || is(&w, "begincidrange"))
            return false;
        if (!chars && !ranges) {
            between++;
            continue;
        }
        if (!between || !(chars ? read_section(m, &w, "endbfchar", read_char)
                                : read_section(m, &w, "endbfrange", read_range)))
            return false;
        between = 0;
    }
    return true;
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void put_meaning(GString *out, const meaning *is)
{
    if (is->is_long)
        g_string_append_printf(out, "<%s>", is->digits);
    else
        g_string_append_printf(out, "<%X>", is->value);
}

static bool told(const cmap *m, guint code)
{
    return code < CODES && m->of[code].digits[0];
}

/* How many codes from here on have characters in a row. */
static guint row_at(const cmap *m, guint code)
{
    guint n = 1;
    while (told(m, code + n) && !m->of[code].is_long && !m->of[code + n].is_long &&
           m->of[code + n].value == m->of[code].value + n)
        n++;
    return n;
}

static guint put_row(GString *out, const cmap *m, guint from, guint n)
{
    g_string_append_printf(out, "<%X><%X>", from, from + n - 1);
    put_meaning(out, &m->of[from]);
    return from + n;
}

/* Up to the next row that is worth to be one. */
static guint put_list(GString *out, const cmap *m, guint from)
{
    guint to = from;
    while (told(m, to) && row_at(m, to) < WORTH)
        to++;
    g_string_append_printf(out, "<%X><%X>[", from, to - 1);
    for (guint code = from; code < to; code++)
        put_meaning(out, &m->of[code]);
    g_string_append_c(out, ']');
    return to;
}

char *pdf_cmap_short(const char *text, size_t len)
{
    cmap m;
    memset(&m, 0, sizeof m);
    if (!read_cmap(&m, (words){.at = text, .end = text + len}))
        return NULL;
    GString *out = g_string_new("0 beginbfrange");
    for (guint code = 0; code < CODES;) {
        guint row = told(&m, code) ? row_at(&m, code) : 0;
        code = !row           ? code + 1
               : row >= WORTH ? put_row(out, &m, code, row)
                              : put_list(out, &m, code);
    }
    g_string_append(out, "endbfrange");
    return g_string_free(out, out->len >= len);
}

/* ---- In the file ------------------------------------------------------------------------- */

/* Where the stream ends; NULL unless its data is deflated and all that stands before that. */
static char *end_of(pdf_file *f, pdf_value stream, char *copy, size_t size)
{
    char *at = copy + (stream.at - copy), *end = copy + size;
    char *found = memmem(at, (size_t)(end - at), "endstream", 9);
    pdf_value filter = pdf_file_key(f, stream, "/Filter");
    return pdf_value_is_name(filter, "/FlateDecode") ? found : NULL;
}

static void shorten(pdf_file *f, pdf_value stream, char *copy, size_t size)
{
    size_t len = 0;
    bool foreign = false;
    if (stream.at < copy || stream.at >= copy + size || !pdf_file_is_stream(f, stream))
        return;
    char *end = end_of(f, stream, copy, size);
    g_autofree char *text = end ? pdf_file_stream(f, stream, &len, &foreign) : NULL;
    g_autofree char *less = text && len <= MOST_TEXT ? pdf_cmap_short(text, len) : NULL;
    if (less)
        pdf_fonts_write_over(copy + (stream.at - copy) + 2, end, "", less, strlen(less));
}

void pdf_cmaps_shorten(pdf_contents *c, char *copy, size_t size, GHashTable *seen)
{
    pdf_file *f = pdf_contents_file(c);
    pdf_value resources = pdf_file_inherited(f, pdf_contents_page(c), "/Resources");
    pdf_values fonts = pdf_value_entries(pdf_file_key(f, resources, "/Font"));
    pdf_value name, font;
    for (int i = 0; copy && i < MOST_FONTS && pdf_values_next(&fonts, &name) &&
                    pdf_values_next(&fonts, &font);
         i++) {
        gpointer object = GINT_TO_POINTER(font.object);
        if (font.at || !font.object || g_hash_table_size(seen) >= MOST_SEEN ||
            !g_hash_table_add(seen, object))
            continue;
        shorten(f, pdf_file_key(f, pdf_file_resolve(f, font), "/ToUnicode"), copy, size);
    }
}
