/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "value.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { MOST_DIGITS = 15, LONGEST_NUMBER = 350, LONGEST_NAME = 1000 };
enum { LONGEST_STRING = 128 << 10 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

static bool is_regular(char c)
{
    return !is_blank(c) && !strchr("()<>[]{}/%", c);
}

static bool two(const char *at, const char *end, char c)
{
    return end - at >= 2 && at[0] == c && at[1] == c;
}

const char *pdf_skip_blanks(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '%')
            while (at < end && *at != '\n' && *at != '\r')
                at++;
        if (at == end || !is_blank(*at))
            break;
    }
    return at;
}

static const char *skip_string(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        if (*at == '\\')
            at += at + 1 < end;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return end;
}

/* What is no bracket around others; one byte at least. */
static const char *skip_token(const char *at, const char *end)
{
    if (*at == '(')
        return skip_string(at, end);
    if (*at == '<') {
        const char *close = memchr(at, '>', (size_t)(end - at));
        return close ? close + 1 : end;
    }
    for (at++; at < end && is_regular(*at); at++)
        ;
    return at;
}

gint64 pdf_read_count(const char **at, const char *end)
{
    gint64 value = 0;
    const char *p = *at;
    for (; p < end && g_ascii_isdigit(*p) && p - *at < MOST_DIGITS; p++)
        value = value * 10 + (*p - '0');
    if (p == *at || (p < end && g_ascii_isdigit(*p)))
        return -1;
    *at = p;
    return value;
}

/* Two numbers and a word: "12 0 R", "12 0 obj". */
static const char *skip_numbered(const char *at, const char *end, const char *word, int *object,
                                 int *generation)
{
    gint64 n = pdf_read_count(&at, end);
    const char *next = pdf_skip_blanks(at, end);
    if (n < 0 || n > INT_MAX || next == at)
        return NULL;
    at = next;
    gint64 g = pdf_read_count(&at, end);
    next = pdf_skip_blanks(at, end);
    size_t len = strlen(word);
    if (g < 0 || g > INT_MAX || next == at || (size_t)(end - next) < len ||
        memcmp(next, word, len) != 0)
        return NULL;
    *object = (int)n;
    *generation = (int)g;
    return next + len;
}

const char *pdf_skip_object_head(const char *at, const char *end, int *object, int *generation)
{
    return skip_numbered(at, end, "obj", object, generation);
}

static const char *skip_reference(const char *at, const char *end, pdf_value *v)
{
    const char *behind =
        g_ascii_isdigit(*at) ? skip_numbered(at, end, "R", &v->object, &v->generation) : NULL;
    return behind && (behind == end || !is_regular(*behind)) ? behind : NULL;
}

const char *pdf_skip_value(const char *at, const char *end)
{
    pdf_value v;
    int depth = 0;
    do {
        const char *behind;
        at = pdf_skip_blanks(at, end);
        if (at >= end)
            return end;
        if (!depth && (*at == '>' || *at == ']'))
            return at; /* no value: who holds it ends here */
        if (two(at, end, '<') || two(at, end, '>')) {
            depth += *at == '<' ? 1 : -1;
            at += 2;
        } else if (*at == '[' || *at == ']') {
            depth += *at == '[' ? 1 : -1;
            at++;
        } else if (!depth && (behind = skip_reference(at, end, &v))) {
            at = behind;
        } else {
            at = skip_token(at, end);
        }
    } while (depth > 0);
    return at;
}

/* ---- Parts ------------------------------------------------------------------------------- */

pdf_value pdf_value_at(const char *at, const char *end)
{
    pdf_value v = {0};
    if (at >= end || skip_reference(at, end, &v))
        return v;
    bool null = end - at >= 4 && memcmp(at, "null", 4) == 0;
    return null ? (pdf_value){0} : (pdf_value){.at = at, .end = end};
}

