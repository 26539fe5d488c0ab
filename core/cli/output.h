/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * stdout is data, stderr is talk.
 *
 * Talk is one line a call, without its newline; a live progress line (progress.h) is taken away
 * before it and before data. Foreign text goes through okb_text_escape() before it comes here.
 * Data that a script may read is written as it is; a failure to write it is remembered and
 * reported once by okb_output_finish().
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct {
    FILE *data, *talk;
    bool quiet, verbose;
    bool terminal; /* talk goes to a terminal: there may be a live line */
    bool color;
    bool live; /* a live line stands there now */
    int data_errno;
} OkbOutput;

typedef enum { OKB_PLAIN, OKB_GOOD, OKB_BAD, OKB_FAINT } OkbStyle;

void okb_output_init(OkbOutput *output, FILE *data, FILE *talk);

/* Flushes; 0, or the errno with which stdout failed. EPIPE is a reader who has seen enough. */
int okb_output_finish(OkbOutput *output);

/* Talk that -q silences. `verb` may be NULL; it is padded and painted. */
void okb_say(OkbOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);
void okb_say_verb(OkbOutput *output, OkbStyle style, const char *verb, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* Talk that nothing silences. */
void okb_complain(OkbOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);

void okb_data(OkbOutput *output, const char *format, ...) G_GNUC_PRINTF(2, 3);
void okb_data_bytes(OkbOutput *output, const void *bytes, gsize len);

/* Writes one JSON value, indented, and a newline; or on one line. Takes the reference. */
void okb_output_json(OkbOutput *output, json_t *value);
void okb_output_json_line(OkbOutput *output, json_t *value);

/* A JSON string of foreign text: bytes that are not UTF-8 become the four characters \xNN. NULL
 * gives null. */
json_t *okb_json_text(const char *text);
/* Like that, and null for an empty string too. */
json_t *okb_json_text_or_null(const char *text);

/* Columns that `text` (escaped already) takes on a terminal. */
guint okb_text_columns(const char *text);
/* `text` cut to `columns` with "…"; g_free() it. */
char *okb_text_fit(const char *text, guint columns);
