/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Plugins that die while they are loaded. One that has died or hung so OKB_SET_ASIDE_AFTER
 * times in a row, over runs, is set aside: its worker is not started any more, its files fail
 * with the reason at once. It keeps its place in the selection, so that no file goes to another
 * plugin because of what happened to an earlier run. It comes back when its manifest or module
 * changes, or by okb_set_aside_clear().
 *
 * Only loading counts, never a document: else a handful of hostile files could take a plugin
 * away from all others. As no document has been looked at by then, neither their order nor the
 * number of workers can matter.
 *
 * State: a key file for each plugin below OkbPluginsConfig.state_directory. Where that cannot
 * be written the rule holds within a run. Errors: none; what cannot be read is not there.
 */
#pragma once

#include "plugins/plugins.h"

enum { OKB_SET_ASIDE_AFTER = 3 };

/* Fills load_failures and load_failure of `plugin` from what is recorded. */
void okb_set_aside_recall(OkbPlugin *plugin);

/* Records that loading failed for the `failures`th time in a row, and how. */
void okb_set_aside_record(const OkbPlugin *plugin, guint failures, const char *how);

/* Forgets it. False when there was nothing to forget. */
bool okb_set_aside_clear(const OkbPlugin *plugin);
