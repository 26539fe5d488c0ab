/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * An entry of the table of objects says where an object is: its offset in the file, or the
 * number of its object stream and its index there. The table is read once, newest part first
 * (xref.c), and held against the file.
 */
#include "file.h"

#include "inflate.h"

#include <string.h>

enum {
    MAX_REFERENCES = 8,
    MAX_PARENTS = 32,
    MOST_BITS = 32,
    MOST_OBJECT = 16 << 20,
    MOST_STREAM = 64 << 20
};
enum { KEPT_INFLATED = 1 << 20, MOST_INFLATED = 64 << 20, MOST_WORK = 400 << 20 };
enum { MOST_IN_STREAM = 1 << 20, LOADING = 1000 }; /* objects; what a stream costs at least */

typedef struct {
    guint used; /* at which call of tidy() */
    char *bytes;
    size_t len;
    GArray *objects; /* pairs of guint32: number, offset */
} object_stream;

struct pdf_file {
    const char *bytes;
    size_t size;
    pdf_xref xref;
    GHashTable *streams; /* number -> object_stream */
    size_t inflated;     /* bytes in them */
    guint now;
    gint64 work;  /* what is left of MOST_WORK */
    bool loading; /* an object stream, which must not need another one */
};

static void free_stream(gpointer data)
{
    object_stream *s = data;
    g_free(s->bytes);
    g_array_unref(s->objects);
    g_free(s);
}

/* ---- Object streams ---------------------------------------------------------------------- */

static void read_offsets(object_stream *s, gint64 n, gint64 first)
{
    const char *at = s->bytes, *end = s->bytes + s->len;
    for (gint64 i = 0; i < MIN(n, MOST_IN_STREAM); i++) {
        guint32 pair[2];
        at = pdf_skip_blanks(at, end);
        gint64 number = pdf_read_count(&at, end);
        at = pdf_skip_blanks(at, end);
        gint64 offset = pdf_read_count(&at, end);
        if (number < 0 || number > G_MAXINT || offset < 0 || offset > (gint64)s->len - first)
            return;
        pair[0] = (guint32)number;
        pair[1] = (guint32)(offset + first);
        g_array_append_vals(s->objects, pair, 2);
    }
}

static pdf_value object_in_file(pdf_file *f, int number);

static object_stream *load_stream(pdf_file *f, int number)
{
    gint64 n = 0, first = 0;
    bool foreign = false;
    object_stream *s = g_new0(object_stream, 1);
    pdf_value v = object_in_file(f, number);
    f->loading = true;
    f->work -= LOADING;
    s->objects = g_array_new(FALSE, FALSE, sizeof(guint32));
    if (f->inflated < MOST_INFLATED && pdf_value_integer(pdf_file_key(f, v, "/N"), &n) &&
        pdf_value_integer(pdf_file_key(f, v, "/First"), &first) && first >= 0)
        s->bytes = pdf_file_stream(f, v, &s->len, &foreign);
    f->inflated += s->len;
    if (s->bytes && first <= (gint64)s->len)
        read_offsets(s, n, first);
    f->loading = false;
    g_hash_table_insert(f->streams, GINT_TO_POINTER(number), s);
    return s;
}

static pdf_value object_in_stream(pdf_file *f, int stream, guint index, int number)
{
    object_stream *s = g_hash_table_lookup(f->streams, GINT_TO_POINTER(stream));
    if (!s && f->loading)
        return (pdf_value){0};
    if (!s)
        s = load_stream(f, stream);
    s->used = f->now;
    const guint32 *pairs = (const guint32 *)(void *)s->objects->data;
    if (2 * index + 1 >= s->objects->len || pairs[2 * index] != (guint32)number)
        return (pdf_value){0};
    const char *end = s->bytes + s->len;
    return pdf_value_at(pdf_skip_blanks(s->bytes + pairs[2 * index + 1], end), end);
}

static gboolean is_old(gpointer key, gpointer value, gpointer user)
{
    const object_stream *s = value;
    pdf_file *f = user;
    (void)key;
    if (s->len && (f->inflated <= KEPT_INFLATED || f->now - s->used < 2))
        return FALSE;
    f->inflated -= s->len;
    return TRUE;
}

