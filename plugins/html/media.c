/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pictures, embedded media, form fields: which address counts, and what is written for it.
 */
#include "images.h"

/* ---- Which address ----------------------------------------------------------------------- */

/* The candidate of the greatest width or density in a srcset. */
static okb_str best_candidate(okb_str srcset)
{
    okb_str best = {NULL, 0};
    double most = -1;
    while (srcset.len) {
        while (srcset.len && (is_space(srcset.data[0]) || srcset.data[0] == ','))
            srcset.data++, srcset.len--;
        okb_str url = str_next_word(&srcset);
        bool alone = url.len && url.data[url.len - 1] == ',';
        while (url.len && url.data[url.len - 1] == ',')
            url.len--;
        size_t n = 0;
        while (!alone && n < srcset.len && srcset.data[n] != ',')
            n++;
        double size = (double)str_number((okb_str){srcset.data, n}, 1);
        srcset.data += n;
        srcset.len -= n;
        if (url.len && size > most) {
            most = size;
            best = url;
        }
    }
    return best;
}

/* What stands there until a script has loaded the picture. */
static bool is_stand_in(okb_str src)
{
    if (str_starts_nocase(src, "data:image/svg"))
        return src.len < 1000;
    return src.len == 0 || (str_starts_nocase(src, "data:") && src.len < 400) ||
           str_has_nocase(src, "placeholder") || str_has_nocase(src, "spacer.") ||
           str_has_nocase(src, "blank.gif") || str_has_nocase(src, "lazyload") ||
           str_has_nocase(src, "/pixel.") || str_is(src, "about:blank") || str_is(src, "#");
}

static okb_str lazy_source(const node *img)
{
    static const attr_id plain[] = {ATTR_DATA_SRC, ATTR_DATA_LAZY_SRC, ATTR_DATA_ORIGINAL,
                                    ATTR_DATA_HI_RES_SRC};
    static const attr_id sets[] = {ATTR_DATA_SRCSET, ATTR_DATA_LAZY_SRCSET, ATTR_SRCSET};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        okb_str url = str_trim(node_attr(img, plain[i]));
        if (url.len && !str_starts(url, "{"))
            return url;
    }
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        okb_str url = best_candidate(node_attr(img, sets[i]));
        if (url.len && !is_stand_in(url))
            return url;
    }
    return (okb_str){NULL, 0};
}

static okb_str picture_source(const node *img)
{
    const node *picture = img->parent;
    if (picture && picture->tag == TAG_PICTURE)
        for (const node *n = picture->first; n; n = n->next) {
            okb_str url = n->tag == TAG_SOURCE ? lazy_source(n) : (okb_str){NULL, 0};
            if (url.len)
                return url;
        }
    return (okb_str){NULL, 0};
}

static okb_str source_of(const node *img)
{
    okb_str src = str_trim(node_attr(img, ATTR_SRC));
    if (!is_stand_in(src))
        return src;
    okb_str lazy = lazy_source(img);
    if (!lazy.len)
        lazy = picture_source(img);
    return lazy.len ? lazy : src;
}

/* A dot that counts readers, not a picture. */
static bool is_tracker(const node *img)
{
    long width = str_number(node_attr(img, ATTR_WIDTH), 100);
    long height = str_number(node_attr(img, ATTR_HEIGHT), 100);
    return (width <= 1 && height <= 1) || (width <= 1 && height == 100 && width >= 0);
}

/* ---- Writing ----------------------------------------------------------------------------- */

static void write_image(conv *v, const node *n, okb_str src)
{
    okb_str alt = node_attr(n, ATTR_ALT), title = node_attr(n, ATTR_TITLE);
    okb_str url = url_resolve(v->arena, v->base, src);
    bool data = str_starts_nocase(src, "data:");
    if (url_is_harmful(src) && !data) {
        conv_text(v, alt);
        return;
    }
    okb_asset_id asset = image_asset(v, data ? src : url, alt);
    if (!asset && data) {
        conv_text(v, alt);
        return;
    }
    flush_code(v);
    conv_content(v);
    if (asset)
        okb_md_image_asset(v->md, asset, alt, title);
    else
        okb_md_image(v->md, url, alt, title);
}

