/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What add and convert would do: sources that are new or changed are read, nothing is copied,
 * converted or written. A conversion may still fail or be declined.
 */
#pragma once

#include "ingest/identity.h"

/* As the copy would find it: sets hash and size in task->copy and the candidates, or makes the
 * task READY with a failure. */
void okb_dry_look(OkbTask *task, const OkbPlugins *plugins, const OkbIngestOptions *options);

/* Reports of each source of the plan what add would do: "add", "update" or "duplicate", by
 * which plugin and under which name; or that it is unchanged, or would fail. */
bool okb_dry_run(const OkbIdentity *identity, const OkbPlan *plan, const OkbObserver *observer,
                 OkbCounts *counts, GError **error);
