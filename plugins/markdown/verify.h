/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The proof that changing destinations changes nothing else: the text with other destinations
 * is parsed by cmark-gfm, and its tree is compared with the tree of the text as it was.
 */
#ifndef OPENKB_MARKDOWN_VERIFY_H
#define OPENKB_MARKDOWN_VERIFY_H

#include "arena.h"
#include "targets.h"

#include <stddef.h>

/*
 * `targets` are sorted and do not overlap; those with an asset are the ones to change. Returns
 * their number when all of them can be, else the index of one that, as it seems, cannot.
 */
size_t md_verify(md_arena *arena, const char *text, size_t len, const md_targets *targets);

#endif
