/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "plugins/data-sets.h"

#include <glib.h>

enum { MAX_PATHS = 8 };

static const struct {
    const char *name;
    const char *paths[MAX_PATHS];
} sets[] = {
    {"fonts",
     {"/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/texmf/fonts",
      "/usr/share/texlive/texmf-dist/fonts", "/usr/share/ghostscript/fonts"}},
    {"fontconfig", {"/etc/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig"}},
    {"poppler-data", {"/usr/share/poppler"}},
    /* The modules are under /usr/lib, which every worker may read; the name says the need. */
    {"gconv", {"/usr/lib/locale", "/usr/share/i18n"}},
    {"zoneinfo", {"/usr/share/zoneinfo", "/etc/localtime"}},
};

const char *const *okb_data_set_paths(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(sets); i++)
        if (g_str_equal(sets[i].name, name))
            return sets[i].paths;
    return NULL;
}
