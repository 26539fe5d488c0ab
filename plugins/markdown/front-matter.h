/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Front matter: YAML between "---" lines or TOML between "+++" lines at the very beginning.
 * What it says becomes metadata; its text stays in the document.
 */
#ifndef OPENKB_MARKDOWN_FRONT_MATTER_H
#define OPENKB_MARKDOWN_FRONT_MATTER_H

#include "arena.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum { MD_NO_FRONT_MATTER, MD_YAML, MD_TOML } md_front_kind;

typedef struct {
    md_front_kind kind;
    size_t start, end; /* of what stands between the marks */
    size_t body;       /* where the document itself begins */
} md_front;

/* One entry, flattened: a list gives one call for each item. Strings are NUL-terminated. */
typedef void (*md_entry)(void *context, const char *key, const char *value);

/* Where front matter stands, if at all. */
md_front md_front_find(const char *text, size_t len);

/* Whether what cannot be read as YAML or TOML was meant to be: each line is an entry, belongs
 * to one, or is a comment. */
bool md_front_looks_right(const char *text, const md_front *front);

/* Read the entries at the top level, or return false when it is not well-formed. What was read
 * until the fault has been reported. */
bool md_yaml_entries(md_arena *arena, const char *text, size_t len, md_entry entry,
                     void *context);
bool md_toml_entries(md_arena *arena, const char *text, size_t len, md_entry entry,
                     void *context);

#endif
