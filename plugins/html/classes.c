/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What an element's class, id and role say about it. Names are brought to one form first,
 * "-entry-content-left-", so that a table of words serves every style of naming.
 */
#include "content.h"

#define MAX_NAME 256

static const char *const boilerplate[] = {
    "-share-",
    "-sharing-",
    "-shares-",
    "-sharebar-",
    "-sharedaddy-",
    "-addthis-",
    "-addtoany-",
    "-social-",
    "-socials-",
    "-newsletter-",
    "-subscribe-",
    "-subscription-",
    "-signup-",
    "-sign-up-",
    "-cookie-",
    "-cookies-",
    "-consent-",
    "-gdpr-",
    "-breadcrumb-",
    "-breadcrumbs-",
    "-crumbs-",
    "-related-",
    "-recommended-",
    "-recommend-",
    "-recommendations-",
    "-advert-",
    "-advertisement-",
    "-advertising-",
    "-ads-",
    "-ad-",
    "-adsense-",
    "-dfp-",
    "-sponsor-",
    "-sponsored-",
    "-promo-",
    "-promoted-",
    "-outbrain-",
    "-taboola-",
    "-disqus-",
    "-sidebar-",
    "-popup-",
    "-modal-",
    "-paywall-",
    "-toolbar-",
    "-pagination-",
    "-pager-",
    "-navigation-",
    "-navbar-",
    "-nav-",
    "-menu-",
    "-masthead-",
    "-footer-",
    "-colophon-",
    "-skip-link-",
    "-trending-",
    "-most-popular-",
    "-most-read-",
    "-read-more-",
    "-readmore-",
    "-also-like-",
    "-see-also-",
    "-author-bio-",
    "-about-author-",
    "-author-box-",
    "-bio-",
    "-post-tags-",
    "-tag-list-",
    "-tags-",
    "-tag-links-",
    "-rating-",
    "-ratings-",
    "-jp-relatedposts-",
    "-print-",
    "-printfriendly-",
    "-follow-",
    "-widget-area-",
    "-login-",
    "-copyright-",
    "-disclaimer-",
    "-byline-",
    "-dateline-",
    "-timestamp-",
    "-post-meta-",
    "-entry-meta-",
    "-article-meta-",
    "-meta-",
    "-post-nav-",
    "-post-navigation-",
    "-screen-reader-text-",
    "-visually-hidden-",
    "-visuallyhidden-",
    "-sr-only-",
    "-search-form-",
    "-banner-",
    "-next-",
    "-prev-",
    "-credits-",
    "-toc-",
    "-teaser-",
};

static const char *const unlikely[] = {
    "-header-",   "-topbar-", "-top-bar-",  "-aside-", "-widget-",  "-widgets-", "-side-",
    "-rail-",     "-right-",  "-extra-",    "-sub-",   "-more-",    "-list-",    "-links-",
    "-category-", "-author-", "-carousel-", "-video-", "-gallery-", "-slider-",
};

static const char *const comments[] = {
    "-comments-", "-comment-", "-comment-list-", "-respond-", "-replies-", "-commentlist-",
};

static const char *const articles[] = {
    "-article-body-",    "-articlebody-",     "-article-content-",   "-article-text-",
    "-post-content-",    "-post-body-",       "-post-entry-",        "-entry-content-",
    "-entry-body-",      "-story-body-",      "-story-content-",     "-story-text-",
    "-storytext-",       "-post-text-",       "-body-content-",      "-content-body-",
    "-article-copy-",    "-body-copy-",       "-rich-text-",         "-news-body-",
    "-news-text-",       "-blog-post-",       "-blog-content-",      "-single-content-",
    "-article-main-",    "-main-article-",    "-article-container-", "-page-content-",
    "-text-content-",    "-article-wrap-",    "-articletext-",       "-post-single-",
    "-td-post-content-", "-field-name-body-",
};

static const char *const mains[] = {
    "-main-", "-content-", "-maincontent-", "-primary-", "-article-", "-post-", "-story-",
};

/* ---- A filter: which first words of the table may occur at all --------------------------- */

#define FILTER_BITS 2048

static uint32_t hash_word(const char *word, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)word[i]) * 16777619u;
    return (h ^ h >> 15) % FILTER_BITS;
}

/* The length of the word that follows the dash at `s`. */
static size_t word_length(const char *s)
{
    return strcspn(s + 1, "-");
}

static void add_to_filter(class_filter *f, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bit = hash_word(words[i] + 1, word_length(words[i]));
        f->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    }
}

