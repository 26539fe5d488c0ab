/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A slide that is uncovered step by step is several pages, each with what the one before says
 * and a little more; they have one page label. Only the last is kept: a page goes when the next
 * one has its label, every word of it as often, its pictures and its drawn figures. Where all
 * pages have one label, or none, labels say nothing.
 */
#include "structure.h"

#include <string.h>

typedef struct {
    guint first, end; /* blocks */
} span;

/* ---- What a page says -------------------------------------------------------------------- */

static void count_words(GHashTable *words, const pdf_text *t, int by)
{
    const char *p = t->bytes, *end = p ? p + t->len : p;
    while (p < end) {
        size_t n = strcspn(p, " \n");
        n = MIN(n, (size_t)(end - p));
        if (n) {
            char *word = g_strndup(p, n);
            int had = GPOINTER_TO_INT(g_hash_table_lookup(words, word));
            g_hash_table_replace(words, word, GINT_TO_POINTER(had + by));
        }
        p += n + (p + n < end);
    }
}

/* A picture counts as a word that names its object, a drawn figure as one of its place. */
static void count_picture(GHashTable *words, const pdf_block *b, int by)
{
    char name[64];
    g_snprintf(name, sizeof name, "\n%u %.0f %.0f", b->number, b->number ? 0 : b->box.x0,
               b->number ? 0 : b->box.y0);
    int had = GPOINTER_TO_INT(g_hash_table_lookup(words, name));
    g_hash_table_replace(words, g_strdup(name), GINT_TO_POINTER(had + by));
}

static void count(const pdf_document *d, GHashTable *words, span page, int by)
{
    for (guint i = page.first; i < page.end; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_PICTURE)
            count_picture(words, b, by);
        else
            count_words(words, &b->text, by);
        for (guint k = 0; b->table && k < b->table->cells->len; k++)
            count_words(words, &g_array_index(b->table->cells, pdf_cell, k).text, by);
    }
}

/* Whether `next` says all that `page` says. */
static bool is_within(const pdf_document *d, span page, span next)
{
    g_autoptr(GHashTable) words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iter;
    gpointer n;
    count(d, words, next, 1);
    count(d, words, page, -1);
    g_hash_table_iter_init(&iter, words);
    while (g_hash_table_iter_next(&iter, NULL, &n))
        if (GPOINTER_TO_INT(n) < 0)
            return false;
    return true;
}

/* ---- Pages ------------------------------------------------------------------------------- */

/* Page `number` and page `other` have one label. */
static bool share_label(const pdf_document *d, uint32_t number, uint32_t other)
{
    char plain[2][16];
    const char *labels[2];
    for (int i = 0; i < 2; i++) {
        uint32_t n = i ? other : number;
        const char *told = g_array_index(d->leaves, pdf_leaf, n - 1).label;
        g_snprintf(plain[i], sizeof plain[i], "%u", n);
        labels[i] = told ? told : plain[i];
    }
    return *labels[0] && strcmp(labels[0], labels[1]) == 0;
}

static bool have_labels(const pdf_document *d)
{
    for (uint32_t number = 2; number <= d->leaves->len; number++)
        if (!share_label(d, 1, number))
            return true;
    return false;
}

static void drop(pdf_document *d, span page, uint32_t number)
{
    for (guint i = page.first; i < page.end; i++)
        BLOCK(d->blocks, i)->kind = BLOCK_DROPPED;
    g_array_index(d->leaves, pdf_leaf, number - 1).said_on = number + 1;
}

/* What leads to a page that went leads to the one that was kept. */
static void lead_to_kept(pdf_document *d)
{
    for (guint i = d->leaves->len; i-- > 0;) {
        pdf_leaf *leaf = &g_array_index(d->leaves, pdf_leaf, i);
        if (leaf->said_on)
            leaf->said_on = pdf_page_said_on(d, leaf->said_on);
    }
    for (guint i = 0; i < d->bookmarks->len; i++) {
        pdf_bookmark *m = &g_array_index(d->bookmarks, pdf_bookmark, i);
        if (m->page && m->page <= d->leaves->len)
            m->page = pdf_page_said_on(d, m->page);
    }
}

void pdf_overlays_fold(pdf_document *d)
{
    span page = {0, 0};
    if (!pdf_slides_are(d) || !have_labels(d))
        return;
    for (uint32_t number = 1; number < d->leaves->len; number++) {
        span next = {page.end, page.end};
        if (number == 1) {
            while (page.end < d->blocks->len && BLOCK(d->blocks, page.end)->page == 1)
                page.end++;
            next = (span){page.end, page.end};
        }
        while (next.end < d->blocks->len && BLOCK(d->blocks, next.end)->page == number + 1)
            next.end++;
        if (page.first < page.end && share_label(d, number, number + 1) &&
            is_within(d, page, next))
            drop(d, page, number);
        page = next;
    }
    lead_to_kept(d);
}
