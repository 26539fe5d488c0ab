/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The memory of one job. Everything the plugin and cmark allocate for a document comes from one
 * arena and goes with it, so that no path has to free anything.
 *
 * Life cycle: md_arena_open(), any number of allocations, md_arena_close().
 * Errors: when memory runs out, the arena jumps to `out_of_memory`, which its owner has set
 * with setjmp() right after opening it; allocation never returns NULL. Threads: one.
 */
#ifndef OPENKB_MARKDOWN_ARENA_H
#define OPENKB_MARKDOWN_ARENA_H

#include <cmark-gfm.h>

#include <setjmp.h>
#include <stddef.h>

typedef struct md_chunk md_chunk;

typedef struct {
    md_chunk *chunks;
    char *last; /* the newest block: it alone can grow in place */
    jmp_buf out_of_memory;
} md_arena;

void md_arena_open(md_arena *arena);
void md_arena_close(md_arena *arena);

/* Zeroed memory, aligned for anything. */
void *md_alloc(md_arena *arena, size_t size);
/* Grow what md_alloc() gave; new bytes are not zeroed. */
void *md_grow(md_arena *arena, void *block, size_t size);
/* A NUL-terminated copy. */
char *md_copy(md_arena *arena, const char *bytes, size_t len);

/* Room for one more item: see MD_PUSH. */
void *md_room(md_arena *arena, void *items, size_t *capacity, size_t count, size_t item_size);

/* A pointer to a new, unset last item of a vector {items, count, capacity}. */
#define MD_PUSH(arena, vector)                                                                 \
    ((vector)->items = md_room((arena), (vector)->items, &(vector)->capacity, (vector)->count, \
                               sizeof *(vector)->items),                                       \
     &(vector)->items[(vector)->count++])

/* The arena that cmark allocates from, which knows no context: set it before calling cmark. */
void md_arena_select(md_arena *arena);
cmark_mem *md_arena_cmark(void);

#endif
