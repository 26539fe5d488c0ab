/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A place leads to a heading when, from there down, nothing begins before it. Names of headings
 * are those that GitHub gives: https://github.com/gjtorikian/html-pipeline, TOC filter.
 */
#include "targets.h"

#include "structure.h"

#include "styles.h"

#include <limits.h>
#include <math.h>
#include <qpdf/qpdf-c.h>
#include <stdio.h>
#include <string.h>

enum { UNKNOWN = INT_MIN, LONGEST_NAME = 500, MOST_NAMED = 20000, MOST_LOOKS = 4000000 };

/* How far above a heading its place may be: points. */
enum { ABOVE = 60 };

typedef struct {
    uint32_t page; /* from 1; 0 for none */
    float x, y;    /* ours; NAN when unknown */
} place;

typedef struct {
    pdf_document *d;
    GHashTable *pages; /* object number -> page */
    GArray *first;     /* page - 1 -> its first block; one more at the end */
    GPtrArray *names;  /* block -> name of the heading, or NULL */
    guint named;       /* looked up so far */
    guint looks;       /* blocks looked at so far */
} resolver;

/* ---- Keys -------------------------------------------------------------------------------- */

/* As LaTeX names what is no heading; most links of a paper are these. */
static bool is_elsewhere(const char *name)
{
    static const char *const kinds[] = {"cite.", "equation.", "figure.", "table.",
                                        "page.", "Hfootnote", "Item.",   "lstlisting."};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(name, kinds[i]))
            return true;
    return false;
}

static char *key_of_name(const char *bytes, size_t len)
{
    if (!bytes || !len || len > LONGEST_NAME)
        return NULL;
    g_autofree char *name = poppler_named_dest_from_bytestring((const guint8 *)bytes, len);
    return name && !is_elsewhere(name) ? g_strdup_printf("%cn%s", PDF_TARGET, name) : NULL;
}

static int coordinate(qpdf_data q, qpdf_oh array, int i)
{
    qpdf_oh item = i < qpdf_oh_get_array_n_items(q, array) ? qpdf_oh_get_array_item(q, array, i)
                                                           : qpdf_oh_new_null(q);
    double value = qpdf_oh_is_number(q, item) ? qpdf_oh_get_numeric_value(q, item) : NAN;
    return isfinite(value) && fabs(value) < 1e6 ? (int)lround(value) : UNKNOWN;
}

/* [page /XYZ left top zoom], [page /FitH top], [page /Fit] */
static char *key_of_array(qpdf_data q, qpdf_oh array)
{
    if (qpdf_oh_get_array_n_items(q, array) < 2)
        return NULL;
    qpdf_oh fit = qpdf_oh_get_array_item(q, array, 1);
    const char *how = qpdf_oh_is_name(q, fit) ? qpdf_oh_get_name(q, fit) : "";
    int left = UNKNOWN, top = UNKNOWN;
    if (strcmp(how, "/XYZ") == 0) {
        left = coordinate(q, array, 2);
        top = coordinate(q, array, 3);
    } else if (strcmp(how, "/FitH") == 0 || strcmp(how, "/FitBH") == 0) {
        top = coordinate(q, array, 2);
    }
    int page = qpdf_oh_get_object_id(q, qpdf_oh_get_array_item(q, array, 0));
    return page > 0 && top != UNKNOWN
               ? g_strdup_printf("%co %d %d %d", PDF_TARGET, page, left, top)
               : NULL;
}

static qpdf_oh destination_of(qpdf_data q, qpdf_oh annotation)
{
    qpdf_oh action = qpdf_oh_get_key(q, annotation, "/A");
    if (!qpdf_oh_is_dictionary(q, action))
        return qpdf_oh_get_key(q, annotation, "/Dest");
    qpdf_oh kind = qpdf_oh_get_key(q, action, "/S");
    bool within = qpdf_oh_is_name(q, kind) && strcmp(qpdf_oh_get_name(q, kind), "/GoTo") == 0;
    return within ? qpdf_oh_get_key(q, action, "/D") : qpdf_oh_new_null(q);
}

char *pdf_target_key(qpdf_data q, qpdf_oh annotation)
{
    size_t len = 0;
    qpdf_oh target = destination_of(q, annotation);
    if (qpdf_oh_is_array(q, target))
        return key_of_array(q, target);
    if (qpdf_oh_is_name(q, target)) {
        const char *name = qpdf_oh_get_name(q, target);
        return key_of_name(name + 1, strlen(name + 1));
    }
    if (!qpdf_oh_is_string(q, target))
        return NULL;
    const char *bytes = qpdf_oh_get_binary_string_value(q, target, &len);
    return key_of_name(bytes, len);
}

/* ---- Places ------------------------------------------------------------------------------ */

/* From the page's own coordinates; on a page that is turned we do not know. */
static place place_on(const resolver *r, uint32_t page, float left, float top)
{
    if (page < 1 || page > r->d->leaves->len)
        return (place){0};
    float base = g_array_index(r->d->leaves, pdf_leaf, page - 1).base;
    return (place){pdf_page_said_on(r->d, page), left, base - top};
}

