/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The package to name when no plugin takes a file.
 */
#include "plugins/plugins.h"

#include <string.h>

static const struct {
    const char *package, *extensions, *magic;
} hints[] = {
    {"openkb-plugin-pdf", "pdf", "%PDF-"},
    {"openkb-plugin-html", "html htm xhtml xht", "<!DOCTYPE html"},
    {"openkb-plugin-markdown", "md markdown mkd", NULL},
};

static bool lists(const char *extensions, const char *extension)
{
    g_auto(GStrv) all = g_strsplit(extensions, " ", -1);
    g_autofree char *lower = g_ascii_strdown(extension, -1);
    return g_strv_contains((const char *const *)all, lower);
}

static bool begins(const char *magic, const guint8 *head, gsize len)
{
    gsize need = magic ? strlen(magic) : 0;
    return need > 0 && len >= need && g_ascii_strncasecmp((const char *)head, magic, need) == 0;
}

const char *okb_plugins_package_for(const char *name, const guint8 *head, gsize head_len)
{
    for (gsize i = 0; i < G_N_ELEMENTS(hints); i++)
        if (begins(hints[i].magic, head, head_len))
            return hints[i].package;
    const char *dot = name ? strrchr(name, '.') : NULL;
    for (gsize i = 0; dot && i < G_N_ELEMENTS(hints); i++)
        if (lists(hints[i].extensions, dot + 1))
            return hints[i].package;
    return NULL;
}