#define ADD(f, words) add_to_filter(f, words, sizeof(words) / sizeof *(words))

const class_filter *class_filter_get(void)
{
    static class_filter filter;
    static bool filled;
    if (!filled) {
        ADD(&filter, boilerplate);
        ADD(&filter, unlikely);
        ADD(&filter, comments);
        ADD(&filter, articles);
        ADD(&filter, mains);
        filled = true;
    }
    return &filter;
}

/* `name` is "-word-word-", with a NUL after it. */
static bool may_match(const class_filter *f, const char *name)
{
    for (size_t n; name[1]; name += n + 1) {
        n = word_length(name);
        uint32_t bit = hash_word(name + 1, n);
        if (f->bits[bit / 64] >> bit % 64 & 1)
            return true;
    }
    return false;
}

/* ---- Matching ---------------------------------------------------------------------------- */

/* "-word-word-", and where its dashes are: each word of the tables begins at one. */
typedef struct {
    char text[MAX_NAME];
    size_t len;
    uint8_t dashes[MAX_NAME];
    size_t n_dashes;
} joined_name;

static bool is_at(const joined_name *name, size_t at, const char *word)
{
    if (name->text[at + 1] != word[1]) /* mostly */
        return false;
    size_t len = strlen(word);
    return len <= name->len - at && memcmp(name->text + at, word, len) == 0;
}

static bool has_any(const joined_name *name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < name->n_dashes; k++)
            if (is_at(name, name->dashes[k], words[i]))
                return true;
    return false;
}

#define HAS_ANY(name, words) has_any(name, words, sizeof(words) / sizeof *(words))

static bool is_word_char(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

/* "entryContent left_2" becomes "-entry-content-left-2-". */
static size_t add_words(char *to, size_t at, okb_str s)
{
    to[at++] = '-';
    for (size_t i = 0; i < s.len && at < MAX_NAME - 4; i++) {
        bool capital = s.data[i] >= 'A' && s.data[i] <= 'Z';
        bool after_small = i && s.data[i - 1] >= 'a' && s.data[i - 1] <= 'z';
        if (capital && after_small)
            to[at++] = '-';
        if (is_word_char(s.data[i]))
            to[at++] = lower(s.data[i]);
        else if (to[at - 1] != '-')
            to[at++] = '-';
        if (is_space(s.data[i]))
            to[at++] = '-';
    }
    if (to[at - 1] != '-')
        to[at++] = '-';
    return at;
}

static void find_dashes(joined_name *name)
{
    name->n_dashes = 0;
    for (size_t i = 0; i + 1 < name->len; i++)
        if (name->text[i] == '-')
            name->dashes[name->n_dashes++] = (uint8_t)i;
}

static name_class classify_role(okb_str role)
{
    static const char *const roles[] = {
        "navigation", "complementary", "banner", "contentinfo", "search",  "menu",
        "menubar",    "toolbar",       "dialog", "alertdialog", "tooltip", "tablist",
    };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (str_is_nocase(role, roles[i]))
            return NAME_BOILERPLATE;
    return str_is_nocase(role, "main") ? NAME_MAIN : NAME_NOTHING;
}

static name_class classify(const class_filter *filter, const node *n)
{
    if (n->n_attrs == 0)
        return NAME_NOTHING;
    name_class by_role = classify_role(node_attr(n, ATTR_ROLE));
    if (by_role != NAME_NOTHING)
        return by_role;
    if (str_has_nocase(node_attr(n, ATTR_ITEMPROP), "articlebody"))
        return NAME_ARTICLE;
    joined_name name;
    name.len = add_words(name.text, 0, node_attr(n, ATTR_ID));
    name.len = add_words(name.text, name.len - 1, node_attr(n, ATTR_CLASS));
    name.text[name.len] = '\0';
    if (name.len <= 1 || !may_match(filter, name.text))
        return NAME_NOTHING;
    find_dashes(&name);
    if (HAS_ANY(&name, articles))
        return NAME_ARTICLE;
    if (HAS_ANY(&name, comments))
        return NAME_COMMENTS;
    if (HAS_ANY(&name, boilerplate))
        return NAME_BOILERPLATE;
    if (HAS_ANY(&name, mains))
        return NAME_MAIN;
    return HAS_ANY(&name, unlikely) ? NAME_UNLIKELY : NAME_NOTHING;
}

name_class classify_name(selection *s, const node *n)
{
    figures *f = figures_of(s, n);
    if (!f->name)
        f->name = (uint8_t)(1 + classify(s->filter, n));
    return (name_class)(f->name - 1);
}
