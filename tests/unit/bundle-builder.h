/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bundles in memory for tests of what is made from them.
 */
#pragma once

#include "ingest/bundle.h"

#include <string.h>

static inline OkbBundle *bundle_of(const char *body)
{
    OkbBundle *bundle = g_new0(OkbBundle, 1);
    bundle->body = g_bytes_new(body, strlen(body));
    bundle->pages = g_array_new(FALSE, TRUE, sizeof(OkbPage));
    bundle->headings = g_array_new(FALSE, TRUE, sizeof(OkbHeading));
    bundle->outline = g_array_new(FALSE, TRUE, sizeof(OkbOutlineEntry));
    bundle->refs = g_array_new(FALSE, TRUE, sizeof(OkbAssetRef));
    bundle->assets = g_array_new(FALSE, TRUE, sizeof(OkbAsset));
    bundle->embeds = g_array_new(FALSE, TRUE, sizeof(OkbAsset));
    bundle->metadata = g_array_new(FALSE, TRUE, sizeof(OkbFact));
    bundle->warnings = g_array_new(FALSE, TRUE, sizeof(OkbFact));
    return bundle;
}

/* Notes every placeholder of the body as a reference, and every page mark as a page. */
static inline void bundle_scan(OkbBundle *bundle)
{
    gsize len;
    const char *body = g_bytes_get_data(bundle->body, &len);
    const char *end = body + len;
    if (!body)
        return;
    for (const char *p = body; (p = g_strstr_len(p, end - p, "okb-asset:")); p++) {
        OkbAssetRef ref = {(guint64)(p - body), (guint)atoi(p + 10) - 1, NULL};
        g_array_append_val(bundle->refs, ref);
    }
    for (const char *p = body; (p = g_strstr_len(p, end - p, "<!-- page ")); p++) {
        OkbPage page = {(guint64)(p - body), NULL};
        g_array_append_val(bundle->pages, page);
    }
}

static inline void bundle_fact(OkbBundle *bundle, const char *key, const char *value)
{
    OkbFact fact = {(char *)key, (char *)value, 0};
    g_array_append_val(bundle->metadata, fact);
}

static inline void bundle_heading(OkbBundle *bundle, guint level, guint page, const char *title)
{
    OkbHeading heading = {0, level, page, (char *)title};
    g_array_append_val(bundle->headings, heading);
}

static inline void bundle_drop(OkbBundle *bundle)
{
    g_bytes_unref(bundle->body);
    g_array_unref(bundle->pages);
    g_array_unref(bundle->headings);
    g_array_unref(bundle->outline);
    g_array_unref(bundle->refs);
    g_array_unref(bundle->assets);
    g_array_unref(bundle->embeds);
    g_array_unref(bundle->metadata);
    g_array_unref(bundle->warnings);
    g_free(bundle);
}

/* What rendering asks of bundle.c. */
const char *okb_bundle_meta(const OkbBundle *bundle, const char *key)
{
    for (guint i = 0; i < bundle->metadata->len; i++)
        if (strcmp(g_array_index(bundle->metadata, OkbFact, i).key, key) == 0)
            return g_array_index(bundle->metadata, OkbFact, i).value;
    return NULL;
}
