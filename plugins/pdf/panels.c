/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "panels.h"

#define LEAST_HEIGHT 0.75F /* of the page's */

enum { MOST_TRIED = 8 }; /* boxes of that size, of which a hostile page has thousands */

static bool is_panel(const pdf_page *page, pdf_rect r)
{
    float w = pdf_width(r);
    return pdf_height(r) >= LEAST_HEIGHT * page->height && w > 0.08F * page->width &&
           w < 0.42F * page->width;
}

/* No word runs over its inner edge, and there are words on both sides. */
static bool parts(const pdf_page *page, pdf_rect r, float edge)
{
    guint within = 0, beside = 0;
    for (guint i = 0; i < page->words->len; i++) {
        const pdf_word *w = WORD(page, i);
        float y = (w->box.y0 + w->box.y1) / 2;
        if (w->rotated || y < r.y0 || y > r.y1)
            continue;
        if (w->box.x0 < edge - 1 && w->box.x1 > edge + 1)
            return false;
        bool in = (w->box.x0 + w->box.x1) / 2 > r.x0 && (w->box.x0 + w->box.x1) / 2 < r.x1;
        within += in;
        beside += !in;
    }
    return within > 0 && beside > 0;
}

bool pdf_panels_find(const pdf_page *page, pdf_rect panels[PANELS])
{
    bool found = false;
    guint tried = 0;
    for (int i = 0; i < PANELS; i++)
        panels[i] = (pdf_rect){0, 0, 0, 0};
    for (guint i = 0; i < page->fills->len && tried < MOST_TRIED; i++) {
        pdf_rect r = g_array_index(page->fills, pdf_fill, i).box;
        bool left = r.x0<0.02F * page->width, right = r.x1> 0.98F * page->width;
        if (left == right || !is_panel(page, r))
            continue;
        tried++;
        if (!parts(page, r, left ? r.x1 : r.x0))
            continue;
        panels[left ? PANEL_LEFT : PANEL_RIGHT] = r;
        found = true;
    }
    return found;
}

int pdf_panels_of(const pdf_rect panels[PANELS], pdf_rect box)
{
    float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
    for (int i = 0; i < PANELS; i++)
        if (x > panels[i].x0 && x < panels[i].x1 && y > panels[i].y0 && y < panels[i].y1)
            return i;
    return PANELS;
}
