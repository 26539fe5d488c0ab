/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/no-memory.h"

#include "store/memory.h"

#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void end_saying(const char *message)
{
    say("openkb: ");
    say(message);
    say("; nothing that was committed is lost\n");
    abort();
}

/* GLib's own way to say it asks for memory, and can wait for ever for a lock that it holds. Its
 * words for it begin with a place in its source. */
static void end(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR))
        end_saying(strstr(message, ": failed to allocate ") ? "out of memory" : message);
    g_log_default_handler(domain, level, message, data);
}

/* jansson takes JSON for damaged that it has no memory for, and writes it without its keys. */
void okb_no_memory_install(void)
{
    g_log_set_default_handler(end, NULL);
    json_set_alloc_funcs(g_malloc, g_free);
    okb_store_end_without_memory(end_saying);
}
