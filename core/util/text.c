/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "util/text.h"

#include <string.h>

static bool is_hidden_control(gunichar c)
{
    return g_unichar_iscntrl(c) || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x2028 ||
           c == 0x2029 || c == 0xfeff;
}

char *okb_text_escape(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p;) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append_printf(out, "\\x%02x", (guint8)*p++);
            continue;
        }
        const char *next = g_utf8_next_char(p);
        if (c < 0x20 || c == 0x7f)
            g_string_append_printf(out, "\\x%02x", c);
        else if (is_hidden_control(c))
            g_string_append_printf(out, "\\u{%x}", c);
        else
            g_string_append_len(out, p, next - p);
        p = next;
    }
    return g_string_free(out, FALSE);
}

char *okb_text_normalize(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    char *normal = g_utf8_normalize(valid, -1, G_NORMALIZE_NFKC);
    if (!normal)
        g_error("no memory to normalize a text of %zu bytes", strlen(valid));
    return normal;
}

char *okb_text_fold(const char *text)
{
    if (g_str_is_ascii(text))
        return g_ascii_strdown(text, -1);
    g_autofree char *normal = okb_text_normalize(text);
    g_autofree char *folded = g_utf8_casefold(normal, -1);
    return okb_text_normalize(folded);
}

char *okb_text_one_line(const char *text, gsize max)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);
    bool blank = false;
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
            blank = out->len > 0;
            continue;
        }
        gsize n = (gsize)(g_utf8_next_char(p) - p);
        if (out->len + n + blank + strlen("…") > max && *g_utf8_next_char(p)) {
            g_string_append(out, "…");
            break;
        }
        if (blank)
            g_string_append_c(out, ' ');
        blank = false;
        g_string_append_len(out, p, (gssize)n);
    }
    return g_string_free(out, FALSE);
}

char *okb_text_size(guint64 bytes)
{
    return g_format_size(bytes);
}