/* Whether the page brings the same picture for readers without scripts. */
static bool noscript_follows(const node *img)
{
    const node *next = img->next;
    while (next && next->tag == TAG_TEXT && str_trim(next->text).len == 0)
        next = next->next;
    return next && next->tag == TAG_NOSCRIPT && node_find(next, TAG_IMG);
}

bool enter_image(conv *v, node *n)
{
    okb_str src = source_of(n);
    bool nothing = !node_has_attr(n, ATTR_SRC) && src.len == 0;
    if (nothing || is_tracker(n) || (is_stand_in(src) && str_starts_nocase(src, "data:"))) {
        if (!noscript_follows(n))
            conv_text(v, node_attr(n, ATTR_ALT));
        return false;
    }
    write_image(v, n, src);
    return false;
}

/* For readers without scripts: a picture that the page itself loads by script. */
bool enter_noscript(conv *v, node *n)
{
    const node *img = node_find(n, TAG_IMG);
    if (!img || is_tracker(img))
        return false;
    okb_str src = source_of(img);
    const node *before = n->prev;
    while (before && before->tag == TAG_TEXT)
        before = before->prev;
    if (before && before->tag != TAG_IMG)
        before = node_find(before, TAG_IMG);
    okb_str shown = before ? source_of(before) : (okb_str){NULL, 0};
    if (before && !is_stand_in(shown))
        return false;
    write_image(v, img, src);
    return false;
}

static okb_str host_name(okb_str url)
{
    const char *slashes = memmem(url.data, url.len, "//", 2);
    if (!slashes)
        return url;
    okb_str rest = {slashes + 2, url.len - (size_t)(slashes + 2 - url.data)};
    const char *end = memchr(rest.data, '/', rest.len);
    return (okb_str){rest.data, end ? (size_t)(end - rest.data) : rest.len};
}

/* What plays or shows something else becomes a link to it. */
bool enter_media(conv *v, node *n)
{
    okb_str src = str_trim(node_attr(n, n->tag == TAG_OBJECT ? ATTR_DATA : ATTR_SRC));
    const node *source = src.len ? NULL : node_find(n, TAG_SOURCE);
    if (source)
        src = str_trim(node_attr(source, ATTR_SRC));
    if (!src.len)
        src = str_trim(node_attr(n, ATTR_DATA_SRC));
    if (!src.len || url_is_harmful(src) || str_is(src, "about:blank"))
        return n->tag == TAG_OBJECT;
    okb_str url = url_resolve(v->arena, v->base, src);
    okb_str title = str_trim(node_attr(n, ATTR_TITLE));
    conv_boundary(v);
    if (conv_push(v, (wrap){.is_link = true, .url = url})) {
        conv_text(v, title.len ? title : host_name(url));
        conv_pop(v);
    } else {
        conv_text(v, title);
    }
    conv_boundary(v);
    return false;
}

/* A box beside text says something; one by itself is a switch for the page's style. */
static bool is_answer(const node *box)
{
    tag_id parent = box->parent->tag;
    return parent == TAG_LABEL || parent == TAG_P || parent == TAG_LI || parent == TAG_TD ||
           parent == TAG_DD;
}

bool enter_input(conv *v, node *n)
{
    okb_str type = node_attr(n, ATTR_TYPE);
    if (str_is_nocase(type, "checkbox") && !v->code && is_answer(n))
        conv_text(v, node_has_attr(n, ATTR_CHECKED) ? OKB_STR("☑ ") : OKB_STR("☐ "));
    else if (str_is_nocase(type, "image"))
        conv_text(v, node_attr(n, ATTR_ALT));
    return false;
}
