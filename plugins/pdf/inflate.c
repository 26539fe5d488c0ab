/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "inflate.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { AT_FIRST = 4, LEAST = 4096 }; /* times the deflated size; bytes */

char *pdf_inflate(const char *data, size_t size, size_t most, size_t *len)
{
    size_t room = MIN(most, MAX(LEAST, MIN(size, most) * AT_FIRST));
    char *out = g_malloc(room);
    z_stream z = {.next_in = (Bytef *)(guintptr)data, .avail_in = (uInt)MIN(size, G_MAXINT)};
    *len = 0;
    if (inflateInit(&z) != Z_OK)
        return out;
    for (int status = Z_OK; status == Z_OK && *len < most;) {
        if (*len == room)
            out = g_realloc(out, room = MIN(most, 2 * room));
        z.next_out = (Bytef *)out + *len;
        z.avail_out = (uInt)(room - *len);
        status = inflate(&z, Z_SYNC_FLUSH);
        *len = room - z.avail_out;
    }
    inflateEnd(&z);
    return out;
}

static guint8 paeth(int left, int up, int corner)
{
    int p = left + up - corner;
    int a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return (guint8)(a <= b && a <= c ? left : b <= c ? up : corner);
}

static void undo_row(int kind, guint8 *row, const guint8 *above, size_t width, size_t pixel)
{
    for (size_t i = 0; i < width; i++) {
        int left = i >= pixel ? row[i - pixel] : 0, up = above ? above[i] : 0;
        int corner = above && i >= pixel ? above[i - pixel] : 0;
        row[i] += kind == 1   ? (guint8)left
                  : kind == 2 ? (guint8)up
                  : kind == 3 ? (guint8)((left + up) / 2)
                  : kind == 4 ? paeth(left, up, corner)
                              : 0;
    }
}

size_t pdf_unpredict(char *bytes, size_t len, size_t pixel, size_t width)
{
    size_t row = (width + 7) / 8, kept = 0;
    guint8 *out = (guint8 *)bytes, *above = NULL;
    if (!row)
        return 0;
    for (size_t at = 0; at + 1 + row <= len; at += row + 1) {
        int kind = bytes[at];
        memmove(out + kept, bytes + at + 1, row);
        undo_row(kind, out + kept, above, row, MAX(1, (pixel + 7) / 8));
        above = out + kept;
        kept += row;
    }
    return kept;
}
