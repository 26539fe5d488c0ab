/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A piece of text is shown in marked content with a number (MCID), which the parent tree leads
 * to an element; from there up to the first one that is a block. A word belongs to the piece
 * that began last on its line, at its left edge or before.
 */
#include "tags.h"

#include "cells.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pieces times words: all of them can stand on one line. */
#define MOST_WORK 100000000u

enum { MAX_ALIASES = 8, MAX_PARENTS = 32, MAX_KIDS = 4096, MOST_TAGS = 20000 };

typedef struct {
    pdf_file *file;
    pdf_value root;    /* /StructTreeRoot */
    GArray *elements;  /* of this page, by MCID: pdf_value, not resolved */
    GArray *of;        /* MCID -> tag, from 1; 0: not looked up; NO_TAG: none */
    GHashTable *known; /* object number of a block -> tag, from 1; NO_TAG: none */
    pdf_page *page;
} tree;

#define NO_TAG UINT16_MAX

/* ---- Roles ------------------------------------------------------------------------------- */

/* Of ISO 32000-1, 14.8.4. What is inline is part of the block around it; of containers nothing
 * is text by itself. */
static const struct {
    const char *name;
    pdf_role role;
    uint8_t level;
} ROLES[] = {
    {"/Span", ROLE_INLINE, 0},      {"/P", ROLE_TEXT, 0},           {"/H1", ROLE_HEADING, 1},
    {"/H2", ROLE_HEADING, 2},       {"/H3", ROLE_HEADING, 3},       {"/H4", ROLE_HEADING, 4},
    {"/H5", ROLE_HEADING, 5},       {"/H6", ROLE_HEADING, 6},       {"/H", ROLE_HEADING, 0},
    {"/Title", ROLE_HEADING, 1},    {"/Link", ROLE_INLINE, 0},      {"/Quote", ROLE_INLINE, 0},
    {"/Reference", ROLE_INLINE, 0}, {"/Em", ROLE_INLINE, 0},        {"/Strong", ROLE_INLINE, 0},
    {"/Sub", ROLE_INLINE, 0},       {"/Annot", ROLE_INLINE, 0},     {"/Code", ROLE_INLINE, 0},
    {"/BibEntry", ROLE_INLINE, 0},  {"/NonStruct", ROLE_INLINE, 0}, {"/Lbl", ROLE_TEXT, 0},
    {"/LBody", ROLE_TEXT, 0},       {"/LI", ROLE_TEXT, 0},          {"/TD", ROLE_TEXT, 0},
    {"/TH", ROLE_TEXT, 0},          {"/Caption", ROLE_TEXT, 0},     {"/TOCI", ROLE_TEXT, 0},
    {"/Note", ROLE_TEXT, 0},        {"/BlockQuote", ROLE_TEXT, 0},  {"/Index", ROLE_TEXT, 0},
    {"/Figure", ROLE_TEXT, 0},      {"/Formula", ROLE_TEXT, 0},     {"/Form", ROLE_TEXT, 0},
};

static bool find_role(const char *name, pdf_tag *tag)
{
    for (gsize i = 0; i < G_N_ELEMENTS(ROLES); i++)
        if (strcmp(ROLES[i].name, name) == 0) {
            tag->role = ROLES[i].role;
            tag->level = ROLES[i].level;
            return true;
        }
    return false;
}

/* What an element is; a name of the producer's own is looked up in the role map. */
static pdf_tag role_of(const tree *t, pdf_value element)
{
    pdf_tag tag = {.role = ROLE_NONE};
    pdf_value type = pdf_file_key(t->file, element, "/S");
    for (int i = 0; i < MAX_ALIASES; i++) {
        g_autofree char *name = pdf_value_name(type);
        if (!name || find_role(name, &tag))
            return tag;
        type = pdf_file_key(t->file, pdf_file_key(t->file, t->root, "/RoleMap"), name);
    }
    return tag;
}

/* ---- Elements ---------------------------------------------------------------------------- */

static uint16_t add_tag(tree *t, pdf_tag tag)
{
    if (tag.role == ROLE_NONE || t->page->tags->len >= MOST_TAGS)
        return NO_TAG;
    g_array_append_val(t->page->tags, tag);
    return (uint16_t)t->page->tags->len;
}

/* The block that an element is, or is within. */
static uint16_t tag_of_element(tree *t, pdf_value element)
{
    for (int i = 0; i < MAX_PARENTS && pdf_value_is_dictionary(element); i++) {
        int object = element.object;
        gpointer known = object ? g_hash_table_lookup(t->known, GINT_TO_POINTER(object)) : NULL;
        if (known)
            return (uint16_t)GPOINTER_TO_UINT(known);
        pdf_tag tag = role_of(t, element);
        if (tag.role != ROLE_INLINE) {
            tag.element = object;
            uint16_t number = add_tag(t, tag);
            if (object)
                g_hash_table_insert(t->known, GINT_TO_POINTER(object),
                                    GUINT_TO_POINTER(number));
            return number;
        }
        element = pdf_file_key(t->file, element, "/P");
    }
    return NO_TAG;
}

/* The number of a tag, from 1; 0 for none. */
static uint16_t tag_of_mcid(tree *t, int mcid)
{
    if (mcid < 0 || (guint)mcid >= t->of->len)
        return 0;
    uint16_t *tag = &g_array_index(t->of, uint16_t, mcid);
    if (!*tag)
        *tag = tag_of_element(
            t, pdf_file_resolve(t->file, g_array_index(t->elements, pdf_value, mcid)));
    return *tag == NO_TAG ? 0 : *tag;
}

static bool within(pdf_file *f, pdf_value node, gint64 number)
{
    double limits[2];
    return pdf_file_numbers(f, pdf_file_key(f, node, "/Limits"), limits, 2) &&
           (double)number >= limits[0] && (double)number <= limits[1];
}

