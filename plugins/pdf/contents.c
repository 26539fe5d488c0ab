/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * file.c finds the page, its boxes and its streams; draw.c runs them. libqpdf repairs and
 * decrypts the file as a whole when file.c cannot read it, undoes filters that are rare, and
 * reads images.
 */
#include "contents.h"

#include "draw.h"
#include "pages.h"
#include "repair.h"
#include "shown.h"

#include <malloc.h>
#include <math.h>
#include <qpdf/qpdf-c.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FORMS = 6, MOST_CONTENTS = 128 << 20 };
enum { PAGES_AT_ONCE = 400, LOOK_EVERY = 2, MOST_GROWTH = 6 << 20 };

struct pdf_contents {
    pdf_file *file;
    char *repaired; /* what `file` is of, when it is not of the bytes given */
    qpdf_data qpdf; /* of the bytes given; NULL until it is needed */
    const void *data;
    size_t size;
    uint32_t read;    /* streams read since it was opened */
    size_t used;      /* bytes of the heap when it was */
    pdf_pages pages;  /* where the last one was found */
    pdf_value page;   /* where the contents stand, when `found` */
    pdf_matrix place; /* from its coordinates to ours */
    bool found;
};

typedef struct {
    pdf_contents *contents;
    pdf_value resources;
    int depth;
} scope;

static void forget_error(qpdf_data q)
{
    if (qpdf_has_error(q))
        qpdf_get_error(q); /* else it complains on stderr */
}

static bool open_file(pdf_contents *c)
{
    c->qpdf = qpdf_init();
    c->read = 0;
    qpdf_silence_errors(c->qpdf);
    qpdf_set_suppress_warnings(c->qpdf, QPDF_TRUE);
    bool read = !(qpdf_read_memory(c->qpdf, "", c->data, c->size, NULL) & QPDF_ERRORS);
    c->used = mallinfo2().uordblks;
    return read;
}

static void close_file(pdf_contents *c)
{
    if (!c->qpdf)
        return;
    forget_error(c->qpdf);
    qpdf_cleanup(&c->qpdf); /* sets it to NULL */
}

static bool open_repaired(pdf_contents *c)
{
    size_t size = 0;
    c->repaired = pdf_repair(c->data, c->size, &size);
    c->file = c->repaired ? pdf_file_open(c->repaired, size) : NULL;
    return c->file != NULL;
}

pdf_contents *pdf_contents_open(const void *data, size_t size)
{
    pdf_contents *c = g_new0(pdf_contents, 1);
    c->data = data;
    c->size = size;
    if ((c->file = pdf_file_open(data, size)) || open_repaired(c))
        return c;
    pdf_contents_close(c);
    return NULL;
}

void pdf_contents_close(pdf_contents *c)
{
    if (!c)
        return;
    pdf_contents_forget(c);
    g_free(c);
}

/* libqpdf keeps every object that it has resolved, and resolves an object stream as a whole: it
 * forgets them here. Opening again costs little beside reading that many pages. */
static bool refresh(pdf_contents *c)
{
    bool look = ++c->read % LOOK_EVERY == 0;
    if (c->read <= PAGES_AT_ONCE &&
        !(look && mallinfo2().uordblks > c->used + (size_t)MOST_GROWTH))
        return true;
    close_file(c);
    return open_file(c);
}

void pdf_contents_forget(pdf_contents *c)
{
    if (!c)
        return;
    close_file(c);
    pdf_file_free(c->file);
    c->file = NULL;
    g_clear_pointer(&c->repaired, g_free);
    c->found = false;
}

qpdf_data pdf_contents_qpdf(pdf_contents *c)
{
    if (!c->qpdf && !open_file(c))
        close_file(c);
    return c->qpdf;
}

pdf_file *pdf_contents_file(pdf_contents *c)
{
    return c->file;
}

pdf_value pdf_contents_page(const pdf_contents *c)
{
    return c->page;
}

int pdf_contents_object(const pdf_contents *c, float *base)
{
    *base = c->place.b == 0 && c->place.d == -1 ? (float)c->place.f : NAN;
    return c->page.object;
}

/* ---- The page's own matrix --------------------------------------------------------------- */

