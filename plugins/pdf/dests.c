/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The names are passed over first; then the places, in the order of their objects, for those of
 * one object stream stand together there.
 */
#include "dests.h"

#include <math.h>
#include <string.h>

enum { MOST_NODES = 100000, TIDY_EVERY = 64 };

struct pdf_dests {
    GHashTable *wanted; /* name -> slot */
};

typedef struct {
    pdf_dest dest;
    bool seen; /* what has a name first has it */
} slot;

typedef struct {
    pdf_dests *dests;
    const pdf_document *d;
    pdf_file *file;
    GHashTable *pages; /* object number -> page */
    GArray *found;     /* item: names whose place is an object of its own */
} search;

typedef struct {
    slot *slot;
    pdf_value place;
} item;

pdf_dests *pdf_dests_new(void)
{
    pdf_dests *s = g_new0(pdf_dests, 1);
    s->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return s;
}

void pdf_dests_free(pdf_dests *s)
{
    g_hash_table_unref(s->wanted);
    g_free(s);
}

void pdf_dests_want(pdf_dests *s, const char *name)
{
    if (!g_hash_table_contains(s->wanted, name))
        g_hash_table_insert(s->wanted, g_strdup(name), g_new0(slot, 1));
}

pdf_dest pdf_dests_get(const pdf_dests *s, const char *name)
{
    const slot *found = g_hash_table_lookup(s->wanted, name);
    return found ? found->dest : (pdf_dest){0};
}

/* ---- A place ----------------------------------------------------------------------------- */

static uint32_t page_of(const search *s, pdf_value page)
{
    gint64 index = 0;
    if (!page.at && page.object)
        return GPOINTER_TO_UINT(g_hash_table_lookup(s->pages, GINT_TO_POINTER(page.object)));
    return pdf_value_integer(page, &index) && index >= 0 && index < s->d->leaves->len
               ? (uint32_t)index + 1
               : 0;
}

static float coordinate(pdf_file *f, pdf_values *items)
{
    double value = 0;
    pdf_value number;
    return pdf_file_next(f, items, &number) && pdf_value_number(number, &value) ? (float)value
                                                                                : NAN;
}

/* [page /XYZ left top zoom], [page /FitH top], [page /FitV left], [page /Fit] */
static void read_place(const search *s, pdf_value place, pdf_dest *dest)
{
    pdf_file *f = s->file;
    pdf_value array = pdf_value_is_dictionary(place) ? pdf_file_key(f, place, "/D") : place;
    pdf_values items = pdf_value_items(array);
    pdf_value page, fit;
    *dest = (pdf_dest){.left = NAN, .top = NAN};
    if (!pdf_values_next(&items, &page) || !pdf_file_next(f, &items, &fit))
        return;
    dest->page = page_of(s, page);
    bool both = pdf_value_is_name(fit, "/XYZ");
    if (both || pdf_value_is_name(fit, "/FitV") || pdf_value_is_name(fit, "/FitBV"))
        dest->left = coordinate(f, &items);
    if (both || pdf_value_is_name(fit, "/FitH") || pdf_value_is_name(fit, "/FitBH"))
        dest->top = coordinate(f, &items);
}

/* ---- Names ------------------------------------------------------------------------------- */

static void match(search *s, const char *bytes, size_t len, pdf_value place)
{
    g_autofree char *name =
        len ? poppler_named_dest_from_bytestring((const guint8 *)bytes, len) : NULL;
    slot *wanted = name ? g_hash_table_lookup(s->dests->wanted, name) : NULL;
    item found = {wanted, place};
    if (!wanted || wanted->seen)
        return;
    wanted->seen = true;
    if (place.at)
        read_place(s, place, &wanted->dest);
    else
        g_array_append_val(s->found, found);
}

/* Pairs of a name and its place. */
static void match_names(search *s, pdf_values items)
{
    pdf_value name, place;
    while (pdf_file_next(s->file, &items, &name) && pdf_values_next(&items, &place)) {
        size_t len = 0;
        g_autofree char *word = pdf_value_name(name);
        g_autofree char *bytes = word ? NULL : pdf_value_string(name, &len);
        if (word)
            match(s, word + 1, strlen(word + 1), place);
        else if (bytes)
            match(s, bytes, len, place);
    }
}

static void walk_tree(search *s, pdf_value root)
{
    GArray *nodes = g_array_new(FALSE, FALSE, sizeof(pdf_value));
    g_array_append_val(nodes, root);
    for (guint i = 0; i < nodes->len; i++) {
        pdf_value node = pdf_file_resolve(s->file, g_array_index(nodes, pdf_value, i)), kid;
        pdf_values kids = pdf_value_items(pdf_file_key(s->file, node, "/Kids"));
        while (nodes->len < MOST_NODES && pdf_values_next(&kids, &kid))
            g_array_append_val(nodes, kid);
        match_names(s, pdf_value_items(pdf_file_key(s->file, node, "/Names")));
    }
    g_array_free(nodes, TRUE);
}

static int by_object(const void *a, const void *b)
{
    const item *p = a, *q = b;
    return p->place.object < q->place.object ? -1 : p->place.object > q->place.object;
}

static void read_found(search *s)
{
    g_array_sort(s->found, by_object);
    for (guint i = 0; i < s->found->len; i++) {
        const item *found = &g_array_index(s->found, item, i);
        if (i % TIDY_EVERY == 0)
            pdf_file_tidy(s->file);
        read_place(s, pdf_file_resolve(s->file, found->place), &found->slot->dest);
    }
}

/* ---- All --------------------------------------------------------------------------------- */

GHashTable *pdf_dests_pages(const pdf_document *d)
{
    GHashTable *pages = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < d->leaves->len; i++) {
        int object = g_array_index(d->leaves, pdf_leaf, i).object;
        if (object)
            g_hash_table_insert(pages, GINT_TO_POINTER(object), GUINT_TO_POINTER(i + 1));
    }
    return pages;
}

void pdf_dests_look_up(pdf_dests *s, const pdf_document *d)
{
    pdf_file *f = d->contents ? pdf_contents_file(d->contents) : NULL;
    if (!f || !g_hash_table_size(s->wanted))
        return;
    search all = {.dests = s,
                  .d = d,
                  .file = f,
                  .pages = pdf_dests_pages(d),
                  .found = g_array_new(FALSE, FALSE, sizeof(item))};
    pdf_file_tidy(f);
    pdf_value root = pdf_file_root(f);
    match_names(&all, pdf_value_entries(pdf_file_key(f, root, "/Dests"))); /* the older way */
    walk_tree(&all, pdf_file_key(f, pdf_file_key(f, root, "/Names"), "/Dests"));
    read_found(&all);
    g_hash_table_unref(all.pages);
    g_array_unref(all.found);
}
