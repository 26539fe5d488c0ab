/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Asking a person before something is deleted.
 */
#pragma once

#include "cli/cli.h"

/* Whether there is somebody to ask: a terminal to talk to and to hear from. */
bool okb_consent_possible(const OkbCli *cli);

/* "QUESTION? [y/N] "; anything but y is no. */
bool okb_consent_ask(OkbCli *cli, const char *question);
