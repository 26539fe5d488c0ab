/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A slice is the document with an update behind its end (ISO 32000-1, 7.5.6): a catalog and a
 * root of the pages tree under the numbers of the old ones, with the slice's pages only and
 * their labels. The update's table of objects is complete, and in numbers of fixed width:
 * poppler reads it twenty times as fast as the file's own.
 *
 *     end of the file | table of objects | catalog, root | startxref
 *                       written once       each slice's
 *
 * Cut is only what cannot become something else by it: a file whose table is true (file.h) and
 * has all pages, a pages tree that hands on nothing but from its root, labels in one ascending
 * list from the first page on. Should a slice not have its pages, or one of them not be
 * readable, the whole document is opened instead.
 */
#include "slices.h"

#include "xref.h"

#include <malloc.h>
#include <string.h>

enum { FEWEST_PAGES = 1000, SHORTEST = 400, LONGEST = 5000, MOST_SLICES = 16 };
enum { MOST_DEPTH = 32, MOST_INNER = 100000, MOST_LABELS = 1000, MOST_NUMBER = 1 << 30 };
enum { ROOM = 256 << 10, MOST_VALUE = 16 << 10 };

/* Of a row of the table: kind, place, generation or index. */
enum { KIND = 1, PLACE = 5, WHICH = 3, ROW = KIND + PLACE + WHICH };

typedef struct {
    int object, generation;
} reference;

/* From page `from` (from 0) on: its number, and the rest of its dictionary. */
typedef struct {
    int from, start;
    char *look;
} label;

struct pdf_slices {
    char *bytes;
    size_t size;
    pdf_file *file;
    uint32_t n_pages;
    reference catalog, root; /* of the file; of the pages tree */
    GString *shared;         /* entries of the root that its pages inherit */
    GString *layers;         /* an entry of the catalog */
    GArray *pages;           /* reference */
    GArray *labels;          /* label */
    int inner;               /* nodes of the pages tree */
    size_t table, rows, end; /* offsets of the table and its rows; end of what stays */
    PopplerDocument *open;
    uint32_t first, count; /* the pages that are open */
};

size_t pdf_slices_room(size_t size)
{
    return size / 8 + ROOM;
}

/* ---- What the file has ------------------------------------------------------------------- */

/* As it stands in the file; false when it is longer than any that makes sense. */
static bool put_entry(GString *out, pdf_value dictionary, const char *key)
{
    pdf_value v = pdf_value_find(dictionary, key);
    const char *end = v.at ? pdf_skip_value(v.at, v.end) : NULL;
    if (v.at && end - v.at > MOST_VALUE)
        return false;
    if (v.at || v.object)
        g_string_append_printf(out, "%s ", key);
    if (v.at)
        g_string_append_len(out, v.at, end - v.at);
    else if (v.object)
        g_string_append_printf(out, "%d %d R", v.object, v.generation);
    return true;
}

static const char *const INHERITED[] = {"/MediaBox", "/CropBox", "/Rotate", "/Resources"};

static bool hands_on(pdf_value node)
{
    for (gsize i = 0; i < G_N_ELEMENTS(INHERITED); i++) {
        pdf_value v = pdf_value_find(node, INHERITED[i]);
        if (v.at || v.object)
            return true;
    }
    return false;
}

static gint64 integer(pdf_file *f, pdf_value dictionary, const char *key, gint64 otherwise)
{
    gint64 number;
    return pdf_value_integer(pdf_file_key(f, dictionary, key), &number) ? number : otherwise;
}

/* A node that has as many kids as pages has no other kids. */
static bool has_leaves_only(pdf_file *f, pdf_value node, pdf_value kids)
{
    pdf_values items = pdf_value_items(kids);
    pdf_value kid;
    gint64 n = 0;
    while (pdf_values_next(&items, &kid))
        n++;
    return n == integer(f, node, "/Count", -1);
}

static bool is_object(const pdf_slices *s, reference r)
{
    guint index;
    const pdf_xref *x = pdf_file_table(s->file);
    return pdf_xref_offset(x, r.object) || pdf_xref_stream(x, r.object, &index);
}

