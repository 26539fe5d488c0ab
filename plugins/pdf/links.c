/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "links.h"

#include "forms.h"
#include "styles.h"
#include "targets.h"

#include <qpdf/qpdf-c.h>
#include <string.h>

enum { MOST_LINKS = 5000, LONGEST_URI = 4096 };

static bool is_name(qpdf_data q, qpdf_oh value, const char *name)
{
    return qpdf_oh_is_name(q, value) && strcmp(qpdf_oh_get_name(q, value), name) == 0;
}

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

static char *uri_of(qpdf_data q, qpdf_oh action)
{
    size_t len = 0;
    qpdf_oh target = qpdf_oh_get_key(q, action, "/URI");
    if (!qpdf_oh_is_string(q, target))
        return NULL;
    const char *bytes = qpdf_oh_get_binary_string_value(q, target, &len);
    return bytes && len && len <= LONGEST_URI ? clean_uri(bytes, len) : NULL;
}

static uint32_t link_of(qpdf_data q, qpdf_oh annotation, pdf_styles *styles)
{
    qpdf_oh action = qpdf_oh_get_key(q, annotation, "/A");
    bool leaves = qpdf_oh_is_dictionary(q, action) &&
                  is_name(q, qpdf_oh_get_key(q, action, "/S"), "/URI");
    g_autofree char *uri = leaves ? uri_of(q, action) : pdf_target_key(q, annotation);
    return pdf_styles_link(styles, uri);
}

static void read_link(pdf_contents *c, qpdf_oh annotation, pdf_page *page, pdf_styles *styles)
{
    qpdf_data q = pdf_contents_qpdf(c);
    uint32_t link = link_of(q, annotation, styles);
    double rect[4];
    if (!link || !pdf_contents_numbers(q, qpdf_oh_get_key(q, annotation, "/Rect"), rect, 4))
        return;
    pdf_area area = {.box = pdf_contents_place(c, rect), .link = link};
    g_array_append_val(page->areas, area);
}

static void read_annotation(pdf_contents *c, qpdf_oh annotation, pdf_page *page,
                            pdf_styles *styles)
{
    qpdf_data q = pdf_contents_qpdf(c);
    if (!qpdf_oh_is_dictionary(q, annotation))
        return;
    qpdf_oh subtype = qpdf_oh_get_key(q, annotation, "/Subtype");
    if (is_name(q, subtype, "/Link"))
        read_link(c, annotation, page, styles);
    else if (is_name(q, subtype, "/Widget"))
        pdf_form_read(c, annotation, page);
}

void pdf_links_read(pdf_contents *c, pdf_page *page, pdf_styles *styles)
{
    qpdf_data q = pdf_contents_qpdf(c);
    qpdf_oh all = qpdf_oh_get_key(q, pdf_contents_page(c), "/Annots");
    int n = qpdf_oh_is_array(q, all) ? qpdf_oh_get_array_n_items(q, all) : 0;
    for (int i = 0; i < MIN(n, MOST_LINKS); i++)
        read_annotation(c, qpdf_oh_get_array_item(q, all, i), page, styles);
}
