/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * When documents were added and updated, for rows that were made anew: as log.md tells, by the
 * names of the sources' files. In a SQL transaction; no log is no error.
 */
#pragma once

#include "store/store.h"

bool okb_days_restore(OkbStore *store, GError **error);
