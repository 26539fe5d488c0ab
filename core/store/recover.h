/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What has to happen between taking the exclusive lock and the first change.
 *
 * Errors: OKB_ERROR_CORRUPT (nothing was touched, nothing reaped), OKB_ERROR_PENDING (the
 * intents and their files are kept).
 */
#pragma once

#include "store/store.h"

bool okb_recover(OkbStore *store, OkbRecoveryReport *report, GError **error);

/* There is no registry: whatever transactions staged is kept, in quarantine/. */
bool okb_recover_orphans(OkbStore *store, GError **error);

/* Python OpenKB's own unfinished mutations, .openkb/journal/ (recover-python.c). */
bool okb_recover_python(OkbStore *store, GError **error);
