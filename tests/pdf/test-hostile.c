/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Files that mean harm: each must end, with text or with a reason.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static paper *some_paper(void)
{
    paper *p = paper_new();
    paper_text(p, 72, 80, 18, BOLD, "A title");
    paper_lines(p, 72, 120, 10, 12, ROMAN,
                "Text that is long enough to be\nread in two lines.");
    paper_rule(p, 72, 200, 300, 200);
    paper_bookmark(p, "A title");
    return p;
}

/* Whatever happened, it was said. */
static void assert_decided(harness_result *r)
{
    assert_true(r->status == OKB_OK || r->message != NULL);
    assert_int_not_equal(r->status, OKB_E_MISUSE);
    assert_int_not_equal(r->status, OKB_E_INTERNAL);
    harness_result_free(r);
}

static void a_file_cut_anywhere_is_decided(void **state)
{
    (void)state;
    paper *p = some_paper();
    size_t len;
    const char *bytes = paper_bytes(p, &len);
    for (size_t cut = 0; cut < len; cut += len / 60 + 1)
        assert_decided(convert_bytes(bytes, cut));
    paper_free(p);
}

static void changed_bytes_are_decided(void **state)
{
    (void)state;
    paper *p = some_paper();
    size_t len, body = 3000;
    const char *bytes = paper_bytes(p, &len);
    char *copy = malloc(len);
    assert_non_null(copy);
    unsigned seed = 7;
    for (int round = 0; round < 60; round++) {
        memcpy(copy, bytes, len);
        for (int i = 0; i < 8; i++) {
            seed = seed * 1103515245u + 12345u;
            copy[(seed >> 8) % (len < body ? len : body)] = (char)(seed >> 16);
        }
        assert_decided(convert_bytes(copy, len));
    }
    free(copy);
    paper_free(p);
}

#define HEAD "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
#define TAIL "trailer<</Root 1 0 R/Size 20>>\n%%EOF\n"
#define FONT "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
#define PAGE                                                                                   \
    "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"                                       \
    "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R"                    \
    "/Resources<</Font<</F 5 0 R>>/XObject<</X 6 0 R>>>>>>endobj\n" FONT
#define HELLO                                                                                  \
    "4 0 obj<</Length 40>>stream\nBT /F 12 Tf 20 50 Td (Hello there) Tj ET\nendstream "        \
    "endobj\n"

