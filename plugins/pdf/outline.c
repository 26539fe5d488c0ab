/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bookmarks, bounded in number and depth because a hostile file can make them endless.
 */
#include "document.h"

#include "dests.h"
#include "text.h"

#include <math.h>
#include <string.h>

enum { MAX_BOOKMARKS = 20000, MAX_DEPTH = 16 };

/* Bookmarks and the names of the places of those that have one, in step. */
typedef struct {
    pdf_document *d;
    GPtrArray *names; /* NULL for a bookmark that tells its place itself */
} outline;

static const char *find_page(const pdf_document *d, const PopplerDest *dest, pdf_bookmark *mark)
{
    if (dest->type == POPPLER_DEST_NAMED)
        return dest->named_dest;
    if (dest->page_num >= 1 && (uint32_t)dest->page_num <= d->n_pages) {
        mark->page = (uint32_t)dest->page_num;
        mark->top = dest->change_top ? (float)dest->top : -1;
    }
    return NULL;
}

static void add(outline *o, const PopplerAction *action, uint32_t depth)
{
    const char *name = NULL;
    pdf_bookmark mark = {.depth = depth, .top = -1};
    mark.title = pdf_text_line(action->any.title);
    if (!mark.title)
        return;
    if (action->type == POPPLER_ACTION_GOTO_DEST && action->goto_dest.dest)
        name = find_page(o->d, action->goto_dest.dest, &mark);
    g_array_append_val(o->d->bookmarks, mark);
    g_ptr_array_add(o->names, g_strdup(name));
}

static void walk(outline *o, PopplerIndexIter *iter, uint32_t depth)
{
    do {
        PopplerAction *action = poppler_index_iter_get_action(iter);
        if (action) {
            add(o, action, depth);
            poppler_action_free(action);
        }
        PopplerIndexIter *child = depth < MAX_DEPTH ? poppler_index_iter_get_child(iter) : NULL;
        if (child) {
            walk(o, child, depth + 1);
            poppler_index_iter_free(child);
        }
    } while (o->d->bookmarks->len < MAX_BOOKMARKS && poppler_index_iter_next(iter));
}

static void find_named(outline *o)
{
    pdf_dests *dests = pdf_dests_new();
    for (guint i = 0; i < o->names->len; i++)
        if (o->names->pdata[i])
            pdf_dests_want(dests, o->names->pdata[i]);
    pdf_dests_look_up(dests, o->d);
    for (guint i = 0; i < o->names->len; i++) {
        pdf_bookmark *mark = &g_array_index(o->d->bookmarks, pdf_bookmark, i);
        pdf_dest dest = {0};
        if (o->names->pdata[i])
            dest = pdf_dests_get(dests, o->names->pdata[i]);
        if (dest.page) {
            mark->page = dest.page;
            mark->top = isnan(dest.top) ? -1 : dest.top;
        }
    }
    pdf_dests_free(dests);
}

void pdf_document_read_outline(pdf_document *d)
{
    PopplerIndexIter *iter = poppler_index_iter_new(d->poppler);
    if (!iter)
        return;
    outline o = {d, g_ptr_array_new_with_free_func(g_free)};
    walk(&o, iter, 1);
    poppler_index_iter_free(iter);
    find_named(&o);
    g_ptr_array_unref(o.names);
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