/* From the page's coordinates to ours: turned, cropped, downwards. */
static pdf_matrix page_matrix(pdf_file *f, pdf_value page)
{
    double b[4] = {0, 0, 612, 792}, crop[4];
    pdf_file_numbers(f, pdf_file_inherited(f, page, "/MediaBox"), b, 4);
    if (pdf_file_numbers(f, pdf_file_inherited(f, page, "/CropBox"), crop, 4)) {
        b[0] = MAX(MIN(b[0], b[2]), MIN(crop[0], crop[2]));
        b[1] = MAX(MIN(b[1], b[3]), MIN(crop[1], crop[3]));
        b[2] = MIN(MAX(b[0], b[2]), MAX(crop[0], crop[2]));
        b[3] = MIN(MAX(b[1], b[3]), MAX(crop[1], crop[3]));
    }
    double x0 = MIN(b[0], b[2]), x1 = MAX(b[0], b[2]), y0 = MIN(b[1], b[3]),
           y1 = MAX(b[1], b[3]);
    gint64 turn = 0;
    if (!pdf_value_integer(pdf_file_inherited(f, page, "/Rotate"), &turn))
        turn = 0;
    switch ((turn % 360 + 360) % 360) {
    case 90:
        return (pdf_matrix){0, 1, 1, 0, -y0, -x0};
    case 180:
        return (pdf_matrix){-1, 0, 0, 1, x1, -y0};
    case 270:
        return (pdf_matrix){0, -1, -1, 0, y1, x1};
    default:
        return (pdf_matrix){1, 0, 0, -1, -x0, y1};
    }
}

/* ---- Painted objects --------------------------------------------------------------------- */

/* A stream with filters that file.c does not know; in a repaired file, one that libqpdf could
 * not undo. */
static char *read_foreign(pdf_contents *c, pdf_value stream, size_t *len)
{
    unsigned char *bytes = NULL;
    QPDF_BOOL filtered = QPDF_FALSE;
    char *out = NULL;
    if (c->repaired || !pdf_contents_qpdf(c) || !refresh(c))
        return NULL;
    qpdf_oh object = qpdf_get_object_by_id(c->qpdf, stream.object, stream.generation);
    if (!(qpdf_oh_get_stream_data(c->qpdf, object, qpdf_dl_generalized, &filtered, &bytes,
                                  len) &
          QPDF_ERRORS) &&
        filtered && bytes)
        out = g_memdup2(bytes, *len);
    free(bytes);
    forget_error(c->qpdf);
    qpdf_oh_release_all(c->qpdf);
    return out;
}

static char *read_stream(pdf_contents *c, pdf_value stream, size_t *len)
{
    bool foreign = false;
    char *bytes = pdf_file_stream(c->file, stream, len, &foreign);
    return foreign ? read_foreign(c, stream, len) : bytes;
}

static void paint_form(pdf_draw *draw, scope *s, pdf_value form)
{
    pdf_file *f = s->contents->file;
    size_t len = 0;
    double m[6];
    pdf_graphics saved = draw->now;
    scope outer = *s;
    guint stack = draw->stack->len;
    if (s->depth >= MAX_FORMS)
        return;
    if (pdf_file_numbers(f, pdf_file_key(f, form, "/Matrix"), m, 6))
        draw->now.ctm = pdf_matrix_multiply((pdf_matrix){m[0], m[1], m[2], m[3], m[4], m[5]},
                                            draw->now.ctm);
    if (pdf_file_numbers(f, pdf_file_key(f, form, "/BBox"), m, 4))
        draw->now.clip = pdf_matrix_box(draw->now.ctm, m[0], m[1], m[2], m[3]);
    pdf_value own = pdf_file_key(f, form, "/Resources");
    if (pdf_value_is_dictionary(own))
        s->resources = own;
    bool tagged = draw->page->tagged;
    draw->page->tagged = false; /* its marked content has numbers of its own */
    s->depth++;
    draw->budget -= 1000; /* so that forms within forms come to an end */
    char *bytes = read_stream(s->contents, form, &len);
    if (bytes)
        pdf_draw_run(draw, bytes, len);
    g_free(bytes);
    draw->page->tagged = tagged;
    *s = outer;
    draw->now = saved;
    if (draw->stack->len > stack)
        g_array_set_size(draw->stack, stack);
}

