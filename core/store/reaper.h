/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Clearing away what commands that died left under .openkb/staging/. Only for the holder of the
 * exclusive lock, and only after recovery succeeded: until then a directory may hold what an
 * intent needs.
 *
 * Never an error: what cannot be removed is counted, noted and left.
 */
#pragma once

#include "store/store.h"

void okb_reap(OkbStore *store, OkbRecoveryReport *report);

/* The lock under which batches are made and tested for life: staging/.gate. */
int okb_gate_open(const OkbKb *kb, int operation, GError **error);
