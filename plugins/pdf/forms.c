/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Values are text (/Tx, /Ch) or states (/Btn). Passwords and push buttons have none.
 */
#include "forms.h"

#include "styles.h"

#include <qpdf/qpdf-c.h>
#include <string.h>

enum { MAX_PARENTS = 16, MOST_FIELDS = 2000, LONGEST_VALUE = 8000 };
enum { FLAG_PASSWORD = 1 << 13, FLAG_PUSH_BUTTON = 1 << 16 };

static qpdf_oh inherited(qpdf_data q, qpdf_oh field, const char *key)
{
    for (int i = 0; i < MAX_PARENTS && qpdf_oh_is_dictionary(q, field); i++) {
        qpdf_oh value = qpdf_oh_get_key(q, field, key);
        if (!qpdf_oh_is_null(q, value))
            return value;
        field = qpdf_oh_get_key(q, field, "/Parent");
    }
    return qpdf_oh_new_null(q);
}

static bool is_name(qpdf_data q, qpdf_oh value, const char *name)
{
    return qpdf_oh_is_name(q, value) && strcmp(qpdf_oh_get_name(q, value), name) == 0;
}

/* A box, crossed or not, for check boxes and radio buttons. */
static const char *state_of(qpdf_data q, qpdf_oh widget, int flags)
{
    qpdf_oh state = qpdf_oh_get_key(q, widget, "/AS");
    if ((flags & FLAG_PUSH_BUTTON) || !qpdf_oh_is_name(q, state))
        return NULL;
    return is_name(q, state, "/Off") ? "\xE2\x98\x90" : "\xE2\x98\x92";
}

static const char *value_of(qpdf_data q, qpdf_oh widget)
{
    qpdf_oh type = inherited(q, widget, "/FT"), ff = inherited(q, widget, "/Ff");
    int flags = qpdf_oh_is_integer(q, ff) ? qpdf_oh_get_int_value_as_int(q, ff) : 0;
    if (is_name(q, type, "/Btn"))
        return state_of(q, widget, flags);
    if (!(is_name(q, type, "/Tx") && !(flags & FLAG_PASSWORD)) && !is_name(q, type, "/Ch"))
        return NULL;
    qpdf_oh value = inherited(q, widget, "/V");
    return qpdf_oh_is_string(q, value) ? qpdf_oh_get_utf8_value(q, value) : NULL;
}

void pdf_form_read(pdf_contents *c, qpdf_oh widget, pdf_page *page)
{
    enum { HIDDEN = 2 };
    qpdf_data q = pdf_contents_qpdf(c);
    qpdf_oh f = qpdf_oh_get_key(q, widget, "/F");
    double rect[4];
    if (page->fields->len >= MOST_FIELDS ||
        (qpdf_oh_is_integer(q, f) && (qpdf_oh_get_int_value_as_int(q, f) & HIDDEN)) ||
        !pdf_contents_numbers(q, qpdf_oh_get_key(q, widget, "/Rect"), rect, 4))
        return;
    const char *value = value_of(q, widget);
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
