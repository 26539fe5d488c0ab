/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * poppler caches the text page in the PopplerPage, so text, layout and attributes cost one
 * interpretation as long as they are asked of the same object.
 */
#include "page.h"

#include "blocks.h"
#include "chars.h"
#include "styles.h"

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
    p->across = g_array_new(FALSE, FALSE, sizeof(pdf_rule));
    p->down = g_array_new(FALSE, FALSE, sizeof(pdf_rule));
    p->dots = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    p->fills = g_array_new(FALSE, FALSE, sizeof(pdf_fill));
    p->pictures = g_array_new(FALSE, FALSE, sizeof(pdf_picture));
    p->tables = g_ptr_array_new_with_free_func(free_table);
    p->table_boxes = g_array_new(FALSE, FALSE, sizeof(pdf_rect));
    p->gutters = g_array_new(FALSE, FALSE, sizeof(float));
    p->flows = g_array_new(FALSE, FALSE, sizeof(pdf_flow));
    return p;
}

static void clear(pdf_page *p)
{
    GArray *const arrays[] = {p->words, p->refs,     p->areas,       p->across, p->down,
                              p->fills, p->pictures, p->table_boxes, p->flows,  p->dots};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_set_size(arrays[i], 0);
    g_ptr_array_set_size(p->tables, 0);
    g_string_truncate(p->text, 0);
    p->letters = p->unmapped = 0;
}

void pdf_page_free(pdf_page *p)
{
    if (!p)
        return;
    GArray *const arrays[] = {p->words, p->refs,     p->areas,       p->across, p->down,
                              p->fills, p->pictures, p->table_boxes, p->flows,  p->dots};
    for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_free(arrays[i], TRUE);
    g_array_free(p->gutters, TRUE);
    g_ptr_array_free(p->tables, TRUE);
    g_string_free(p->text, TRUE);
    g_free(p);
}

/* Link areas have their origin at the bottom left. */
static void load_links(pdf_page *p, PopplerPage *source, pdf_styles *styles)
{
    GList *mapping = poppler_page_get_link_mapping(source);
    for (GList *l = mapping; l; l = l->next) {
        const PopplerLinkMapping *m = l->data;
        if (!m->action || m->action->type != POPPLER_ACTION_URI || !m->action->uri.uri ||
            !g_utf8_validate(m->action->uri.uri, -1, NULL))
            continue;
        pdf_area area = {
            .box = {(float)m->area.x1, p->height - (float)MAX(m->area.y1, m->area.y2),
                    (float)m->area.x2, p->height - (float)MIN(m->area.y1, m->area.y2)},
            .link = pdf_styles_link(styles, m->action->uri.uri)};
        if (area.link)
            g_array_append_val(p->areas, area);
    }
    poppler_page_free_link_mapping(mapping);
}

void pdf_page_load(pdf_page *p, PopplerPage *source, uint32_t number, pdf_styles *styles)
{
    double width = 0, height = 0;
    clear(p);
    p->number = number;
    poppler_page_get_size(source, &width, &height);
    p->width = isfinite(width) ? (float)width : 0;
    p->height = isfinite(height) ? (float)height : 0;
    load_links(p, source, styles);

    g_autofree char *text = poppler_page_get_text(source);
    g_autofree PopplerRectangle *boxes = NULL;
    guint n = 0;
    if (!text || !*text || !poppler_page_get_text_layout(source, &boxes, &n) || !boxes)
        return;
    GList *attributes = poppler_page_get_text_attributes(source);
    pdf_chars_to_words(p, text, boxes, n, attributes, styles);
    poppler_page_free_text_attributes(attributes);
}
