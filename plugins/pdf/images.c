/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A picture block keeps the number and generation of its image object in `number` and `lines`;
 * a figure that is drawn has none and is rendered, and so is an image that cannot be copied.
 */
#include "images.h"

#include "pixels.h"

#include <math.h>
#include <string.h>

/* Rendering is bounded by what it costs, not by time: so the same file gives the same text. */
#define MOST_WORK  400.0
#define DRAWN_COST 2.0

#define LEAST_SIDE 30.0F /* points, unless all are wanted */

typedef struct {
    const pdf_block *block; /* NULL: none is left of it */
    okb_asset_id asset;
    bool tried;
} drawn_figure;

struct pdf_image_store {
    pdf_document *d;
    GHashTable *assets; /* object number -> asset; 0 when it has none */
    guint64 left;       /* bytes that may still be written */
    guint count, most;
    double work;           /* that may still be spent on rendering, see pixels.h */
    GArray *rendered;      /* drawn_box: what was rendered, so that it is not once more */
    drawn_figure *figures; /* by number */
};

typedef struct {
    uint32_t page;
    pdf_rect box;
} drawn_box;

/* ---- Place ------------------------------------------------------------------------------- */

static bool worth_keeping(const pdf_document *d, const pdf_page *page, pdf_rect r)
{
    float least = d->images == IMAGES_ALL ? 2 : LEAST_SIDE;
    return isfinite(r.x0) && isfinite(r.y0) && isfinite(r.x1) && isfinite(r.y1) &&
           pdf_width(r) >= least && pdf_height(r) >= least && r.x1 > 0 && r.y1 > 0 &&
           r.x0 < page->width && r.y0 < page->height;
}

/* Before the first block that begins below the picture's middle and shares some of its width.
 */
static guint place_of(const pdf_document *d, guint first, pdf_rect r)
{
    float middle = (r.y0 + r.y1) / 2;
    for (guint i = first; i < d->blocks->len; i++) {
        pdf_rect b = BLOCK(d->blocks, i)->box;
        if (b.y0 >= middle && pdf_overlap(b.x0, b.x1, r.x0, r.x1) > 0)
            return i;
    }
    return d->blocks->len;
}

void pdf_images_place(pdf_document *d, const pdf_page *page, guint first)
{
    for (guint i = 0; i < page->pictures->len; i++) {
        const pdf_picture *p = &g_array_index(page->pictures, pdf_picture, i);
        if (!p->object || !worth_keeping(d, page, p->box))
            continue;
        pdf_block b = {.kind = BLOCK_PICTURE,
                       .page = page->number,
                       .box = p->box,
                       .column_x = p->box.x0,
                       .number = (uint32_t)p->object,
                       .lines = (uint32_t)p->generation};
        if (p->alt_len) {
            b.text.bytes = g_strndup(page->values->str + p->alt, p->alt_len);
            b.text.len = p->alt_len;
        }
        g_array_insert_val(d->blocks, place_of(d, first, p->box), b);
    }
}

/* ---- Judge ------------------------------------------------------------------------------- */

bool pdf_begins_caption(const pdf_block *b)
{
    static const char *const words[] = {"Figure",  "Fig.",  "FIGURE", "FIG.",  "Abbildung",
                                        "Abb.",    "Photo", "Plate",  "Image", "Chart",
                                        "Diagram", "Table", "TABLE",  NULL};
    for (const char *const *w = words; *w; w++)
        if (b->kind == BLOCK_TEXT && b->text.bytes && g_str_has_prefix(b->text.bytes, *w))
            return true;
    return false;
}

/* The nearest block on the page, below first, that begins like a caption. */
static const pdf_block *caption_of(const pdf_document *d, guint at)
{
    const pdf_block *picture = BLOCK(d->blocks, at), *best = NULL;
    float nearest = 60;
    for (guint i = at > 3 ? at - 3 : 0; i < d->blocks->len && i < at + 4; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        float gap = b->box.y0 >= picture->box.y1 - 2 ? b->box.y0 - picture->box.y1
                                                     : picture->box.y0 - b->box.y1 + 10;
        if (b->page == picture->page && pdf_begins_caption(b) && gap > -8 && gap < nearest &&
            pdf_overlap(b->box.x0, b->box.x1, picture->box.x0, picture->box.x1) > 0) {
            nearest = gap;
            best = b;
        }
    }
    return best;
}

static void count_uses(const pdf_document *d, GHashTable *uses)
{
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        gpointer key = GUINT_TO_POINTER(b->number);
        if (b->kind == BLOCK_PICTURE && b->number)
            g_hash_table_insert(
                uses, key,
                GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(uses, key)) + 1));
    }
}

void pdf_images_judge(pdf_document *d)
{
    g_autoptr(GHashTable) uses = g_hash_table_new(NULL, NULL);
    count_uses(d, uses);
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind != BLOCK_PICTURE)
            continue;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(uses, GUINT_TO_POINTER(b->number)));
        if (d->images == IMAGES_EMBEDDED && n >= 3 && n * 2 > d->n_pages) {
            b->kind = BLOCK_DROPPED;
            continue;
        }
        const pdf_block *caption = b->text.len ? NULL : caption_of(d, i);
        if (caption) {
            b->text.bytes = g_strndup(caption->text.bytes, caption->text.len);
            b->text.len = caption->text.len;
        }
    }
}

