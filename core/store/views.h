/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Files derived from the registry: wiki/index.md and .openkb/hashes.json; and wiki/log.md,
 * which is written to and never read.
 *
 * A view is marked dirty in the transaction that changes what it shows, rebuilt when the lock
 * is released or by recovery, and marked clean when it is on the disk. hashes.json is also
 * read: other programs change it, and what they did is merged when the lock is taken.
 *
 * Errors: OKB_ERROR_CORRUPT when hashes.json cannot be understood, else as io.h has them.
 */
#pragma once

#include "store/store.h"

/* Reads hashes.json into an empty registry. */
bool okb_views_import(OkbStore *store, GError **error);

/* Takes over what others changed in hashes.json since we last read or wrote it. */
bool okb_views_merge(OkbStore *store, OkbRecoveryReport *report, GError **error);

/* Rebuilds what is dirty. */
bool okb_views_rebuild(OkbStore *store, GError **error);

/* Appends lines to wiki/log.md, one write each. A failure is noted, never an error. */
void okb_views_append_log(OkbStore *store, GPtrArray *lines);
