/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The tables behind names.h: both in the order of their enums, sorted by name.
 */
#include "names.h"

#include <stdint.h>

#include <string.h>

#define VOID       TAG_IS_VOID
#define CLOSES_P   TAG_CLOSES_P
#define SPECIAL    TAG_IS_SPECIAL
#define BLOCK      TAG_IS_BLOCK
#define FORMATTING TAG_IS_FORMATTING
#define SCOPE      TAG_IS_SCOPE
#define HTML4      TAG_IS_HTML4

/* clang-format off */
const char *const tag_names[TAG_COUNT] = {
    "", "",
    "a", "abbr", "acronym", "address", "annotation", "applet", "area", "article", "aside",
    "audio", "b", "base", "bdi", "bdo", "big", "blockquote", "body", "br", "button", "canvas",
    "caption", "center", "cite", "code", "col", "colgroup", "data", "datalist", "dd", "del",
    "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset",
    "figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3",
    "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "i", "iframe", "img", "input",
    "ins", "kbd", "keygen", "label", "legend", "li", "link", "listing", "main", "map", "mark",
    "marquee", "math", "menu", "meta", "meter", "mfenced", "mfrac", "mi", "mn", "mo", "mover",
    "mpadded", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "nav", "nobr", "noembed",
    "noframes", "noscript", "object", "ol", "optgroup", "option", "output", "p", "param",
    "picture", "plaintext", "pre", "progress", "q", "rb", "rp", "rt", "rtc", "ruby", "s",
    "samp", "script", "search", "section", "select", "semantics", "slot", "small", "source",
    "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody",
    "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "tt",
    "u", "ul", "var", "video", "wbr", "xmp",
};

const unsigned char tag_flags[TAG_COUNT] = {
    [TAG_A] = FORMATTING | HTML4,
    [TAG_ABBR] = HTML4,
    [TAG_ACRONYM] = HTML4,
    [TAG_ADDRESS] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_APPLET] = SPECIAL | SCOPE | HTML4,
    [TAG_AREA] = VOID | SPECIAL | HTML4,
    [TAG_ARTICLE] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_ASIDE] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_B] = FORMATTING | HTML4,
    [TAG_BASE] = VOID | SPECIAL | HTML4,
    [TAG_BDO] = HTML4,
    [TAG_BIG] = FORMATTING | HTML4,
    [TAG_BLOCKQUOTE] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_BODY] = SPECIAL | BLOCK,
    [TAG_BR] = VOID | SPECIAL | HTML4,
    [TAG_BUTTON] = SPECIAL | HTML4,
    [TAG_CAPTION] = SPECIAL | BLOCK | SCOPE | HTML4,
    [TAG_CENTER] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_CITE] = HTML4,
    [TAG_CODE] = FORMATTING | HTML4,
    [TAG_COL] = VOID | SPECIAL | HTML4,
    [TAG_COLGROUP] = SPECIAL | HTML4,
    [TAG_DD] = SPECIAL | BLOCK | HTML4,
    [TAG_DEL] = HTML4,
    [TAG_DETAILS] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_DFN] = HTML4,
    [TAG_DIALOG] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_DIR] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_DIV] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_DL] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_DT] = SPECIAL | BLOCK | HTML4,
    [TAG_EM] = FORMATTING | HTML4,
    [TAG_EMBED] = VOID | SPECIAL | HTML4,
    [TAG_FIELDSET] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_FIGCAPTION] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_FIGURE] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_FONT] = FORMATTING | HTML4,
    [TAG_FOOTER] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_FORM] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_FRAME] = SPECIAL | HTML4,
    [TAG_FRAMESET] = SPECIAL | HTML4,
    [TAG_H1] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_H2] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_H3] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_H4] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_H5] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_H6] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_HEAD] = SPECIAL,
    [TAG_HEADER] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_HGROUP] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_HR] = VOID | CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_HTML] = SPECIAL | BLOCK | SCOPE,
    [TAG_I] = FORMATTING | HTML4,
    [TAG_IFRAME] = SPECIAL | HTML4,
    [TAG_IMG] = VOID | SPECIAL | HTML4,
    [TAG_INPUT] = VOID | SPECIAL | HTML4,
    [TAG_INS] = HTML4,
    [TAG_KBD] = HTML4,
    [TAG_KEYGEN] = VOID,
    [TAG_LABEL] = HTML4,
    [TAG_LEGEND] = BLOCK | HTML4,
    [TAG_LI] = SPECIAL | BLOCK | HTML4,
    [TAG_LINK] = VOID | SPECIAL | HTML4,
    [TAG_LISTING] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_MAIN] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_MAP] = HTML4,
    [TAG_MARQUEE] = SPECIAL | SCOPE,
    [TAG_MENU] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_META] = VOID | SPECIAL | HTML4,
    [TAG_NAV] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_NOBR] = FORMATTING,
    [TAG_NOEMBED] = SPECIAL,
    [TAG_NOFRAMES] = SPECIAL | HTML4,
    [TAG_NOSCRIPT] = SPECIAL | HTML4,
    [TAG_OBJECT] = SPECIAL | SCOPE | HTML4,
    [TAG_OL] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_OPTGROUP] = BLOCK | HTML4,
    [TAG_OPTION] = BLOCK | HTML4,
    [TAG_P] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_PARAM] = VOID | SPECIAL | HTML4,
    [TAG_PLAINTEXT] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_PRE] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_Q] = HTML4,
    [TAG_S] = FORMATTING | HTML4,
    [TAG_SAMP] = HTML4,
    [TAG_SCRIPT] = SPECIAL | HTML4,
    [TAG_SEARCH] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_SECTION] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_SELECT] = SPECIAL | HTML4,
    [TAG_SMALL] = FORMATTING | HTML4,
    [TAG_SOURCE] = VOID | SPECIAL,
    [TAG_SPAN] = HTML4,
    [TAG_STRIKE] = FORMATTING | HTML4,
    [TAG_STRONG] = FORMATTING | HTML4,
    [TAG_STYLE] = SPECIAL | HTML4,
    [TAG_SUB] = HTML4,
    [TAG_SUMMARY] = CLOSES_P | SPECIAL | BLOCK,
    [TAG_SUP] = HTML4,
    [TAG_TABLE] = CLOSES_P | SPECIAL | BLOCK | SCOPE | HTML4,
    [TAG_TBODY] = SPECIAL | BLOCK | HTML4,
    [TAG_TD] = SPECIAL | BLOCK | SCOPE | HTML4,
    [TAG_TEMPLATE] = SPECIAL | SCOPE,
    [TAG_TEXTAREA] = SPECIAL | HTML4,
    [TAG_TFOOT] = SPECIAL | BLOCK | HTML4,
    [TAG_TH] = SPECIAL | BLOCK | SCOPE | HTML4,
    [TAG_THEAD] = SPECIAL | BLOCK | HTML4,
    [TAG_TITLE] = SPECIAL | HTML4,
    [TAG_TR] = SPECIAL | BLOCK | HTML4,
    [TAG_TRACK] = VOID | SPECIAL,
    [TAG_TT] = FORMATTING | HTML4,
    [TAG_U] = FORMATTING | HTML4,
    [TAG_UL] = CLOSES_P | SPECIAL | BLOCK | HTML4,
    [TAG_VAR] = HTML4,
    [TAG_WBR] = VOID | SPECIAL,
    [TAG_XMP] = CLOSES_P | SPECIAL | BLOCK,
};

