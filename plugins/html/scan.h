/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Reading the attributes of one tag, as HTML5's tokenizer does.
 */
#ifndef OKB_HTML_SCAN_H
#define OKB_HTML_SCAN_H

#include "html.h"

typedef struct {
    attr_id id; /* ATTR_NONE for those that do not matter */
    okb_str name, value;
} scan_attr;

/* The length of the name that a tag begins with. */
size_t scan_tag_name(okb_str s);

/* Which quotes are known not to occur any more, so that they are not looked for again. */
typedef struct {
    bool no_double, no_single;
} scan_memory;

/*
 * The next attribute of the tag whose attributes begin at tag.data, from *at. False at the end
 * of the tag, with *at on its `>` or on tag.len. `memory` may be NULL.
 */
bool scan_next_attr(okb_str tag, size_t *at, scan_attr *ret, scan_memory *memory);

#endif
