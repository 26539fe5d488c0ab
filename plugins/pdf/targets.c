/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A place leads to a heading when, from there down, nothing begins before it. Names of headings
 * are those that GitHub gives: https://github.com/gjtorikian/html-pipeline, TOC filter.
 */
#include "targets.h"

#include "dests.h"
#include "structure.h"

#include "styles.h"

#include <limits.h>
#include <math.h>
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
    pdf_dests *dests;
    guint looks; /* blocks looked at so far */
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

static int coordinate(pdf_file *f, pdf_values *items)
{
    double value = 0;
    pdf_value item;
    return pdf_file_next(f, items, &item) && pdf_value_number(item, &value) && fabs(value) < 1e6
               ? (int)lround(value)
               : UNKNOWN;
}

/* [page /XYZ left top zoom], [page /FitH top], [page /Fit] */
static char *key_of_array(pdf_file *f, pdf_value array)
{
    pdf_values items = pdf_value_items(array);
    pdf_value page, fit;
    int left = UNKNOWN, top = UNKNOWN;
    if (!pdf_values_next(&items, &page) || !pdf_file_next(f, &items, &fit))
        return NULL;
    if (pdf_value_is_name(fit, "/XYZ")) {
        left = coordinate(f, &items);
        top = coordinate(f, &items);
    } else if (pdf_value_is_name(fit, "/FitH") || pdf_value_is_name(fit, "/FitBH")) {
        top = coordinate(f, &items);
    }
    return page.object > 0 && top != UNKNOWN
               ? g_strdup_printf("%co %d %d %d", PDF_TARGET, page.object, left, top)
               : NULL;
}

static pdf_value destination_of(pdf_file *f, pdf_value annotation)
{
    pdf_value action = pdf_file_key(f, annotation, "/A");
    if (!pdf_value_is_dictionary(action))
        return pdf_file_key(f, annotation, "/Dest");
    bool within = pdf_value_is_name(pdf_file_key(f, action, "/S"), "/GoTo");
    return within ? pdf_file_key(f, action, "/D") : (pdf_value){0};
}

char *pdf_target_key(pdf_file *f, pdf_value annotation)
{
    size_t len = 0;
    pdf_value target = destination_of(f, annotation);
    if (pdf_value_is_array(target))
        return key_of_array(f, target);
    g_autofree char *name = pdf_value_name(target);
    if (name)
        return key_of_name(name + 1, strlen(name + 1));
    g_autofree char *bytes = pdf_value_string(target, &len);
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

static place named_place(const resolver *r, const char *name)
{
    pdf_dest dest = pdf_dests_get(r->dests, name);
    return place_on(r, dest.page, dest.left, dest.top);
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

static bool has_targets(const pdf_styles *styles)
{
    for (uint32_t i = 1; i < styles->uris->len; i++)
        if (pdf_styles_uri(styles, i)[0] == PDF_TARGET)
            return true;
    return false;
}

static pdf_dests *look_up_names(const pdf_document *d)
{
    pdf_dests *dests = pdf_dests_new();
    guint named = 0;
    for (uint32_t i = 1; i < d->styles->uris->len && named < MOST_NAMED; i++) {
        const char *key = pdf_styles_uri(d->styles, i);
        if (key[0] == PDF_TARGET && key[1] == 'n' && ++named)
            pdf_dests_want(dests, key + 2);
    }
    pdf_dests_look_up(dests, d);
    return dests;
}

void pdf_targets_resolve(pdf_document *d, const pdf_inline *w)
{
    if (!has_targets(d->styles))
        return;
    resolver r = {.d = d,
                  .pages = pdf_dests_pages(d),
                  .dests = look_up_names(d),
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
    pdf_dests_free(r.dests);
    g_array_unref(r.first);
    g_ptr_array_unref(r.names);
}
