/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/short-options.h"

#include <stdbool.h>
#include <string.h>

static bool takes_value(const GOptionEntry *entry)
{
    return entry->arg != G_OPTION_ARG_NONE;
}

static const GOptionEntry *find_short(const GOptionEntry *entries, char name)
{
    for (; entries->long_name; entries++)
        if (entries->short_name == name)
            return entries;
    return NULL;
}

static bool is_long_with_value(const GOptionEntry *entries, const char *argument)
{
    for (; entries->long_name; entries++)
        if (*entries->long_name && strcmp(entries->long_name, argument) == 0)
            return takes_value(entries);
    return false;
}

/* Adds "-vj2" as "-vj" and "2". True when the next argument is the value. */
static bool add_cluster(GPtrArray *out, const GOptionEntry *entries, const char *cluster)
{
    for (const char *p = cluster + 1; *p; p++) {
        const GOptionEntry *entry = find_short(entries, *p);
        if (!entry)
            break;
        if (!takes_value(entry))
            continue;
        g_ptr_array_add(out, g_strndup(cluster, (gsize)(p + 1 - cluster)));
        if (p[1])
            g_ptr_array_add(out, g_strdup(p + 1));
        return !p[1];
    }
    g_ptr_array_add(out, g_strdup(cluster));
    return false;
}

/* Adds one argument; true when the next one is its value. */
static bool add(GPtrArray *out, const GOptionEntry *entries, const char *argument)
{
    bool is_option = argument[0] == '-' && argument[1];
    if (is_option && argument[1] != '-')
        return add_cluster(out, entries, argument);
    g_ptr_array_add(out, g_strdup(argument));
    return is_option && is_long_with_value(entries, argument + 2);
}

char **okb_short_options_split(const GOptionEntry *entries, char **argv)
{
    GPtrArray *out = g_ptr_array_new();
    bool as_it_is = true; /* argv[0], and values */
    bool ended = false;
    for (; *argv; argv++) {
        ended = ended || (!as_it_is && strcmp(*argv, "--") == 0);
        if (as_it_is || ended) {
            g_ptr_array_add(out, g_strdup(*argv));
            as_it_is = false;
        } else {
            as_it_is = add(out, entries, *argv);
        }
    }
    g_ptr_array_add(out, NULL);
    return (char **)g_ptr_array_free(out, FALSE);
}
