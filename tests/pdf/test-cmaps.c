/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * CMaps are written shorter in memory: what they say stays.
 */
#include "kit.h"

#include "cmaps.h"
#include "objects.h"

#include <string.h>

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

/* The page shows ABCDE, which the CMap calls "howdy". */
static objects make_pdf(const char *cmap)
{
    objects w = {.len = 0};
    objects_put(&w, "%%PDF-1.4\n");
    objects_put_object(&w, 1, "<</Type/Catalog/Pages 2 0 R>>");
    objects_put_object(&w, 2,
                       "<</Type/Pages/Kids[3 0 R]/Count 1/Resources<</Font<</F 5 0 R>>>>>>");
    objects_put_object(&w, 3,
                       "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>");
    objects_put_object(&w, 4,
                       "<</Length 34>>stream\nBT /F 12 Tf 20 50 Td (ABCDE) Tj ET\nendstream");
    objects_put_object(&w, 5,
                       "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>");
    objects_put_stream(&w, 6, "", cmap, strlen(cmap));
    objects_put_table(&w, 7, "");
    return w;
}

static void says(const objects *f, const char *text)
{
    harness_result *r = convert_bytes(f->bytes, f->len);
    assert_int_equal(r->status, OKB_OK);
    assert_non_null(strstr(r->body, text));
    harness_result_free(r);
}

static void the_text_of_a_page_stays(void **state)
{
    (void)state;
    objects f = make_pdf(HOWDY), before = f, other = make_pdf(HEAD TAIL);
    GHashTable *seen = g_hash_table_new(NULL, NULL);
    pdf_contents *c = pdf_contents_open(f.bytes, f.len);
    assert_true(pdf_contents_turn(c, 1));
    pdf_cmaps_shorten(c, f.bytes, f.len, seen);
    pdf_contents_close(c);
    g_hash_table_unref(seen);
    const char *shortened = "6 0 obj\n<</Length 54>>stream\n0 beginbfrange<41><45>[<68>";
    assert_memory_equal(f.bytes + f.offsets[6], shortened, strlen(shortened));
    assert_memory_equal(f.bytes, before.bytes, f.offsets[6]);
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
