/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A list of rules, tried in order; the first under which some document fits decides.
 */
#include "cli/match.h"

#include "util/error.h"
#include "util/text.h"

#include <string.h>

enum { CANDIDATES_SHOWN = 10 };

typedef bool (*Rule)(const OkbMatchNames *names, const char *wanted, const char *folded);

static bool is_name(const OkbMatchNames *names, const char *wanted, const char *folded)
{
    (void)folded;
    return strcmp(names->name, wanted) == 0;
}

static bool is_source(const OkbMatchNames *names, const char *wanted, const char *folded)
{
    (void)folded;
    return *wanted &&
           (g_strcmp0(names->source_name, wanted) == 0 || g_strcmp0(names->path, wanted) == 0);
}

static bool has_folded(const char *text, const char *folded)
{
    g_autofree char *key = okb_text_fold(text);
    return strstr(key, folded) != NULL;
}

static bool contains(const OkbMatchNames *names, const char *wanted, const char *folded)
{
    (void)wanted;
    return *folded && (has_folded(names->name, folded) ||
                       (names->source_name && has_folded(names->source_name, folded)));
}

static gssize ambiguous(const OkbMatchNames *names, GArray *hits, const char *wanted,
                        GError **error)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < hits->len && i < CANDIDATES_SHOWN; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "",
                               names[g_array_index(hits, gsize, i)].name);
    if (hits->len > CANDIDATES_SHOWN)
        g_string_append_printf(list, " and %u more", hits->len - CANDIDATES_SHOWN);
    okb_error_set(error, OKB_ERROR_NOT_FOUND,
                  "“%s” fits %u documents: %s; give the whole name of one", wanted, hits->len,
                  list->str);
    g_string_free(list, TRUE);
    return -1;
}

gssize okb_match_pick(const OkbMatchNames *names, gsize count, const char *wanted,
                      GError **error)
{
    static const Rule rules[] = {is_name, is_source, contains};
    g_autofree char *folded = okb_text_fold(wanted);
    g_autoptr(GArray) hits = g_array_new(FALSE, FALSE, sizeof(gsize));
    for (gsize rule = 0; rule < G_N_ELEMENTS(rules) && hits->len == 0; rule++)
        for (gsize i = 0; i < count; i++)
            if (rules[rule](&names[i], wanted, folded))
                g_array_append_val(hits, i);
    if (hits->len == 1)
        return (gssize)g_array_index(hits, gsize, 0);
    if (hits->len > 1)
        return ambiguous(names, hits, wanted, error);
    okb_error_set(error, OKB_ERROR_NOT_FOUND,
                  "no document is called “%s”; `openkb list` shows their names", wanted);
    return -1;
}

static bool collect(const OkbDocument *document, gpointer data)
{
    OkbMatchNames names = {g_strdup(document->name), g_strdup(document->source_name),
                           g_strdup(document->path)};
    g_array_append_val((GArray *)data, names);
    return true;
}

static void names_clear(gpointer data)
{
    OkbMatchNames *names = data;
    g_free((char *)names->name);
    g_free((char *)names->source_name);
    g_free((char *)names->path);
}

static OkbDocument *search(OkbStore *store, const char *wanted, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(OkbMatchNames));
    g_array_set_clear_func(all, names_clear);
    if (!okb_registry_each(store, collect, all, error))
        return NULL;
    const OkbMatchNames *names = (const OkbMatchNames *)(void *)all->data;
    gssize found = okb_match_pick(names, all->len, wanted, error);
    return found < 0 ? NULL : okb_registry_by_name(store, names[found].name, error);
}

OkbDocument *okb_match_document(OkbStore *store, const char *wanted, GError **error)
{
    GError *failure = NULL;
    OkbDocument *document = okb_registry_by_name(store, wanted, &failure);
    if (document)
        return document;
    if (failure) {
        g_propagate_error(error, failure);
        return NULL;
    }
    return search(store, wanted, error);
}
