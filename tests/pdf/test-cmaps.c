/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * CMaps are written shorter in memory: what they say stays.
 */
#include "kit.h"

#include "cmaps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEAD                                                                                   \
    "%!PS-Adobe-3.0 Resource-CMap\n/CIDInit /ProcSet findresource begin\n12 dict begin\n"      \
    "begincmap\n/CIDSystemInfo << /Registry (a\\) b) /Ordering (UCS) >> def\n"                 \
    "1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
#define TAIL "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
#define HOWDY                                                                                  \
    HEAD "1 beginbfrange\n<41> <42> [<0068> <006f>]\nendbfrange\n"                             \
         "3 beginbfchar\n<43> <0077>\n<44> <0064>\n<45> <0079>\nendbfchar" TAIL

static void one(const char *cmap, const char *expected)
{
    char *found = pdf_cmap_short(cmap, strlen(cmap));
    assert_string_equal(found ? found : "none", expected);
    g_free(found);
}

static void what_is_plain_becomes_short(void **state)
{
    (void)state;
    one(HOWDY, "0 beginbfrange<41><45>[<68><6F><77><64><79>]endbfrange");
    one(HEAD "1 beginbfrange <41> <5A> <0041> endbfrange" TAIL,
        "0 beginbfrange<41><5A><41>endbfrange");
    one(HEAD "2 beginbfchar <0B> <00660066> <0D> <0> endbfchar 1 beginbfrange <0E> <11> <FB00> "
             "endbfrange" TAIL,
        "0 beginbfrange<B><B>[<00660066>]<D><D>[<0>]<E><11><FB00>endbfrange");
}

static void what_is_not_stays(void **state)
{
    (void)state;
    one(HEAD "1 beginbfchar <0041> <0041> <41> <0042> endbfchar" TAIL, "none"); /* told twice */
    one(HEAD "1 beginbfchar <0141> <0041> endbfchar" TAIL, "none");
    one(HEAD "1 beginbfchar <41> /A endbfchar" TAIL, "none");
    one(HEAD "1 beginbfchar <41> <0041>" TAIL, "none");
    one(HEAD "1 beginbfrange <41> <42> <00410041> endbfrange" TAIL, "none");
    one(HEAD "1 beginbfrange <41> <42> [<0041>] endbfrange" TAIL, "none");
    one(HEAD "1 beginbfrange <41> <44> <FFFE> endbfrange" TAIL, "none");
    one(HEAD "/Other usecmap 1 beginbfchar <41> <0041> endbfchar" TAIL, "none");
    one(HEAD "1 begincidrange <41> <42> 7 endcidrange" TAIL, "none");
    one(HEAD "1 beginbfchar <41> <41> endbfchar beginbfchar <42> <42> endbfchar" TAIL, "none");
    one("0 beginbfchar<1><41>endbfchar", "none"); /* no shorter */
}

typedef struct {
    char bytes[4096];
    size_t len, cmap;
} file;

static void put(file *f, const void *bytes, size_t n)
{
    assert_true(f->len + n < sizeof f->bytes);
    memcpy(f->bytes + f->len, bytes, n);
    f->len += n;
}

static void put_text(file *f, const char *text)
{
    put(f, text, strlen(text));
}

/* The page shows ABCDE, which the CMap calls "howdy". */
static file make_pdf(const char *cmap)
{
    static const char *const objects[] = {
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F 5 0 R>>>>>>endobj\n",
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>endobj\n",
        "4 0 obj<</Length 36>>stream\nBT /F 12 Tf 20 50 Td (ABCDE) Tj ET  \nendstream endobj\n",
        "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>endobj\n"};
    char text[200];
    size_t offsets[7];
    Bytef deflated[1000];
    uLongf len = sizeof deflated;
    file f = {.len = 0};
    put_text(&f, "%PDF-1.4\n");
    for (int i = 0; i < 5; i++) {
        offsets[i + 1] = f.len;
        put_text(&f, objects[i]);
    }
    offsets[6] = f.cmap = f.len;
    assert_int_equal(compress(deflated, &len, (const Bytef *)cmap, strlen(cmap)), Z_OK);
    snprintf(text, sizeof text, "6 0 obj<</Filter/FlateDecode/Length %lu>>stream\n", len);
    put_text(&f, text);
    put(&f, deflated, len);
    put_text(&f, "\nendstream\nendobj\n");
    size_t table = f.len;
    put_text(&f, "xref\n0 7\n0000000000 65535 f \n");
    for (int i = 1; i < 7; i++) {
        snprintf(text, sizeof text, "%010zu 00000 n \n", offsets[i]);
        put_text(&f, text);
    }
    snprintf(text, sizeof text, "trailer<</Root 1 0 R/Size 7>>\nstartxref\n%zu\n%%%%EOF\n",
             table);
    put_text(&f, text);
    return f;
}

static void says(const file *f, const char *text)
{
    harness_result *r = convert_bytes(f->bytes, f->len);
    assert_int_equal(r->status, OKB_OK);
    assert_non_null(strstr(r->body, text));
    harness_result_free(r);
}

static void the_text_of_a_page_stays(void **state)
{
    (void)state;
    file f = make_pdf(HOWDY), before = f, other = make_pdf(HEAD TAIL);
    GHashTable *seen = g_hash_table_new(NULL, NULL);
    pdf_contents *c = pdf_contents_open(f.bytes, f.len);
    assert_true(pdf_contents_turn(c, 1));
    pdf_cmaps_shorten(c, f.bytes, f.len, seen);
    pdf_contents_close(c);
    g_hash_table_unref(seen);
    const char *shortened = "6 0 obj<</Length 54>>stream\n0 beginbfrange<41><45>[<68>";
    assert_memory_equal(f.bytes + f.cmap, shortened, strlen(shortened));
    assert_memory_equal(f.bytes, before.bytes, f.cmap);
    says(&before, "howdy");
    says(&f, "howdy");
    says(&other, "ABCDE"); /* it is the CMap that says it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_plain_becomes_short),
        cmocka_unit_test(what_is_not_stays),
        cmocka_unit_test(the_text_of_a_page_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
