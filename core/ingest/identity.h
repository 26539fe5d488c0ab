/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * When a source is unchanged, and when a failure is still true.
 *
 * Unchanged means: the same bytes, converted by the same plugin, OutputVersion and options,
 * with the same siblings. Before a source is opened its stat stands for its bytes, unless that
 * is too fresh to be trusted.
 */
#pragma once

#include "ingest/task.h"
#include "store/registry.h"

typedef struct OkbKnown OkbKnown;

typedef struct {
    OkbStore *store;
    const OkbKb *kb;
    const OkbPlugins *plugins;
    const OkbIngestOptions *options;
    OkbKnown *known; /* known.h; NULL: everything is asked one by one */
} OkbIdentity;

/* Fills task->key. Then makes the task READY when it is UNCHANGED by its stat, or when it
 * FAILED before in a way that another try would not change. */
bool okb_identity_before_copy(const OkbIdentity *identity, OkbTask *task, GError **error);

/* The same with the bytes in hand: KNOWN when they are a document already and converting them
 * again would give nothing new; FAILED as above. */
bool okb_identity_after_copy(const OkbIdentity *identity, OkbTask *task, GError **error);

/* Whether a task that is UNCHANGED as an alias still is: its document may have changed, in this
 * batch, since it was looked at. */
bool okb_identity_is_alias_still(const OkbIdentity *identity, const OkbTask *task,
                                 bool *ret_still, GError **error);

/* Whether converting the document's source now would do the same as it did: plugin,
 * OutputVersion, options, siblings. `source` is the path of the source. */
bool okb_identity_same_conversion(const OkbIdentity *identity, const OkbDocument *document,
                                  const char *source);

/* The same without siblings and without opening anything: false when it cannot be told. */
bool okb_identity_same_provenance(const OkbIdentity *identity, const OkbProvenance *by);

/* What to record as OkbProvenance.choice now. */
const char *okb_identity_choice(const OkbIdentity *identity);

/* The siblings have the same bytes still: remembers their new stats. In a transaction. */
bool okb_identity_touch_siblings(const OkbIdentity *identity, const OkbDocument *document,
                                 const char *source, GError **error);