static bool collect(pdf_slices *s, pdf_value node, int depth)
{
    pdf_value kids = pdf_file_key(s->file, node, "/Kids"), kid;
    bool leaves = has_leaves_only(s->file, node, kids);
    if (!pdf_value_is_array(kids) || depth > MOST_DEPTH || ++s->inner > MOST_INNER)
        return false;
    pdf_values items = pdf_value_items(kids);
    while (pdf_values_next(&items, &kid)) {
        reference r = {kid.object, kid.generation};
        if (kid.at || !is_object(s, r) || s->pages->len >= s->n_pages)
            return false;
        pdf_value v = leaves ? (pdf_value){0} : pdf_file_resolve(s->file, kid);
        if (!pdf_file_key(s->file, v, "/Kids").at)
            g_array_append_val(s->pages, r);
        else if (hands_on(v) || !collect(s, v, depth + 1))
            return false;
    }
    return true;
}

static bool add_label(pdf_slices *s, gint64 from, pdf_value dictionary)
{
    static const char *const keys[] = {"/S", "/P"};
    gint64 start = integer(s->file, dictionary, "/St", 1);
    if (!pdf_value_is_dictionary(dictionary) || ABS(start) > MOST_NUMBER)
        return false;
    GString *look = g_string_new(NULL);
    bool whole = true;
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        whole &= put_entry(look, dictionary, keys[i]);
    label l = {(int)from, (int)start, g_string_free(look, FALSE)};
    g_array_append_val(s->labels, l);
    return whole;
}

/* Pages without labels are counted: a slice would count its own. */
static bool read_labels(pdf_slices *s, pdf_value catalog)
{
    static const char COUNT[] = "<</S/D>>";
    pdf_value tree = pdf_value_find(catalog, "/PageLabels"), value;
    if (!tree.at && !tree.object)
        return add_label(s, 0, pdf_value_at(COUNT, COUNT + strlen(COUNT)));
    tree = pdf_file_resolve(s->file, tree);
    pdf_value list = pdf_file_key(s->file, tree, "/Nums");
    pdf_values items = pdf_value_items(list);
    gint64 before = -1, from;
    if (!pdf_value_is_array(list) || pdf_file_key(s->file, tree, "/Kids").at)
        return false;
    while (pdf_file_next(s->file, &items, &value)) {
        if (!pdf_value_integer(value, &from) || from <= before || from > MOST_NUMBER ||
            (before < 0 && from > 0) || /* poppler has its own way with the pages before */
            s->labels->len >= MOST_LABELS || !pdf_file_next(s->file, &items, &value) ||
            !add_label(s, from, value))
            return false;
        before = from;
    }
    return true;
}

static bool read_file(pdf_slices *s)
{
    pdf_value catalog = pdf_file_root(s->file), root = pdf_value_find(catalog, "/Pages");
    const pdf_xref *x = pdf_file_table(s->file);
    s->catalog = (reference){x->root, catalog.generation};
    s->root = (reference){root.object, root.generation};
    if (x->bytes != s->bytes || x->start || root.at || !is_object(s, s->catalog) ||
        !is_object(s, s->root))
        return false;
    bool whole = put_entry(s->layers, catalog, "/OCProperties") && read_labels(s, catalog);
    root = pdf_file_resolve(s->file, root);
    for (gsize i = 0; i < G_N_ELEMENTS(INHERITED); i++)
        whole &= put_entry(s->shared, root, INHERITED[i]);
    return whole && collect(s, root, 0) && s->pages->len == s->n_pages;
}

/* ---- The table of objects ---------------------------------------------------------------- */

static void put_number(char **at, guint64 number, int width)
{
    for (int i = width - 1; i >= 0; i--)
        *(*at)++ = (char)(number >> (8 * i));
}