const char *const attr_names[ATTR_COUNT] = {
    "",
    "align", "alt", "aria-hidden", "aria-label", "charset", "checked", "cite", "class",
    "colspan", "content", "data", "data-code-language", "data-hi-res-src", "data-lang",
    "data-language", "data-lazy-src", "data-lazy-srcset", "data-original", "data-src",
    "data-srcset", "datetime", "dir", "display", "encoding", "headers", "height", "hidden",
    "href", "http-equiv", "id", "itemprop", "itemscope", "itemtype", "lang", "language",
    "mathvariant", "media", "name", "open", "property", "rel", "role", "rowspan", "scope",
    "src", "srcset", "start", "style", "title", "type", "url", "value", "width", "xml:lang",
};
/* clang-format on */

/* ---- Lookup: a hash table for each, filled at the first question ------------------------- */

#define BITS 10 /* slots well above the number of names */

typedef struct {
    uint64_t key;
    const char *name;
    unsigned char len, value;
} slot;

static slot tag_slots[1 << BITS], attr_slots[1 << BITS];
static bool filled;

/*
 * The first four and the last four characters in lower case, which with the length is all of a
 * name of eight. Bit 5 makes letters small, and no two characters that may stand in a name
 * equal.
 */
static uint64_t key_of(const char *name, size_t len)
{
    uint32_t first = 0, last = 0;
    if (len >= 4) {
        memcpy(&first, name, 4);
        memcpy(&last, name + len - 4, 4);
    } else {
        first = (uint32_t)(unsigned char)name[0] << 8 | (unsigned char)name[len - 1];
        last = (unsigned char)name[len / 2];
    }
    return ((uint64_t)last << 32 | first) | UINT64_C(0x2020202020202020);
}

static size_t hash(uint64_t key, size_t len)
{
    return (key + len) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BITS);
}

static void put(slot *slots, const char *name, size_t value)
{
    size_t len = strlen(name);
    uint64_t key = key_of(name, len);
    size_t at = hash(key, len);
    while (slots[at].name)
        at = (at + 1) % (1 << BITS);
    slots[at] = (slot){key, name, (unsigned char)len, (unsigned char)value};
}

static void fill(void)
{
    filled = true;
    for (size_t i = TAG_OTHER + 1; i < TAG_COUNT; i++)
        put(tag_slots, tag_names[i], i);
    for (size_t i = 1; i < ATTR_COUNT; i++)
        put(attr_slots, attr_names[i], i);
}

static bool same_middle(const slot *s, const char *name)
{
    for (size_t i = 4; i + 4 < s->len; i++)
        if ((name[i] | 32) != s->name[i])
            return false;
    return true;
}

static unsigned search(const slot *slots, const char *name, size_t len, unsigned otherwise)
{
    if (!filled)
        fill();
    if (len == 0 || len > 32)
        return otherwise;
    uint64_t key = key_of(name, len);
    for (size_t at = hash(key, len); slots[at].name; at = (at + 1) % (1 << BITS))
        if (slots[at].key == key && slots[at].len == len && same_middle(&slots[at], name))
            return slots[at].value;
    return otherwise;
}

tag_id tag_lookup(const char *name, size_t len)
{
    return (tag_id)search(tag_slots, name, len, TAG_OTHER);
}

attr_id attr_lookup(const char *name, size_t len)
{
    return (attr_id)search(attr_slots, name, len, ATTR_NONE);
}

_Static_assert(TAG_COUNT <= 256 && ATTR_COUNT <= 256, "values are bytes");
