/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Long documents, opened a slice at a time: each page is itself and keeps its label, places are
 * found over slices, and what poppler keeps of a page does not pile up. The controls are
 * documents that cannot be cut, for their pages tree hands on /Rotate.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 3000, INNER = 100, WIDTH = 600, FIRST_PAGE = 100, OBJECTS = 8000 };
enum { DAMAGED = 1234 };

typedef struct {
    FILE *file;
    char *bytes;
    size_t len;
    long offsets[OBJECTS];
} book;

typedef struct {
    bool handed_on; /* the inner nodes hand on /Rotate */
    bool labels;    /* roman ones up to page 1500, then from A-1 */
    bool late;      /* labels from page 6 on only */
    bool lost;      /* a page that the table does not have */
    bool null;      /* a page that is null */
    int kept;       /* numbers in an array of each page */
} shape;

static void begin(book *b, int object)
{
    b->offsets[object] = ftell(b->file);
    fprintf(b->file, "%d 0 obj\n", object);
}

/* Objects: 1 catalog, 2 root, 3 font, 10 and up the inner nodes, then page and contents. */
static void put_tree(book *b, const shape *s)
{
    begin(b, 1);
    fputs("<</Type/Catalog/Pages 2 0 R", b->file);
    if (s->labels)
        fputs("/PageLabels<</Nums[0<</S/r>>1500<</S/D/P(A-)>>]>>", b->file);
    if (s->late)
        fputs("/PageLabels<</Nums[5<</S/r>>]>>", b->file);
    fprintf(b->file, ">>endobj\n");
    begin(b, 2);
    fprintf(b->file, "<</Type/Pages/Count %d/MediaBox[0 0 %d 800]", PAGES, WIDTH);
    fputs("/Resources<</Font<</F 3 0 R>>>>/Kids[", b->file);
    for (int i = 0; i < PAGES / INNER; i++)
        fprintf(b->file, "%d 0 R ", 10 + i);
    fputs("]>>endobj\n", b->file);
    begin(b, 3);
    fputs("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>endobj\n", b->file);
    for (int i = 0; i < PAGES / INNER; i++) {
        begin(b, 10 + i);
        fprintf(b->file, "<</Type/Pages/Parent 2 0 R/Count %d%s/Kids[", INNER,
                s->handed_on ? "/Rotate 0" : "");
        for (int k = 0; k < INNER; k++)
            fprintf(b->file, "%d 0 R ", FIRST_PAGE + 2 * (i * INNER + k));
        fputs("]>>endobj\n", b->file);
    }
}

/* Every 500th page has a heading; the first page links to that of page 2500. */
static void put_page(book *b, const shape *s, int number)
{
    int object = FIRST_PAGE + 2 * (number - 1);
    char text[200];
    if (s->lost && number == DAMAGED)
        return;
    begin(b, object);
    if (s->null && number == DAMAGED) {
        fputs("null endobj\n", b->file);
        return;
    }
    fprintf(b->file, "<</Type/Page/Parent %d 0 R/Contents %d 0 R", 10 + (number - 1) / INNER,
            object + 1);
    if (number == 1)
        fprintf(b->file,
                "/Annots[<</Type/Annot/Subtype/Link/Rect[70 590 300 625]"
                "/Dest[%d 0 R/XYZ 72 640 0]>>]",
                FIRST_PAGE + 2 * 2499);
    fputs("/Kept[", b->file);
    for (int i = 0; i < s->kept; i++)
        fputs("0 ", b->file);
    fputs("]>>endobj\n", b->file);
    int n =
        snprintf(text, sizeof text,
                 "BT /F %d Tf 72 600 Td (%s number %d) Tj ET BT /F 11 Tf 72 400 Td (This is "
                 "what page %d says.) Tj ET",
                 number % 500 ? 11 : 20, number % 500 ? "And" : "Part", number, number);
    begin(b, object + 1);
    fprintf(b->file, "<</Length %d>>stream\n%s\nendstream endobj\n", n, text);
}

