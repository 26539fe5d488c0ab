/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The pdf plugin's descriptor. The order of a conversion is prepare(), below.
 */
#include "document.h"
#include "emit.h"
#include "structure.h"
#include "warm.h"

static okb_status convert(pdf_document *d)
{
    okb_status status = pdf_document_tell_metadata(d);
    if (status == OKB_OK)
        status = pdf_document_read(d);
    if (status != OKB_OK)
        return status;
    pdf_document_read_outline(d);
    pdf_document_forget(d);
    pdf_structure_find(d);
    status = pdf_emit(d);
    if (status == OKB_OK)
        status = pdf_document_tell_fonts(d);
    return status == OKB_OK ? pdf_document_tell_outline(d) : status;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    pdf_document d;
    okb_status status = pdf_document_open(&d, job, host, source);
    if (status == OKB_OK)
        status = convert(&d);
    pdf_document_close(&d);
    return status;
}

static const okb_plugin PLUGIN = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "pdf",
    .version = OKB_PDF_VERSION,
    .warm = pdf_warm,
    .prepare = prepare,
};

OKB_EXPORT const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &PLUGIN;
}
