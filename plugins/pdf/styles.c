/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Number 0 is the style of nothing; a document with more than 65,000 styles gets it for the
 * rest.
 */
#include "styles.h"

#include "mathfonts.h"

#include <math.h>
#include <string.h>

enum { MAX_STYLES = 65000 };

/* Parts of font names; those with '$' only at the end, with '^' only at the beginning. */
static const char *const BOLD_NAMES[] = {"bold",   "black",  "heavy",   "semibold", "demi",
                                         "-medi",  "^cmb",   "^sfbx",   "^sfb",     "^ecbx",
                                         "extrab", "ultrab", "^cmssbx", "^lcmssb",  "-bd$",
                                         "-b$",    ".b$",    "_b$",     "poster",   NULL};
static const char *const ITALIC_NAMES[] = {
    "italic", "oblique", "slanted", "^cmti", "^cmsl", "^cmbxti", "^cmmi", "^sfti",
    "^sfsl",  "kursiv",  "-it$",    "-i$",   "ital",  "obli",    "-bi$",  NULL};
static const char *const MONO_NAMES[] = {
    "mono",       "courier",      "consol",     "^cmtt",    "^cmsltt",
    "^sftt",      "^ectt",        "typewriter", "fixed",    "menlo",
    "lucidacon",  "inconsol",     "sourcecode", "firacode", "terminal",
    "^nimbusmon", "^cmitt",       "txtt",       "^andale",  "hack-",
    "luxi mono",  "lettergothic", "ocrb",       "prestige", NULL};

static bool names_one(const char *name, const char *const *parts)
{
    size_t len = strlen(name);
    for (; *parts; parts++) {
        const char *part = *parts;
        size_t n = strlen(part);
        if (part[0] == '^' ? g_str_has_prefix(name, part + 1)
            : part[n - 1] == '$'
                ? len >= n - 1 && strncmp(name + len - (n - 1), part, n - 1) == 0
                : strstr(name, part) != NULL)
            return true;
    }
    return false;
}

void pdf_font_traits(const char *name, bool *bold, bool *italic, bool *mono)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    *bold = names_one(lower, BOLD_NAMES);
    *italic = names_one(lower, ITALIC_NAMES);
    *mono = names_one(lower, MONO_NAMES);
}

static void clear_style(gpointer style)
{
    g_free(((pdf_style *)style)->font);
}

pdf_styles *pdf_styles_new(void)
{
    pdf_styles *s = g_new0(pdf_styles, 1);
    s->all = g_array_new(FALSE, TRUE, sizeof(pdf_style));
    g_array_set_clear_func(s->all, clear_style);
    s->index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->links = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, NULL);
    s->uris = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(s->uris, NULL);
    pdf_style none = {.font = g_strdup(""), .size = 10};
    g_array_append_val(s->all, none);
    return s;
}

void pdf_styles_free(pdf_styles *s)
{
    if (!s)
        return;
    g_array_free(s->all, TRUE);
    g_hash_table_destroy(s->index);
    g_hash_table_destroy(s->links);
    g_ptr_array_free(s->uris, TRUE);
    g_free(s);
}

/* "ABCDEF+Times" -> "Times" */
static const char *without_tag(const char *font)
{
    for (int i = 0; i < 6; i++)
        if (!g_ascii_isupper(font[i]))
            return font;
    return font[6] == '+' ? font + 7 : font;
}

uint16_t pdf_styles_intern(pdf_styles *s, const char *font, double size)
{
    const char *name = without_tag(font ? font : "");
    if (!isfinite(size) || size < 0 || size > 5000)
        size = 10;
    int tenths = (int)lround(size * 10);
    char key[160];
    g_snprintf(key, sizeof key, "%.140s %d", name, tenths);
    gpointer known = g_hash_table_lookup(s->index, key);
    if (known)
        return (uint16_t)(GPOINTER_TO_UINT(known) - 1);
    if (s->all->len >= MAX_STYLES)
        return 0;
    pdf_style style = {.font = g_strdup(name),
                       .size = (float)tenths / 10,
                       .maths = (uint8_t)pdf_maths_of(name)};
    pdf_font_traits(name, &style.bold, &style.italic, &style.mono);
    g_array_append_val(s->all, style);
    g_hash_table_insert(s->index, g_strdup(key), GUINT_TO_POINTER(s->all->len));
    return (uint16_t)(s->all->len - 1);
}

uint32_t pdf_styles_link(pdf_styles *s, const char *uri)
{
    if (!uri || !*uri)
        return 0;
    gpointer known = g_hash_table_lookup(s->links, uri);
    if (known)
        return GPOINTER_TO_UINT(known);
    char *copy = g_strdup(uri);
    g_ptr_array_add(s->uris, copy);
    g_hash_table_insert(s->links, copy, GUINT_TO_POINTER(s->uris->len - 1));
    return s->uris->len - 1;
}

const char *pdf_styles_uri(const pdf_styles *s, uint32_t link)
{
    return link < s->uris->len ? g_ptr_array_index(s->uris, link) : NULL;
}

void pdf_styles_set_uri(pdf_styles *s, uint32_t link, const char *uri)
{
    char *old = g_ptr_array_index(s->uris, link);
    g_hash_table_remove(s->links, old);
    s->uris->pdata[link] = g_strdup(uri);
    g_free(old);
}

uint16_t pdf_styles_body(const pdf_styles *s)
{
    uint16_t best = 0, best_text = 0;
    for (guint i = 1; i < s->all->len; i++) {
        const pdf_style *style = STYLE(s, i);
        if (style->letters > STYLE(s, best)->letters)
            best = (uint16_t)i;
        if (!style->mono && style->letters > STYLE(s, best_text)->letters)
            best_text = (uint16_t)i;
    }
    return STYLE(s, best_text)->letters * 4 >= STYLE(s, best)->letters ? best_text : best;
}
