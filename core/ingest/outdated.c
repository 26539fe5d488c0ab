/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/outdated.h"

#include "util/cleanup.h"

#include <string.h>
#include <unistd.h>

static gsize read_raw_head(OkbStore *store, const OkbDocument *document,
                           guint8 head[static OKB_PLUGINS_HEAD])
{
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        if (artifact->kind != OKB_ARTIFACT_RAW)
            continue;
        okb_autofd int fd = okb_registry_open_artifact(store, artifact, NULL);
        ssize_t n = fd < 0 ? -1 : pread(fd, head, OKB_PLUGINS_HEAD, 0);
        return n < 0 ? 0 : (gsize)n;
    }
    return 0;
}

/* Who would be asked first now; the one it was converted by while the choice is the same,
 * because others may have declined. NULL when nobody would. */
static const OkbPlugin *chosen_now(OkbStore *store, const OkbPlugins *plugins,
                                   const OkbDocument *document)
{
    const OkbProvenance *by = &document->provenance;
    if (g_strcmp0(by->choice, okb_plugins_choice(plugins)) == 0)
        return okb_plugins_find(plugins, by->plugin);
    guint8 head[OKB_PLUGINS_HEAD];
    gsize len = read_raw_head(store, document, head);
    g_autoptr(GPtrArray) order =
        okb_plugins_select(plugins, NULL, document->source_name, NULL, head, len, NULL);
    return order->len > 0 ? order->pdata[0] : NULL;
}

bool okb_outdated(OkbStore *store, const OkbPlugins *plugins, const OkbDocument *document)
{
    const OkbProvenance *by = &document->provenance;
    const OkbPlugin *now = chosen_now(store, plugins, document);
    return now && (g_strcmp0(now->id, by->plugin) != 0 ||
                   now->output_version != by->output_version || (by->options && *by->options));
}
