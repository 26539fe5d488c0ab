/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is to become of a document whose source may be gone: asked when the plan is made, and
 * again under the lock when its turn comes.
 */
#pragma once

#include "ingest/presence.h"
#include "ingest/prune.h"
#include "store/registry.h"

typedef enum { OKB_FATE_KEEP, OKB_FATE_REMOVE, OKB_FATE_PROMOTE, OKB_FATE_DOUBT } OkbFateKind;

typedef struct {
    OkbFateKind kind;
    OkbAlias *heir;          /* promote; with its present stat */
    OkbPresenceAnswer doubt; /* doubt: why; its strings live as long as the OkbPresence */
} OkbFate;

void okb_fate_clear(OkbFate *fate);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbFate, okb_fate_clear)

/* The absolute path of a registry path; NULL when it is none of a file ("stdin:NAME", a URI).
 * g_free() it. */
char *okb_prune_absolute(const OkbKb *kb, const char *path);

/* `path`, `hash`: of the document. False with `error` when the registry cannot be read. */
bool okb_prune_judge(OkbStore *store, OkbPresence *presence, gint64 document, const char *path,
                     OkbFate *fate, GError **error);