const pdf_xref *pdf_file_table(const pdf_file *f)
{
    return &f->xref;
}

void pdf_file_tidy(pdf_file *f)
{
    f->now++;
    f->work = MOST_WORK;
    g_hash_table_foreach_remove(f->streams, is_old, f);
}

/* ---- Objects ----------------------------------------------------------------------------- */

static pdf_value object_in_file(pdf_file *f, int number)
{
    size_t offset = pdf_xref_offset(&f->xref, number);
    int object, generation;
    if (!offset)
        return (pdf_value){0};
    const char *at = f->bytes + offset, *end = at + MIN(f->size - offset, MOST_OBJECT);
    at = pdf_skip_object_head(pdf_skip_blanks(at, end), end, &object, &generation);
    if (!at || object != number)
        return (pdf_value){0};
    pdf_value v = pdf_value_at(pdf_skip_blanks(at, end), end);
    if (v.at)
        v.object = number, v.generation = generation;
    return v;
}

/* May be a reference, in files that should not be. */
static pdf_value any_object(pdf_file *f, int number)
{
    guint index = 0;
    int stream = pdf_xref_stream(&f->xref, number, &index);
    pdf_value v =
        stream ? object_in_stream(f, stream, index, number) : object_in_file(f, number);
    if (v.at)
        v.object = number;
    return v;
}

pdf_value pdf_file_resolve(pdf_file *f, pdf_value v)
{
    for (int i = 0; i < MAX_REFERENCES && !v.at && v.object; i++)
        v = any_object(f, v.object);
    return v.at ? v : (pdf_value){0};
}

pdf_value pdf_file_object(pdf_file *f, int number)
{
    return pdf_file_resolve(f, (pdf_value){.object = number});
}

pdf_value pdf_file_root(pdf_file *f)
{
    return pdf_file_object(f, f->xref.root);
}

static bool works(pdf_file *f, const char *from, const char *to)
{
    f->work -= from ? to - from : 0;
    return f->work > 0;
}

pdf_value pdf_file_key(pdf_file *f, pdf_value dictionary, const char *key)
{
    if (f->work <= 0)
        return (pdf_value){0};
    const char *stopped;
    pdf_value v = pdf_value_search(dictionary, key, &stopped);
    works(f, dictionary.at, stopped);
    return pdf_file_resolve(f, v);
}

pdf_value pdf_file_inherited(pdf_file *f, pdf_value dictionary, const char *key)
{
    for (int i = 0; i < MAX_PARENTS && dictionary.at; i++) {
        pdf_value v = pdf_file_key(f, dictionary, key);
        if (v.at)
            return v;
        dictionary = pdf_file_key(f, dictionary, "/Parent");
    }
    return (pdf_value){0};
}

bool pdf_file_next(pdf_file *f, pdf_values *items, pdf_value *value)
{
    const char *from = items->at;
    if (f->work <= 0 || !pdf_values_next(items, value))
        return false;
    *value = pdf_file_resolve(f, *value);
    return works(f, from, items->at);
}

bool pdf_file_numbers(pdf_file *f, pdf_value array, double *out, int n)
{
    pdf_values items = pdf_value_items(array);
    for (int i = 0; i < n; i++) {
        pdf_value item;
        if (!pdf_file_next(f, &items, &item) || !pdf_value_number(item, &out[i]))
            return false;
    }
    return true;
}

/* ---- Streams ----------------------------------------------------------------------------- */

/* Where the data of a stream begins; NULL when it is none. */
static const char *data_of(pdf_file *f, pdf_value v)
{
    if (!pdf_value_is_dictionary(v) || v.at < f->bytes || v.at >= f->bytes + f->size)
        return NULL; /* none stands in an object stream */
    const char *end = f->bytes + f->size;
    const char *at = pdf_skip_blanks(pdf_skip_value(v.at, v.end), end);
    works(f, v.at, at);
    if (end - at < 8 || memcmp(at, "stream", 6) != 0)
        return NULL;
    at += 6;
    while (*at == ' ' && at + 2 < end)
        at++;
    at += *at == '\r';
    return at + (*at == '\n');
}

bool pdf_file_is_stream(pdf_file *f, pdf_value v)
{
    return data_of(f, v) != NULL;
}

