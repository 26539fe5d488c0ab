/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/output.h"

#include "util/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool wants_color(bool terminal)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return terminal && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
}

void okb_output_init(OkbOutput *output, FILE *data, FILE *talk)
{
    int fd = fileno(talk);
    *output = (OkbOutput){.data = data, .talk = talk, .terminal = fd >= 0 && isatty(fd)};
    output->color = wants_color(output->terminal);
}

static void clear_live_line(OkbOutput *output)
{
    if (output->live)
        fputs("\r\033[K", output->talk);
    output->live = false;
}

static void note_data_error(OkbOutput *output)
{
    if (!output->data_errno)
        output->data_errno = errno ? errno : EIO;
}

static void flush_data(OkbOutput *output)
{
    if (fflush(output->data) != 0)
        note_data_error(output);
}

int okb_output_finish(OkbOutput *output)
{
    clear_live_line(output);
    fflush(output->talk);
    flush_data(output);
    return output->data_errno;
}

static const char *paint(const OkbOutput *output, OkbStyle style)
{
    static const char *const codes[] = {
        [OKB_PLAIN] = "\033[0m",
        [OKB_GOOD] = "\033[32m",
        [OKB_BAD] = "\033[31m",
        [OKB_FAINT] = "\033[2m",
    };
    return output->color ? codes[style] : "";
}

/* A line of talk in one write, so that lines of two processes do not mix. */
static void talk(OkbOutput *output, const char *prefix, const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);
    g_autofree char *line = g_strdup_printf("%s%s\n", prefix, text);
    flush_data(output);
    clear_live_line(output);
    fputs(line, output->talk);
    fflush(output->talk);
}

void okb_say(OkbOutput *output, const char *format, ...)
{
    if (output->quiet)
        return;
    va_list args;
    va_start(args, format);
    talk(output, "", format, args);
    va_end(args);
}

void okb_say_verb(OkbOutput *output, OkbStyle style, const char *verb, const char *format, ...)
{
    if (output->quiet)
        return;
    g_autofree char *prefix =
        g_strdup_printf("%s%-9s%s ", paint(output, style), verb, paint(output, OKB_PLAIN));
    va_list args;
    va_start(args, format);
    talk(output, prefix, format, args);
    va_end(args);
}

void okb_complain(OkbOutput *output, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    talk(output, "", format, args);
    va_end(args);
}

void okb_data_bytes(OkbOutput *output, const void *bytes, gsize len)
{
    if (output->live) {
        clear_live_line(output);
        fflush(output->talk);
    }
    if (output->data_errno)
        return;
    if (fwrite(bytes, 1, len, output->data) != len)
        note_data_error(output);
}

void okb_data(OkbOutput *output, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    okb_data_bytes(output, text, strlen(text));
}

static int write_json(const char *buffer, size_t size, void *data)
{
    okb_data_bytes(data, buffer, size);
    return 0;
}

void okb_output_json(OkbOutput *output, json_t *value)
{
    json_dump_callback(value, write_json, output, JSON_INDENT(2) | JSON_ENCODE_ANY);
    okb_data_bytes(output, "\n", 1);
    json_decref(value);
}

void okb_output_json_line(OkbOutput *output, json_t *value)
{
    json_dump_callback(value, write_json, output, JSON_COMPACT | JSON_ENCODE_ANY);
    okb_data_bytes(output, "\n", 1);
    flush_data(output); /* an event is there when it has happened */
    json_decref(value);
}

json_t *okb_json_text(const char *text)
{
    if (!text)
        return json_null();
    if (g_utf8_validate(text, -1, NULL))
        return json_string_nocheck(text);
    GString *valid = g_string_new(NULL);
    for (const char *p = text, *end; *p; p = end) {
        if (!g_utf8_validate(p, -1, &end) && end == p)
            g_string_append_printf(valid, "\\x%02x", (guint8)*end++);
        else
            g_string_append_len(valid, p, end - p);
    }
    json_t *value = json_stringn_nocheck(valid->str, valid->len);
    g_string_free(valid, TRUE);
    return value;
}

json_t *okb_json_text_or_null(const char *text)
{
    return okb_json_text(text && *text ? text : NULL);
}

static guint columns_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

guint okb_text_columns(const char *text)
{
    guint columns = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p))
        columns += columns_of(g_utf8_get_char(p));
    return columns;
}

char *okb_text_fit(const char *text, guint columns)
{
    if (okb_text_columns(text) <= columns)
        return g_strdup(text);
    guint used = 1; /* the ellipsis */
    const char *p = text;
    while (*p && used + columns_of(g_utf8_get_char(p)) <= columns) {
        used += columns_of(g_utf8_get_char(p));
        p = g_utf8_next_char(p);
    }
    return g_strdup_printf("%.*s…", (int)(p - text), text);
}
