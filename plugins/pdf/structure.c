/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "structure.h"

#include "images.h"
#include "lists.h"
#include "styles.h"

#include <math.h>

/* The size in which most letters of running text are set. */
static void find_body(pdf_document *d)
{
    enum { SIZES = 400 }; /* of a quarter point */
    guint64 letters[SIZES] = {0};
    guint best = 40;
    d->body = pdf_styles_body(d->styles);
    for (guint i = 1; i < d->styles->all->len; i++) {
        const pdf_style *s = STYLE(d->styles, i);
        if (!s->mono)
            letters[(guint)CLAMP(lroundf(s->size * 4), 0, SIZES - 1)] += s->letters;
    }
    for (guint i = 0; i < SIZES; i++)
        if (letters[i] > letters[best])
            best = i;
    d->body_size = letters[best] ? (float)best / 4 : STYLE(d->styles, d->body)->size;
}

void pdf_structure_find(pdf_document *d)
{
    find_body(d);
    pdf_overlays_fold(d);
    pdf_images_judge(d);
    pdf_running_drop(d);
    pdf_headings_find(d);
    pdf_lists_check(d->blocks);
    pdf_notes_find(d);
    pdf_join_paragraphs(d);
    pdf_lists_nest(d->blocks);
    pdf_notes_place(d);
}
