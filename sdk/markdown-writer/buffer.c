/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Growing bytes and arrays.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

bool bytes_reserve(bytes *b, size_t more)
{
    if (more <= b->cap - b->len)
        return true;
    if (more > SIZE_MAX / 4 || b->cap > SIZE_MAX / 4)
        return false;
    size_t cap = b->cap ? b->cap * 2 : 256;
    while (cap - b->len < more)
        cap *= 2;
    char *data = realloc(b->data, cap);
    if (!data)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

bool bytes_insert(bytes *b, size_t at, const char *data, size_t len)
{
    if (!bytes_reserve(b, len))
        return false;
    memmove(b->data + at + len, b->data + at, b->len - at);
    memcpy(b->data + at, data, len);
    b->len += len;
    return true;
}

bool array_reserve(void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return true;
    size_t grown = *cap ? *cap * 2 : 16;
    if (grown > SIZE_MAX / size)
        return false;
    void **slot = array, *moved = realloc(*slot, grown * size);
    if (!moved)
        return false;
    *slot = moved;
    *cap = grown;
    return true;
}
