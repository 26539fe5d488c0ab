/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store.h"

#include "text.h"

#include <string.h>

enum { CHUNK = 256 * 1024 };

struct pdf_store {
    GPtrArray *chunks;
    char *at; /* free bytes of the last chunk */
    size_t left;
};

pdf_store *pdf_store_new(void)
{
    pdf_store *s = g_new0(pdf_store, 1);
    s->chunks = g_ptr_array_new_with_free_func(g_free);
    return s;
}

void pdf_store_free(pdf_store *s)
{
    if (!s)
        return;
    g_ptr_array_free(s->chunks, TRUE);
    g_free(s);
}

/* Aligned for spans; what does not fit well into a chunk gets one of its own. */
static char *reserve(pdf_store *s, size_t n)
{
    n = (n + 3) & ~(size_t)3;
    if (n > s->left && n > CHUNK / 8) {
        char *own = g_malloc(n);
        g_ptr_array_add(s->chunks, own);
        return own;
    }
    if (n > s->left) {
        s->at = g_malloc(CHUNK);
        s->left = CHUNK;
        g_ptr_array_add(s->chunks, s->at);
    }
    char *place = s->at;
    s->at += n;
    s->left -= n;
    return place;
}

static void keep(pdf_store *s, pdf_text *t)
{
    size_t spans = t->n_spans * sizeof(pdf_span);
    if (t->kept || !t->bytes)
        return;
    char *place = reserve(s, spans + t->len + 1);
    pdf_text kept = {.spans = (pdf_span *)(void *)place,
                     .bytes = place + spans,
                     .len = t->len,
                     .n_spans = t->n_spans,
                     .kept = true};
    if (spans)
        memcpy(place, t->spans, spans);
    memcpy(kept.bytes, t->bytes, t->len + 1);
    pdf_text_clear(t);
    *t = kept;
}

void pdf_store_keep(pdf_store *s, GArray *blocks, guint first)
{
    for (guint i = first; i < blocks->len; i++) {
        pdf_block *b = BLOCK(blocks, i);
        keep(s, &b->text);
        for (guint k = 0; b->table && k < b->table->cells->len; k++)
            keep(s, &g_array_index(b->table->cells, pdf_cell, k).text);
    }
}
