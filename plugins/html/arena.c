/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Memory of one document: an arena that is freed as a whole, and growing bytes.
 */
#include "html.h"

#include <stdlib.h>

#define CHUNK ((size_t)64 << 10)

struct chunk {
    chunk *before;
    max_align_t data[];
};

void *arena_grow(arena *a, size_t size)
{
    size_t room = size > CHUNK / 4 ? size : CHUNK;
    chunk *c = room < SIZE_MAX / 2 ? malloc(sizeof *c + room) : NULL;
    if (!c) {
        a->failed = true;
        return NULL;
    }
    c->before = a->chunks;
    a->chunks = c;
    a->next = (char *)c->data + size;
    a->end = (char *)c->data + room;
    return c->data;
}

char *arena_copy(arena *a, const char *s, size_t len)
{
    char *copy = arena_alloc(a, len + 1);
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

okb_str arena_str(arena *a, okb_str s)
{
    char *copy = arena_copy(a, s.data, s.len);
    return copy ? (okb_str){copy, s.len} : (okb_str){NULL, 0};
}

void arena_free(arena *a)
{
    for (chunk *c = a->chunks, *before; c; c = before) {
        before = c->before;
        free(c);
    }
    *a = (arena){0};
}

char *buffer_room(buffer *b, size_t more)
{
    if (!b->data || more > b->cap - b->len) {
        size_t cap = b->cap ? b->cap : 256;
        while (cap - b->len < more && cap <= SIZE_MAX / 4)
            cap *= 2;
        char *data = cap - b->len < more ? NULL : realloc(b->data, cap);
        if (!data) {
            b->failed = true;
            return NULL;
        }
        b->data = data;
        b->cap = cap;
    }
    return b->data + b->len;
}

void buffer_add(buffer *b, const char *s, size_t len)
{
    char *to = buffer_room(b, len);
    if (!to || len == 0)
        return;
    memcpy(to, s, len);
    b->len += len;
}

void buffer_byte(buffer *b, char c)
{
    buffer_add(b, &c, 1);
}

void buffer_free(buffer *b)
{
    free(b->data);
    *b = (buffer){0};
}

okb_str buffer_str(const buffer *b)
{
    return (okb_str){b->len ? b->data : "", b->len};
}

okb_str arena_take(arena *a, buffer *b)
{
    okb_str kept = arena_str(a, str_trim(buffer_str(b)));
    a->failed |= b->failed;
    buffer_free(b);
    return kept;
}
