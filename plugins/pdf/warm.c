/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The probe is a PDF without a cross-reference table (poppler rebuilds it), with a font that is
 * not embedded and an encoding that only poppler-data explains. It stays open: with its last
 * document poppler forgets what it read of poppler-data, and would read it for each one anew.
 */
#include "warm.h"

#include <poppler.h>
#include <string.h>

static const char PROBE[] =
    "%PDF-1.4\n"
    "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R"
    "/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
    "4 0 obj<</Length 41>>stream\nBT /F 12 Tf 20 50 Td <82a082a282a4> Tj ET \nendstream "
    "endobj\n"
    "5 0 obj<</Type/Font/Subtype/Type0/BaseFont/Ryumin-Light/Encoding/90ms-RKSJ-H"
    "/DescendantFonts[6 0 R]>>endobj\n"
    "6 0 obj<</Type/Font/Subtype/CIDFontType0/BaseFont/Ryumin-Light/CIDSystemInfo"
    "<</Registry(Adobe)/Ordering(Japan1)/Supplement 2>>/FontDescriptor 7 0 R>>endobj\n"
    "7 0 obj<</Type/FontDescriptor/FontName/Ryumin-Light/Flags 4/FontBBox[0 0 1000 1000]"
    "/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>endobj\n"
    "trailer<</Root 1 0 R/Size 8>>\n%%EOF\n";

static char *probe_text(PopplerDocument *doc)
{
    PopplerPage *page = doc ? poppler_document_get_page(doc, 0) : NULL;
    char *text = page ? poppler_page_get_text(page) : NULL;
    g_clear_object(&page);
    return text;
}

okb_status pdf_warm(const okb_host *host)
{
    static PopplerDocument *probe; /* never closed */
    g_autoptr(GBytes) bytes = g_bytes_new_static(PROBE, sizeof PROBE - 1);
    if (!probe)
        probe = poppler_document_new_from_bytes(bytes, NULL, NULL);
    g_autofree char *found = probe_text(probe);
    if (found && strstr(found, "\xE3\x81\x82\xE3\x81\x84"))
        return OKB_OK;
    host->log(
        NULL, OKB_LOG_WARNING,
        OKB_STR("poppler-data is missing or unreadable: Chinese, Japanese and Korean PDFs "
                "would lose their text; install poppler-data"));
    return OKB_E_UNSUPPORTED;
}
