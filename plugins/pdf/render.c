/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "render.h"

#include "png.h"

#include <math.h>
#include <poppler.h>
#include <string.h>
#include <sys/mman.h>

#ifdef OPENKB_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

enum { MOST_PIXELS = 4000000 };

#define SCALE 2.0 /* pixels a point */

struct pdf_renderer {
    const okb_source *source;
    void *map;
    PopplerDocument *poppler;
    bool opened;
    uint32_t last; /* the last page rendered */
    guint rendered;
};

pdf_renderer *pdf_renderer_new(const okb_source *source)
{
    pdf_renderer *r = g_new0(pdf_renderer, 1);
    r->source = source;
    return r;
}

void pdf_renderer_free(pdf_renderer *r)
{
    if (!r)
        return;
    g_clear_object(&r->poppler);
    if (r->map)
        munmap(r->map, r->source->size);
    g_free(r);
}

static void open_document(pdf_renderer *r)
{
    r->opened = true;
    void *map = mmap(NULL, r->source->size, PROT_READ, MAP_PRIVATE, r->source->fd, 0);
    if (map == MAP_FAILED)
        return;
    r->map = map;
    g_autoptr(GBytes) bytes = g_bytes_new_static(map, r->source->size);
    r->poppler = poppler_document_new_from_bytes(bytes, NULL, NULL);
}

/* ---- Pixels ------------------------------------------------------------------------------ */

static bool is_grey(const guint32 *row, guint width)
{
    for (guint x = 0; x < width; x++)
        if ((row[x] >> 16 & 0xFF) != (row[x] & 0xFF) || (row[x] >> 8 & 0xFF) != (row[x] & 0xFF))
            return false;
    return true;
}

/* cairo's RGB24 is a 32-bit word 0x__RRGGBB. */
static GByteArray *encode(cairo_surface_t *surface, guint width, guint height)
{
    const guint8 *data = cairo_image_surface_get_data(surface);
    gsize stride = (gsize)cairo_image_surface_get_stride(surface);
    guint channels = 1;
    for (guint y = 0; y < height && channels == 1; y++)
        if (!is_grey((const guint32 *)(const void *)(data + y * stride), width))
            channels = 3;
    g_autofree guint8 *pixels = g_malloc((gsize)width * height * channels);
    guint8 *p = pixels;
    for (guint y = 0; y < height; y++) {
        const guint32 *row = (const guint32 *)(const void *)(data + y * stride);
        for (guint x = 0; x < width; x++)
            for (guint c = 0; c < channels; c++)
                *p++ = (guint8)(row[x] >> (16 - 8 * c));
    }
    return pdf_png_encode(pixels, width, height, channels);
}

/* fontconfig frees a pattern of its own only at the end of the process, if then. */
static void own_leaks(bool on)
{
#ifdef OPENKB_SANITIZE
    if (on)
        __lsan_enable();
    else
        __lsan_disable();
#else
    (void)on;
#endif
}

static void paint(cairo_surface_t *surface, PopplerPage *page, pdf_rect box, double scale)
{
    cairo_t *cr = cairo_create(surface);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_scale(cr, scale, scale);
    cairo_translate(cr, -box.x0, -box.y0);
    own_leaks(false);
    poppler_page_render(page, cr);
    own_leaks(true);
    cairo_destroy(cr);
}

static GByteArray *render(PopplerPage *page, pdf_rect box)
{
    double w = pdf_width(box), h = pdf_height(box), scale = SCALE;
    if (!(w >= 1 && h >= 1 && w < 20000 && h < 20000))
        return NULL;
    if (w * h * scale * scale > MOST_PIXELS)
        scale = sqrt(MOST_PIXELS / (w * h));
    guint width = (guint)MAX(1, floor(w * scale)), height = (guint)MAX(1, floor(h * scale));
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    GByteArray *png = NULL;
    paint(surface, page, box, scale);
    cairo_surface_flush(surface);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        png = encode(surface, width, height);
    cairo_surface_destroy(surface);
    return png;
}

GByteArray *pdf_render(pdf_renderer *r, uint32_t number, pdf_rect box)
{
    if (!r->opened)
        open_document(r);
    if (!r->poppler)
        return NULL;
    PopplerPage *page = poppler_document_get_page(r->poppler, (int)number - 1);
    if (!page)
        return NULL;
    double width = 0, height = 0;
    poppler_page_get_size(page, &width, &height);
    box = (pdf_rect){MAX(box.x0, 0), MAX(box.y0, 0), MIN(box.x1, (float)width),
                     MIN(box.y1, (float)height)};
    GByteArray *png = render(page, box);
    g_object_unref(page);
    r->rendered++;
    r->last = MAX(r->last, number);
    return png;
}

/* ---- Fonts ------------------------------------------------------------------------------- */

/* Each font that is not in the file, with what stands in for it. */
static guint add_fonts(GChecksum *sum, PopplerFontsIter *fonts)
{
    guint n = 0;
    do {
        if (poppler_fonts_iter_is_embedded(fonts))
            continue;
        const char *name = poppler_fonts_iter_get_name(fonts);
        const char *file = poppler_fonts_iter_get_file_name(fonts);
        g_autofree char *base = g_path_get_basename(file ? file : "");
        g_checksum_update(sum, (const guchar *)(name ? name : ""), -1);
        g_checksum_update(sum, (const guchar *)"\n", 1);
        g_checksum_update(sum, (const guchar *)base, -1);
        g_checksum_update(sum, (const guchar *)"\n", 1);
        n++;
    } while (poppler_fonts_iter_next(fonts));
    return n;
}

char *pdf_renderer_fonts(const pdf_renderer *r)
{
    PopplerFontsIter *fonts = NULL;
    if (!r->poppler || !r->rendered)
        return NULL;
    PopplerFontInfo *info = poppler_font_info_new(r->poppler);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    guint n =
        poppler_font_info_scan(info, (int)r->last, &fonts) && fonts ? add_fonts(sum, fonts) : 0;
    g_clear_pointer(&fonts, poppler_fonts_iter_free);
    g_object_unref(info);
    return n ? g_strdup(g_checksum_get_string(sum)) : NULL;
}
