/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a summary page says of its document, for rows that come from hashes.json or from files:
 * the description of its front matter, and the title, its first heading. Both are somebody's
 * text; what cannot be read is left out.
 */
#include "store/views-private.h"

#include "util/io.h"
#include "util/text.h"

#include <string.h>

enum { SUMMARY_MAX = 1 << 20, LINE_MAX_SHOWN = 1000 };

/* A JSON string, or a plain scalar of YAML. */
static char *scalar(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    const char *string = json_string_value(value);
    char *result = okb_text_one_line(string ? string : text, LINE_MAX_SHOWN);
    json_decref(value);
    return result;
}

/* Without the backslashes that Markdown needs. */
static char *unescaped(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && g_ascii_ispunct(p[1]))
            p++;
        g_string_append_c(out, *p);
    }
    return okb_text_one_line(out->str, LINE_MAX_SHOWN);
}

static void read_line(OkbDocument *document, const char *line, bool in_front)
{
    if (in_front && !document->description && g_str_has_prefix(line, "description: "))
        document->description = scalar(line + strlen("description: "));
    if (!in_front && !document->title && g_str_has_prefix(line, "# "))
        document->title = unescaped(line + strlen("# "));
}

void okb_summary_read(OkbStore *store, OkbDocument *document)
{
    g_autofree char *path = g_strconcat("wiki/summaries/", document->name, ".md", NULL);
    g_autoptr(GBytes) bytes = okb_io_read_path(store->kb->root, path, SUMMARY_MAX, NULL);
    gsize len;
    const char *data = bytes ? g_bytes_get_data(bytes, &len) : NULL;
    if (!data || !g_utf8_validate(data, (gssize)len, NULL))
        return;
    g_autofree char *text = g_strndup(data, len);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool in_front = lines[0] && strcmp(lines[0], "---") == 0;
    for (guint i = in_front ? 1 : 0; lines[i] && !document->title; i++) {
        if (in_front && strcmp(lines[i], "---") == 0)
            in_front = false;
        else
            read_line(document, lines[i], in_front);
    }
}
