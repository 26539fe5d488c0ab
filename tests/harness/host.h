/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The host in memory is that of openkb-plugin-check.
 */
#include "check/host.h"
