/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Refers to every type of the plugin ABI, so that abidiff sees them all.
 */
#include <openkb/plugin.h>

OKB_EXPORT void probe(okb_job *job, const okb_host *host, const okb_source *source,
                      const okb_limits *limits, const okb_sibling *sibling, okb_str text,
                      okb_asset_id asset, okb_embed_id embed, okb_entry_v1 entry,
                      okb_status status);

void probe(okb_job *job, const okb_host *host, const okb_source *source,
           const okb_limits *limits, const okb_sibling *sibling, okb_str text,
           okb_asset_id asset, okb_embed_id embed, okb_entry_v1 entry, okb_status status)
{
    (void)job, (void)host, (void)source, (void)limits, (void)sibling, (void)text;
    (void)asset, (void)embed, (void)entry, (void)status;
}

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return NULL;
}
