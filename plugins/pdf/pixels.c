/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "pixels.h"

#include "png.h"

#include <math.h>
#include <qpdf/qpdf-c.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SIDE = 20000, MAX_PIXELS = 40000000 };

typedef struct {
    guint width, height, bits, components;
    bool mask;     /* one bit, painted in the current colour */
    bool inverted; /* /Decode [1 0] */
    guint8 palette[256 * 3];
    guint palette_components; /* 0: no palette */
    guint8 *samples;          /* 8 bits each, components per pixel */
} image;

static qpdf_oh key(qpdf_data q, qpdf_oh dict, const char *name)
{
    return qpdf_oh_get_key(q, dict, name);
}

static guint integer(qpdf_data q, qpdf_oh dict, const char *name, guint otherwise)
{
    qpdf_oh value = key(q, dict, name);
    if (!qpdf_oh_is_integer(q, value))
        return otherwise;
    long long v = qpdf_oh_get_int_value(q, value);
    return v < 0 || v > MAX_SIDE ? 0 : (guint)v;
}

static bool is_name(qpdf_data q, qpdf_oh value, const char *name)
{
    return qpdf_oh_is_name(q, value) && strcmp(qpdf_oh_get_name(q, value), name) == 0;
}

/* ---- Colour spaces ----------------------------------------------------------------------- */

static guint plain_components(qpdf_data q, qpdf_oh space)
{
    if (is_name(q, space, "/DeviceGray") || is_name(q, space, "/CalGray"))
        return 1;
    if (is_name(q, space, "/DeviceRGB") || is_name(q, space, "/CalRGB"))
        return 3;
    if (!qpdf_oh_is_array(q, space) || qpdf_oh_get_array_n_items(q, space) < 1)
        return 0;
    qpdf_oh family = qpdf_oh_get_array_item(q, space, 0);
    if (is_name(q, family, "/CalGray"))
        return 1;
    if (is_name(q, family, "/CalRGB"))
        return 3;
    if (!is_name(q, family, "/ICCBased") || qpdf_oh_get_array_n_items(q, space) < 2)
        return 0;
    qpdf_oh profile = qpdf_oh_get_array_item(q, space, 1);
    if (!qpdf_oh_is_stream(q, profile))
        return 0;
    guint n = integer(q, qpdf_oh_get_dict(q, profile), "/N", 0);
    return n == 1 || n == 3 ? n : 0;
}

static bool read_palette(qpdf_data q, qpdf_oh space, image *im)
{
    qpdf_oh table = qpdf_oh_get_array_item(q, space, 3);
    unsigned char *bytes = NULL;
    const char *string = NULL;
    size_t len = 0;
    im->palette_components = plain_components(q, qpdf_oh_get_array_item(q, space, 1));
    if (!im->palette_components)
        return false;
    if (qpdf_oh_is_string(q, table))
        string = qpdf_oh_get_binary_string_value(q, table, &len);
    else if (qpdf_oh_is_stream(q, table))
        qpdf_oh_get_stream_data(q, table, qpdf_dl_generalized, NULL, &bytes, &len);
    const void *from = string ? (const void *)string : (const void *)bytes;
    if (from)
        memcpy(im->palette, from, MIN(len, 256u * im->palette_components));
    free(bytes);
    return from != NULL;
}

static bool read_space(qpdf_data q, qpdf_oh dict, image *im)
{
    qpdf_oh space = key(q, dict, "/ColorSpace");
    im->components = plain_components(q, space);
    if (im->components)
        return true;
    if (!qpdf_oh_is_array(q, space) || qpdf_oh_get_array_n_items(q, space) < 4 ||
        !is_name(q, qpdf_oh_get_array_item(q, space, 0), "/Indexed"))
        return false;
    im->components = 1;
    return read_palette(q, space, im);
}

/* ---- Samples ----------------------------------------------------------------------------- */

static void unpack_row(const image *im, const guint8 *in, guint8 *out)
{
    guint n = im->width * im->components, most = (1u << im->bits) - 1;
    for (guint i = 0; i < n; i++) {
        guint value = im->bits == 16 ? in[2 * i]
                      : im->bits == 8
                          ? in[i]
                          : (in[i * im->bits / 8] >> (8 - im->bits - i * im->bits % 8)) & most;
        if (im->bits < 8 && !im->palette_components)
            value = value * 255 / most;
        out[i] = (guint8)(im->inverted ? 255 - value : value);
    }
}

static bool read_samples(qpdf_data q, qpdf_oh stream, image *im)
{
    unsigned char *bytes = NULL;
    size_t len = 0, stride = ((size_t)im->width * im->components * im->bits + 7) / 8;
    QPDF_BOOL filtered = QPDF_FALSE;
    bool ok =
        !(qpdf_oh_get_stream_data(q, stream, qpdf_dl_generalized, &filtered, &bytes, &len) &
          QPDF_ERRORS) &&
        filtered && bytes && len >= stride * im->height;
    if (ok) {
        size_t row = (size_t)im->width * im->components;
        im->samples = g_malloc(row * im->height);
        for (guint y = 0; y < im->height; y++)
            unpack_row(im, bytes + y * stride, im->samples + y * row);
    }
    free(bytes);
    return ok;
}

