/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * add --prune: what vanished is listed, agreed to, and, after the sources that were named are
 * in, taken out.
 */
#pragma once

#include "cli/report.h"
#include "ingest/prune.h"

typedef struct {
    char **directories; /* --prune; NULL: there is nothing to prune */
    gboolean yes;
    OkbPrunePlan *plan; /* after okb_add_prune_begin(); NULL: nothing to do */
} OkbAddPrune;

void okb_add_prune_clear(OkbAddPrune *prune);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbAddPrune, okb_add_prune_clear)

/* Lists and asks, before anything is changed. False: not agreed, or it could not be told what
 * vanished; then nothing is to be done at all. */
bool okb_add_prune_begin(OkbAddPrune *prune, OkbCli *cli, OkbKb *kb, bool dry_run,
                         OkbReport *report, GError **error);

/* Does what was agreed to; with `dry_run` reports it. */
bool okb_add_prune_end(const OkbAddPrune *prune, OkbStore *store, bool dry_run,
                       OkbReport *report, GError **error);