static pdf_value resource(scope *s, const char *kind, const char *name)
{
    pdf_file *f = s->contents->file;
    char key[130];
    g_snprintf(key, sizeof key, "/%s", name);
    return pdf_file_key(f, pdf_file_key(f, s->resources, kind), key);
}

static void paint_image(pdf_draw *draw, const pdf_contents *c, pdf_value image)
{
    pdf_picture p = {.box = pdf_draw_unit_square(draw),
                     .object = image.object,
                     .generation = image.generation,
                     .mcid = pdf_shown_mcid(draw)};
    if (c->repaired && !pdf_repair_origin(c->file, image, &p.object, &p.generation))
        p.object = G_MAXINT; /* no object, which is told when it is asked for */
    if (draw->page->pictures->len < 2000)
        g_array_append_val(draw->page->pictures, p);
    pdf_draw_dot(draw, p.box);
}

static void paint_object(pdf_draw *draw, const char *name, void *ctx)
{
    scope *s = ctx;
    pdf_file *f = s->contents->file;
    pdf_value object = resource(s, "/XObject", name);
    if (!pdf_file_is_stream(f, object))
        return;
    pdf_value type = pdf_file_key(f, object, "/Subtype");
    if (pdf_value_is_name(type, "/Image")) {
        paint_image(draw, s->contents, object);
    } else if (pdf_value_is_name(type, "/Form")) {
        paint_form(draw, s, object);
    }
}

static int find_property(pdf_draw *draw, const char *name, void *ctx)
{
    scope *s = ctx;
    gint64 mcid = -1;
    (void)draw;
    pdf_value list = resource(s, "/Properties", name);
    if (!pdf_value_integer(pdf_file_key(s->contents->file, list, "/MCID"), &mcid))
        return -1;
    return (int)CLAMP(mcid, -1, INT_MAX);
}

bool pdf_contents_turn(pdf_contents *c, uint32_t number)
{
    if (!c || !c->file)
        return false;
    pdf_file_tidy(c->file);
    c->page = pdf_pages_find(&c->pages, c->file, number - 1);
    c->found = pdf_value_is_dictionary(c->page);
    if (c->found)
        c->place = page_matrix(c->file, c->page);
    return c->found;
}

pdf_rect pdf_contents_place(const pdf_contents *c, const double r[4])
{
    return pdf_matrix_box(c->place, r[0], r[1], r[2], r[3]);
}

static bool is_tagged(const pdf_contents *c)
{
    gint64 number = 0;
    pdf_value root = pdf_file_root(c->file);
    return pdf_value_integer(pdf_file_key(c->file, c->page, "/StructParents"), &number) &&
           pdf_value_is_dictionary(pdf_file_key(c->file, root, "/StructTreeRoot"));
}

/* Streams one after the other, with a line's end between. */
static GString *page_streams(pdf_contents *c)
{
    pdf_value all = pdf_file_key(c->file, c->page, "/Contents"), one = all;
    pdf_values items = pdf_value_items(all);
    GString *bytes = g_string_new(NULL);
    while (bytes->len < MOST_CONTENTS &&
           (!pdf_value_is_array(all) || pdf_file_next(c->file, &items, &one))) {
        size_t len = 0;
        char *stream = read_stream(c, one, &len);
        if (stream)
            g_string_append_len(bytes, stream, (gssize)len);
        g_string_append_c(bytes, '\n');
        g_free(stream);
        if (!pdf_value_is_array(all))
            break;
    }
    return bytes;
}

void pdf_contents_read(pdf_contents *c, pdf_page *page)
{
    if (!c || !c->found)
        return;
    page->tagged = is_tagged(c);
    GString *bytes = page_streams(c);
    scope s = {.contents = c, .resources = pdf_file_inherited(c->file, c->page, "/Resources")};
    pdf_draw draw;
    pdf_draw_init(&draw, page, c->place);
    draw.paint_object = paint_object;
    draw.find_property = find_property;
    draw.ctx = &s;
    pdf_draw_run(&draw, bytes->str, bytes->len);
    pdf_draw_clear(&draw);
    g_string_free(bytes, TRUE);
}