static bool read_image(qpdf_data q, qpdf_oh stream, image *im)
{
    qpdf_oh dict = qpdf_oh_get_dict(q, stream), decode = key(q, dict, "/Decode");
    *im = (image){.width = integer(q, dict, "/Width", 0),
                  .height = integer(q, dict, "/Height", 0),
                  .bits = integer(q, dict, "/BitsPerComponent", 1)};
    qpdf_oh mask = key(q, dict, "/ImageMask");
    im->mask = qpdf_oh_is_bool(q, mask) && qpdf_oh_get_bool_value(q, mask);
    if (!im->width || !im->height || (guint64)im->width * im->height > MAX_PIXELS)
        return false;
    if (im->mask)
        im->components = im->bits = 1;
    else if (!read_space(q, dict, im))
        return false;
    if (qpdf_oh_is_array(q, decode) && qpdf_oh_get_array_n_items(q, decode) >= 1) {
        qpdf_oh first = qpdf_oh_get_array_item(q, decode, 0);
        im->inverted = qpdf_oh_is_number(q, first) &&
                       qpdf_oh_get_numeric_value(q, first) > 0.5 && !im->palette_components;
    }
    if (im->bits != 1 && im->bits != 2 && im->bits != 4 && im->bits != 8 && im->bits != 16)
        return false;
    return read_samples(q, stream, im);
}

/* ---- The file ---------------------------------------------------------------------------- */

static guint8 alpha_at(const image *mask, guint x, guint y, const image *im)
{
    guint mx = (guint)((guint64)x * mask->width / im->width);
    guint my = (guint)((guint64)y * mask->height / im->height);
    return mask->samples[((gsize)my * mask->width + mx) * mask->components];
}

static GByteArray *encode(const image *im, const image *mask)
{
    guint colours = im->palette_components ? im->palette_components : im->components;
    guint channels = mask ? 4 : colours;
    guint8 *out = g_malloc((gsize)im->width * im->height * channels), *p = out;
    for (guint y = 0; y < im->height; y++)
        for (guint x = 0; x < im->width; x++) {
            const guint8 *in = im->samples + ((gsize)y * im->width + x) * im->components;
            if (im->palette_components)
                in = im->palette + *in * im->palette_components;
            for (guint c = 0; c < (mask ? 3 : colours); c++)
                *p++ = in[colours == 3 ? c : 0];
            if (mask)
                *p++ = alpha_at(mask, x, y, im);
        }
    GByteArray *png = pdf_png_encode(out, im->width, im->height, channels);
    g_free(out);
    return png;
}

static GByteArray *as_png(qpdf_data q, qpdf_oh stream)
{
    image im = {0}, mask = {0};
    qpdf_oh soft = key(q, qpdf_oh_get_dict(q, stream), "/SMask");
    GByteArray *png = NULL;
    bool masked = false;
    if (read_image(q, stream, &im)) {
        masked = qpdf_oh_is_stream(q, soft) && read_image(q, soft, &mask);
        png = encode(&im, masked ? &mask : NULL);
    }
    g_free(im.samples);
    g_free(mask.samples);
    return png;
}

/* A stream whose only filter is DCTDecode, in grey or RGB, is a JPEG file. */
static GByteArray *as_jpeg(qpdf_data q, qpdf_oh stream)
{
    qpdf_oh dict = qpdf_oh_get_dict(q, stream), filter = key(q, dict, "/Filter");
    unsigned char *bytes = NULL;
    size_t len = 0;
    if (qpdf_oh_is_array(q, filter) && qpdf_oh_get_array_n_items(q, filter) == 1)
        filter = qpdf_oh_get_array_item(q, filter, 0);
    if (!is_name(q, filter, "/DCTDecode") || !plain_components(q, key(q, dict, "/ColorSpace")))
        return NULL;
    if (qpdf_oh_get_stream_data(q, stream, qpdf_dl_none, NULL, &bytes, &len) & QPDF_ERRORS)
        return NULL;
    GByteArray *jpeg = NULL;
    if (bytes && len > 4 && bytes[0] == 0xFF && bytes[1] == 0xD8) {
        jpeg = g_byte_array_sized_new((guint)len);
        g_byte_array_append(jpeg, bytes, (guint)len);
    }
    free(bytes);
    return jpeg;
}

GByteArray *pdf_contents_image(pdf_contents *c, int object, int generation,
                               const char **media_type)
{
    qpdf_data q = pdf_contents_qpdf(c);
    if (!q)
        return NULL;
    qpdf_oh stream = qpdf_get_object_by_id(q, object, generation);
    GByteArray *bytes = NULL;
    if (qpdf_oh_is_stream(q, stream)) {
        *media_type = "image/jpeg";
        bytes = as_jpeg(q, stream);
        if (!bytes) {
            *media_type = "image/png";
            bytes = as_png(q, stream);
        }
    }
    if (qpdf_has_error(q))
        qpdf_get_error(q);
    qpdf_oh_release_all(q);
    return bytes;
}

/* JPEG 2000 takes about eight times as long, and twelve bytes a pixel. */
static double cost_of(qpdf_data q, qpdf_oh dict)
{
    qpdf_oh filter = key(q, dict, "/Filter");
    int n = qpdf_oh_is_array(q, filter) ? qpdf_oh_get_array_n_items(q, filter) : 0;
    if (n > 0)
        filter = qpdf_oh_get_array_item(q, filter, n - 1);
    bool jpx = is_name(q, filter, "/JPXDecode");
    double pixels =
        (double)integer(q, dict, "/Width", 0) * integer(q, dict, "/Height", 0) / 1e6;
    if (pixels <= 0 || pixels > (jpx ? 16 : 48))
        return INFINITY;
    return jpx ? 8 * pixels : pixels;
}

double pdf_contents_image_cost(pdf_contents *c, int object, int generation)
{
    qpdf_data q = pdf_contents_qpdf(c);
    if (!q)
        return INFINITY;
    qpdf_oh stream = qpdf_get_object_by_id(q, object, generation);
    double cost =
        qpdf_oh_is_stream(q, stream) ? cost_of(q, qpdf_oh_get_dict(q, stream)) : INFINITY;
    if (qpdf_has_error(q))
        qpdf_get_error(q);
    qpdf_oh_release_all(q);
    return cost;
}
