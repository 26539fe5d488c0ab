/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is encrypted or damaged comes out like what is not, large images too where there is
 * little memory; and where there is too little, that is said.
 */
#include "kit.h"

#include "contents.h"
#include "page.h"
#include "pixels.h"

#include <glib.h>
#include <openkb/plugin.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 8, FIRST = 10, MIB = 1 << 20 };
enum { AGED = FIRST + 5 + 4 }; /* an image whose generation is not 0 */

/* ---- Files ------------------------------------------------------------------------------- */

typedef struct {
    GString *out;
    size_t offsets[FIRST + 5 * PAGES];
} writer;

static void begin(writer *w, int number)
{
    w->offsets[number] = w->out->len;
    g_string_append_printf(w->out, "%d %d obj\n", number, number == AGED);
}

/* Which cannot be deflated. */
static void add_noise(char *at, size_t n)
{
    guint32 seed = 7;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1103515245u + 12345u;
        at[i] = (char)(seed >> 24);
    }
}

static void put_stream(writer *w, int number, const char *keys, const char *head, size_t noise)
{
    begin(w, number);
    g_string_append_printf(w->out, "<<%s/Length %zu>>stream\n%s", keys, strlen(head) + noise,
                           head);
    gsize at = w->out->len;
    g_string_set_size(w->out, at + noise);
    add_noise(w->out->str + at, noise);
    g_string_append(w->out, "\nendstream\nendobj\n");
}

/* Words with a link, and an image that a form draws, which is written in hexadecimal. */
static void put_page(writer *w, int i, size_t image)
{
    static const char WORDS[] = "BT /F 11 Tf 72 700 Td (Some words of %s page, with a place to "
                                "go to.) Tj ET /X Do";
    static const char *const ORDER[PAGES] = {"one", "some",  "any",  "every",
                                             "no",  "which", "that", "this"};
    int n = FIRST + 5 * i;
    g_autofree char *words = g_strdup_printf(WORDS, ORDER[i]);
    g_autofree char *head = g_strdup_printf("\xFF\xD8\xFF\xE0 image %d", i);
    g_autofree char *keys =
        g_strdup_printf("/Subtype/Form/BBox[0 0 600 800]/Filter/ASCIIHexDecode"
                        "/Resources<</XObject<</I %d %d R>>>>",
                        n + 4, n + 4 == AGED);
    begin(w, n);
    g_string_append_printf(w->out,
                           "<</Type/Page/Parent 2 0 R/Contents %d 0 R/Annots[%d 0 R]"
                           "/Resources<</Font<</F 3 0 R>>/XObject<</X %d 0 R>>>>>>\nendobj\n",
                           n + 1, n + 2, n + 3);
    put_stream(w, n + 1, "", words, 0);
    begin(w, n + 2);
    g_string_append_printf(w->out,
                           "<</Subtype/Link/Rect[70 690 500 715]/A<</S/URI"
                           "/URI(http://example.org/%d)>>>>\nendobj\n",
                           i);
    /* q 300 0 0 300 72 300 cm /I Do Q */
    put_stream(w, n + 3, keys,
               "712033303020302030203330302037322033303020636d202f4920446f2051>", 0);
    put_stream(w, n + 4,
               "/Subtype/Image/Width 900/Height 900/BitsPerComponent 8/ColorSpace/DeviceRGB"
               "/Filter/DCTDecode",
               head, image);
}

static void put_table(writer *w)
{
    size_t at = w->out->len;
    g_string_append_printf(w->out, "xref\n0 %zu\n0000000000 65535 f \n",
                           G_N_ELEMENTS(w->offsets));
    for (size_t i = 1; i < G_N_ELEMENTS(w->offsets); i++)
        g_string_append_printf(w->out, "%010zu 0000%d %c \n", w->offsets[i], i == AGED,
                               w->offsets[i] ? 'n' : 'f');
    g_string_append_printf(w->out, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF",
                           G_N_ELEMENTS(w->offsets), at);
}

/* Pages with an image of so many bytes each, and a stream that nobody needs but nobody knows
 * not to be. */