/* As long as it says it is, if "endstream" stands there or nowhere, else up to the next. */
static size_t length_of(pdf_file *f, pdf_value v, const char *data)
{
    static const char MARK[] = "endstream";
    const char *end = f->bytes + f->size;
    gint64 told = 0;
    if (pdf_value_integer(pdf_file_key(f, v, "/Length"), &told) && told >= 0 &&
        told <= end - data) {
        const char *behind = pdf_skip_blanks(data + told, MIN(end, data + told + 16));
        if (end - behind >= 9 && memcmp(behind, MARK, 9) == 0)
            return (size_t)told;
    }
    const char *found = memmem(data, (size_t)(end - data), MARK, 9);
    works(f, data, found ? found : end);
    return (size_t)(found ? found - data : CLAMP(told, 0, end - data));
}

/* The one filter of a stream and its parameters; false when there are more. */
static bool filter_of(pdf_file *f, pdf_value v, pdf_value *filter, pdf_value *parameters)
{
    pdf_value more;
    *filter = pdf_file_key(f, v, "/Filter");
    *parameters = pdf_file_key(f, v, "/DecodeParms");
    if (pdf_value_is_array(*parameters)) {
        pdf_values items = pdf_value_items(*parameters);
        if (!pdf_file_next(f, &items, parameters))
            *parameters = (pdf_value){0};
    }
    if (!pdf_value_is_array(*filter))
        return true;
    pdf_values items = pdf_value_items(*filter);
    if (!pdf_file_next(f, &items, filter))
        *filter = (pdf_value){0};
    return !pdf_values_next(&items, &more);
}

static size_t parameter(pdf_file *f, pdf_value parameters, const char *key, size_t otherwise)
{
    gint64 value = 0;
    bool told = pdf_value_integer(pdf_file_key(f, parameters, key), &value);
    return told ? (size_t)CLAMP(value, 0, 1 << 20) : otherwise;
}

char *pdf_file_stream(pdf_file *f, pdf_value v, size_t *len, bool *foreign)
{
    pdf_value filter, parameters;
    const char *data = data_of(f, v);
    *len = 0;
    *foreign = false;
    if (!data || f->work <= 0)
        return NULL;
    size_t size = length_of(f, v, data);
    bool one = filter_of(f, v, &filter, &parameters);
    size_t predictor = parameter(f, parameters, "/Predictor", 1);
    f->work -= (gint64)size;
    if (one && !filter.at) {
        *len = MIN(size, MOST_STREAM);
        return g_memdup2(data, *len);
    }
    *foreign = !one || !pdf_value_is_name(filter, "/FlateDecode") || predictor == 2;
    if (*foreign)
        return NULL;
    char *bytes = pdf_inflate(data, size, MOST_STREAM, len);
    f->work -= (gint64)*len;
    if (predictor < 10)
        return bytes;
    size_t pixel = MIN(parameter(f, parameters, "/BitsPerComponent", 8), MOST_BITS) *
                   parameter(f, parameters, "/Colors", 1);
    *len = pdf_unpredict(bytes, *len, pixel, pixel * parameter(f, parameters, "/Columns", 1));
    return bytes;
}

/* ---- Opening ----------------------------------------------------------------------------- */

static char *read_stream(void *ctx, pdf_value v, size_t *len)
{
    bool foreign;
    return pdf_file_stream(ctx, v, len, &foreign);
}

static bool has_pages(pdf_file *f)
{
    return pdf_value_is_dictionary(pdf_file_key(f, pdf_file_root(f), "/Pages"));
}

pdf_file *pdf_file_open(const char *bytes, size_t size)
{
    pdf_file *f = g_new0(pdf_file, 1);
    f->bytes = bytes;
    f->size = size;
    f->work = MOST_WORK;
    f->streams = g_hash_table_new_full(NULL, NULL, NULL, free_stream);
    if (pdf_xref_read(&f->xref, bytes, size, read_stream, f) && has_pages(f))
        return f;
    pdf_file_free(f);
    return NULL;
}

void pdf_file_free(pdf_file *f)
{
    if (!f)
        return;
    pdf_xref_clear(&f->xref);
    g_hash_table_unref(f->streams);
    g_free(f);
}
