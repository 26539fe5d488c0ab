/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * poppler caches the text page in the PopplerPage, so text, layout and attributes cost one
 * interpretation as long as they are asked of the same object.
 */
#include "page.h"

#include "bidi.h"
#include "blocks.h"
#include "chars.h"

#include <math.h>

static void free_table(gpointer table)
{
    pdf_table_free(table);
}

pdf_page *pdf_page_new(void)
{
    pdf_page *p = g_new0(pdf_page, 1);
    p->text = g_string_sized_new(8192);
    p->words = g_array_new(FALSE, TRUE, sizeof(pdf_word));
    p->refs = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    p->areas = g_array_new(FALSE, FALSE, sizeof(pdf_area));
    p->fields = g_array_new(FALSE, FALSE, sizeof(pdf_field));
    p->values = g_string_new(NULL);
    p->across = g_array_new(FALSE, FALSE, sizeof(pdf_rule));
    p->down = g_array_new(FALSE, FALSE, sizeof(pdf_rule));
    p->dots = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    p->fills = g_array_new(FALSE, FALSE, sizeof(pdf_fill));
    p->drawings = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    p->pictures = g_array_new(FALSE, FALSE, sizeof(pdf_picture));
    p->tables = g_ptr_array_new_with_free_func(free_table);
    p->table_boxes = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    p->gutters = g_array_new(FALSE, FALSE, sizeof(float));
    p->shown = g_array_new(FALSE, FALSE, sizeof(pdf_shown));
    p->tags = g_array_new(FALSE, FALSE, sizeof(pdf_tag));
    p->cells = g_array_new(FALSE, FALSE, sizeof(pdf_tagged_cell));
    p->flows = g_array_new(FALSE, FALSE, sizeof(pdf_flow));
    return p;
}

void pdf_page_clear(pdf_page *p)
{
    GArray *const arrays[] = {p->words,  p->refs,     p->areas,       p->across, p->down,
                              p->fills,  p->pictures, p->table_boxes, p->flows,  p->dots,
                              p->fields, p->shown,    p->tags,        p->cells,  p->drawings};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_set_size(arrays[i], 0);
    g_ptr_array_set_size(p->tables, 0);
    g_string_truncate(p->text, 0);
    g_string_truncate(p->values, 0);
    p->letters = p->unmapped = 0;
    p->tagged = false;
    p->mirrored = false;
}

void pdf_page_free(pdf_page *p)
{
    if (!p)
        return;
    GArray *const arrays[] = {p->words,  p->refs,     p->areas,       p->across, p->down,
                              p->fills,  p->pictures, p->table_boxes, p->flows,  p->dots,
                              p->fields, p->shown,    p->tags,        p->cells,  p->drawings};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_free(arrays[i], TRUE);
    g_array_free(p->gutters, TRUE);
    g_ptr_array_free(p->tables, TRUE);
    g_string_free(p->text, TRUE);
    g_string_free(p->values, TRUE);
    g_free(p);
}

/* ---- What poppler selects ---------------------------------------------------------------- */

typedef struct {
    PopplerRectangle area; /* from where to where */
    char *text;
    PopplerRectangle *boxes;
    guint n;
} selection;

static void clear_selection(selection *s)
{
    g_free(s->text);
    g_free(s->boxes);
}

static selection select_from(PopplerPage *source, PopplerRectangle area)
{
    selection s = {.area = area};
    s.text = poppler_page_get_text_for_area(source, &s.area);
    if (!s.text || !*s.text ||
        !poppler_page_get_text_layout_for_area(source, &s.area, &s.boxes, &s.n))
        s.n = 0;
    return s;
}

/* From corner to corner. On a page of text that runs to the left a line begins at its right
 * end, so the first and the last one are lost, and all there is if there are no others, unless
 * the page is begun or ended there. */
static selection select_page(PopplerPage *source, double width, double height)
{
    const PopplerRectangle others[] = {
        {width, 0, width, height}, {width, 0, 0, height}, {0, 0, 0, height}};
    selection best = select_from(source, (PopplerRectangle){0, 0, width, height});
    if (best.n && !pdf_bidi_is_marked(best.text))
        return best;
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        selection s = select_from(source, others[i]);
        bool more = s.n > best.n;
        clear_selection(more ? &best : &s);
        if (more)
            best = s;
    }
    return best;
}

void pdf_page_load(pdf_page *p, PopplerPage *source, uint32_t number, pdf_styles *styles)
{
    double width = 0, height = 0;
    p->number = number;
    poppler_page_get_size(source, &width, &height);
    p->width = isfinite(width) ? (float)width : 0;
    p->height = isfinite(height) ? (float)height : 0;

    selection s = select_page(source, width, height);
    if (s.n && s.boxes) {
        pdf_bidi_align(s.text, s.boxes, s.n);
        GList *attributes = poppler_page_get_text_attributes_for_area(source, &s.area);
        pdf_chars_to_words(p, s.text, s.boxes, s.n, attributes, styles);
        poppler_page_free_text_attributes(attributes);
    }
    clear_selection(&s);
}