static place named_place(resolver *r, const char *name)
{
    if (r->named++ >= MOST_NAMED)
        return (place){0};
    PopplerDest *dest = poppler_document_find_dest(r->d->poppler, name);
    if (!dest)
        return (place){0};
    place p = place_on(r, dest->page_num > 0 ? (uint32_t)dest->page_num : 0,
                       dest->change_left ? (float)dest->left : NAN,
                       dest->change_top ? (float)dest->top : NAN);
    poppler_dest_free(dest);
    return p;
}

static place explicit_place(const resolver *r, const char *key)
{
    int object, left, top;
    if (sscanf(key, "o %d %d %d", &object, &left, &top) != 3)
        return (place){0};
    gpointer page = g_hash_table_lookup(r->pages, GINT_TO_POINTER(object));
    return place_on(r, GPOINTER_TO_UINT(page), left == UNKNOWN ? NAN : (float)left, (float)top);
}

/* ---- Headings ---------------------------------------------------------------------------- */

/* The place is in the block's first line, or above it. */
static bool begins_at(const pdf_block *b, place p)
{
    return b->box.y0 + 1.4F * b->size >= p.y && b->box.y0 <= p.y + ABOVE &&
           (isnan(p.x) || b->box.x1 > p.x);
}

/* The name of the heading that a place leads to; NULL when something else begins there. */
static const char *heading_at(resolver *r, place p)
{
    if (!p.page || isnan(p.y))
        return NULL;
    guint begin = g_array_index(r->first, guint, p.page - 1);
    guint end = g_array_index(r->first, guint, p.page);
    guint found = end;
    if (end - begin > MOST_LOOKS - r->looks)
        return NULL;
    r->looks += end - begin;
    for (guint i = begin; i < end; i++) {
        const pdf_block *b = BLOCK(r->d->blocks, i);
        if (b->kind == BLOCK_DROPPED || b->turned || !begins_at(b, p))
            continue;
        const pdf_block *best = found < end ? BLOCK(r->d->blocks, found) : NULL;
        if (!best || (b->box.y0 < best->box.y0 && b->box.x0 < best->box.x1))
            found = i;
    }
    return found < end ? g_ptr_array_index(r->names, found) : NULL;
}

/* Lower case; blanks become hyphens, what is no letter, digit, mark, "-" or "_" goes. */
static char *name_of(const char *text)
{
    GString *name = g_string_new(NULL);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == ' ')
            g_string_append_c(name, '-');
        else if (c == '-' || c == '_' || g_unichar_isalnum(c) || g_unichar_ismark(c))
            g_string_append_unichar(name, g_unichar_tolower(c));
    }
    return g_string_free(name, FALSE);
}

/* The second heading of a name gets "-1", the third "-2". */
static GPtrArray *name_headings(const pdf_document *d, const pdf_inline *w)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_set_size(names, (gint)d->blocks->len);
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_HEADING)
            continue;
        g_autofree char *text = pdf_inline_plain(w, &b->text);
        g_autofree char *name = name_of(g_strstrip(text));
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(used, name));
        g_hash_table_insert(used, g_strdup(name), GUINT_TO_POINTER(n + 1));
        if (*name)
            names->pdata[i] =
                n ? g_strdup_printf("#%s-%u", name, n) : g_strdup_printf("#%s", name);
    }
    return names;
}

static GArray *first_blocks(const pdf_document *d)
{
    GArray *first = g_array_sized_new(FALSE, FALSE, sizeof(guint), d->leaves->len + 1);
    guint i = 0;
    for (uint32_t page = 1; page <= d->leaves->len; page++) {
        while (i < d->blocks->len && BLOCK(d->blocks, i)->page < page)
            i++;
        g_array_append_val(first, i);
    }
    g_array_append_val(first, d->blocks->len);
    return first;
}

static GHashTable *number_pages(const pdf_document *d)
{
    GHashTable *pages = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < d->leaves->len; i++) {
        int object = g_array_index(d->leaves, pdf_leaf, i).object;
        if (object)
            g_hash_table_insert(pages, GINT_TO_POINTER(object), GUINT_TO_POINTER(i + 1));
    }
    return pages;
}

static bool has_targets(const pdf_styles *styles)
{
    for (uint32_t i = 1; i < styles->uris->len; i++)
        if (pdf_styles_uri(styles, i)[0] == PDF_TARGET)
            return true;
    return false;
}

void pdf_targets_resolve(pdf_document *d, const pdf_inline *w)
{
    if (!has_targets(d->styles))
        return;
    resolver r = {.d = d,
                  .pages = number_pages(d),
                  .first = first_blocks(d),
                  .names = name_headings(d, w)};
    for (uint32_t i = 1; i < d->styles->uris->len; i++) {
        const char *key = pdf_styles_uri(d->styles, i);
        if (key[0] != PDF_TARGET)
            continue;
        place p = key[1] == 'n' ? named_place(&r, key + 2) : explicit_place(&r, key + 1);
        pdf_styles_set_uri(d->styles, i, heading_at(&r, p));
    }
    g_hash_table_unref(r.pages);
    g_array_unref(r.first);
    g_ptr_array_unref(r.names);
}
