/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/memory.h"

#include <sqlite3.h>

static sqlite3_mem_methods usual;
static void (*end_saying)(const char *message);

static void *or_end(void *block)
{
    if (!block)
        end_saying("no memory for the registry");
    return block;
}

static void *allocate(int size)
{
    return or_end(usual.xMalloc(size));
}

static void *reallocate(void *block, int size)
{
    return or_end(usual.xRealloc(block, size));
}

void okb_store_end_without_memory(void (*end)(const char *message))
{
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual) != SQLITE_OK)
        return;
    sqlite3_mem_methods methods = usual;
    methods.xMalloc = allocate;
    methods.xRealloc = reallocate;
    end_saying = end;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