static void put_row(pdf_slices *s, int object, int kind, guint64 place, guint64 which)
{
    char *at = s->bytes + s->rows + (size_t)object * ROW;
    put_number(&at, (guint64)kind, KIND);
    put_number(&at, place, PLACE);
    put_number(&at, which, WHICH);
}

/* As the file has it. */
static void put_own_row(pdf_slices *s, int number)
{
    const pdf_xref *x = pdf_file_table(s->file);
    size_t offset = pdf_xref_offset(x, number);
    guint index = 0;
    int stream = pdf_xref_stream(x, number, &index), object, generation = 0;
    if (offset)
        pdf_skip_object_head(pdf_skip_blanks(s->bytes + offset, s->bytes + s->size),
                             s->bytes + s->size, &object, &generation);
    if (offset)
        put_row(s, number, 1, offset, (guint64)generation);
    else if (stream)
        put_row(s, number, 2, (guint64)stream, index);
    else
        put_row(s, number, 0, 0, 0);
}

static bool put_table(pdf_slices *s)
{
    static const char END[] = "\nendstream endobj\n";
    guint n = pdf_file_table(s->file)->entries->len;
    char head[200];
    int len = g_snprintf(head, sizeof head,
                         "\n%u 0 obj<</Type/XRef/Size %u/W[%d %d %d]/Root %d %d R/Length %zu>>"
                         "stream\n",
                         n, n, KIND, PLACE, WHICH, s->catalog.object, s->catalog.generation,
                         (size_t)n * ROW);
    s->table = s->size + 1;
    s->rows = s->size + (size_t)len;
    s->end = s->rows + (size_t)n * ROW + strlen(END);
    if (s->end > s->size + pdf_slices_room(s->size))
        return false;
    memcpy(s->bytes + s->size, head, (size_t)len);
    for (guint i = 0; i < n; i++)
        put_own_row(s, (int)i);
    memcpy(s->bytes + s->end - strlen(END), END, strlen(END));
    return true;
}

/* ---- A slice's catalog and root ---------------------------------------------------------- */

static void put_labels(const pdf_slices *s, GString *t)
{
    int first = (int)s->first, end = (int)(s->first + s->count);
    g_string_append(t, "/PageLabels<</Nums[");
    for (guint i = 0; i < s->labels->len; i++) {
        const label *l = &g_array_index(s->labels, label, i);
        bool last = i + 1 == s->labels->len;
        if (l->from >= end || (!last && l[1].from <= first))
            continue;
        int from = MAX(l->from, first);
        g_string_append_printf(t, "%d<<%s/St %d>>", from - first, l->look,
                               l->start + from - l->from);
    }
    g_string_append(t, "]>>");
}

static void put_pages(const pdf_slices *s, GString *t)
{
    g_string_append_printf(t, "<</Type/Pages/Count %u%s/Kids[", s->count, s->shared->str);
    for (uint32_t i = 0; i < s->count; i++) {
        const reference *r = &g_array_index(s->pages, reference, s->first + i);
        g_string_append_printf(t, "%d %d R\n", r->object, r->generation);
    }
    g_string_append(t, "]>>");
}

static void put_head(pdf_slices *s, GString *t, reference r)
{
    g_string_append_c(t, '\n');
    put_row(s, r.object, 1, s->end + t->len, (guint64)r.generation);
    g_string_append_printf(t, "%d %d obj", r.object, r.generation);
}

static GString *put_slice(pdf_slices *s)
{
    GString *t = g_string_new(NULL);
    put_head(s, t, s->catalog);
    g_string_append_printf(t, "<</Type/Catalog/Pages %d %d R%s", s->root.object,
                           s->root.generation, s->layers->str);
    put_labels(s, t);
    g_string_append(t, ">>endobj");
    put_head(s, t, s->root);
    put_pages(s, t);
    g_string_append(t, "endobj");
    return t;
}

/* ---- Opening ----------------------------------------------------------------------------- */

static PopplerDocument *open_bytes(const pdf_slices *s, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(s->bytes, size);
    return poppler_document_new_from_bytes(bytes, NULL, NULL);
}

