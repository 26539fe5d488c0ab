/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Facts from <meta>, <link>, microdata, JSON-LD and the page itself, and their report.
 */
#include "meta.h"

#define MAX_TITLE 500
#define MAX_TEXT  2000

/* ---- Learning ---------------------------------------------------------------------------- */

/* One line, without what no value may hold, cut at a character. */
static okb_str tidy(arena *a, okb_str s, size_t most)
{
    buffer b = {0};
    s = str_trim(s);
    for (size_t i = 0; i < s.len && b.len < most; i++) {
        bool blank = (unsigned char)s.data[i] <= ' ';
        if (!blank || (b.len && b.data[b.len - 1] != ' '))
            buffer_byte(&b, blank ? ' ' : s.data[i]);
    }
    bool cut = b.len == most;
    while (cut && b.len && ((unsigned char)b.data[b.len - 1] & 0xc0) == 0x80)
        b.len--;
    if (cut && b.len && (unsigned char)b.data[b.len - 1] >= 0x80)
        b.len--;
    return arena_take(a, &b);
}

/* "en", "en-US", "en_US"; absent when it is no language tag. */
static okb_str language_tag(arena *a, okb_str s)
{
    okb_str tag = tidy(a, s, 35);
    size_t part = 0, parts = 0;
    for (size_t i = 0; i < tag.len; i++) {
        char *c = (char *)tag.data + i;
        if (*c == '_')
            *c = '-';
        bool letter = lower(*c) >= 'a' && lower(*c) <= 'z';
        bool digit = *c >= '0' && *c <= '9';
        part = *c == '-' ? 0 : part + 1;
        parts += *c == '-';
        if ((!letter && !(digit && parts) && *c != '-') || part > 8 || (parts == 0 && part > 3))
            return (okb_str){NULL, 0};
    }
    return tag.len >= 2 && part ? tag : (okb_str){NULL, 0};
}

void learn_fact(page_facts *f, fact which, okb_str value, int trust)
{
    if (f->facts[which].value.len && f->facts[which].trust >= trust)
        return;
    if (which == FACT_CREATED || which == FACT_MODIFIED)
        value = iso_date(f->arena, value);
    else if (which == FACT_LANGUAGE)
        value = language_tag(f->arena, value);
    else if (which == FACT_URL || which == FACT_LICENSE)
        value = tidy(f->arena, url_resolve(f->arena, f->base, value), MAX_TEXT);
    else
        value = tidy(f->arena, value, which == FACT_DESCRIPTION ? MAX_TEXT : MAX_TITLE);
    if (value.len == 0 || (which == FACT_URL && !url_is_remote(value)))
        return;
    f->facts[which].value = value;
    f->facts[which].trust = trust;
}

static bool knows(const okb_str *list, size_t n, okb_str value)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].len == value.len && memcmp(list[i].data, value.data, value.len) == 0)
            return true;
    return false;
}

void learn_author(page_facts *f, okb_str value, int trust)
{
    value = tidy(f->arena, value, 200);
    if (value.len == 0 || url_is_remote(value) || trust < f->authors_trust)
        return;
    if (trust > f->authors_trust)
        f->n_authors = 0;
    f->authors_trust = trust;
    if (f->n_authors < MAX_AUTHORS && !knows(f->authors, f->n_authors, value))
        f->authors[f->n_authors++] = value;
}

void learn_keywords(page_facts *f, okb_str list)
{
    while (list.len && f->n_keywords < MAX_KEYWORDS) {
        const char *comma = memchr(list.data, ',', list.len);
        size_t n = comma ? (size_t)(comma - list.data) : list.len;
        okb_str word = tidy(f->arena, (okb_str){list.data, n}, 100);
        if (word.len && !knows(f->keywords, f->n_keywords, word))
            f->keywords[f->n_keywords++] = word;
        n += comma != NULL;
        list.data += n;
        list.len -= n;
    }
}

/* ---- <meta> and <link> ------------------------------------------------------------------- */

enum { AUTHOR = FACT_COUNT, KEYWORDS, TYPE };

