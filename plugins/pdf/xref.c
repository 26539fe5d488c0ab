/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * An entry has its kind in the upper two bits: an offset, or object stream (40 bits) and index
 * (20). The part of the table that is read first wins, so the newest comes first.
 */
#include "xref.h"

#include <limits.h>
#include <string.h>

enum { UNKNOWN, FREE, IN_FILE, IN_STREAM };
enum { MOST_PARTS = 500, TAIL = 1100, HEADER = 1024, MOST_INDEX = (1 << 20) - 1 };
enum { MOST_NUMBER = 8388607, MOST_TRAILER = 1 << 20 }; /* the number: ISO 32000-1, C.2 */

#define MOST_ENTRIES 20000000
#define MOST_OFFSET  ((gint64)1 << 40)

typedef struct {
    pdf_xref *x;
    pdf_xref_reader read;
    void *ctx;
    gint64 next;   /* offset of the part before; -1: none */
    gint64 hybrid; /* offset of a stream that goes with this part; -1: none */
    gint64 budget; /* entries */
    GArray *seen;  /* offsets of parts: gint64 */
    bool hides;    /* what a hybrid's table calls free is in its stream */
} reader;

static int kind_of(guint64 entry)
{
    return (int)(entry >> 62);
}

static guint64 entry_of(const pdf_xref *x, int number)
{
    return number > 0 && (guint)number < x->entries->len
               ? g_array_index(x->entries, guint64, number)
               : 0;
}

size_t pdf_xref_offset(const pdf_xref *x, int number)
{
    guint64 e = entry_of(x, number);
    return kind_of(e) == IN_FILE ? (size_t)(e & G_GUINT64_CONSTANT(0xFFFFFFFFFF)) : 0;
}

int pdf_xref_stream(const pdf_xref *x, int number, guint *index)
{
    guint64 e = entry_of(x, number);
    if (kind_of(e) != IN_STREAM)
        return 0;
    *index = (guint)(e >> 40) & MOST_INDEX;
    return (int)(e & INT_MAX);
}

static void enter(reader *r, gint64 number, int kind, gint64 where, gint64 index)
{
    pdf_xref *x = r->x;
    r->budget--;
    if (number <= 0 || number >= (gint64)x->size || number > MOST_NUMBER)
        return;
    if (kind == IN_FILE && where > 0 && where < MOST_OFFSET)
        where += (gint64)x->start;
    if (where <= 0 || where >= MIN((gint64)x->size, MOST_OFFSET) || index < 0 ||
        index > MOST_INDEX)
        kind = FREE, where = index = 0;
    if (number >= x->entries->len)
        g_array_set_size(x->entries, (guint)number + 1);
    guint64 *e = &g_array_index(x->entries, guint64, number);
    if (kind_of(*e) == UNKNOWN || (r->hides && kind_of(*e) == FREE))
        *e = (guint64)kind << 62 | (guint64)index << 40 | (guint64)where;
}

/* ---- What both kinds have ---------------------------------------------------------------- */

static gint64 offset_at(pdf_value dictionary, const char *key)
{
    gint64 offset = 0;
    return pdf_value_integer(pdf_value_find(dictionary, key), &offset) ? offset : -1;
}

static pdf_value dictionary_at(const char *at, const char *end)
{
    at = pdf_skip_blanks(at, end);
    return pdf_value_at(at, at + MIN(end - at, MOST_TRAILER));
}

static bool read_trailer(reader *r, pdf_value trailer)
{
    if (!pdf_value_is_dictionary(trailer) || pdf_value_find(trailer, "/Encrypt").at ||
        pdf_value_find(trailer, "/Encrypt").object)
        return false;
    if (!r->x->root)
        r->x->root = pdf_value_find(trailer, "/Root").object;
    r->next = offset_at(trailer, "/Prev");
    return true;
}

/* ---- A table ----------------------------------------------------------------------------- */

/* "0000000123 00000 n" */
static const char *read_row(reader *r, const char *at, const char *end, gint64 number)
{
    at = pdf_skip_blanks(at, end);
    gint64 offset = pdf_read_count(&at, end);
    at = pdf_skip_blanks(at, end);
    gint64 generation = pdf_read_count(&at, end);
    at = pdf_skip_blanks(at, end);
    if (offset < 0 || generation < 0 || at >= end || (*at != 'n' && *at != 'f'))
        return NULL;
    enter(r, number, *at == 'n' ? IN_FILE : FREE, offset, 0);
    return at + 1;
}

static bool read_table(reader *r, const char *at, const char *end)
{
    while ((at = pdf_skip_blanks(at, end)) < end && g_ascii_isdigit(*at)) {
        gint64 first = pdf_read_count(&at, end);
        at = pdf_skip_blanks(at, end);
        gint64 n = pdf_read_count(&at, end);
        if (first < 0 || n < 0)
            return false;
        for (gint64 i = 0; i < n; i++)
            if (r->budget <= 0 || !(at = read_row(r, at, end, first + i)))
                return false;
    }
    if (end - at < 7 || memcmp(at, "trailer", 7) != 0)
        return false;
    pdf_value trailer = dictionary_at(at + 7, end);
    r->hybrid = offset_at(trailer, "/XRefStm");
    return read_trailer(r, trailer);
}

/* ---- A stream ---------------------------------------------------------------------------- */

static gint64 field(const guchar *row, int width, gint64 otherwise)
{
    guint64 value = 0;
    for (int i = 0; i < width; i++)
        value = value << 8 | row[i];
    return !width ? otherwise : value > G_MAXINT64 ? -1 : (gint64)value;
}

