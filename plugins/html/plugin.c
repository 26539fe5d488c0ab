/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The HTML plugin: descriptor, reading the source, the steps in order.
 */
#include "content.h"
#include "meta.h"
#include "tokens.h"

#include <errno.h>
#include <iconv.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OUTPUT_VERSION 1

static okb_status out_of_memory(context *c)
{
    return c->host->fail(c->job, OKB_E_NOMEM,
                         OKB_STR("out of memory while converting the page"));
}

static okb_status no_text(context *c)
{
    return c->host->fail(c->job, OKB_E_MALFORMED,
                         OKB_STR("this is no text: the bytes are those of another format"));
}

static okb_status not_loaded(context *c, const char *library)
{
    char text[80];
    int n = snprintf(text, sizeof text, "%s cannot be loaded: install it", library);
    return c->host->fail(c->job, OKB_E_INTERNAL, (okb_str){text, (size_t)n});
}

static bool asks_for_libxml2(const okb_host *host, okb_job *job)
{
    return str_is(host->option(job, OKB_STR("parser")), "libxml2");
}

/* The source's bytes: mapped by the host, or read. *owned is to be freed. */
static const void *source_bytes(context *c, const okb_source *source, void **owned)
{
    *owned = NULL;
    if (source->data || source->size == 0)
        return source->data ? source->data : "";
    char *bytes = *owned = malloc(source->size);
    for (uint64_t done = 0; bytes && done < source->size;) {
        ssize_t n = pread(source->fd, bytes + done, source->size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            c->host->fail(c->job, OKB_E_IO, OKB_STR("the page could not be read to its end"));
            return NULL;
        }
        done += (uint64_t)n;
    }
    if (!bytes)
        out_of_memory(c);
    return bytes;
}

static void report_decoding(context *c, const decode_report *report)
{
    char text[160];
    int n = 0;
    if (report->replaced)
        n = snprintf(text, sizeof text, "%zu bad characters replaced, read as %s",
                     report->replaced, report->charset);
    else if (report->guessed)
        n = snprintf(text, sizeof text, "no encoding declared, read as %s", report->charset);
    if (n > 0)
        c->host->warn(c->job, OKB_STR(OKB_W_ENCODING), 0, (okb_str){text, (size_t)n});
}

static void report_structure(context *c)
{
    if (c->doc->flattened)
        c->host->warn(c->job, OKB_STR(OKB_W_STRUCTURE), 0,
                      OKB_STR("elements nested more than 512 deep were flattened"));
    if (c->doc->flooded)
        c->host->warn(c->job, OKB_STR(OKB_W_TRUNCATED), 0,
                      OKB_STR("a tag with more than 1024 attributes was cut"));
}

static content_mode content_option(context *c)
{
    okb_str value = c->host->option(c->job, OKB_STR("content"));
    if (str_is(value, "main"))
        return CONTENT_MAIN;
    return str_is(value, "full") ? CONTENT_FULL : CONTENT_AUTO;
}

static okb_status convert_text(context *c, const okb_source *source, okb_str text,
                               const decode_report *report)
{
    if (!parse_html(text, c->by_libxml2, c->doc))
        return out_of_memory(c);
    report_decoding(c, report);
    report_structure(c);
    c->base_url = source->base_url;
    page_facts facts;
    gather_facts(c->doc, c->base_url, &facts);
    okb_status status = report_metadata(c, &facts);
    choose_content(c->doc, c->content, facts.kind, facts.form);
    return status == OKB_OK ? convert_document(c) : status;
}

static okb_status convert(context *c, const okb_source *source, const void *bytes)
{
    buffer decoded = {0};
    okb_str text;
    decode_report report = {0};
    bool fine = decode_bytes(bytes, source->size, source->charset, &decoded, &text, &report);
    okb_status status = !fine              ? out_of_memory(c)
                        : report.unguessed ? not_loaded(c, "libuchardet")
                        : report.binary    ? no_text(c)
                                           : convert_text(c, source, text, &report);
    buffer_free(&decoded);
    return status;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    document doc = {.root = NULL};
    context c = {.host = host, .job = job, .doc = &doc};
    void *owned;
    if (source->size >= INT_MAX / 2)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("pages of more than 1 GiB are not read"));
    const void *bytes = source_bytes(&c, source, &owned);
    c.content = content_option(&c);
    c.by_libxml2 = asks_for_libxml2(host, job);
    okb_status status = !bytes                            ? OKB_E_IO
                        : c.by_libxml2 && !load_libxml2() ? not_loaded(&c, "libxml2")
                                                          : convert(&c, source, bytes);
    free(owned);
    document_free(&doc);
    return status;
}

/* What the first use would load or fill, for all documents at once. */
static okb_status warm(const okb_host *host)
{
    if (asks_for_libxml2(host, NULL) && !load_libxml2())
        return OKB_E_INTERNAL;
    tag_lookup("p", 1);
    class_filter_get();
    iconv_t cd = iconv_open("UTF-8", "CP1252");
    if (cd != (iconv_t)-1)
        iconv_close(cd);
    return OKB_OK;
}

OKB_EXPORT const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    static const okb_plugin plugin = {
        .magic = OKB_PLUGIN_MAGIC,
        .struct_size = sizeof(okb_plugin),
        .abi_major = OKB_ABI_MAJOR,
        .abi_minor = OKB_ABI_MINOR,
        .output_version = OUTPUT_VERSION,
        .id = "html",
        .version = OPENKB_VERSION,
        .warm = warm,
        .prepare = prepare,
    };
    (void)host_minor;
    return &plugin;
}
