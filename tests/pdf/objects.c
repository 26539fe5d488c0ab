/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "objects.h"

#include "kit.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

void objects_put(objects *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    w->len += (size_t)vsnprintf(w->bytes + w->len, sizeof w->bytes - w->len, format, args);
    va_end(args);
    assert_true(w->len < sizeof w->bytes);
}

void objects_begin(objects *w, int number)
{
    w->offsets[number] = w->len;
    objects_put(w, "%d 0 obj\n", number);
}

void objects_put_object(objects *w, int number, const char *text)
{
    objects_begin(w, number);
    objects_put(w, "%s\nendobj\n", text);
}

void objects_put_table(objects *w, int n, const char *keys)
{
    size_t at = w->offsets[0] = w->len;
    objects_put(w, "xref\n0 %d\n0000000000 65535 f \n", n);
    for (int i = 1; i < n; i++)
        objects_put(w, "%010zu 00000 %c \n", w->offsets[i], w->offsets[i] ? 'n' : 'f');
    objects_put(w, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n", n, keys,
                at);
}

void objects_put_stream(objects *w, int number, const char *keys, const void *data, size_t n)
{
    Bytef out[400];
    uLongf len = sizeof out;
    assert_int_equal(compress(out, &len, data, n), Z_OK);
    objects_begin(w, number);
    objects_put(w, "<<%s/Filter/FlateDecode/Length %lu>>stream\n", keys, len);
    memcpy(w->bytes + w->len, out, len);
    w->len += len;
    objects_put(w, "\nendstream\nendobj\n");
}

objects objects_plain(void)
{
    objects w = {.len = 0};
    objects_put(&w, "%%PDF-1.4\n");
    objects_put_object(&w, 1, "<</Type/Catalog/Pages 2 0 R>>");
    objects_put_object(&w, 2, "<</Kids[3 0 R]/Count 1/MediaBox[0 0 10 20]>>");
    objects_put_object(&w, 3, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>");
    objects_put_stream(&w, 4, "", "BT ET", 5);
    objects_put_object(&w, 5, "5 0 R");
    objects_put_table(&w, 6, "");
    return w;
}

/* Rows of a cross-reference stream: kind, two bytes, index; PNG's "up" before each. */
static size_t make_rows(const int rows[][3], int n, guint8 *out)
{
    guint8 above[4] = {0};
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        guint8 row[4] = {(guint8)rows[i][0], (guint8)(rows[i][1] >> 8), (guint8)rows[i][1],
                         (guint8)rows[i][2]};
        out[len++] = 2;
        for (int k = 0; k < 4; k++)
            out[len++] = (guint8)(row[k] - above[k]);
        memcpy(above, row, 4);
    }
    return len;
}

objects objects_compressed(const char *first)
{
    static const char OBJECTS[] = "1 0 2 25 <</Pages 2 0 R/X(in it)>><</Kids[]/Count 0>>";
    char keys[200];
    guint8 rows[100];
    objects w = {.len = 0};
    objects_put(&w, "%%PDF-1.5\n");
    snprintf(keys, sizeof keys, "/Type/ObjStm/N %s/First 9", first);
    objects_put_stream(&w, 3, keys, OBJECTS, sizeof OBJECTS - 1);
    size_t at = w.len;
    const int table[][3] = {
        {0, 0, 0}, {2, 3, 0}, {2, 3, 1}, {1, (int)w.offsets[3], 0}, {1, (int)at, 0}};
    objects_put_stream(
        &w, 4, "/Type/XRef/Size 5/Root 1 0 R/W[1 2 1]/DecodeParms<</Predictor 12/Columns 4>>",
        rows, make_rows(table, 5, rows));
    objects_put(&w, "startxref\n%zu\n%%%%EOF\n", at);
    return w;
}