static const struct {
    const char *name;
    int what, trust;
} meta_names[] = {
    {"og:title", FACT_TITLE, 4},
    {"twitter:title", FACT_TITLE, 3},
    {"citation_title", FACT_TITLE, 4},
    {"dc.title", FACT_TITLE, 3},
    {"dcterms.title", FACT_TITLE, 3},
    {"author", AUTHOR, 4},
    {"citation_author", AUTHOR, 4},
    {"dc.creator", AUTHOR, 3},
    {"dcterms.creator", AUTHOR, 3},
    {"article:author", AUTHOR, 2},
    {"parsely-author", AUTHOR, 2},
    {"sailthru.author", AUTHOR, 2},
    {"article:published_time", FACT_CREATED, 6},
    {"citation_publication_date", FACT_CREATED, 4},
    {"dcterms.created", FACT_CREATED, 4},
    {"dc.date", FACT_CREATED, 3},
    {"dc.date.issued", FACT_CREATED, 4},
    {"dcterms.date", FACT_CREATED, 3},
    {"parsely-pub-date", FACT_CREATED, 4},
    {"sailthru.date", FACT_CREATED, 3},
    {"date", FACT_CREATED, 2},
    {"pubdate", FACT_CREATED, 3},
    {"article:modified_time", FACT_MODIFIED, 6},
    {"og:updated_time", FACT_MODIFIED, 3},
    {"dcterms.modified", FACT_MODIFIED, 4},
    {"last-modified", FACT_MODIFIED, 3},
    {"revised", FACT_MODIFIED, 2},
    {"og:description", FACT_DESCRIPTION, 4},
    {"description", FACT_DESCRIPTION, 3},
    {"twitter:description", FACT_DESCRIPTION, 2},
    {"dc.description", FACT_DESCRIPTION, 2},
    {"og:site_name", FACT_SITE, 4},
    {"application-name", FACT_SITE, 2},
    {"og:url", FACT_URL, 3},
    {"og:locale", FACT_LANGUAGE, 2},
    {"content-language", FACT_LANGUAGE, 3},
    {"dc.language", FACT_LANGUAGE, 2},
    {"language", FACT_LANGUAGE, 1},
    {"dcterms.license", FACT_LICENSE, 3},
    {"dc.rights", FACT_LICENSE, 2},
    {"dcterms.rights", FACT_LICENSE, 2},
    {"generator", FACT_GENERATOR, 3},
    {"keywords", KEYWORDS, 0},
    {"article:tag", KEYWORDS, 0},
    {"news_keywords", KEYWORDS, 0},
    {"og:type", TYPE, 0},
};

static void learn_kind(page_facts *f, page_kind kind)
{
    if (kind > f->kind)
        f->kind = kind;
}

static void learn_og_type(page_facts *f, okb_str type)
{
    if (str_is_nocase(type, "article"))
        learn_kind(f, PAGE_ARTICLE);
    else if (form_of_type(type) != FORM_NONE)
        f->form = form_of_type(type);
}

page_form form_of_type(okb_str type)
{
    static const struct {
        const char *type;
        page_form form;
    } types[] = {
        {"DiscussionForumPosting", FORM_FORUM},
        {"QAPage", FORM_FORUM},
        {"Question", FORM_FORUM},
        {"ItemList", FORM_LISTING},
        {"CollectionPage", FORM_LISTING},
        {"SearchResultsPage", FORM_LISTING},
        {"OfferCatalog", FORM_LISTING},
        {"Product", FORM_PRODUCT},
        {"ProductGroup", FORM_PRODUCT},
        {"product", FORM_PRODUCT},
        {"og:product", FORM_PRODUCT},
        {"product.item", FORM_PRODUCT},
        {"product.group", FORM_LISTING},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_is(type, types[i].type))
            return types[i].form;
    return FORM_NONE;
}

