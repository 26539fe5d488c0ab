/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * libqpdf finds the page, its boxes and its streams; draw.c runs them.
 */
#include "contents.h"

#include "draw.h"
#include "shown.h"

#include <malloc.h>
#include <math.h>
#include <qpdf/qpdf-c.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FORMS = 6, MAX_PARENTS = 32, MAX_KIDS = 100000 };
enum { PAGES_AT_ONCE = 400, LOOK_EVERY = 2, MOST_GROWTH = 6 << 20 };

struct pdf_contents {
    qpdf_data qpdf;
    const void *data;
    size_t size;
    uint32_t read;    /* pages read since the file was opened */
    size_t used;      /* bytes of the heap when it was */
    qpdf_oh page;     /* where the contents stand, when `found` */
    pdf_matrix place; /* from its coordinates to ours */
    bool found;
};

typedef struct {
    pdf_contents *contents;
    qpdf_oh resources;
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

pdf_contents *pdf_contents_open(const void *data, size_t size)
{
    pdf_contents *c = g_new0(pdf_contents, 1);
    c->data = data;
    c->size = size;
    if (open_file(c))
        return c;
    pdf_contents_close(c);
    return NULL;
}

void pdf_contents_close(pdf_contents *c)
{
    if (!c)
        return;
    close_file(c);
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

/* ---- The pages tree ---------------------------------------------------------------------- */

static int count_of(qpdf_data q, qpdf_oh node)
{
    qpdf_oh count = qpdf_oh_get_key(q, node, "/Count");
    return qpdf_oh_is_integer(q, count) ? qpdf_oh_get_int_value_as_int(q, count) : 0;
}

/* The kid of `node` that holds page *index of it, which becomes the page's index in that kid.
 */
static qpdf_oh kid_with(qpdf_data q, qpdf_oh node, uint32_t *index)
{
    qpdf_oh kids = qpdf_oh_get_key(q, node, "/Kids");
    int n = qpdf_oh_is_array(q, kids) ? qpdf_oh_get_array_n_items(q, kids) : 0;
    if (n == count_of(q, node) && *index < (uint32_t)n) {
        qpdf_oh kid = qpdf_oh_get_array_item(q, kids, (int)*index); /* leaves only */
        *index = 0;
        return kid;
    }
    for (int i = 0; i < MIN(n, MAX_KIDS); i++) {
        qpdf_oh kid = qpdf_oh_get_array_item(q, kids, i);
        bool inner = qpdf_oh_is_dictionary(q, kid) && qpdf_oh_has_key(q, kid, "/Kids");
        int pages = inner ? MAX(count_of(q, kid), 0) : 1;
        if (*index < (uint32_t)pages)
            return kid;
        *index -= (uint32_t)pages;
    }
    return qpdf_oh_new_null(q);
}

static qpdf_oh find_page(qpdf_data q, uint32_t index)
{
    qpdf_oh node = qpdf_oh_get_key(q, qpdf_get_root(q), "/Pages");
    for (int depth = 0; depth < MAX_PARENTS && qpdf_oh_is_dictionary(q, node); depth++) {
        if (!qpdf_oh_has_key(q, node, "/Kids"))
            return node;
        node = kid_with(q, node, &index);
    }
    return qpdf_oh_new_null(q);
}

void pdf_contents_forget(pdf_contents *c)
{
    if (!c)
        return;
    close_file(c);
    c->found = false;
}

qpdf_data pdf_contents_qpdf(pdf_contents *c)
{
    return c->qpdf || open_file(c) ? c->qpdf : NULL;
}

qpdf_oh pdf_contents_page(const pdf_contents *c)
{
    return c->page;
}

int pdf_contents_object(const pdf_contents *c, float *base)
{
    *base = c->place.b == 0 && c->place.d == -1 ? (float)c->place.f : NAN;
    return qpdf_oh_get_object_id(c->qpdf, c->page);
}

/* ---- The page's own matrix --------------------------------------------------------------- */

static qpdf_oh inherited(qpdf_data q, qpdf_oh page, const char *key)
{
    for (int i = 0; i < MAX_PARENTS && qpdf_oh_is_dictionary(q, page); i++) {
        qpdf_oh value = qpdf_oh_get_key(q, page, key);
        if (!qpdf_oh_is_null(q, value))
            return value;
        page = qpdf_oh_get_key(q, page, "/Parent");
    }
    return qpdf_oh_new_null(q);
}

bool pdf_contents_numbers(qpdf_data q, qpdf_oh array, double *out, int n)
{
    if (!qpdf_oh_is_array(q, array) || qpdf_oh_get_array_n_items(q, array) < n)
        return false;
    for (int i = 0; i < n; i++) {
        qpdf_oh item = qpdf_oh_get_array_item(q, array, i);
        if (!qpdf_oh_is_number(q, item))
            return false;
        out[i] = qpdf_oh_get_numeric_value(q, item);
    }
    return true;
}

/* From the page's coordinates to ours: turned, cropped, downwards. */
static pdf_matrix page_matrix(qpdf_data q, qpdf_oh page)
{
    double b[4] = {0, 0, 612, 792}, crop[4];
    pdf_contents_numbers(q, inherited(q, page, "/MediaBox"), b, 4);
    if (pdf_contents_numbers(q, inherited(q, page, "/CropBox"), crop, 4)) {
        b[0] = MAX(MIN(b[0], b[2]), MIN(crop[0], crop[2]));
        b[1] = MAX(MIN(b[1], b[3]), MIN(crop[1], crop[3]));
        b[2] = MIN(MAX(b[0], b[2]), MAX(crop[0], crop[2]));
        b[3] = MIN(MAX(b[1], b[3]), MAX(crop[1], crop[3]));
    }
    double x0 = MIN(b[0], b[2]), x1 = MAX(b[0], b[2]), y0 = MIN(b[1], b[3]),
           y1 = MAX(b[1], b[3]);
    qpdf_oh rotate = inherited(q, page, "/Rotate");
    long long turn = qpdf_oh_is_integer(q, rotate) ? qpdf_oh_get_int_value(q, rotate) % 360 : 0;
    switch (turn < 0 ? turn + 360 : turn) {
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

static void run_stream(pdf_draw *draw, qpdf_data q, qpdf_oh stream)
{
    unsigned char *bytes = NULL;
    size_t len = 0;
    QPDF_BOOL filtered = QPDF_FALSE;
    if (!(qpdf_oh_get_stream_data(q, stream, qpdf_dl_generalized, &filtered, &bytes, &len) &
          QPDF_ERRORS) &&
        filtered && bytes)
        pdf_draw_run(draw, (const char *)bytes, len);
    free(bytes);
}

static void paint_form(pdf_draw *draw, scope *s, qpdf_oh form, qpdf_oh dict)
{
    qpdf_data q = s->contents->qpdf;
    double m[6];
    pdf_graphics saved = draw->now;
    scope outer = *s;
    guint stack = draw->stack->len;
    if (s->depth >= MAX_FORMS)
        return;
    if (pdf_contents_numbers(q, qpdf_oh_get_key(q, dict, "/Matrix"), m, 6))
        draw->now.ctm = pdf_matrix_multiply((pdf_matrix){m[0], m[1], m[2], m[3], m[4], m[5]},
                                            draw->now.ctm);
    if (pdf_contents_numbers(q, qpdf_oh_get_key(q, dict, "/BBox"), m, 4))
        draw->now.clip = pdf_matrix_box(draw->now.ctm, m[0], m[1], m[2], m[3]);
    qpdf_oh own = qpdf_oh_get_key(q, dict, "/Resources");
    if (qpdf_oh_is_dictionary(q, own))
        s->resources = own;
    bool tagged = draw->page->tagged;
    draw->page->tagged = false; /* its marked content has numbers of its own */
    s->depth++;
    draw->budget -= 1000; /* so that forms within forms come to an end */
    run_stream(draw, q, form);
    draw->page->tagged = tagged;
    *s = outer;
    draw->now = saved;
    if (draw->stack->len > stack)
        g_array_set_size(draw->stack, stack);
}

static void paint_object(pdf_draw *draw, const char *name, void *ctx)
{
    scope *s = ctx;
    qpdf_data q = s->contents->qpdf;
    char key[130];
    g_snprintf(key, sizeof key, "/%s", name);
    qpdf_oh objects = qpdf_oh_get_key(q, s->resources, "/XObject");
    if (!qpdf_oh_is_dictionary(q, objects))
        return;
    qpdf_oh object = qpdf_oh_get_key(q, objects, key);
    if (!qpdf_oh_is_stream(q, object))
        return;
    qpdf_oh dict = qpdf_oh_get_dict(q, object);
    qpdf_oh subtype = qpdf_oh_get_key(q, dict, "/Subtype");
    const char *type = qpdf_oh_is_name(q, subtype) ? qpdf_oh_get_name(q, subtype) : "";
    if (strcmp(type, "/Image") == 0) {
        pdf_picture p = {.box = pdf_draw_unit_square(draw),
                         .object = qpdf_oh_get_object_id(q, object),
                         .generation = qpdf_oh_get_generation(q, object),
                         .mcid = pdf_shown_mcid(draw)};
        if (draw->page->pictures->len < 2000)
            g_array_append_val(draw->page->pictures, p);
        pdf_draw_dot(draw, p.box);
    } else if (strcmp(type, "/Form") == 0) {
        paint_form(draw, s, object, dict);
    }
}

static int find_property(pdf_draw *draw, const char *name, void *ctx)
{
    const scope *s = ctx;
    qpdf_data q = s->contents->qpdf;
    char key[130];
    (void)draw;
    g_snprintf(key, sizeof key, "/%s", name);
    qpdf_oh lists = qpdf_oh_get_key(q, s->resources, "/Properties");
    qpdf_oh list = qpdf_oh_is_dictionary(q, lists) ? qpdf_oh_get_key(q, lists, key) : lists;
    if (!qpdf_oh_is_dictionary(q, list))
        return -1;
    qpdf_oh mcid = qpdf_oh_get_key(q, list, "/MCID");
    return qpdf_oh_is_integer(q, mcid) ? qpdf_oh_get_int_value_as_int(q, mcid) : -1;
}

bool pdf_contents_turn(pdf_contents *c, uint32_t number)
{
    if (!c || !pdf_contents_qpdf(c))
        return false;
    forget_error(c->qpdf);
    qpdf_oh_release_all(c->qpdf);
    c->found = false;
    if (!refresh(c))
        return false;
    c->page = find_page(c->qpdf, number - 1);
    c->found = !qpdf_has_error(c->qpdf) && qpdf_oh_is_dictionary(c->qpdf, c->page);
    if (c->found)
        c->place = page_matrix(c->qpdf, c->page);
    return c->found;
}

pdf_rect pdf_contents_place(const pdf_contents *c, const double r[4])
{
    return pdf_matrix_box(c->place, r[0], r[1], r[2], r[3]);
}

static bool is_tagged(const pdf_contents *c)
{
    qpdf_data q = c->qpdf;
    return qpdf_oh_is_integer(q, qpdf_oh_get_key(q, c->page, "/StructParents")) &&
           qpdf_oh_is_dictionary(q, qpdf_oh_get_key(q, qpdf_get_root(q), "/StructTreeRoot"));
}

void pdf_contents_read(pdf_contents *c, pdf_page *page)
{
    unsigned char *bytes = NULL;
    size_t len = 0;
    if (!c || !c->found)
        return;
    page->tagged = is_tagged(c);
    if (!(qpdf_oh_get_page_content_data(c->qpdf, c->page, &bytes, &len) & QPDF_ERRORS) &&
        bytes) {
        scope s = {.contents = c, .resources = inherited(c->qpdf, c->page, "/Resources")};
        pdf_draw draw;
        pdf_draw_init(&draw, page, c->place);
        draw.paint_object = paint_object;
        draw.find_property = find_property;
        draw.ctx = &s;
        pdf_draw_run(&draw, (const char *)bytes, len);
        pdf_draw_clear(&draw);
    }
    free(bytes);
    forget_error(c->qpdf);
}
