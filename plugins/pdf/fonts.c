/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A program is known by /Length1, which its dictionary must have, or by the /Subtype of
 * programs in CFF. The new stream, not deflated, is written over the old one and ends with an
 * "endobj" of its own; what is left of the old one stands between two objects then.
 *
 * Of a Type 1 program its clear part is kept, to behind "eexec". Of TrueType and of CFF with
 * CIDs only the first bytes matter, which tell them apart; a CFF font without CIDs is needed
 * whole.
 */
#include "fonts.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

enum { MOST_PROGRAM = 8 << 20, MOST_DICTIONARY = 1000, MOST_KEYS = 20000 };
enum { MOST_CLEAR = 16 << 10, USUALLY_CLEAR = 3 << 10, HEAD = 1024, BEHIND_EEXEC = 64 };

typedef struct {
    char *dict, *dict_end; /* between "<<" and ">>" */
    char *data, *end;      /* of the stream; before "endstream" */
} stream;

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static char *skip_blanks(char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

static bool starts(const char *at, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - at) >= n && memcmp(at, word, n) == 0;
}

/* ---- Finding a stream -------------------------------------------------------------------- */

/* The dictionary around `key`; it must have none within. */
static bool find_dictionary(char *bytes, char *key, char *end, stream *s)
{
    char *lowest = key - bytes > MOST_DICTIONARY ? key - MOST_DICTIONARY : bytes + 2;
    char *highest = end - key > MOST_DICTIONARY ? key + MOST_DICTIONARY : end - 2;
    for (s->dict = key; s->dict > lowest && s->dict[-1] != '<' && s->dict[-1] != '>'; s->dict--)
        ;
    for (s->dict_end = key; s->dict_end < highest && *s->dict_end != '>'; s->dict_end++)
        if (*s->dict_end == '<' || *s->dict_end == '(' || *s->dict_end == '%')
            return false;
    return s->dict > lowest && s->dict[-1] == '<' && s->dict[-2] == '<' &&
           s->dict_end < highest && s->dict_end[1] == '>';
}

/* Where it does not end within reach, s->end is the reach. */
static bool find_data(stream *s, char *end)
{
    s->data = skip_blanks(s->dict_end + 2, end);
    if (!starts(s->data, end, "stream"))
        return false;
    s->data += strlen("stream");
    s->data += starts(s->data, end, "\r\n") ? 2 : starts(s->data, end, "\n");
    size_t reach = (size_t)MIN(end - s->data, MOST_PROGRAM);
    char *found = memmem(s->data, reach, "endstream", strlen("endstream"));
    s->end = found ? found : s->data + reach;
    return found != NULL;
}

/* ---- What is kept of a program ----------------------------------------------------------- */

/* The first bytes of the program; 0 when it is not plainly deflated. */
static size_t inflate_head(const stream *s, char *out, size_t most)
{
    z_stream z = {.next_in = (Bytef *)s->data + 2, /* behind the header of zlib */
                  .avail_in = (uInt)CLAMP(s->end - s->data - 2, 0, G_MAXINT),
                  .next_out = (Bytef *)out,
                  .avail_out = (uInt)most};
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
        return 0;
    int status = inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return status == Z_OK || status == Z_STREAM_END ? z.total_out : 0;
}

static bool has(const stream *s, const char *word)
{
    return memmem(s->dict, (size_t)(s->dict_end - s->dict), word, strlen(word)) != NULL;
}

/* Deflated, and nothing on top of that. */
static bool plainly_deflated(const stream *s)
{
    const char *decode = memmem(s->dict, (size_t)(s->dict_end - s->dict), "Decode", 6);
    return decode && decode - s->dict > 6 && memcmp(decode - 6, "/Flate", 6) == 0 &&
           !memmem(decode + 6, (size_t)(s->dict_end - decode - 6), "Decode", 6);
}

static size_t clear_part(const stream *s, char head[MOST_CLEAR])
{
    for (size_t most = USUALLY_CLEAR; most <= MOST_CLEAR; most *= 2) {
        size_t n = inflate_head(s, head, most);
        const char *eexec = memmem(head, n, "eexec", 5);
        if (eexec && eexec + BEHIND_EEXEC <= head + n)
            return memcmp(head, "%!", 2) == 0 ? (size_t)(eexec - head) + BEHIND_EEXEC : 0;
    }
    return 0;
}

/* ---- Writing it over --------------------------------------------------------------------- */

void pdf_fonts_write_over(char *dict, const char *end, const char *keys, const char *data,
                          size_t n)
{
    static const char END[] = "\nendstream\nendobj\n";
    char head[128];
    size_t len = (size_t)g_snprintf(head, sizeof head, "%s/Length %zu>>stream\n", keys, n);
    if ((size_t)(end - dict) < len + n + strlen(END))
        return;
    memcpy(dict, head, len);
    memcpy(dict + len, data, n);
    memcpy(dict + len + n, END, strlen(END));
}

static void replace(const stream *s, const char *keys, const char *head, size_t n)
{
    pdf_fonts_write_over(s->dict, s->end, keys, head, n);
}

static void shorten(const stream *s)
{
    char head[MOST_CLEAR];
    size_t n;
    if (!plainly_deflated(s))
        return;
    if (has(s, "/Length2")) {
        if ((n = clear_part(s, head)))
            replace(s, "/Length1 0/Length2 0/Length3 0", head, n);
    } else if ((n = inflate_head(s, head, HEAD)) >= 4) {
        if (has(s, "/CIDFontType0C"))
            replace(s, "/Subtype/CIDFontType0C", head, n);
        else if (memcmp(head, "\0\1\0\0", 4) == 0)
            replace(s, "/Length1 0", head, n);
    }
}

static void shorten_all(char *bytes, size_t size, const char *key)
{
    char *at = bytes, *end = bytes + size;
    for (int i = 0; i < MOST_KEYS; i++) {
        stream s = {.end = bytes};
        at = memmem(at, (size_t)(end - at), key, strlen(key));
        if (!at)
            return;
        if (find_dictionary(bytes, at, end, &s) && find_data(&s, end))
            shorten(&s);
        at = MAX(s.end, at + strlen(key));
    }
}

void pdf_fonts_shorten(char *bytes, size_t size)
{
    if (size > PDF_FONTS_MOST_BYTES)
        return;
    shorten_all(bytes, size, "/Length1");
    shorten_all(bytes, size, "/CIDFontType0C");
}
