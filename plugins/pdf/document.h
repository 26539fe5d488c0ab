/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One conversion: the open PDF, what its pages became, and the host that is told.
 *
 * Ownership: pdf_document_close() frees all; safe after a failed open. Threads: none. Errors:
 * the okb_status that was latched with a message by the host.
 */
#ifndef OKB_PDF_DOCUMENT_H
#define OKB_PDF_DOCUMENT_H

#include "contents.h"
#include "model.h"
#include "render.h"
#include "store.h"

#include <openkb/plugin.h>
#include <poppler.h>

typedef struct {
    uint32_t depth, page;
    float top; /* of its target on the page, from the top; negative: unknown */
    char *title;
} pdf_bookmark;

typedef struct {
    float width, height;
    char *label;      /* NULL when the page's number says the same */
    int object;       /* its number in the file; 0: unknown */
    float base;       /* where its own y is 0; NAN: unknown, or the page is turned */
    uint32_t said_on; /* the later page that says all it says; 0: none (overlays.c) */
    bool scanned;
    bool mirrored; /* the boxes of its blocks are, see bidi.h */
} pdf_leaf;

typedef struct {
    okb_job *job;
    const okb_host *host;
    GBytes *bytes;
    char *copy; /* what they are of, when it is a private copy, which may be written; or NULL */
    size_t copied;
    GHashTable *fonts; /* numbers of those whose CMap was looked at */
    PopplerDocument *poppler;
    pdf_contents *contents; /* NULL when the file cannot be read */
    uint32_t n_pages;
    pdf_styles *styles;
    GArray *blocks;    /* pdf_block in reading order */
    pdf_store *store;  /* their texts */
    GPtrArray *notes;  /* labels of footnotes */
    GArray *leaves;    /* pdf_leaf, one per page */
    GArray *bookmarks; /* pdf_bookmark in order */
    uint32_t figures;  /* drawn figures found so far */
    int images;        /* pdf_image_choice */
    pdf_renderer *renderer;
    uint16_t body; /* the style of running text */
    float body_size;
} pdf_document;

okb_status pdf_document_open(pdf_document *d, okb_job *job, const okb_host *host,
                             const okb_source *source);
void pdf_document_close(pdf_document *d);

/* Read every page into blocks. */
okb_status pdf_document_read(pdf_document *d);

/* Tell the host title, authors, dates and what made the file. */
okb_status pdf_document_tell_metadata(pdf_document *d);

/* Tell what fonts of the system stood in for the file's own where pages were rendered. */
okb_status pdf_document_tell_fonts(pdf_document *d);

/* Read the bookmarks, and tell the host. */
void pdf_document_read_outline(pdf_document *d);
okb_status pdf_document_tell_outline(pdf_document *d);

/* Let go of poppler's document: pages and bookmarks are read. */
void pdf_document_forget(pdf_document *d);

#endif
