/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Files beside a source, opened on behalf of a conversion that cannot open them itself: beneath
 * the source's directory, through no link and no hidden component, regular, bounded in size,
 * number and sum. What was asked for is remembered with its hash, because it is part of what
 * makes the document unchanged.
 */
#pragma once

#include "ingest/pool.h"

typedef struct {
    GPtrArray *seen; /* OkbSiblingSeen, in the order they were asked for */
    guint64 bytes;
    guint max;
} OkbSiblings;

void okb_siblings_init(OkbSiblings *siblings, guint max);
void okb_siblings_clear(OkbSiblings *siblings);

/* A descriptor for reading and its size; -1 when there is no such file or it is refused. */
int okb_siblings_open(OkbSiblings *siblings, int directory, const char *path,
                      guint64 *ret_size);

/* What the rule says by a look at the path alone: such a file is there and may be given away,
 * if it can be read. */
bool okb_siblings_would_open(int directory, const char *path, struct stat *st);
