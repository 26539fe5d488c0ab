/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Values are text (/Tx, /Ch) or states (/Btn). Passwords and push buttons have none.
 */
#include "forms.h"

#include "styles.h"

#include <string.h>

enum { MOST_FIELDS = 2000, LONGEST_VALUE = 8000 };
enum { FLAG_PASSWORD = 1 << 13, FLAG_PUSH_BUTTON = 1 << 16 };

/* A box, crossed or not, for check boxes and radio buttons. */
static const char *state_of(pdf_file *f, pdf_value widget, gint64 flags)
{
    pdf_value state = pdf_file_key(f, widget, "/AS");
    if ((flags & FLAG_PUSH_BUTTON) || !state.at || *state.at != '/')
        return NULL;
    return pdf_value_is_name(state, "/Off") ? "\xE2\x98\x90" : "\xE2\x98\x92";
}

static char *value_of(pdf_file *f, pdf_value widget)
{
    pdf_value type = pdf_file_inherited(f, widget, "/FT");
    gint64 flags = 0;
    if (!pdf_value_integer(pdf_file_inherited(f, widget, "/Ff"), &flags))
        flags = 0;
    if (pdf_value_is_name(type, "/Btn"))
        return g_strdup(state_of(f, widget, flags));
    if (!(pdf_value_is_name(type, "/Tx") && !(flags & FLAG_PASSWORD)) &&
        !pdf_value_is_name(type, "/Ch"))
        return NULL;
    return pdf_value_text(pdf_file_inherited(f, widget, "/V"));
}

void pdf_form_read(pdf_contents *c, pdf_value widget, pdf_page *page)
{
    enum { HIDDEN = 2 };
    pdf_file *f = pdf_contents_file(c);
    gint64 flags = 0;
    double rect[4];
    if (page->fields->len >= MOST_FIELDS ||
        (pdf_value_integer(pdf_file_key(f, widget, "/F"), &flags) && (flags & HIDDEN)) ||
        !pdf_file_numbers(f, pdf_file_key(f, widget, "/Rect"), rect, 4))
        return;
    g_autofree char *value = value_of(f, widget);
    size_t len = value ? strlen(value) : 0;
    if (!len || len > LONGEST_VALUE || !g_utf8_validate(value, (gssize)len, NULL))
        return;
    pdf_field field = {pdf_contents_place(c, rect), (uint32_t)page->values->len, (uint32_t)len};
    g_string_append_len(page->values, value, (gssize)len);
    g_array_append_val(page->fields, field);
}

/* The page's own words stand in the field: its appearance was painted. */
static bool is_shown(const pdf_page *page, pdf_rect box)
{
    for (guint i = 0; i < page->words->len; i++) {
        pdf_rect w = WORD(page, i)->box;
        float x = (w.x0 + w.x1) / 2, y = (w.y0 + w.y1) / 2;
        if (x > box.x0 && x < box.x1 && y > box.y0 && y < box.y1)
            return true;
    }
    return false;
}

static bool is_blank(char c)
{
    return (guchar)c <= 0x20 || c == 0x7F;
}

/* Words one after the other on one line at the middle of the field. */
static void fill(pdf_page *page, const pdf_field *field, uint16_t style, float size)
{
    const char *s = page->values->str + field->value, *end = s + field->len;
    float middle = (field->box.y0 + field->box.y1) / 2, x = field->box.x0 + 1;
    float advance = MIN(0.45F * size, pdf_width(field->box) / (float)field->len);
    while (s < end) {
        const char *from = s;
        while (s < end && !is_blank(*s))
            s++;
        uint32_t len = (uint32_t)(s - from);
        float width = advance * (float)len;
        pdf_word w = {.box = {x, middle - size / 2, x + width, middle + size / 2},
                      .text = (uint32_t)page->text->len,
                      .len = len,
                      .style = style,
                      .size = size};
        if (len) {
            g_string_append_len(page->text, from, len);
            g_array_append_val(page->words, w);
            page->letters += len;
            x += width + advance;
        }
        s += s < end;
    }
}

void pdf_forms_fill(pdf_page *page, pdf_styles *styles)
{
    guint own = page->words->len;
    float size = own ? WORD(page, own / 2)->size : 10;
    uint16_t style = page->fields->len ? pdf_styles_intern(styles, "", size) : 0;
    for (guint i = 0; i < page->fields->len; i++) {
        const pdf_field *field = &g_array_index(page->fields, pdf_field, i);
        if (!is_shown(page, field->box))
            fill(page, field, style, size);
    }
}