static GString *make_file(size_t image, size_t ballast)
{
    writer w = {.out = g_string_new("%PDF-1.4\n")};
    begin(&w, 1);
    g_string_append(w.out, "<</Type/Catalog/Pages 2 0 R/Ballast 4 0 R>>\nendobj\n");
    begin(&w, 2);
    g_string_append_printf(w.out, "<</MediaBox[0 0 600 800]/Count %d/Kids[", PAGES);
    for (int i = 0; i < PAGES; i++)
        g_string_append_printf(w.out, "%d 0 R ", FIRST + 5 * i);
    g_string_append(w.out, "]>>\nendobj\n");
    begin(&w, 3);
    g_string_append(w.out, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>\nendobj\n");
    put_stream(&w, 4, "", "", ballast);
    for (int i = 0; i < PAGES; i++)
        put_page(&w, i, image);
    put_table(&w);
    return w.out;
}

static void run_qpdf(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *command = g_strdup_printf(
        "qpdf --stream-data=preserve --encrypt '' owner 256 -- --replace-input '%s'", path);
    int status = -1;
    if (!g_spawn_command_line_sync(command, NULL, NULL, &status, &error))
        print_error("%s; install the package qpdf\n", error->message);
    assert_int_equal(status, 0);
}

/* With an empty user password; streams stay as they are. Frees the file given. */
static GString *encrypt(GString *plain)
{
    g_autofree char *path = NULL, *bytes = NULL;
    gsize len = 0;
    int fd = g_file_open_tmp("openkb-test-XXXXXX.pdf", &path, NULL);
    assert_true(fd >= 0);
    close(fd);
    assert_true(g_file_set_contents_full(path, plain->str, (gssize)plain->len,
                                         G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    run_qpdf(path);
    assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    unlink(path);
    g_string_free(plain, TRUE);
    assert_null(memmem(bytes, len, "image 0", 7)); /* it is encrypted */
    return g_string_new_len(bytes, (gssize)len);
}

static harness_result *convert_file(GString *file)
{
    harness_result *r = convert_bytes(file->str, file->len);
    g_string_free(file, TRUE);
    return r;
}

/* ---- With memory ------------------------------------------------------------------------- */

static void assert_complete(harness_result *r)
{
    char text[64];
    assert_int_equal(r->status, OKB_OK);
    assert_int_equal(r->n_assets, PAGES);
    assert_int_equal(r->n_warnings, 0);
    for (int i = 0; i < PAGES; i++) {
        snprintf(text, sizeof text, "](http://example.org/%d)", i);
        assert_non_null(strstr(r->body, text));
        snprintf(text, sizeof text, "\xFF\xD8\xFF\xE0 image %d", i);
        assert_true(r->assets[i].len >= strlen(text));
        assert_memory_equal(r->assets[i].bytes, text, strlen(text));
    }
}

static void assert_same(harness_result *one, harness_result *other)
{
    assert_complete(one);
    assert_complete(other);
    assert_string_equal(one->body, other->body);
    harness_result_free(one);
    harness_result_free(other);
}

static void an_encrypted_file_loses_nothing(void **state)
{
    (void)state;
    assert_same(convert_file(make_file(100, 0)), convert_file(encrypt(make_file(100, 0))));
}

static void a_damaged_file_loses_nothing(void **state)
{
    (void)state;
    GString *file = make_file(100, 0);
    char *table = strstr(file->str, "\nxref\n0");
    assert_non_null(table);
    table[3] = '!';
    assert_same(convert_file(make_file(100, 0)), convert_file(file));
}

/* ---- Without ----------------------------------------------------------------------------- */

#ifndef OPENKB_SANITIZE
/* Address space of this process and so much more. */
static void allow(size_t more)
{
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%zu", &pages) != 1)
        _exit(100);
    fclose(f);
    struct rlimit limit;
    limit.rlim_cur = limit.rlim_max = pages * (size_t)sysconf(_SC_PAGESIZE) + more;
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        _exit(101);
}

/* What `job` says of the file in a process of its own. */
static int within(size_t more, int (*job)(const GString *), const GString *file)
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (more)
            allow(more);
        _exit(job(file));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* How many of the images can be had. */
static int count_images(const GString *file)
{
    pdf_contents *c = pdf_contents_open(file->str, file->len);
    pdf_page *page = pdf_page_new();
    int n = 0;
    for (uint32_t i = 1; i <= PAGES && pdf_contents_turn(c, i); i++) {
        const char *type;
        pdf_page_clear(page);
        pdf_contents_read(c, page);
        if (page->pictures->len != 1)
            continue;
        pdf_picture p = g_array_index(page->pictures, pdf_picture, 0);
        g_autoptr(GByteArray) image = pdf_contents_image(c, p.object, p.generation, &type);
        n += image && image->len > 2 * MIB;
    }
    pdf_page_free(page);
    pdf_contents_close(c);
    return n;
}

static void large_images_need_little_memory(void **state)
{
    (void)state;
    GString *file = encrypt(make_file(4 * MIB, 0));
    assert_true(file->len > 32 * MIB);
    assert_int_equal(within(28 * MIB, count_images, file), PAGES);
    g_string_free(file, TRUE);
}

enum { HAS_TEXT = 1, HAS_LINKS = 2, HAS_IMAGES = 4, HAS_WARNED = 8 };

static int look_at(const GString *file)
{
    harness_result *r = convert_bytes(file->str, file->len);
    int found = 0;
    found |= strstr(r->body, "Some words of one page") ? HAS_TEXT : 0;
    found |= strstr(r->body, "](http://example.org/0)") ? HAS_LINKS : 0;
    found |= r->n_assets == PAGES ? HAS_IMAGES : 0;
    for (size_t i = 0; i < r->n_warnings; i++)
        if (strcmp(r->warnings[i].key, OKB_W_TRUNCATED) == 0 &&
            strstr(r->warnings[i].value, "pages 1 to 8 "))
            found |= HAS_WARNED;
    return found;
}

static void what_is_lost_for_want_of_memory_is_said(void **state)
{
    (void)state;
    GString *file = encrypt(make_file(100, 32 * MIB));
    assert_int_equal(within(0, look_at, file), HAS_TEXT | HAS_LINKS | HAS_IMAGES);
    assert_int_equal(within(110 * MIB, look_at, file), HAS_TEXT | HAS_WARNED);
    g_string_free(file, TRUE);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_encrypted_file_loses_nothing),
        cmocka_unit_test(a_damaged_file_loses_nothing),
#ifndef OPENKB_SANITIZE
        cmocka_unit_test(large_images_need_little_memory),
        cmocka_unit_test(what_is_lost_for_want_of_memory_is_said),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
