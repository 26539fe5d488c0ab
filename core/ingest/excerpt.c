/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/excerpt.h"

#include <string.h>

enum { SEARCH_MAX = 64 * 1024, PARAGRAPH_MAX = 2000, PARAGRAPH_MIN = 20 };

/* The fence that opens or closes on this line: its character, or 0. */
static char fence_of(const char *line, gsize len)
{
    gsize i = strspn(line, " ");
    if (i < 4 && len >= i + 3 &&
        (strncmp(line + i, "```", 3) == 0 || strncmp(line + i, "~~~", 3) == 0))
        return line[i];
    return 0;
}

static bool is_list_number(const char *p)
{
    gsize digits = strspn(p, "0123456789");
    return digits > 0 && digits < 10 && (p[digits] == '.' || p[digits] == ')') &&
           (p[digits + 1] == ' ' || !p[digits + 1]);
}

/* A line that begins some other block than a paragraph. */
static bool begins_other_block(const char *line, gsize len)
{
    gsize indent = strspn(line, " ");
    const char *p = line + indent;
    if (indent >= 4 || *p == '\t' || len == indent)
        return true;
    if (strchr("#>|<=", *p) || fence_of(line, len))
        return true;
    if (strchr("-*+_", *p) && (p[1] == ' ' || p[1] == *p || !p[1]))
        return true;
    return is_list_number(p) || (p[0] == '[' && memchr(p, ']', len - indent) &&
                                 strncmp(strchr(p, ']'), "]:", 2) == 0);
}

static bool holds_image(const OkbBundle *bundle, guint64 from, guint64 to, const char *text)
{
    for (guint i = 0; i < bundle->refs->len; i++) {
        guint64 offset = g_array_index(bundle->refs, OkbAssetRef, i).offset;
        if (offset >= from && offset < to)
            return true;
    }
    return strstr(text, "![") != NULL;
}

/* A block of lines without a blank one between them, [from, to) of the text. */
typedef struct {
    gsize from, to;
    bool prose;
} Block;

static bool next_block(const char *text, gsize size, gsize *at, char *fence, Block *block)
{
    *block = (Block){.prose = true};
    bool open = false;
    while (*at < size) {
        const char *line = text + *at;
        const char *end = memchr(line, '\n', size - *at);
        gsize len = end ? (gsize)(end - line) : size - *at;
        g_autofree char *copy = g_strndup(line, len);
        bool blank = strspn(copy, " \t\r") == len;
        if (blank && open && !*fence)
            return true;
        if (!blank) {
            char mark = fence_of(copy, len);
            if (!open)
                block->from = *at;
            if (*fence || mark || begins_other_block(copy, len))
                block->prose = false;
            if (mark && (!*fence || *fence == mark))
                *fence = *fence ? 0 : mark;
            open = true;
            block->to = *at + len;
        }
        *at += len + (end != NULL);
    }
    return open;
}

static gsize skip_front_matter(const char *text, gsize size)
{
    if (size < 4 || (strncmp(text, "---\n", 4) != 0 && strncmp(text, "+++\n", 4) != 0))
        return 0;
    g_autofree char *mark = g_strdup_printf("\n%.3s\n", text);
    const char *end = g_strstr_len(text + 3, (gssize)(size - 3), mark);
    return end ? (gsize)(end - text) + 5 : 0;
}

char *okb_excerpt_paragraph(const OkbBundle *bundle)
{
    gsize size;
    const char *body = g_bytes_get_data(bundle->body, &size);
    g_autofree char *text = g_strndup(body ? body : "", MIN(size, SEARCH_MAX));
    gsize length = strlen(text), at = skip_front_matter(text, length);
    char fence = 0;
    Block block;
    while (next_block(text, length, &at, &fence, &block)) {
        gsize len = block.to - block.from;
        if (!block.prose || len > PARAGRAPH_MAX || len < PARAGRAPH_MIN ||
            block.to >= SEARCH_MAX)
            continue;
        g_autofree char *paragraph = g_strndup(text + block.from, len);
        if (!holds_image(bundle, block.from, block.to, paragraph))
            return g_steal_pointer(&paragraph);
    }
    return g_strdup("");
}

/* "](destination)" behind a link's text: returns where it ends. */
static const char *skip_destination(const char *p)
{
    if (p[1] == '(') {
        const char *end = strchr(p, ')');
        return end ? end + 1 : p + 1;
    }
    return p + 1;
}

char *okb_excerpt_plain(const char *markdown)
{
    GString *out = g_string_new(NULL);
    for (const char *p = markdown; *p;) {
        const char *tag_end;
        if (*p == '\\' && g_ascii_ispunct(p[1])) {
            g_string_append_c(out, p[1]);
            p += 2;
        } else if (strchr("*`[", *p)) {
            p++;
        } else if (*p == ']') {
            p = skip_destination(p);
        } else if (*p == '<' && (g_ascii_isalpha(p[1]) || p[1] == '/') &&
                   (tag_end = strchr(p, '>'))) {
            p = tag_end + 1;
        } else {
            g_string_append_c(out, *p++);
        }
    }
    return g_string_free(out, FALSE);
}