static void loops_and_lies_end(void **state)
{
    (void)state;
    static const struct {
        const char *label, *file;
    } rows[] = {
        {"pages tree that holds itself",
         HEAD "2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>endobj\n" TAIL},
        {"page that is its own parent",
         HEAD "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
              "3 0 obj<</Type/Page/Parent 3 0 R/Contents 3 0 R>>endobj\n" TAIL},
        {"form that paints itself",
         HEAD PAGE "4 0 obj<</Length 6>>stream\n/X Do \nendstream endobj\n"
                   "6 0 obj<</Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>"
                   "/Length 12>>stream\n/X Do /X Do \nendstream endobj\n" TAIL},
        {"a million pages that are not there",
         HEAD "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1000000>>endobj\n"
              "3 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" TAIL},
        {"outline that goes round",
         "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R/Outlines 7 0 R>>endobj\n" PAGE HELLO
         "7 0 obj<</First 8 0 R/Last 8 0 R/Count 2>>endobj\n"
         "8 0 obj<</Title(Again)/Next 8 0 R/First 8 0 R/Last 8 0 R/Parent 7 0 "
         "R>>endobj\n" TAIL},
        {"length that lies",
         HEAD PAGE "4 0 obj<</Length 999999999>>stream\nBT /F 12 Tf 20 50 Td "
                   "(Hello) Tj ET\nendstream endobj\n" TAIL},
        {"page of many miles",
         HEAD "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
              "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e30 -1e30]/Contents 4 0 R"
              "/Resources<</Font<</F 5 0 R>>>>>>endobj\n" FONT HELLO TAIL},
        {"coordinates that are no numbers", HEAD PAGE
         "4 0 obj<</Length 99>>stream\n1e39 0 0 1e39 1e39 1e39 cm BT /F 1e38 Tf 1e38 "
         "-1e38 Td (Hello) Tj ET 1e38 1e38 m 1e38 -1e38 l S\nendstream endobj\n" TAIL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("%s\n", rows[i].label);
        assert_decided(convert_bytes(rows[i].file, strlen(rows[i].file)));
    }
}

static void a_file_that_needs_a_password_is_refused(void **state)
{
    (void)state;
    /* RC4, 40 bits; neither string opens with an empty password */
    static const char file[] = HEAD PAGE HELLO
        "9 0 obj<</Filter/Standard/V 1/R 2/P -4"
        "/O<0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20>"
        "/U<2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40>>>endobj\n"
        "trailer<</Root 1 0 R/Size 20/Encrypt 9 0 R"
        "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]>>\n%%EOF\n";
    harness_result *r = convert_bytes(file, sizeof file - 1);
    assert_int_equal(r->status, OKB_E_ENCRYPTED);
    assert_non_null(strstr(r->message, "password"));
    harness_result_free(r);
}

static void deep_lists_and_long_words_are_written(void **state)
{
    (void)state;
    paper *p = paper_new();
    char word[400];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    for (int i = 0; i < 40; i++)
        paper_text(p, 20 + 12 * i, 40 + 12 * i, 10, ROMAN, "\x95 deeper");
    paper_text(p, 20, 700, 4, ROMAN, word);
    assert_decided(convert(p));
}

/* Each line could begin a table, and none does: that must not cost the third power of them. */
static void a_long_listing_in_two_columns_is_read(void **state)
{
    (void)state;
    enum { LINES = 4000 };
    paper *p = paper_new();
    for (int i = 0; i < LINES; i++) {
        double y = 10 + 780.0 * i / LINES;
        paper_text(p, 50, y, 0.17, MONO, "word");
        paper_text(p, 300, y, 0.17, MONO, i + 1 < LINES ? "next" : "last");
    }
    harness_result *r = convert(p);
    assert_non_null(strstr(r->body, "last"));
    assert_decided(r);
}

static void a_thousand_pages_are_read(void **state)
{
    (void)state;
    paper *p = paper_new();
    for (int i = 0; i < 1000; i++) {
        if (i)
            paper_page(p);
        paper_text(p, 72, 100, 10, ROMAN, "One line of text on a page of its own.");
    }
    harness_result *r = convert(p);
    assert_int_equal(r->status, OKB_OK);
    assert_int_equal(r->n_pages, 1000);
    harness_result_free(r);
}

static void failing_services_end_the_conversion(void **state)
{
    (void)state;
    paper *p = some_paper();
    size_t len;
    const char *bytes = paper_bytes(p, &len);
    for (unsigned call = 1; call < 12; call++) {
        harness_input input = {.name = "x.pdf", .fail_call = call, .fail_status = OKB_E_IO};
        harness_result *r = harness_run(openkb_plugin_v1(0), bytes, len, &input);
        assert_true(r->status == OKB_E_IO || r->status == OKB_OK);
        harness_result_free(r);
    }
    paper_free(p);
}

static void without_a_mapping_the_descriptor_is_read(void **state)
{
    (void)state;
    paper *p = some_paper();
    size_t len;
    const char *bytes = paper_bytes(p, &len);
    harness_input input = {.name = "x.pdf", .no_map = true};
    harness_result *r = harness_run(openkb_plugin_v1(0), bytes, len, &input);
    paper_free(p);
    static const char *const parts[] = {"# A title", "Text that is", NULL};
    assert_in_order(r, parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_anywhere_is_decided),
        cmocka_unit_test(changed_bytes_are_decided),
        cmocka_unit_test(loops_and_lies_end),
        cmocka_unit_test(a_file_that_needs_a_password_is_refused),
        cmocka_unit_test(deep_lists_and_long_words_are_written),
        cmocka_unit_test(a_long_listing_in_two_columns_is_read),
        cmocka_unit_test(a_thousand_pages_are_read),
        cmocka_unit_test(failing_services_end_the_conversion),
        cmocka_unit_test(without_a_mapping_the_descriptor_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
