/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a page says about itself, gathered from all the places where pages say it. For each fact
 * the most trusted source wins, and of equals the first.
 */
#ifndef OKB_HTML_META_H
#define OKB_HTML_META_H

#include "html.h"

#define MAX_AUTHORS  16
#define MAX_KEYWORDS 32

typedef enum {
    FACT_TITLE,
    FACT_LANGUAGE,
    FACT_CREATED,
    FACT_MODIFIED,
    FACT_DESCRIPTION,
    FACT_SITE,
    FACT_URL,
    FACT_LICENSE,
    FACT_GENERATOR,
    FACT_COUNT
} fact;

typedef struct {
    arena *arena;
    okb_str base;
    struct {
        okb_str value;
        int trust;
    } facts[FACT_COUNT];
    okb_str authors[MAX_AUTHORS];
    size_t n_authors;
    int authors_trust;
    okb_str keywords[MAX_KEYWORDS];
    size_t n_keywords;
    page_kind kind;
    page_form form;
    unsigned n_products; /* by microdata */
} page_facts;

/* meta.c: what a type of schema.org, or the like, says of the page's form. */
page_form form_of_type(okb_str type);

void learn_fact(page_facts *f, fact which, okb_str value, int trust);
void learn_author(page_facts *f, okb_str value, int trust);
void learn_keywords(page_facts *f, okb_str list);

/* meta.c */
void gather_facts(document *doc, okb_str base, page_facts *f);
okb_status report_metadata(context *c, const page_facts *f);
/* jsonld.c */
void gather_json_ld(okb_str json, page_facts *f);
/* dates.c: ISO 8601 of what pages write; absent when it is no date. */
okb_str iso_date(arena *a, okb_str s);

#endif
