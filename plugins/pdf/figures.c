/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * From a caption upwards: the drawing that ends just above it, then whatever is drawn next to
 * what was found, then the labels at its sides. If running text comes in the way, it was no
 * figure.
 */
#include "figures.h"

#include <math.h>
#include <string.h>

enum {
    MOST_DRAWINGS = 6000,
    MOST_CAPTIONS = 20,
    MOST_ROUNDS = 12,
    MOST_LETTERS = 400,
    LONGEST_LABEL = 90
};
enum { LEAST_DRAWINGS = 8, LEAST_WIDTH = 60, LEAST_HEIGHT = 40 };

#define NEAR 18.0F /* points between parts of one figure */

typedef struct {
    const pdf_document *d;
    const pdf_page *page;
    guint first; /* block of the page */
    pdf_rect box;
    guint drawings;
} figure;

static bool touch(pdf_rect a, pdf_rect b, float gap)
{
    return a.x0 <= b.x1 + gap && b.x0 <= a.x1 + gap && a.y0 <= b.y1 + gap && b.y0 <= a.y1 + gap;
}

static bool inside(pdf_rect a, pdf_rect b)
{
    return a.x0 >= b.x0 - 3 && a.x1 <= b.x1 + 3 && a.y0 >= b.y0 - 3 && a.y1 <= b.y1 + 3;
}

/* "Figure 3: ...", "Fig. 3. ...", not "Figure 3 shows ..." */
static bool is_caption(const pdf_block *b)
{
    static const char *const words[] = {"Figure ", "FIGURE ", "Fig. ",      "FIG. ",
                                        "Fig.",    "Abb. ",   "Abbildung ", NULL};
    const char *s = b->kind == BLOCK_TEXT && !b->turned ? b->text.bytes : NULL;
    for (const char *const *w = words; s && *w; w++) {
        if (!g_str_has_prefix(s, *w) || !g_ascii_isdigit(s[strlen(*w)]))
            continue;
        s += strlen(*w);
        s += strspn(s, "0123456789.-");
        while (*s == ' ')
            s++;
        return !g_ascii_islower(*s);
    }
    return false;
}

/* ---- Drawings ---------------------------------------------------------------------------- */

static pdf_rect drawing(const figure *f, guint i)
{
    return g_array_index(f->page->drawings, pdf_rect, i);
}

/* Backgrounds of the page, and the rules of its head and foot. */
static bool is_furniture(const figure *f, pdf_rect r)
{
    float area = pdf_width(r) * pdf_height(r);
    return area > 0.7F * f->page->width * f->page->height ||
           (pdf_height(r) < 2 && pdf_width(r) > 0.7F * f->page->width);
}

/* The lowest drawing that ends above the caption and shares some of its width. */
static bool seed(figure *f, const pdf_block *caption)
{
    float nearest = 45;
    bool found = false;
    for (guint i = 0; i < f->page->drawings->len; i++) {
        pdf_rect r = drawing(f, i);
        float gap = caption->box.y0 - r.y1;
        if (is_furniture(f, r) || gap < -4 || gap >= nearest ||
            pdf_overlap(r.x0, r.x1, caption->box.x0, caption->box.x1) < 0)
            continue;
        nearest = gap;
        f->box = r;
        found = true;
    }
    return found;
}

static void grow(figure *f, const pdf_block *caption)
{
    g_autofree bool *taken = g_new0(bool, f->page->drawings->len + 1);
    bool more = true;
    for (int round = 0; more && round < MOST_ROUNDS; round++) {
        more = false;
        for (guint i = 0; i < f->page->drawings->len; i++) {
            pdf_rect r = drawing(f, i);
            if (taken[i] || is_furniture(f, r) || r.y1 > caption->box.y0 + 4 ||
                !touch(r, f->box, NEAR))
                continue;
            taken[i] = more = true;
            f->box = pdf_union(f->box, r);
            f->drawings++;
        }
    }
}

/* ---- Text -------------------------------------------------------------------------------- */

