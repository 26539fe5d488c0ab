/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * "-j2" for "-j 2", which everybody types and GLib does not know.
 */
#pragma once

#include <glib.h>

/* A copy of argv in which every value that is attached to a short option stands by itself.
 * `entries` are those of the command; what stands after "--", and values that stand by
 * themselves already, are left as they are. g_strfreev() it. */
char **okb_short_options_split(const GOptionEntry *entries, char **argv);
