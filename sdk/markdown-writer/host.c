/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The sink that is a plugin's host.
 */
#include "writer.h"

static okb_status host_write(void *ctx, const void *data, size_t len)
{
    okb_md *md = ctx;
    return md->host->body_write(md->job, data, len);
}

static okb_status host_asset(void *ctx, okb_asset_id asset, okb_str alt)
{
    okb_md *md = ctx;
    return md->host->body_asset_ref(md->job, asset, alt);
}

static okb_status host_heading(void *ctx, uint32_t level, okb_str title, uint32_t page)
{
    okb_md *md = ctx;
    return md->host->heading(md->job, level, title, page);
}

static okb_status host_page(void *ctx, uint32_t index, okb_str label)
{
    okb_md *md = ctx;
    return md->host->page_begin(md->job, index, label);
}

okb_md *okb_md_new_for_host(const okb_host *host, okb_job *job)
{
    okb_md_sink sink = {NULL, host_write, host_asset, host_heading, host_page};
    okb_limits limits = {.struct_size = sizeof limits};
    okb_md_options options = {0};
    if (host->limits(job, &limits) == OKB_OK)
        options.max_depth = limits.max_depth;
    okb_md *md = okb_md_new(&sink, &options);
    if (md) {
        md->sink.ctx = md;
        md->host = host;
        md->job = job;
    }
    return md;
}
