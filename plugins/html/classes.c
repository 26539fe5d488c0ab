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

static bool has_any(const char *name, size_t len, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memmem(name, len, words[i], strlen(words[i])))
            return true;
    return false;
}

#define HAS_ANY(name, len, words) has_any(name, len, words, sizeof(words) / sizeof *(words))

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

name_class classify_name(const node *n)
{
    name_class by_role = classify_role(node_attr(n, ATTR_ROLE));
    if (by_role != NAME_NOTHING)
        return by_role;
    if (str_has_nocase(node_attr(n, ATTR_ITEMPROP), "articlebody"))
        return NAME_ARTICLE;
    char name[MAX_NAME];
    size_t len = add_words(name, 0, node_attr(n, ATTR_ID));
    len = add_words(name, len - 1, node_attr(n, ATTR_CLASS));
    if (len <= 1)
        return NAME_NOTHING;
    if (HAS_ANY(name, len, articles))
        return NAME_ARTICLE;
    if (HAS_ANY(name, len, comments))
        return NAME_COMMENTS;
    if (HAS_ANY(name, len, boilerplate))
        return NAME_BOILERPLATE;
    if (HAS_ANY(name, len, mains))
        return NAME_MAIN;
    return HAS_ANY(name, len, unlikely) ? NAME_UNLIKELY : NAME_NOTHING;
}
