/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Rows are filtered with Sub, which costs little and serves pictures well.
 */
#include "png.h"

#include <string.h>
#include <zlib.h>

static void put_u32(guint8 *out, guint32 v)
{
    out[0] = (guint8)(v >> 24);
    out[1] = (guint8)(v >> 16);
    out[2] = (guint8)(v >> 8);
    out[3] = (guint8)v;
}

static void put_chunk(GByteArray *png, const char *type, const guint8 *data, guint len)
{
    guint8 word[4];
    guint start = png->len + 4;
    put_u32(word, len);
    g_byte_array_append(png, word, 4);
    g_byte_array_append(png, (const guint8 *)type, 4);
    if (len)
        g_byte_array_append(png, data, len);
    put_u32(word, (guint32)crc32(0, png->data + start, len + 4));
    g_byte_array_append(png, word, 4);
}

static guint8 *filter_rows(const guint8 *pixels, guint stride, guint height, guint channels)
{
    guint8 *rows = g_malloc((gsize)(stride + 1) * height);
    for (guint y = 0; y < height; y++) {
        guint8 *out = rows + (gsize)y * (stride + 1);
        const guint8 *in = pixels + (gsize)y * stride;
        *out++ = 1;
        for (guint x = 0; x < stride; x++)
            out[x] = (guint8)(in[x] - (x >= channels ? in[x - channels] : 0));
    }
    return rows;
}

GByteArray *pdf_png_encode(const guint8 *pixels, guint width, guint height, guint channels)
{
    static const guint8 colour_types[] = {0, 0, 0, 2, 6};
    static const guint8 signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    guint stride = width * channels;
    g_autofree guint8 *rows = filter_rows(pixels, stride, height, channels);
    uLong plain = (uLong)(stride + 1) * height;
    uLongf packed = compressBound(plain);
    g_autofree guint8 *data = g_malloc(packed);
    if (compress2(data, &packed, rows, plain, 6) != Z_OK)
        return NULL;
    guint8 header[13] = {0};
    put_u32(header, width);
    put_u32(header + 4, height);
    header[8] = 8;
    header[9] = colour_types[channels];
    GByteArray *png = g_byte_array_new();
    g_byte_array_append(png, signature, sizeof signature);
    put_chunk(png, "IHDR", header, sizeof header);
    put_chunk(png, "IDAT", data, (guint)packed);
    put_chunk(png, "IEND", NULL, 0);
    return png;
}