/* The file, the table and the text. */
static PopplerDocument *open_with(const pdf_slices *s, GString *text)
{
    g_string_append_printf(text, "\nstartxref\n%zu\n%%%%EOF\n", s->table);
    if (s->end + text->len > s->size + pdf_slices_room(s->size))
        return NULL;
    memcpy(s->bytes + s->end, text->str, text->len);
    return open_bytes(s, s->end + text->len);
}

static void close_slice(pdf_slices *s)
{
    g_clear_object(&s->open);
    malloc_trim(0); /* what is kept of pages lies between what poppler kept */
}

static void open_all(pdf_slices *s)
{
    close_slice(s);
    s->open = open_bytes(s, s->size);
    s->first = 0;
    s->count = s->n_pages;
}

static void open_slice(pdf_slices *s, uint32_t first)
{
    uint32_t most = CLAMP(s->n_pages / MOST_SLICES + 1, SHORTEST, LONGEST);
    close_slice(s);
    s->first = first;
    s->count = MIN(most, s->n_pages - first);
    GString *text = put_slice(s);
    s->open = open_with(s, text);
    g_string_free(text, TRUE);
    if (s->open && (uint32_t)poppler_document_get_n_pages(s->open) == s->count)
        return;
    open_all(s);
}

static PopplerPage *page_at(const pdf_slices *s, uint32_t index)
{
    return s->open ? poppler_document_get_page(s->open, (int)(index - s->first)) : NULL;
}

/* Poppler passes over pages that are none: the ones behind move up, also into the next slice.
 */
PopplerPage *pdf_slices_page(pdf_slices *s, uint32_t number)
{
    uint32_t index = number - 1;
    if (index - s->first >= s->count)
        open_slice(s, index);
    PopplerPage *page = page_at(s, index);
    if (page || s->count == s->n_pages)
        return page;
    open_all(s);
    return page_at(s, index);
}

/* To tell a page's number poppler looks up all pages before it. */
static GString *put_empty_pages(pdf_slices *s)
{
    GString *t = g_string_new(NULL);
    for (guint i = 0; i < s->pages->len; i++) {
        put_head(s, t, g_array_index(s->pages, reference, i));
        g_string_append(t, "<</Type/Page>>endobj");
    }
    return t;
}

PopplerDocument *pdf_slices_whole(pdf_slices *s)
{
    close_slice(s);
    put_own_row(s, s->catalog.object);
    put_own_row(s, s->root.object);
    GString *text = put_empty_pages(s);
    PopplerDocument *whole = open_with(s, text);
    g_string_free(text, TRUE);
    if (whole && (uint32_t)poppler_document_get_n_pages(whole) == s->n_pages)
        return whole;
    g_clear_object(&whole);
    return open_bytes(s, s->size);
}

/* ---- Life -------------------------------------------------------------------------------- */

static void clear_label(gpointer l)
{
    g_free(((label *)l)->look);
}

pdf_slices *pdf_slices_new(char *bytes, size_t size, pdf_file *file, uint32_t n_pages)
{
    if (!file || n_pages < FEWEST_PAGES)
        return NULL;
    pdf_slices *s = g_new0(pdf_slices, 1);
    *s = (pdf_slices){.bytes = bytes,
                      .size = size,
                      .file = file,
                      .n_pages = n_pages,
                      .shared = g_string_new(NULL),
                      .layers = g_string_new(NULL),
                      .pages = g_array_new(FALSE, FALSE, sizeof(reference)),
                      .labels = g_array_new(FALSE, FALSE, sizeof(label))};
    g_array_set_clear_func(s->labels, clear_label);
    if (!read_file(s) || !put_table(s))
        g_clear_pointer(&s, pdf_slices_free);
    return s;
}

void pdf_slices_free(pdf_slices *s)
{
    if (!s)
        return;
    g_clear_object(&s->open);
    g_string_free(s->shared, TRUE);
    g_string_free(s->layers, TRUE);
    g_array_free(s->pages, TRUE);
    g_array_free(s->labels, TRUE);
    g_free(s);
}