static guint letters_of(const pdf_block *b)
{
    guint n = b->text.len;
    for (guint i = 0; b->table && i < b->table->cells->len; i++)
        n += g_array_index(b->table->cells, pdf_cell, i).text.len;
    return n;
}

static bool is_label(const pdf_block *b)
{
    return b->kind != BLOCK_PICTURE && b->kind != BLOCK_CODE && !is_caption(b) &&
           (b->table ? !b->table->ruled : b->text.len <= LONGEST_LABEL);
}

/* Text as large as the caption may be of the column beside, unless it is very near. */
static float reach_of(const pdf_block *b, const pdf_block *caption)
{
    return b->table || b->size < 0.9F * caption->size ? 10 : 4;
}

static void add_labels(figure *f, const pdf_block *caption)
{
    for (guint i = f->first; i < f->d->blocks->len; i++) {
        const pdf_block *b = BLOCK(f->d->blocks, i);
        bool small = b->table || b->size < 0.98F * caption->size + 0.01F ||
                     pdf_overlap(b->box.y0, b->box.y1, f->box.y0, f->box.y1) > 0;
        if (is_label(b) && small && touch(b->box, f->box, reach_of(b, caption)) &&
            b->box.y1 <= caption->box.y0 + 2)
            f->box = pdf_union(f->box, b->box);
    }
}

/* Nothing but labels within, and not too many of them. */
static bool holds_labels_only(const figure *f)
{
    guint letters = 0;
    for (guint i = f->first; i < f->d->blocks->len; i++) {
        const pdf_block *b = BLOCK(f->d->blocks, i);
        float h = pdf_overlap(b->box.y0, b->box.y1, f->box.y0, f->box.y1);
        float w = pdf_overlap(b->box.x0, b->box.x1, f->box.x0, f->box.x1);
        if (h <= 2 || w <= 2 || b->kind == BLOCK_DROPPED)
            continue;
        if (!is_label(b) || !inside(b->box, f->box))
            return false;
        letters += letters_of(b);
    }
    return letters <= MOST_LETTERS;
}

static void drop_labels(pdf_document *d, const figure *f)
{
    for (guint i = f->first; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_DROPPED || !inside(b->box, f->box))
            continue;
        b->figure = d->figures;
        b->was = b->kind;
        b->kind = BLOCK_DROPPED;
    }
}

void pdf_figure_restore(pdf_block *label)
{
    label->kind = label->was;
}

/* ---- Figures ----------------------------------------------------------------------------- */

static bool is_figure(const figure *f)
{
    return f->drawings >= LEAST_DRAWINGS && pdf_width(f->box) >= LEAST_WIDTH &&
           pdf_height(f->box) >= LEAST_HEIGHT && pdf_height(f->box) < 0.9F * f->page->height &&
           holds_labels_only(f);
}

static void try_figure(pdf_document *d, const pdf_page *page, guint first, guint caption)
{
    figure f = {.d = d, .page = page, .first = first};
    const pdf_block *text = BLOCK(d->blocks, caption);
    if (!seed(&f, text))
        return;
    grow(&f, text);
    add_labels(&f, text);
    if (!is_figure(&f))
        return;
    d->figures++;
    drop_labels(d, &f);
    pdf_block b = {.kind = BLOCK_PICTURE,
                   .page = page->number,
                   .figure = d->figures,
                   .box = {f.box.x0 - 2, f.box.y0 - 2, f.box.x1 + 2, f.box.y1 + 2},
                   .column_x = f.box.x0};
    g_array_insert_val(d->blocks, caption, b);
}

void pdf_figures_find(pdf_document *d, const pdf_page *page, guint first)
{
    if (page->drawings->len < LEAST_DRAWINGS || page->drawings->len >= MOST_DRAWINGS)
        return;
    for (guint i = first, tries = 0; i < d->blocks->len && tries < MOST_CAPTIONS; i++) {
        guint before = d->blocks->len;
        if (!is_caption(BLOCK(d->blocks, i)))
            continue;
        try_figure(d, page, first, i);
        tries++;
        i += d->blocks->len - before;
    }
}
