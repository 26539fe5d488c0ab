/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A bump allocator. Each block is preceded by its size, so that it can be copied when it grows;
 * the newest block grows in place, which is what a string under construction does.
 */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)256 << 10)
#define ALIGNMENT  16u

struct md_chunk {
    md_chunk *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
};

typedef struct {
    _Alignas(ALIGNMENT) size_t size;
} header;

static md_arena *selected;

void md_arena_open(md_arena *arena)
{
    arena->chunks = NULL;
    arena->last = NULL;
}

void md_arena_close(md_arena *arena)
{
    for (md_chunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    md_arena_open(arena);
}

static size_t rounded(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static void add_chunk(md_arena *arena, size_t need)
{
    size_t size = need > CHUNK_SIZE / 2 ? need + CHUNK_SIZE / 2 : CHUNK_SIZE;
    md_chunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        longjmp(arena->out_of_memory, 1);
    chunk->next = arena->chunks;
    chunk->used = 0;
    chunk->size = size;
    arena->chunks = chunk;
}

static void *take(md_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4)
        longjmp(arena->out_of_memory, 1);
    size_t need = sizeof(header) + rounded(size);
    if (!arena->chunks || arena->chunks->size - arena->chunks->used < need)
        add_chunk(arena, need);
    header *block = (header *)(arena->chunks->bytes + arena->chunks->used);
    arena->chunks->used += need;
    block->size = size;
    arena->last = (char *)(block + 1);
    return arena->last;
}

void *md_alloc(md_arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

/* Whether the newest block could be given `size` bytes where it stands. */
static int grew_in_place(md_arena *arena, char *block, size_t size)
{
    if (block != arena->last || size > SIZE_MAX / 4)
        return 0;
    md_chunk *chunk = arena->chunks;
    size_t used = (size_t)(block - chunk->bytes) + rounded(size);
    if (used > chunk->size)
        return 0;
    chunk->used = used;
    return 1;
}

void *md_grow(md_arena *arena, void *block, size_t size)
{
    if (!block)
        return take(arena, size);
    header *old = (header *)block - 1;
    if (size <= old->size)
        return block;
    if (grew_in_place(arena, block, size)) {
        old->size = size;
        return block;
    }
    return memcpy(take(arena, size), block, old->size);
}

char *md_copy(md_arena *arena, const char *bytes, size_t len)
{
    char *copy = take(arena, len + 1);
    if (len)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

void *md_room(md_arena *arena, void *items, size_t *capacity, size_t count, size_t item_size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    return md_grow(arena, items, *capacity * item_size);
}

/* ---- As cmark sees it -------------------------------------------------------------------- */

static void *cmark_calloc(size_t count, size_t size)
{
    return md_alloc(selected, count * size);
}

/* A new block is zeroed: cmark leaves the content of an empty node unset, which is then read.
 */
static void *cmark_realloc(void *block, size_t size)
{
    return block ? md_grow(selected, block, size) : md_alloc(selected, size);
}

static void cmark_release(void *block)
{
    (void)block;
}

void md_arena_select(md_arena *arena)
{
    selected = arena;
}

cmark_mem *md_arena_cmark(void)
{
    static cmark_mem memory = {cmark_calloc, cmark_realloc, cmark_release};
    return &memory;
}
