/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a plugin may read beside its source, by name from a closed list: a manifest can ask for
 * "fonts" but not for a path.
 */
#pragma once

/* The directories and files of a data set, NULL-terminated; NULL when the name is not known.
 * Not all need exist. */
const char *const *okb_data_set_paths(const char *name);
