/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "document.h"

#include "bidi.h"
#include "blocks.h"
#include "cmaps.h"
#include "columns.h"
#include "figures.h"
#include "fonts.h"
#include "forms.h"
#include "images.h"
#include "links.h"
#include "numbers.h"
#include "page.h"
#include "slices.h"
#include "styles.h"
#include "tables.h"
#include "tags.h"
#include "text.h"

#include <malloc.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>

static okb_status fail(const pdf_document *d, okb_status status, const char *text)
{
    return d->host->fail(d->job, status, (okb_str){text, strlen(text)});
}

/* ---- Opening ----------------------------------------------------------------------------- */

/* A private copy, of which only the pages with fonts are ever copied, with room behind it. */
static char *map_copy(const okb_source *source)
{
    size_t size = source->size + pdf_slices_room(source->size);
    char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return NULL;
    if (mmap(map, source->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, source->fd,
             0) != MAP_FAILED)
        return map;
    munmap(map, size);
    return NULL;
}

/* A large file is not mapped twice. */
static GBytes *bytes_of(pdf_document *d, const okb_source *source)
{
    if (!source->data || source->size <= PDF_FONTS_MOST_BYTES)
        d->copy = map_copy(source);
    if (!d->copy)
        return source->data ? g_bytes_new_static(source->data, source->size) : NULL;
    d->copied = source->size;
    pdf_fonts_shorten(d->copy, d->copied);
    return g_bytes_new_static(d->copy, d->copied);
}

static const struct {
    int code;
    okb_status status;
    const char *text;
} OPEN_ERRORS[] = {
    {POPPLER_ERROR_ENCRYPTED, OKB_E_ENCRYPTED,
     "the PDF is encrypted and needs a password; save a copy without one"},
    {POPPLER_ERROR_BAD_CATALOG, OKB_E_MALFORMED,
     "the PDF has no readable catalog; it is damaged or cut short"},
    {POPPLER_ERROR_DAMAGED, OKB_E_MALFORMED,
     "the PDF is damaged: its cross-reference table cannot be read or rebuilt"},
};

static okb_status explain(const pdf_document *d, const GError *error)
{
    for (gsize i = 0; error && i < G_N_ELEMENTS(OPEN_ERRORS); i++)
        if (error->domain == POPPLER_ERROR && error->code == OPEN_ERRORS[i].code)
            return fail(d, OPEN_ERRORS[i].status, OPEN_ERRORS[i].text);
    return fail(d, OKB_E_MALFORMED, "not a PDF, or damaged beyond repair");
}

static int image_choice(const pdf_document *d)
{
    okb_str s = d->host->option(d->job, OKB_STR("images"));
    if (s.len == 4 && memcmp(s.data, "none", 4) == 0)
        return IMAGES_NONE;
    return s.len == 3 && memcmp(s.data, "all", 3) == 0 ? IMAGES_ALL : IMAGES_EMBEDDED;
}

/* Never in silence: text is all that poppler gives. */
static void tell_missing_contents(const pdf_document *d)
{
    char text[256];
    int n = g_snprintf(text, sizeof text,
                       "pages 1 to %u have no links, pictures or ruled tables: libqpdf cannot "
                       "read the file, or lacks the memory to repair or decrypt it; allow more "
                       "memory, or save a copy that is in order and not encrypted",
                       d->n_pages);
    d->host->warn(d->job, OKB_STR(OKB_W_TRUNCATED), 0, (okb_str){text, (size_t)n});
}

okb_status pdf_document_open(pdf_document *d, okb_job *job, const okb_host *host,
                             const okb_source *source)
{
    g_autoptr(GError) error = NULL;
    *d = (pdf_document){.job = job, .host = host};
    if (!source->size)
        return fail(d, OKB_E_MALFORMED, "the file is empty");
    if (!(d->bytes = bytes_of(d, source)))
        return fail(d, OKB_E_IO, "the file cannot be mapped into memory");
    d->poppler = poppler_document_new_from_bytes(d->bytes, NULL, &error);
    if (!d->poppler)
        return explain(d, error);
    int pages = poppler_document_get_n_pages(d->poppler);
    if (pages < 1)
        return fail(d, OKB_E_MALFORMED, "the PDF has no pages; it is damaged or cut short");
    d->n_pages = (uint32_t)pages;
    gsize size = 0;
    gconstpointer data = g_bytes_get_data(d->bytes, &size);
    d->contents = pdf_contents_open(data, size);
    if (!d->contents)
        tell_missing_contents(d);
    d->fonts = g_hash_table_new(NULL, NULL);
    d->images = image_choice(d);
    d->renderer = pdf_renderer_new(source);
    d->styles = pdf_styles_new();
    d->blocks = pdf_blocks_new();
    d->store = pdf_store_new();
    d->notes = g_ptr_array_new_with_free_func(g_free);
    d->leaves = g_array_new(FALSE, TRUE, sizeof(pdf_leaf));
    d->bookmarks = g_array_new(FALSE, TRUE, sizeof(pdf_bookmark));
    return OKB_OK;
}