static book *book_new(const shape *s)
{
    book *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->file = open_memstream(&b->bytes, &b->len);
    assert_non_null(b->file);
    fputs("%PDF-1.5\n", b->file);
    put_tree(b, s);
    for (int i = 1; i <= PAGES; i++)
        put_page(b, s, i);
    long table = ftell(b->file);
    fprintf(b->file, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS);
    for (int i = 1; i < OBJECTS; i++)
        fprintf(b->file, "%010ld %05d %c \n", b->offsets[i], b->offsets[i] ? 0 : 65535,
                b->offsets[i] ? 'n' : 'f');
    fprintf(b->file, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%ld\n%%%%EOF\n", OBJECTS,
            table);
    fclose(b->file);
    return b;
}

static void book_free(book *b)
{
    free(b->bytes);
    free(b);
}

static harness_result *convert_shape(const shape *s)
{
    book *b = book_new(s);
    harness_result *result = convert_bytes(b->bytes, b->len);
    book_free(b);
    assert_int_equal(result->status, OKB_OK);
    return result;
}

static void every_page_says_what_it_says(void **state)
{
    const harness_result *r = *state;
    const char *at = r->body;
    for (int i = 1; i <= PAGES; i++) {
        char mark[80];
        snprintf(mark, sizeof mark, "<!-- page %d -->\n\n", i);
        assert_non_null(at = strstr(at, mark));
        snprintf(mark, sizeof mark, "This is what page %d says.", i);
        const char *next = strstr(at + 1, "<!-- page");
        assert_non_null(at = strstr(at, mark));
        assert_true(!next || at < next);
    }
}

static void a_link_leads_into_another_slice(void **state)
{
    const harness_result *r = *state;
    assert_non_null(strstr(r->body, "](#part-number-2500)"));
}

static void labels_are_those_of_the_document(void **state)
{
    const struct {
        size_t page;
        const char *label;
    } some[] = {{1, "i"},      {1000, "m"},     {1001, "mi"},    {1500, "md"},
                {1501, "A-1"}, {2000, "A-500"}, {2001, "A-501"}, {3000, "A-1500"}};
    const harness_result *r = *state;
    assert_int_equal(r->n_pages, PAGES);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        assert_string_equal(r->pages[some[i].page - 1].title, some[i].label);
}

static void assert_read_as_whole(shape s)
{
    harness_result *cut = convert_shape(&s);
    s.handed_on = true;
    harness_result *whole = convert_shape(&s);
    assert_string_equal(cut->body, whole->body);
    assert_int_equal(cut->n_pages, whole->n_pages);
    for (size_t i = 0; i < cut->n_pages; i++)
        assert_string_equal(cut->pages[i].title, whole->pages[i].title);
    harness_result_free(cut);
    harness_result_free(whole);
}

static void slices_are_read_as_the_whole_is(void **state)
{
    (void)state;
    assert_read_as_whole((shape){.kept = 1});
}

static void so_are_damaged_ones(void **state)
{
    (void)state;
    assert_read_as_whole((shape){.late = true});
    assert_read_as_whole((shape){.lost = true});
    assert_read_as_whole((shape){.null = true});
}

/* KiB at the peak of a process that converts it and does nothing else. */
static long peak_of(const shape *s)
{
    book *b = book_new(s);
    int status = 0;
    struct rusage used;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        harness_result *r = convert_bytes(b->bytes, b->len);
        _exit(r->status == OKB_OK && r->n_pages == PAGES ? 0 : 1);
    }
    assert_int_equal(wait4(child, &status, 0, &used), child);
    assert_int_equal(status, 0);
    book_free(b);
    return used.ru_maxrss;
}

static void pages_do_not_pile_up(void **state)
{
    (void)state;
#ifdef OPENKB_SANITIZE
    skip(); /* what is freed is kept there */
#endif
    long cut = peak_of(&(shape){.kept = 900});
    long whole = peak_of(&(shape){.kept = 900, .handed_on = true});
    print_message("%ld KiB in slices, %ld KiB as a whole\n", cut, whole);
    assert_true(cut < 40 << 10);
    assert_true(whole > 60 << 10);
}

static int convert_once(void **state)
{
    *state = convert_shape(&(shape){.labels = true});
    return 0;
}

static int free_result(void **state)
{
    harness_result_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_says_what_it_says),
        cmocka_unit_test(a_link_leads_into_another_slice),
        cmocka_unit_test(labels_are_those_of_the_document),
        cmocka_unit_test(slices_are_read_as_the_whole_is),
        cmocka_unit_test(so_are_damaged_ones),
        cmocka_unit_test(pages_do_not_pile_up),
    };
    return cmocka_run_group_tests(tests, convert_once, free_result);
}
