/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Font programs are shortened in memory: what poppler reads of them for text stays.
 */
#include "kit.h"

#include "fonts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CLEAR                                                                                  \
    "%!PS-AdobeFont-1.0: Test\n/FontName /Test def\n"                                          \
    "/FontMatrix [0.001 0 0 0.001 0 0] readonly def\n"

#define ENCODING                                                                               \
    "/Encoding 256 array\n0 1 255 {1 index exch /.notdef put} for\n"                           \
    "dup 65 /h put\ndup 66 /o put\ndup 67 /w put\ndup 68 /d put\ndup 69 /y put\n"              \
    "readonly def\n"

enum { OUTLINES = 6000 };

typedef struct {
    char bytes[40000];
    size_t len;
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

/* A program whose outlines deflate badly, as real ones do. */
static size_t make_program(char *out, const char *clear, const char *encoding)
{
    unsigned seed = 3;
    size_t n = (size_t)sprintf(out, "%s%scurrentfile eexec\n", clear, encoding);
    for (int i = 0; i < OUTLINES; i++) {
        seed = seed * 1103515245u + 12345u;
        out[n++] = (char)(seed >> 16);
    }
    return n;
}

static void put_program(file *f, const char *keys, const char *program, size_t n)
{
    char text[200];
    Bytef deflated[20000];
    uLongf len = sizeof deflated;
    assert_int_equal(compress(deflated, &len, (const Bytef *)program, n), Z_OK);
    snprintf(text, sizeof text, "8 0 obj\n<<%s/Length %lu>>\nstream\n", keys,
             (unsigned long)len);
    put_text(f, text);
    put(f, deflated, len);
    put_text(f, "\nendstream\nendobj\n");
}

/* The page says "howdy" in codes that only the font's program explains. */
static file *make_pdf(const char *keys, const char *program, size_t n)
{
    file *f = calloc(1, sizeof *f);
    assert_non_null(f);
    put_text(f, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R"
                "/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
                "4 0 obj<</Length 36>>stream\nBT /F 12 Tf 20 50 Td (ABCDE) Tj ET  \nendstream "
                "endobj\n"
                "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Test/FirstChar 65/LastChar 69"
                "/Widths[500 500 500 500 500]/FontDescriptor 6 0 R>>endobj\n"
                "6 0 obj<</Type/FontDescriptor/FontName/Test/Flags 4/FontBBox[0 0 500 700]"
                "/ItalicAngle 0/Ascent 700/Descent -200/CapHeight 700/StemV 80"
                "/FontFile 8 0 R>>endobj\n");
    put_program(f, keys, program, n);
    put_text(f, "trailer<</Root 1 0 R/Size 9>>\n%%EOF\n");
    return f;
}

#define TYPE1_KEYS "/Filter/FlateDecode/Length1 9/Length2 6000/Length3 0"

static const char *place(const file *f, const char *text)
{
    return memmem(f->bytes, f->len, text, strlen(text));
}

static void a_font_keeps_the_encoding_in_its_program(void **state)
{
    (void)state;
    char program[20000];
    static const char *const encodings[] = {ENCODING, ""};
    for (int i = 0; i < 2; i++) {
        file *f = make_pdf(TYPE1_KEYS, program, make_program(program, CLEAR, encodings[i]));
        harness_result *r = convert_bytes(f->bytes, f->len);
        assert_int_equal(r->status, OKB_OK);
        if (i == 0)
            assert_non_null(strstr(r->body, "howdy"));
        else
            assert_null(strstr(r->body, "howdy")); /* it is the program that says it */
        harness_result_free(r);
        free(f);
    }
}

static void the_outlines_of_a_type_1_program_go(void **state)
{
    (void)state;
    char program[20000];
    size_t n = make_program(program, CLEAR, ENCODING);
    file *f = make_pdf(TYPE1_KEYS, program, n);
    assert_null(place(f, "/FontName /Test def"));
    size_t before = (size_t)(place(f, "8 0 obj") - f->bytes), len = 0;
    char *head = malloc(before);
    memcpy(head, f->bytes, before);
    pdf_fonts_shorten(f->bytes, f->len);
    assert_memory_equal(head, f->bytes, before);
    free(head);
    assert_int_equal(
        sscanf(f->bytes + before, "8 0 obj\n<</Length1 0/Length2 0/Length3 0/Length %zu", &len),
        1);
    assert_in_range(len, n - OUTLINES, n - OUTLINES + 64);
    const char *data = strstr(f->bytes + before, ">>stream\n") + strlen(">>stream\n");
    assert_memory_equal(data, program, len);
    assert_memory_equal(data + len, "\nendstream\nendobj\n", 18);
    assert_string_equal(f->bytes + f->len - 36, "trailer<</Root 1 0 R/Size 9>>\n%%EOF\n");
    free(f);
}

static void of_other_programs_the_beginning_stays(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *clear, *begins;
    } rows[] = {
        {"/Filter[/FlateDecode]/Length1 6000", "true type", "/Length1 0/Length 1024>>"},
        {"/Filter/FlateDecode/Subtype/CIDFontType0C", "cff",
         "/Subtype/CIDFontType0C/Length 1024"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char program[20000], *start = program;
        size_t n = make_program(program, rows[i].clear, "");
        if (i == 0)
            memcpy(start, "\0\1\0\0", 4);
        file *f = make_pdf(rows[i].keys, program, n);
        pdf_fonts_shorten(f->bytes, f->len);
        const char *dict = place(f, "8 0 obj\n<<") + strlen("8 0 obj\n<<");
        assert_memory_equal(dict, rows[i].begins, strlen(rows[i].begins));
        assert_memory_equal(strstr(dict, "stream\n") + 7, program, 1024);
        free(f);
    }
}

static void what_is_not_plainly_a_program_stays(void **state)
{
    (void)state;
    static const struct {
        const char *label, *keys, *clear;
    } rows[] = {
        {"not deflated", "/Filter/LZWDecode/Length1 9/Length2 6000", CLEAR},
        {"predicted", "/Filter/FlateDecode/DecodeParms 9 0 R/Length1 9/Length2 6000", CLEAR},
        {"twice", "/Filter[/ASCII85Decode/FlateDecode]/Length1 9/Length2 6000", CLEAR},
        {"nested", "/Filter/FlateDecode/A<</B 1>>/Length1 9/Length2 6000", CLEAR},
        {"no Type 1", "/Filter/FlateDecode/Length1 9/Length2 6000", "no such thing "},
        {"no TrueType", "/Filter/FlateDecode/Length1 6000", "OTTO"},
        {"CFF without CIDs", "/Filter/FlateDecode/Subtype/Type1C", "cff"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char program[20000];
        file *f = make_pdf(rows[i].keys, program, make_program(program, rows[i].clear, ""));
        file *copy = malloc(sizeof *copy);
        memcpy(copy, f, sizeof *copy);
        pdf_fonts_shorten(f->bytes, f->len);
        if (memcmp(copy->bytes, f->bytes, f->len) != 0)
            fail_msg("%s: changed", rows[i].label);
        free(copy);
        free(f);
    }
}

/* Cut anywhere, it is read and written within its bounds (the sanitizers look on). */
static void a_program_cut_anywhere_does_no_harm(void **state)
{
    (void)state;
    char program[20000];
    file *f = make_pdf(TYPE1_KEYS, program, make_program(program, CLEAR, ENCODING));
    size_t first = (size_t)(place(f, "8 0 obj") - f->bytes);
    for (size_t cut = first; cut <= f->len; cut += cut < first + 120 ? 1 : 97)
        for (size_t from = 0; from <= first + 60; from += first + 20) {
            size_t n = cut > from ? cut - from : 0;
            char *copy = malloc(n + 1);
            memcpy(copy, f->bytes + from, n);
            pdf_fonts_shorten(copy, n);
            free(copy);
        }
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_font_keeps_the_encoding_in_its_program),
        cmocka_unit_test(the_outlines_of_a_type_1_program_go),
        cmocka_unit_test(of_other_programs_the_beginning_stays),
        cmocka_unit_test(what_is_not_plainly_a_program_stays),
        cmocka_unit_test(a_program_cut_anywhere_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
