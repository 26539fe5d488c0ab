/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/page.h"

#include "util/error.h"

#include <jansson.h>
#include <string.h>

/* Position of the line that is the mark of `page`, at or after `from`; NULL when there is none.
 * *ret_after is the start of the next line. */
static const char *find_mark(const char *from, const char *end, guint64 page,
                             const char **ret_after)
{
    g_autofree char *mark = g_strdup_printf("<!-- page %" G_GUINT64_FORMAT " -->", page);
    gsize len = strlen(mark);
    for (const char *line = from; line < end;) {
        const char *newline = memchr(line, '\n', (gsize)(end - line));
        const char *stop = newline ? newline : end;
        const char *next = newline ? newline + 1 : end;
        if ((gsize)(stop - line) == len && memcmp(line, mark, len) == 0) {
            *ret_after = next;
            return line;
        }
        line = next;
    }
    return NULL;
}

char *okb_page_of_markdown(const char *text, gsize len, guint64 page)
{
    const char *at = text, *end = text + len;
    for (guint64 n = 1; n <= page; n++)
        if (!find_mark(at, end, n, &at))
            return NULL;
    const char *after;
    const char *stop = find_mark(at, end, page + 1, &after);
    while (at < end && *at == '\n')
        at++;
    if (!stop)
        stop = end;
    while (stop > at + 1 && stop[-1] == '\n' && stop[-2] == '\n')
        stop--;
    return stop > at ? g_strndup(at, (gsize)(stop - at)) : g_strdup("");
}

static json_t *load(const char *text, gsize len, GError **error)
{
    json_error_t problem;
    json_t *pages = json_loadb(text, len, JSON_REJECT_DUPLICATES, &problem);
    if (json_is_array(pages))
        return pages;
    okb_error_set(error, OKB_ERROR_CORRUPT, "the per-page text is no JSON array%s%s",
                  pages ? "" : ": ", pages ? "" : problem.text);
    json_decref(pages);
    return NULL;
}

static const char *content_of(const json_t *entry)
{
    const char *content = json_string_value(json_object_get(entry, "content"));
    return content ? content : "";
}

char *okb_page_of_json(const char *text, gsize len, guint64 page, GError **error)
{
    json_t *pages = load(text, len, error);
    if (!pages)
        return NULL;
    char *found = NULL;
    gsize i;
    json_t *entry;
    json_array_foreach (pages, i, entry) {
        json_int_t number = json_integer_value(json_object_get(entry, "page"));
        if (!found && number > 0 && (guint64)number == page)
            found = g_strdup_printf("%s\n", content_of(entry));
    }
    json_decref(pages);
    return found ? found : g_strdup("");
}

char *okb_page_all_of_json(const char *text, gsize len, GError **error)
{
    json_t *pages = load(text, len, error);
    if (!pages)
        return NULL;
    GString *all = g_string_new(NULL);
    gsize i;
    json_t *entry;
    json_array_foreach (pages, i, entry) {
        json_int_t number = json_integer_value(json_object_get(entry, "page"));
        g_string_append_printf(all, "%s<!-- page %" JSON_INTEGER_FORMAT " -->\n\n%s\n",
                               all->len ? "\n" : "", number, content_of(entry));
    }
    json_decref(pages);
    return g_string_free(all, FALSE);
}