void pdf_document_close(pdf_document *d)
{
    for (guint i = 0; d->leaves && i < d->leaves->len; i++)
        g_free(g_array_index(d->leaves, pdf_leaf, i).label);
    for (guint i = 0; d->bookmarks && i < d->bookmarks->len; i++)
        g_free(g_array_index(d->bookmarks, pdf_bookmark, i).title);
    g_clear_pointer(&d->notes, g_ptr_array_unref);
    g_clear_pointer(&d->leaves, g_array_unref);
    g_clear_pointer(&d->bookmarks, g_array_unref);
    g_clear_pointer(&d->blocks, g_array_unref);
    g_clear_pointer(&d->store, pdf_store_free);
    g_clear_pointer(&d->styles, pdf_styles_free);
    g_clear_pointer(&d->contents, pdf_contents_close);
    g_clear_pointer(&d->fonts, g_hash_table_unref);
    g_clear_pointer(&d->renderer, pdf_renderer_free);
    g_clear_object(&d->poppler);
    g_clear_pointer(&d->bytes, g_bytes_unref);
    if (d->copy)
        munmap(d->copy, d->copied + pdf_slices_room(d->copied));
    d->copy = NULL;
}

/* ---- Reading ----------------------------------------------------------------------------- */

static char *label_of(PopplerPage *page, uint32_t number)
{
    char plain[16];
    g_autofree char *told = poppler_page_get_label(page);
    g_autofree char *label = pdf_text_line(told);
    g_snprintf(plain, sizeof plain, "%u", number);
    return label && strcmp(label, plain) != 0 ? g_steal_pointer(&label) : NULL;
}

/* A page without usable text is said to be one. */
static void judge_text(pdf_document *d, const pdf_page *page, pdf_leaf *leaf)
{
    uint32_t number = page->number;
    leaf->scanned = page->letters == 0;
    if (leaf->scanned)
        d->host->warn(d->job, OKB_STR(OKB_W_NEEDS_OCR), number,
                      OKB_STR("the page has no text; it needs OCR"));
    else if (page->letters > 20 && page->unmapped * 10 > page->letters * 3)
        d->host->warn(
            d->job, OKB_STR(OKB_W_NEEDS_OCR), number,
            OKB_STR("the page's fonts hide which characters they show; it needs OCR"));
}

static void read_page(pdf_document *d, pdf_slices *slices, pdf_page *page, uint32_t number)
{
    pdf_leaf leaf = {.base = NAN};
    PopplerPage *source = slices ? pdf_slices_page(slices, number)
                                 : poppler_document_get_page(d->poppler, (int)number - 1);
    pdf_page_clear(page);
    if (pdf_contents_turn(d->contents, number)) {
        pdf_cmaps_shorten(d->contents, d->copy, g_bytes_get_size(d->bytes), d->fonts);
        pdf_links_read(d->contents, page, d->styles);
        leaf.object = pdf_contents_object(d->contents, &leaf.base);
    } else if (d->contents) {
        d->host->warn(
            d->job, OKB_STR(OKB_W_STRUCTURE), number,
            OKB_STR("the page has no links, pictures or ruled tables: it is not found "
                    "in the file's tree of pages"));
    }
    if (source) {
        pdf_page_load(page, source, number, d->styles);
        pdf_forms_fill(page, d->styles);
        leaf.label = label_of(source, number);
        leaf.width = page->width;
        leaf.height = page->height;
        judge_text(d, page, &leaf);
        pdf_line_numbers_drop(page);
        pdf_contents_read(d->contents, page);
        pdf_tags_read(d->contents, page);
        pdf_bidi_mirror(page);
        leaf.mirrored = page->mirrored;
        pdf_rules_clean(page);
        pdf_lattice_find(page, d->styles);
        pdf_tagged_find(page, d->styles);
        pdf_striped_find(page, d->styles);
        pdf_columns_order(page);
        pdf_borderless_find(page, d->styles);
        guint first = d->blocks->len;
        pdf_blocks_add_page(d->blocks, page, d->styles);
        if (d->images != IMAGES_NONE) {
            pdf_images_place(d, page, first);
            if (!page->mirrored)
                pdf_figures_find(d, page, first);
        }
        pdf_store_keep(d->store, d->blocks, first);
        g_object_unref(source);
    } else {
        d->host->warn(d->job, OKB_STR(OKB_W_STRUCTURE), number,
                      OKB_STR("the page is damaged and was left out"));
    }
    g_array_append_val(d->leaves, leaf);
}

static pdf_slices *slice(pdf_document *d)
{
    pdf_file *file = d->copy && d->contents ? pdf_contents_file(d->contents) : NULL;
    pdf_slices *slices = pdf_slices_new(d->copy, d->copied, file, d->n_pages);
    if (slices)
        g_clear_object(&d->poppler);
    return slices;
}

static okb_status end_slices(pdf_document *d, pdf_slices *slices)
{
    if (slices)
        d->poppler = pdf_slices_whole(slices);
    pdf_slices_free(slices);
    return d->poppler ? OKB_OK : explain(d, NULL);
}

okb_status pdf_document_read(pdf_document *d)
{
    okb_status status = OKB_OK;
    pdf_slices *slices = slice(d);
    pdf_page *page = pdf_page_new();
    for (uint32_t i = 1; i <= d->n_pages && status == OKB_OK; i++) {
        status = d->host->progress(d->job, i - 1, d->n_pages);
        if (status == OKB_OK)
            read_page(d, slices, page, i);
    }
    pdf_page_free(page);
    okb_status opened = end_slices(d, slices);
    return status == OKB_OK ? opened : status;
}

void pdf_document_forget(pdf_document *d)
{
    g_clear_object(&d->poppler);
    malloc_trim(0);
}
