/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The quick answer for sources that are mostly unchanged, in place of a look for each: one
 * ordered reading of what the registry knows below each directory of the plan, and of what it
 * knows from file to file of a long list. What is not answered here is asked one by one
 * (identity.h).
 *
 * The answer is that of one moment. It is void when somebody else has changed the registry
 * since.
 */
#pragma once

#include "ingest/identity.h"

struct OkbKnown {
    gint64 version; /* of the registry when it was read */
    gint64 checked; /* when that was last compared, monotonic microseconds */
    bool stale;
};

/* Sets item->unchanged for what is unchanged by its stat. */
bool okb_known_mark(const OkbIdentity *identity, OkbPlan *plan, GError **error);

/* Whether the answers still hold; looked at every 50 ms. -1 with `error`. */
int okb_known_holds(const OkbIdentity *identity, GError **error);

/* After the lock was taken: whether the answers still hold. */
bool okb_known_check(const OkbIdentity *identity, const OkbRecoveryReport *recovery,
                     GError **error);
