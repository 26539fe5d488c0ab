/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "plugins/magic.h"

#include "util/error.h"

#include <string.h>

/* Heads are a few KiB; an offset beyond that can never match. */
enum { MAX_OFFSET = 65535, MAX_PARTS = 8, MAX_PART_BYTES = 256 };

typedef struct {
    bool text; /* fold ASCII case, skip a BOM and blanks first */
    gsize offset, len;
    guint8 bytes[MAX_PART_BYTES];
} Part;

struct OkbMagic {
    gsize n;
    Part parts[MAX_PARTS];
};

static bool parse_hex(const char *hex, Part *part)
{
    gsize digits = strlen(hex);
    if (digits == 0 || digits % 2 != 0 || digits / 2 > MAX_PART_BYTES)
        return false;
    for (gsize i = 0; i < digits; i += 2) {
        int high = g_ascii_xdigit_value(hex[i]), low = g_ascii_xdigit_value(hex[i + 1]);
        if (high < 0 || low < 0)
            return false;
        part->bytes[part->len++] = (guint8)(high << 4 | low);
    }
    return true;
}

static bool parse_part(const char *text, Part *part)
{
    part->text = *text == '~';
    g_auto(GStrv) halves = g_strsplit(text + part->text, ":", 2);
    guint64 offset = 0;
    if (g_strv_length(halves) != 2 ||
        !g_ascii_string_to_unsigned(halves[0], 10, 0, MAX_OFFSET, &offset, NULL))
        return false;
    part->offset = (gsize)offset;
    return parse_hex(halves[1], part);
}

OkbMagic *okb_magic_parse(const char *text, GError **error)
{
    g_autofree OkbMagic *magic = g_new0(OkbMagic, 1);
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    for (char **p = parts; *p; p++) {
        if (**p == '\0' && !p[1] && p != parts)
            break;
        if (magic->n == MAX_PARTS || !parse_part(*p, &magic->parts[magic->n])) {
            okb_error_set(error, OKB_ERROR_FAILED,
                          "magic \"%s\" is not OFFSET:HEX parts joined by \";\"", text);
            return NULL;
        }
        magic->n++;
    }
    if (magic->n == 0) {
        okb_error_set(error, OKB_ERROR_FAILED, "magic is empty");
        return NULL;
    }
    return g_steal_pointer(&magic);
}

void okb_magic_free(OkbMagic *magic)
{
    g_free(magic);
}

static gsize text_begins(const guint8 *head, gsize len)
{
    gsize at = len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < len && g_ascii_isspace(head[at]))
        at++;
    return at;
}

static bool part_holds(const Part *part, const guint8 *head, gsize len)
{
    gsize at = part->offset + (part->text ? text_begins(head, len) : 0);
    if (at > len || len - at < part->len)
        return false;
    if (!part->text)
        return memcmp(head + at, part->bytes, part->len) == 0;
    return g_ascii_strncasecmp((const char *)head + at, (const char *)part->bytes, part->len) ==
           0;
}

gsize okb_magic_match(const OkbMagic *magic, const guint8 *head, gsize head_len)
{
    gsize matched = 0;
    for (gsize i = 0; i < magic->n; i++) {
        if (!part_holds(&magic->parts[i], head, head_len))
            return 0;
        matched += magic->parts[i].len;
    }
    return matched;
}