static void read_row_of_stream(reader *r, const guchar *row, const int w[3], gint64 number)
{
    gint64 kind = field(row, w[0], 1), a = field(row + w[0], w[1], 0),
           b = field(row + w[0] + w[1], w[2], 0);
    if (kind == 1)
        enter(r, number, IN_FILE, a, 0);
    else if (kind == 2)
        enter(r, number, IN_STREAM, a, b);
    else
        enter(r, number, FREE, 0, 0);
}

static bool read_widths(pdf_value stream, int w[3])
{
    pdf_values items = pdf_value_items(pdf_value_find(stream, "/W"));
    for (int i = 0; i < 3; i++) {
        pdf_value item;
        gint64 width = 0;
        if (!pdf_values_next(&items, &item) || !pdf_value_integer(item, &width) || width < 0 ||
            width > 8)
            return false;
        w[i] = (int)width;
    }
    return w[0] + w[1] + w[2] > 0;
}

static void read_rows(reader *r, pdf_value stream, const guchar *bytes, size_t len,
                      const int w[3])
{
    static const char ALL[] = "[0 2000000000]";
    size_t row = (size_t)(w[0] + w[1] + w[2]), at = 0;
    pdf_value index = pdf_value_find(stream, "/Index"), item;
    pdf_values items = pdf_value_items(
        pdf_value_is_array(index) ? index : pdf_value_at(ALL, ALL + sizeof ALL - 1));
    gint64 first = 0, n = 0;
    while (pdf_values_next(&items, &item) && pdf_value_integer(item, &first) &&
           pdf_values_next(&items, &item) && pdf_value_integer(item, &n))
        for (gint64 i = 0; i < n && at + row <= len && r->budget > 0; i++, at += row)
            read_row_of_stream(r, bytes + at, w, first + i);
}

static bool read_stream(reader *r, pdf_value stream)
{
    int w[3];
    size_t len = 0;
    if (!read_trailer(r, stream) || !read_widths(stream, w))
        return false;
    char *bytes = r->read(r->ctx, stream, &len);
    if (bytes)
        read_rows(r, stream, (const guchar *)bytes, len, w);
    g_free(bytes);
    return bytes != NULL;
}

/* ---- The parts --------------------------------------------------------------------------- */

/* No part is read twice. */
static bool is_new(reader *r, gint64 offset)
{
    for (guint i = 0; i < r->seen->len; i++)
        if (g_array_index(r->seen, gint64, i) == offset)
            return false;
    g_array_append_val(r->seen, offset);
    return true;
}

static bool read_part(reader *r, gint64 offset)
{
    const pdf_xref *x = r->x;
    int object, generation;
    r->next = r->hybrid = -1;
    if (offset < 0 || offset >= (gint64)(x->size - x->start) || !is_new(r, offset))
        return false;
    const char *end = x->bytes + x->size;
    const char *at = pdf_skip_blanks(x->bytes + x->start + offset, end);
    if (end - at > 4 && memcmp(at, "xref", 4) == 0)
        return read_table(r, at + 4, end);
    at = pdf_skip_object_head(at, end, &object, &generation);
    return at && read_stream(r, dictionary_at(at, end));
}

static bool read_parts(reader *r, gint64 offset)
{
    for (int i = 0; offset >= 0; i++) {
        if (i >= MOST_PARTS || r->budget <= 0 || !read_part(r, offset))
            return false;
        offset = r->next;
        r->hides = r->hybrid >= 0;
        if (r->hides && !read_part(r, r->hybrid))
            return false;
        r->hides = false;
    }
    return true;
}

static gint64 find_last_part(const pdf_xref *x)
{
    size_t tail = MIN(x->size, TAIL);
    const char *end = x->bytes + x->size, *at = NULL;
    for (const char *p = end - tail; p && p < end; p++)
        if ((p = memmem(p, (size_t)(end - p), "startxref", 9)) == NULL)
            break;
        else
            at = p;
    if (!at)
        return -1;
    at = pdf_skip_blanks(at + 9, end);
    return pdf_read_count(&at, end);
}

/* Does every object begin where it should? */
static bool is_true(const pdf_xref *x)
{
    for (guint i = 1; i < x->entries->len; i++) {
        size_t offset = pdf_xref_offset(x, (int)i);
        int object, generation;
        const char *end = x->bytes + MIN(x->size, offset + 64);
        if (offset && (!pdf_skip_object_head(pdf_skip_blanks(x->bytes + offset, end), end,
                                             &object, &generation) ||
                       (guint)object != i))
            return false;
    }
    return true;
}

bool pdf_xref_read(pdf_xref *x, const char *bytes, size_t size, pdf_xref_reader read, void *ctx)
{
    const char *header = size ? memmem(bytes, MIN(size, HEADER), "%PDF-", 5) : NULL;
    *x = (pdf_xref){
        .bytes = bytes, .size = size, .start = header ? (size_t)(header - bytes) : 0};
    x->entries = g_array_new(FALSE, TRUE, sizeof(guint64));
    g_autoptr(GArray) seen = g_array_new(FALSE, FALSE, sizeof(gint64));
    reader r = {.x = x, .read = read, .ctx = ctx, .budget = MOST_ENTRIES, .seen = seen};
    gint64 last = size ? find_last_part(x) : -1;
    return last >= 0 && read_parts(&r, last) && x->root && is_true(x);
}

void pdf_xref_clear(pdf_xref *x)
{
    if (x->entries)
        g_array_unref(x->entries);
}