/* The value of `number` in a leaf of a number tree. */
static pdf_value find_number(pdf_file *f, pdf_value numbers, gint64 number)
{
    pdf_values items = pdf_value_items(numbers);
    pdf_value key, value;
    gint64 found = 0;
    while (pdf_file_next(f, &items, &key) && pdf_values_next(&items, &value))
        if (pdf_value_integer(key, &found) && found == number)
            return pdf_file_resolve(f, value);
    return (pdf_value){0};
}

static pdf_value look_up(pdf_file *f, pdf_value node, gint64 number)
{
    for (int depth = 0; depth < MAX_PARENTS && pdf_value_is_dictionary(node); depth++) {
        pdf_value numbers = pdf_file_key(f, node, "/Nums"), kid;
        if (pdf_value_is_array(numbers))
            return find_number(f, numbers, number);
        pdf_values kids = pdf_value_items(pdf_file_key(f, node, "/Kids"));
        node = (pdf_value){0};
        for (int i = 0; i < MAX_KIDS && !node.at && pdf_file_next(f, &kids, &kid); i++)
            if (within(f, kid, number))
                node = kid;
    }
    return (pdf_value){0};
}

static void list_elements(tree *t, pdf_value array)
{
    pdf_values items = pdf_value_items(array);
    pdf_value item;
    t->elements = g_array_new(FALSE, FALSE, sizeof(pdf_value));
    while (t->elements->len < UINT16_MAX && pdf_values_next(&items, &item))
        g_array_append_val(t->elements, item);
}

static bool open_tree(tree *t, pdf_contents *c, pdf_page *page)
{
    pdf_file *f = t->file = pdf_contents_file(c);
    gint64 key = 0;
    t->page = page;
    t->root = pdf_file_key(f, pdf_file_root(f), "/StructTreeRoot");
    if (!pdf_value_integer(pdf_file_key(f, pdf_contents_page(c), "/StructParents"), &key) ||
        !pdf_value_is_dictionary(t->root))
        return false;
    pdf_value elements = look_up(f, pdf_file_key(f, t->root, "/ParentTree"), key);
    if (!pdf_value_is_array(elements))
        return false;
    list_elements(t, elements);
    t->of = g_array_new(FALSE, TRUE, sizeof(uint16_t));
    g_array_set_size(t->of, t->elements->len);
    t->known = g_hash_table_new(NULL, NULL);
    return true;
}

/* ---- Words ------------------------------------------------------------------------------- */

static int by_height(const void *a, const void *b)
{
    const pdf_shown *p = a, *q = b;
    return p->y < q->y ? -1 : p->y > q->y;
}

static guint first_below(const GArray *shown, float y)
{
    guint low = 0, high = shown->len;
    while (low < high) {
        guint middle = (low + high) / 2;
        if (g_array_index(shown, pdf_shown, middle).y < y)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The piece of text that a word is of; NULL when none began on its line before it. */
static const pdf_shown *piece_of(const GArray *shown, const pdf_word *w)
{
    const pdf_shown *best = NULL;
    float height = pdf_height(w->box), reach = w->box.x0 + 0.3F * w->size;
    for (guint i = first_below(shown, w->box.y0 + 0.3F * height); i < shown->len; i++) {
        const pdf_shown *s = &g_array_index(shown, pdf_shown, i);
        if (s->y > w->box.y1 + 0.2F * height)
            break;
        if (s->x <= reach && (!best || s->x >= best->x))
            best = s;
    }
    return best;
}

static void tag_words(tree *t)
{
    guint64 all = 0, tagged = 0;
    qsort(t->page->shown->data, t->page->shown->len, sizeof(pdf_shown), by_height);
    for (guint i = 0; i < t->page->words->len; i++) {
        pdf_word *w = WORD(t->page, i);
        const pdf_shown *s = w->rotated ? NULL : piece_of(t->page->shown, w);
        w->tag = s ? tag_of_mcid(t, s->mcid) : 0;
        all += w->len;
        tagged += w->tag ? w->len : 0;
    }
    for (guint i = 0; tagged * 100 < all * 80 && i < t->page->words->len; i++)
        WORD(t->page, i)->tag = 0;
}

/* ---- Pictures ---------------------------------------------------------------------------- */

static void put_alt(tree *t, pdf_picture *picture, int element)
{
    pdf_value object = pdf_file_object(t->file, element);
    g_autofree char *alt = pdf_value_text(pdf_file_key(t->file, object, "/Alt"));
    g_autofree char *line = pdf_text_line(alt);
    if (!line)
        return;
    picture->alt = (uint32_t)t->page->values->len;
    picture->alt_len = (uint32_t)strlen(line);
    g_string_append(t->page->values, line);
}

static void describe_pictures(tree *t)
{
    for (guint i = 0; i < t->page->pictures->len; i++) {
        pdf_picture *p = &g_array_index(t->page->pictures, pdf_picture, i);
        uint16_t tag = tag_of_mcid(t, p->mcid);
        int element = tag ? g_array_index(t->page->tags, pdf_tag, tag - 1).element : 0;
        if (element)
            put_alt(t, p, element);
    }
}

void pdf_tags_read(pdf_contents *c, pdf_page *page)
{
    tree t = {0};
    if (!page->tagged || !open_tree(&t, c, page))
        return;
    if (page->shown->len && (guint64)page->shown->len * page->words->len <= MOST_WORK)
        tag_words(&t);
    pdf_cells_read(t.file, page);
    describe_pictures(&t);
    g_array_free(t.elements, TRUE);
    g_array_free(t.of, TRUE);
    g_hash_table_destroy(t.known);
}
