/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the file says about itself.
 */
#include "document.h"

#include "text.h"

#include <string.h>

static okb_status tell(const pdf_document *d, const char *key, const char *value)
{
    g_autofree char *clean = pdf_text_line(value);
    if (!clean)
        return OKB_OK;
    return d->host->meta(d->job, (okb_str){key, strlen(key)}, (okb_str){clean, strlen(clean)});
}

static okb_status tell_date(const pdf_document *d, const char *key, GDateTime *date)
{
    okb_status status = OKB_OK;
    g_autoptr(GDateTime) utc = date ? g_date_time_to_utc(date) : NULL;
    g_autofree char *text = utc ? g_date_time_format(utc, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    if (text && g_date_time_get_year(utc) >= 1900 && g_date_time_get_year(utc) < 2200)
        status = tell(d, key, text);
    if (date)
        g_date_time_unref(date);
    return status;
}

static okb_status tell_list(const pdf_document *d, const char *key, const char *value,
                            const char *separators)
{
    okb_status status = OKB_OK;
    if (!value)
        return OKB_OK;
    g_auto(GStrv) parts = g_strsplit_set(value, separators, 64);
    for (guint i = 0; parts[i] && status == OKB_OK; i++)
        status = tell(d, key, parts[i]);
    return status;
}

/* The names of the files inside, not their bytes. */
static okb_status tell_attachments(const pdf_document *d)
{
    enum { MOST = 200 };
    g_autoptr(GString) names = g_string_new(NULL);
    if (!poppler_document_has_attachments(d->poppler))
        return OKB_OK;
    GList *all = poppler_document_get_attachments(d->poppler);
    int n = 0;
    for (const GList *l = all; l && n < MOST; l = l->next) {
        const PopplerAttachment *a = l->data;
        if (a->name && *a->name && g_utf8_validate(a->name, -1, NULL))
            g_string_append_printf(names, "%s%s", n++ ? "; " : "", a->name);
    }
    g_list_free_full(all, g_object_unref);
    return tell(d, "x-attachments", names->str);
}

okb_status pdf_document_tell_fonts(pdf_document *d)
{
    g_autofree char *fonts = pdf_renderer_fonts(d->renderer);
    return fonts ? tell(d, "x-fonts", fonts) : OKB_OK;
}

okb_status pdf_document_tell_metadata(pdf_document *d)
{
    g_autofree char *title = poppler_document_get_title(d->poppler);
    g_autofree char *author = poppler_document_get_author(d->poppler);
    g_autofree char *subject = poppler_document_get_subject(d->poppler);
    g_autofree char *keywords = poppler_document_get_keywords(d->poppler);
    g_autofree char *creator = poppler_document_get_creator(d->poppler);
    g_autofree char *producer = poppler_document_get_producer(d->poppler);
    tell(d, OKB_M_TITLE, title);
    tell_list(d, OKB_M_AUTHOR, author, ";");
    tell(d, OKB_M_DESCRIPTION, subject);
    tell_list(d, OKB_M_KEYWORD, keywords, ",;");
    tell(d, OKB_M_GENERATOR, creator && *creator ? creator : producer);
    tell_attachments(d);
    tell_date(d, OKB_M_CREATED, poppler_document_get_creation_date_time(d->poppler));
    return tell_date(d, OKB_M_MODIFIED,
                     poppler_document_get_modification_date_time(d->poppler));
}
