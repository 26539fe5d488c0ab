/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * How a document gets its name. The algorithm is Python OpenKB's, so that both programs give
 * the same name to the same source, made safe against long names and case-insensitive
 * collisions.
 *
 * The registry alone owns names; the owner asks at commit time, in input order.
 */
#pragma once

#include "store/registry.h"

/* The longest name before a suffix, and with one, in bytes: with ".json" and a temporary
 * file's affixes it stays below NAME_MAX. */
enum { OKB_NAME_MAX = 200, OKB_NAME_MAX_SUFFIXED = 209 };

/* A file name without its last suffix, as Python 3.11's pathlib: "a.tar.gz" -> "a.tar",
 * ".bashrc" -> ".bashrc", "foo." -> "foo.". g_free() the result. */
char *okb_names_stem(const char *file_name);

/* The stem as text for people: well-formed UTF-8. g_free() the result. */
char *okb_names_title(const char *file_name);

/* The last suffix with its dot, as pathlib: ".pdf"; "" when there is none. Points into the
 * name. */
const char *okb_names_suffix(const char *file_name);

/* NFKC, then every run of characters that are no letter, number, "_" or "-" becomes one "-",
 * with
 * "-" stripped at both ends; "document" when nothing is left. */
char *okb_names_sanitize(const char *stem);

/* 1, 0, or -1 with an error. */
typedef int (*OkbNameTaken)(const char *name, gpointer data, GError **error);

/* As okb_names_resolve(), with another notion of what is free. */
char *okb_names_choose(const char *file_name, const char *key, OkbNameTaken taken,
                       gpointer data, GError **error);

/*
 * The name for a new document: the sanitised stem when it is free, else with "-" and 8, 16, 32
 * or 64 hex digits of sha256(key). `except` is a document whose own name does not count. NULL
 * on error.
 */
char *okb_names_resolve(OkbStore *store, const char *file_name, const char *key, gint64 except,
                        GError **error);
