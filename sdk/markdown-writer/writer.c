/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Life cycle of a writer, its latch, and the way to the sink.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#define FLUSH_AT      (32u << 10)
#define DEFAULT_DEPTH 50

void okb_md_latch(okb_md *md, okb_status status)
{
    if (md->status == OKB_OK)
        md->status = status;
}

okb_md *okb_md_new(const okb_md_sink *sink, const okb_md_options *options)
{
    okb_md *md = calloc(1, sizeof *md);
    if (!md)
        return NULL;
    md->sink = *sink;
    md->max_depth = options && options->max_depth ? options->max_depth : DEFAULT_DEPTH;
    md->boxes = calloc(16, sizeof *md->boxes);
    if (!md->boxes) {
        free(md);
        return NULL;
    }
    md->cap_boxes = 16;
    md->n_boxes = md->n_deep = 1;
    return md;
}

okb_status okb_md_status(const okb_md *md)
{
    return md ? md->status : OKB_E_NOMEM;
}

void okb_md_flush(okb_md *md)
{
    if (okb_md_ok(md) && md->out.len)
        okb_md_latch(md, md->sink.write(md->sink.ctx, md->out.data, md->out.len));
    md->out.len = 0;
}

void okb_md_put(okb_md *md, const char *data, size_t len)
{
    if (!okb_md_ok(md))
        return;
    if (!bytes_append(&md->out, data, len))
        okb_md_latch(md, OKB_E_NOMEM);
    else if (md->out.len >= FLUSH_AT)
        okb_md_flush(md);
}

okb_status okb_md_finish(okb_md *md)
{
    if (!md)
        return OKB_E_NOMEM;
    okb_md_table_end(md);
    okb_md_close_leaf(md);
    okb_md_close_boxes(md, 1);
    okb_md_flush(md);
    return md->status;
}

void okb_md_free(okb_md *md)
{
    if (!md)
        return;
    bytes *const all[] = {&md->out, &md->first, &md->rest, &md->text, &md->block, &md->alts};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->data);
    for (uint32_t i = 0; i < md->pages_due; i++)
        free(md->pages[i].label);
    free(md->pages);
    free(md->boxes);
    free(md->tokens);
    free(md->open);
    free(md->refs);
    free(md->runs);
    free(md->pieces);
    free(md->table.aligns);
    free(md);
}
