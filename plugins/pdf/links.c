/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "links.h"

#include "forms.h"
#include "styles.h"
#include "targets.h"

#include <string.h>

enum { MOST_LINKS = 5000, LONGEST_URI = 4096 };

/* URIs are ASCII: what is neither that nor UTF-8, and spaces, are escaped. */
static char *clean_uri(const char *bytes, size_t len)
{
    bool utf8 = g_utf8_validate(bytes, (gssize)len, NULL);
    GString *uri = g_string_sized_new(len + 8);
    if (len > 4 && g_ascii_strncasecmp(bytes, "www.", 4) == 0)
        g_string_append(uri, "http://");
    for (size_t i = 0; i < len; i++) {
        guchar c = (guchar)bytes[i];
        if (c <= 0x20 || c == 0x7F || (c >= 0x80 && !utf8))
            g_string_append_printf(uri, "%%%02X", c);
        else
            g_string_append_c(uri, (char)c);
    }
    return g_string_free(uri, FALSE);
}

static char *uri_of(pdf_file *f, pdf_value action)
{
    size_t len = 0;
    g_autofree char *bytes = pdf_value_string(pdf_file_key(f, action, "/URI"), &len);
    return bytes && len && len <= LONGEST_URI ? clean_uri(bytes, len) : NULL;
}

static uint32_t link_of(pdf_file *f, pdf_value annotation, pdf_styles *styles)
{
    pdf_value action = pdf_file_key(f, annotation, "/A");
    bool leaves = pdf_value_is_name(pdf_file_key(f, action, "/S"), "/URI");
    g_autofree char *uri = leaves ? uri_of(f, action) : pdf_target_key(f, annotation);
    return pdf_styles_link(styles, uri);
}

static void read_link(pdf_contents *c, pdf_value annotation, pdf_page *page, pdf_styles *styles)
{
    pdf_file *f = pdf_contents_file(c);
    uint32_t link = link_of(f, annotation, styles);
    double rect[4];
    if (!link || !pdf_file_numbers(f, pdf_file_key(f, annotation, "/Rect"), rect, 4))
        return;
    pdf_area area = {.box = pdf_contents_place(c, rect), .link = link};
    g_array_append_val(page->areas, area);
}

void pdf_links_read(pdf_contents *c, pdf_page *page, pdf_styles *styles)
{
    pdf_file *f = pdf_contents_file(c);
    pdf_values all = pdf_value_items(pdf_file_key(f, pdf_contents_page(c), "/Annots"));
    pdf_value annotation;
    for (int i = 0; i < MOST_LINKS && pdf_file_next(f, &all, &annotation); i++) {
        pdf_value subtype = pdf_file_key(f, annotation, "/Subtype");
        if (pdf_value_is_name(subtype, "/Link"))
            read_link(c, annotation, page, styles);
        else if (pdf_value_is_name(subtype, "/Widget"))
            pdf_form_read(c, annotation, page);
    }
}