static int hex_digits(const char *at)
{
    int high = g_ascii_xdigit_value(at[0]), low = g_ascii_xdigit_value(at[1]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Without "#41" for "A". */
static char *unescape_name(const char *at, const char *end)
{
    GString *name = g_string_sized_new((gsize)(end - at));
    for (; at < end; at++) {
        int c = *at == '#' && end - at > 2 ? hex_digits(at + 1) : -1;
        g_string_append_c(name, c > 0 ? (char)c : *at);
        at += c > 0 ? 2 : 0;
    }
    return g_string_free(name, FALSE);
}

static bool same_name(const char *at, const char *end, const char *name)
{
    size_t len = (size_t)(end - at);
    if (!memchr(at, '#', len))
        return strlen(name) == len && memcmp(at, name, len) == 0;
    g_autofree char *plain = unescape_name(at, end);
    return strcmp(plain, name) == 0;
}

pdf_value pdf_value_search(pdf_value dictionary, const char *key, const char **stopped)
{
    *stopped = dictionary.at;
    if (!pdf_value_is_dictionary(dictionary))
        return (pdf_value){0};
    const char *at = dictionary.at + 2, *end = dictionary.end;
    while ((at = pdf_skip_blanks(at, end)) < end && *at == '/') {
        const char *name = at, *behind = skip_token(at, end);
        const char *value = pdf_skip_blanks(behind, end);
        *stopped = value;
        if (same_name(name, behind, key))
            return pdf_value_at(value, end);
        *stopped = at = pdf_skip_value(value, end);
    }
    return (pdf_value){0};
}

pdf_value pdf_value_find(pdf_value dictionary, const char *key)
{
    const char *stopped;
    return pdf_value_search(dictionary, key, &stopped);
}

pdf_values pdf_value_items(pdf_value array)
{
    return pdf_value_is_array(array) ? (pdf_values){array.at + 1, array.end} : (pdf_values){0};
}

pdf_values pdf_value_entries(pdf_value dictionary)
{
    return pdf_value_is_dictionary(dictionary) ? (pdf_values){dictionary.at + 2, dictionary.end}
                                               : (pdf_values){0};
}

bool pdf_values_next(pdf_values *items, pdf_value *value)
{
    items->at = pdf_skip_blanks(items->at, items->end);
    if (items->at >= items->end || *items->at == ']' || *items->at == '>')
        return false;
    *value = pdf_value_at(items->at, items->end);
    items->at = pdf_skip_value(items->at, items->end);
    return true;
}

/* ---- Kinds ------------------------------------------------------------------------------- */

/* Longer ones are cut: nobody needs them, and they would be read again and again. */
static const char *end_within(pdf_value v, ptrdiff_t most)
{
    return v.at + MIN(v.end - v.at, most);
}

bool pdf_value_is_dictionary(pdf_value v)
{
    return v.at && two(v.at, v.end, '<');
}

bool pdf_value_is_array(pdf_value v)
{
    return v.at && *v.at == '[';
}

bool pdf_value_is_string(pdf_value v)
{
    return v.at && (*v.at == '(' || (*v.at == '<' && !two(v.at, v.end, '<')));
}

bool pdf_value_is_name(pdf_value v, const char *name)
{
    return v.at && *v.at == '/' &&
           same_name(v.at, skip_token(v.at, end_within(v, LONGEST_NAME)), name);
}

bool pdf_value_number(pdf_value v, double *number)
{
    double sign = 1, value = 0, scale = 1;
    const char *at = v.at, *digits;
    if (!at)
        return false;
    v.end = end_within(v, LONGEST_NUMBER);
    for (; at < v.end && (*at == '-' || *at == '+'); at++)
        sign = *at == '-' ? -1 : sign;
    for (digits = at; at < v.end && g_ascii_isdigit(*at); at++)
        value = value * 10 + (*at - '0');
    if (at < v.end && *at == '.')
        for (at++, digits++; at < v.end && g_ascii_isdigit(*at); at++)
            value += (*at - '0') * (scale /= 10);
    *number = sign * value;
    return at > digits && isfinite(value);
}

bool pdf_value_integer(pdf_value v, gint64 *number)
{
    double value = 0;
    if (!pdf_value_number(v, &value) || fabs(value) > 1e15)
        return false;
    const char *behind = skip_token(v.at, end_within(v, LONGEST_NUMBER));
    *number = (gint64)value;
    return !memchr(v.at, '.', (size_t)(behind - v.at));
}

char *pdf_value_name(pdf_value v)
{
    if (!v.at || *v.at != '/')
        return NULL;
    return unescape_name(v.at, skip_token(v.at, end_within(v, LONGEST_NAME)));
}

/* ---- Strings ----------------------------------------------------------------------------- */

static char *read_hex(const char *at, const char *end, size_t *len)
{
    GString *out = g_string_new(NULL);
    int high = -1;
    for (at++; at < end && *at != '>'; at++) {
        int digit = g_ascii_xdigit_value(*at);
        if (digit < 0)
            continue;
        if (high >= 0)
            g_string_append_c(out, (char)(high * 16 + digit));
        high = high < 0 ? digit : -1;
    }
    if (high >= 0)
        g_string_append_c(out, (char)(high * 16));
    *len = out->len;
    return g_string_free(out, FALSE);
}

/* Behind the backslash; a line that goes on gives nothing. Returns its last byte. */
static const char *read_escape(const char *at, const char *end, GString *out)
{
    static const char FROM[] = "nrtbf", TO[] = "\n\r\t\b\f";
    const char *found = strchr(FROM, *at);
    if (*at >= '0' && *at <= '7') {
        int c = 0, i = 0;
        for (; i < 3 && at + i < end && at[i] >= '0' && at[i] <= '7'; i++)
            c = c * 8 + (at[i] - '0');
        g_string_append_c(out, (char)c);
        return at + i - 1;
    }
    if (*at == '\r')
        return at + (at + 1 < end && at[1] == '\n');
    if (*at != '\n')
        g_string_append_c(out, found && *found ? TO[found - FROM] : *at);
    return at;
}

static char *read_literal(const char *at, const char *end, size_t *len)
{
    GString *out = g_string_new(NULL);
    const char *close = skip_string(at, end);
    close -= close > at + 1 && close[-1] == ')';
    for (at++; at < close; at++) {
        if (*at == '\\' && at + 1 < close) {
            at = read_escape(at + 1, close, out);
        } else if (*at == '\r') {
            at += at + 1 < close && at[1] == '\n';
            g_string_append_c(out, '\n');
        } else {
            g_string_append_c(out, *at);
        }
    }
    *len = out->len;
    return g_string_free(out, FALSE);
}

char *pdf_value_string(pdf_value v, size_t *len)
{
    *len = 0;
    if (!pdf_value_is_string(v))
        return NULL;
    const char *end = end_within(v, LONGEST_STRING);
    return *v.at == '(' ? read_literal(v.at, end, len) : read_hex(v.at, end, len);
}

/* PDFDocEncoding where it is not Latin 1: ISO 32000-1, D.2. */
static const guint16 DOC_LOW[] = {0x2D8, 0x2C7, 0x2C6, 0x2D9, 0x2DD, 0x2DB, 0x2DA, 0x2DC};
static const guint16 DOC_HIGH[] = {
    0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x192,  0x2044, 0x2039, 0x203A, 0x2212,
    0x2030, 0x201E, 0x201C, 0x201D, 0x2018, 0x2019, 0x201A, 0x2122, 0xFB01, 0xFB02, 0x141,
    0x152,  0x160,  0x178,  0x17D,  0x131,  0x142,  0x153,  0x161,  0x17E,  0xFFFD, 0x20AC};

static char *from_doc_encoding(const guchar *bytes, size_t len)
{
    GString *out = g_string_sized_new(len);
    for (size_t i = 0; i < len; i++) {
        gunichar c = bytes[i];
        if (c >= 0x18 && c < 0x20)
            c = DOC_LOW[c - 0x18];
        else if (c >= 0x80 && c <= 0xA0)
            c = DOC_HIGH[c - 0x80];
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

char *pdf_value_text(pdf_value v)
{
    size_t len = 0;
    g_autofree char *bytes = pdf_value_string(v, &len);
    if (!bytes)
        return NULL;
    if (len >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0)
        return g_convert_with_fallback(bytes + 2, (gssize)((len - 2) & ~(size_t)1), "UTF-8",
                                       "UTF-16BE", NULL, NULL, NULL, NULL);
    if (len >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0)
        return g_convert_with_fallback(bytes + 2, (gssize)((len - 2) & ~(size_t)1), "UTF-8",
                                       "UTF-16LE", NULL, NULL, NULL, NULL);
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
        return g_utf8_make_valid(bytes + 3, (gssize)(len - 3));
    return from_doc_encoding((const guchar *)bytes, len);
}