/* Programs whose pages are threads. */
static void learn_generator(page_facts *f, okb_str generator)
{
    static const char *const names[] = {"phpbb", "discourse",       "vbulletin", "xenforo",
                                        "mybb",  "simple machines", "flarum",    "discuz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_starts_nocase(generator, names[i]))
            f->form = FORM_FORUM;
}

/* A page with one product is about it; with several it lists them. */
static void learn_item_type(page_facts *f, okb_str type)
{
    const char *slash = type.len ? memrchr(type.data, '/', type.len) : NULL;
    okb_str last = slash ? (okb_str){slash + 1, type.len - (size_t)(slash + 1 - type.data)}
                         : (okb_str){"", 0};
    page_form form = form_of_type(last);
    if (form == FORM_PRODUCT && ++f->n_products >= 3)
        form = FORM_LISTING;
    if (form != FORM_NONE && f->form != FORM_FORUM)
        f->form = form;
}

static void learn_meta(page_facts *f, okb_str name, okb_str content)
{
    if (str_is_nocase(name, "generator"))
        learn_generator(f, content);
    if (str_starts(name, "og:title") || str_starts(name, "og:site_name"))
        learn_kind(f, PAGE_PUBLISHED);
    for (size_t i = 0; name.len && i < sizeof meta_names / sizeof *meta_names; i++) {
        if (!str_is_nocase(name, meta_names[i].name))
            continue;
        if (meta_names[i].what == AUTHOR)
            learn_author(f, content, meta_names[i].trust);
        else if (meta_names[i].what == KEYWORDS)
            learn_keywords(f, content);
        else if (meta_names[i].what == TYPE)
            learn_og_type(f, str_trim(content));
        else
            learn_fact(f, (fact)meta_names[i].what, content, meta_names[i].trust);
    }
}

static void learn_link(page_facts *f, const node *n)
{
    okb_str rel = node_attr(n, ATTR_REL), href = node_attr(n, ATTR_HREF);
    if (!rel.len || !href.len)
        return;
    if (n->tag == TAG_LINK && str_has_word(rel, "canonical"))
        learn_fact(f, FACT_URL, href, 4);
    if (str_has_word(rel, "license"))
        learn_fact(f, FACT_LICENSE, href, 4);
    if (n->tag == TAG_A && str_has_word(rel, "author"))
        learn_author(f, node_text(f->arena, n), 1);
}

/* ---- Microdata --------------------------------------------------------------------------- */

static okb_str microdata_value(page_facts *f, const node *n)
{
    if (node_has_attr(n, ATTR_CONTENT))
        return node_attr(n, ATTR_CONTENT);
    if (node_has_attr(n, ATTR_DATETIME))
        return node_attr(n, ATTR_DATETIME);
    return n->first ? node_text(f->arena, n) : (okb_str){NULL, 0};
}

static const node *inner_name(const node *author)
{
    for (const node *n = author; n; n = node_next(n, author))
        if (n != author && str_is(node_attr(n, ATTR_ITEMPROP), "name"))
            return n;
    return author;
}

static void learn_microdata(page_facts *f, const node *n)
{
    okb_str prop = node_attr(n, ATTR_ITEMPROP);
    if (str_has_word(prop, "datepublished"))
        learn_fact(f, FACT_CREATED, microdata_value(f, n), 4);
    else if (str_has_word(prop, "datemodified"))
        learn_fact(f, FACT_MODIFIED, microdata_value(f, n), 4);
    else if (str_has_word(prop, "headline"))
        learn_fact(f, FACT_TITLE, microdata_value(f, n), 3);
    else if (str_has_word(prop, "author"))
        learn_author(f, microdata_value(f, inner_name(n)), 2);
    else if (str_has_word(prop, "articlebody"))
        learn_kind(f, PAGE_ARTICLE);
}

/* ---- All together ------------------------------------------------------------------------ */

static void gather_from_page(document *doc, page_facts *f)
{
    for (const node *n = doc->root; n; n = node_next(n, doc->root)) {
        if (n->tag == TAG_TEXT || n->n_attrs == 0)
            continue;
        if (n->tag == TAG_META) {
            okb_str content = node_attr(n, ATTR_CONTENT);
            learn_meta(f, node_attr(n, ATTR_NAME), content);
            learn_meta(f, node_attr(n, ATTR_PROPERTY), content);
            learn_meta(f, node_attr(n, ATTR_HTTP_EQUIV), content);
        } else if (n->tag == TAG_LINK || n->tag == TAG_A) {
            learn_link(f, n);
        } else if (n->tag == TAG_TIME && node_has_attr(n, ATTR_DATETIME)) {
            learn_fact(f, FACT_CREATED, node_attr(n, ATTR_DATETIME), 1);
        }
        if (node_has_attr(n, ATTR_ITEMPROP))
            learn_microdata(f, n);
        if (node_has_attr(n, ATTR_ITEMTYPE))
            learn_item_type(f, node_attr(n, ATTR_ITEMTYPE));
        if (str_has(node_attr(n, ATTR_CLASS), "hentry") && node_has_class(n, "hentry"))
            learn_kind(f, PAGE_PUBLISHED);
    }
}

void gather_facts(document *doc, okb_str base, page_facts *f)
{
    *f = (page_facts){.arena = &doc->arena, .base = url_resolve(&doc->arena, base, doc->base)};
    gather_from_page(doc, f);
    for (size_t i = 0; i < doc->n_json_ld; i++)
        gather_json_ld(doc->json_ld[i], f);
    learn_fact(f, FACT_LANGUAGE, doc->lang, 4);
    if (doc->title)
        learn_fact(f, FACT_TITLE, node_text(f->arena, doc->title), 2);
    const node *h1 = f->facts[FACT_TITLE].value.len ? NULL : node_find(doc->root, TAG_H1);
    if (h1)
        learn_fact(f, FACT_TITLE, node_text(f->arena, h1), 1);
}

static void report(context *c, const char *key, okb_str value)
{
    if (value.len)
        c->host->meta(c->job, (okb_str){key, strlen(key)}, value);
}

okb_status report_metadata(context *c, const page_facts *f)
{
    static const char *const keys[] = {
        [FACT_TITLE] = OKB_M_TITLE,
        [FACT_LANGUAGE] = OKB_M_LANGUAGE,
        [FACT_CREATED] = OKB_M_CREATED,
        [FACT_MODIFIED] = OKB_M_MODIFIED,
        [FACT_DESCRIPTION] = OKB_M_DESCRIPTION,
        [FACT_SITE] = OKB_M_SITE,
        [FACT_URL] = OKB_M_URL,
        [FACT_LICENSE] = OKB_M_LICENSE,
        [FACT_GENERATOR] = OKB_M_GENERATOR,
    };
    for (size_t i = 0; i < FACT_COUNT; i++)
        report(c, keys[i], f->facts[i].value);
    for (size_t i = 0; i < f->n_authors; i++)
        report(c, OKB_M_AUTHOR, f->authors[i]);
    for (size_t i = 0; i < f->n_keywords; i++)
        report(c, OKB_M_KEYWORD, f->keywords[i]);
    return OKB_OK;
}
