/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bookmarks, bounded in number and depth because a hostile file can make them endless.
 */
#include "document.h"

#include "text.h"

#include <string.h>

enum { MAX_BOOKMARKS = 20000, MAX_DEPTH = 16 };

static void resolve(const pdf_document *d, const PopplerDest *dest, pdf_bookmark *mark)
{
    PopplerDest *found = NULL;
    if (dest && dest->type == POPPLER_DEST_NAMED && dest->named_dest)
        dest = found = poppler_document_find_dest(d->poppler, dest->named_dest);
    if (dest && dest->page_num >= 1 && (uint32_t)dest->page_num <= d->n_pages) {
        mark->page = (uint32_t)dest->page_num;
        mark->top = dest->change_top ? (float)dest->top : -1;
    }
    if (found)
        poppler_dest_free(found);
}

static void walk(pdf_document *d, PopplerIndexIter *iter, uint32_t depth)
{
    do {
        PopplerAction *action = poppler_index_iter_get_action(iter);
        pdf_bookmark mark = {.depth = depth, .top = -1};
        if (action) {
            mark.title = pdf_text_line(action->any.title);
            if (action->type == POPPLER_ACTION_GOTO_DEST)
                resolve(d, action->goto_dest.dest, &mark);
            poppler_action_free(action);
            if (mark.title)
                g_array_append_val(d->bookmarks, mark);
        }
        PopplerIndexIter *child = depth < MAX_DEPTH ? poppler_index_iter_get_child(iter) : NULL;
        if (child) {
            walk(d, child, depth + 1);
            poppler_index_iter_free(child);
        }
    } while (d->bookmarks->len < MAX_BOOKMARKS && poppler_index_iter_next(iter));
}

void pdf_document_read_outline(pdf_document *d)
{
    PopplerIndexIter *iter = poppler_index_iter_new(d->poppler);
    if (!iter)
        return;
    walk(d, iter, 1);
    poppler_index_iter_free(iter);
}

static uint32_t deepest(const pdf_document *d)
{
    okb_limits limits = {.struct_size = sizeof limits};
    return d->host->limits(d->job, &limits) == OKB_OK ? limits.max_depth : MAX_DEPTH;
}

okb_status pdf_document_tell_outline(pdf_document *d)
{
    okb_status status = OKB_OK;
    uint32_t before = 0, most = deepest(d);
    for (guint i = 0; i < d->bookmarks->len && status == OKB_OK; i++) {
        const pdf_bookmark *m = &g_array_index(d->bookmarks, pdf_bookmark, i);
        uint32_t depth = MIN(MIN(m->depth, before + 1), most);
        status =
            d->host->outline(d->job, depth, (okb_str){m->title, strlen(m->title)}, m->page);
        before = depth;
    }
    return status;
}