/* ---- Assets ------------------------------------------------------------------------------ */

static drawn_figure *figures_of(const pdf_document *d)
{
    drawn_figure *figures = g_new0(drawn_figure, d->figures + 1);
    for (guint i = 0; d->figures && i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        if (b->kind == BLOCK_PICTURE)
            figures[b->figure].block = b;
    }
    return figures;
}

pdf_image_store *pdf_image_store_new(pdf_document *d)
{
    pdf_image_store *s = g_new0(pdf_image_store, 1);
    okb_limits limits = {.struct_size = sizeof limits};
    s->d = d;
    s->assets = g_hash_table_new(NULL, NULL);
    s->work = MOST_WORK;
    s->rendered = g_array_new(FALSE, FALSE, sizeof(drawn_box));
    s->figures = figures_of(d);
    if (d->host->limits(d->job, &limits) == OKB_OK) {
        s->left = limits.max_total_bytes / 2;
        s->most = limits.max_assets;
    }
    return s;
}

void pdf_image_store_free(pdf_image_store *s)
{
    if (!s)
        return;
    g_hash_table_destroy(s->assets);
    g_array_free(s->rendered, TRUE);
    g_free(s->figures);
    g_free(s);
}

static bool same_place(const drawn_box *a, const pdf_block *b)
{
    return a->page == b->page && fabsf(a->box.x0 - b->box.x0) < 3 &&
           fabsf(a->box.y0 - b->box.y0) < 3 && fabsf(a->box.x1 - b->box.x1) < 3 &&
           fabsf(a->box.y1 - b->box.y1) < 3;
}

/* Where the block stands on the page as it is shown. */
static pdf_rect place_on_page(const pdf_document *d, const pdf_block *b)
{
    const pdf_leaf *leaf = &g_array_index(d->leaves, pdf_leaf, b->page - 1);
    return leaf->mirrored ? pdf_mirrored(b->box, leaf->width) : b->box;
}

/* A picture of what the page shows there, unless there is one: images lie over each other. */
static GByteArray *render(pdf_image_store *s, const pdf_block *b)
{
    for (guint i = 0; i < s->rendered->len; i++)
        if (same_place(&g_array_index(s->rendered, drawn_box, i), b))
            return NULL;
    drawn_box box = {b->page, b->box};
    g_array_append_val(s->rendered, box);
    double cost = b->number
                      ? pdf_contents_image_cost(s->d->contents, (int)b->number, (int)b->lines)
                      : DRAWN_COST;
    if (cost > s->work) {
        s->d->host->warn(s->d->job, OKB_STR(OKB_W_TRUNCATED), b->page,
                         OKB_STR("a picture was left out: it cannot be read, is too large to "
                                 "be rendered, or too many were"));
        return NULL;
    }
    s->work -= cost;
    GByteArray *png = pdf_render(s->d->renderer, b->page, place_on_page(s->d, b));
    if (!png && b->number)
        s->d->host->warn(s->d->job, OKB_STR(OKB_W_TRUNCATED), b->page,
                         OKB_STR("a picture was left out: it cannot be rendered"));
    return png;
}

static okb_asset_id write_asset(pdf_image_store *s, const pdf_block *b)
{
    const char *type = NULL;
    okb_asset_id asset = 0;
    char name[48];
    g_autoptr(GByteArray) bytes =
        s->d->contents && b->number
            ? pdf_contents_image(s->d->contents, (int)b->number, (int)b->lines, &type)
            : NULL;
    if (!bytes) {
        type = "image/png";
        bytes = render(s, b);
    }
    if (!bytes)
        return 0;
    if (bytes->len > s->left || s->count >= s->most) {
        s->d->host->warn(s->d->job, OKB_STR(OKB_W_TRUNCATED), b->page,
                         OKB_STR("a picture was left out: the limit of images is reached"));
        return 0;
    }
    g_snprintf(name, sizeof name, "page-%u", b->page);
    s->left -= bytes->len;
    s->count++;
    const okb_host *host = s->d->host;
    if (host->asset_begin(s->d->job, (okb_str){type, strlen(type)},
                          (okb_str){name, strlen(name)}, &asset, NULL) != OKB_OK ||
        host->asset_write(s->d->job, asset, bytes->data, bytes->len) != OKB_OK ||
        host->asset_end(s->d->job, asset) != OKB_OK)
        return 0;
    return asset;
}

okb_asset_id pdf_image_store_figure(pdf_image_store *s, uint32_t number)
{
    drawn_figure *f = &s->figures[number];
    if (!f->tried)
        f->asset = f->block ? write_asset(s, f->block) : 0;
    f->tried = true;
    return f->asset;
}

okb_asset_id pdf_image_store_get(pdf_image_store *s, const pdf_block *b)
{
    gpointer key = GUINT_TO_POINTER(b->number), known;
    if (b->figure)
        return pdf_image_store_figure(s, b->figure);
    if (g_hash_table_lookup_extended(s->assets, key, NULL, &known))
        return GPOINTER_TO_UINT(known);
    okb_asset_id asset = write_asset(s, b);
    g_hash_table_insert(s->assets, key, GUINT_TO_POINTER(asset));
    return asset;
}
