/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb plugins check ID|MANIFEST [SAMPLE...]: hands over to openkb-plugin-check, which comes
 * with the SDK.
 */
#pragma once

#include "cli/commands.h"
#include "plugins/plugins.h"

/* Returns only when it cannot be done; then with an exit code. */
int okb_cli_plugins_check(OkbCli *cli, OkbPlugins *plugins);
