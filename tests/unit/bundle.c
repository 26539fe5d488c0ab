/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * result.json and its files as hostile input: a sound bundle is read, and every way in which it
 * can lie is found.
 */
#include "ingest/bundle.h"
#include "util/cleanup.h"
#include "util/error.h"

#include <fcntl.h>
#include <stdio.h>

#include "scratch.h"

#include "check.h"

static const OkbLimits limits = {.output_bytes = 1000, .files = 10, .depth = 5};

static const char body[] = "<!-- page 1 -->\n\n# Größe\n\n![a](okb-asset:00000001)\n";

static const char sound[] =
    "{\"format\":1,\"status\":0,\"message\":null,\"output_version\":1,\"body_bytes\":53,"
    "\"pages\":[{\"offset\":0,\"label\":\"i\"}],"
    "\"headings\":[{\"offset\":17,\"level\":1,\"page\":1,\"title\":\"Größe\"}],"
    "\"outline\":[{\"depth\":1,\"page\":1,\"title\":\"G\"}],"
    "\"refs\":[{\"offset\":33,\"asset\":1,\"alt\":\"a\"}],"
    "\"assets\":[{\"media_type\":\"image/png\",\"name\":\"a.png\",\"size\":3}],"
    "\"embeds\":[],\"metadata\":[{\"key\":\"title\",\"value\":\"T\"}],"
    "\"warnings\":[{\"code\":\"x-y\",\"page\":0,\"text\":\"w\"}]}";

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    scratch_write(*state, "result.json", sound);
    scratch_write(*state, "body.md", body);
    scratch_write(*state, "assets/00000001.bin", "PNG");
    return 0;
}

static OkbBundle *read_bundle(const Scratch *scratch, char **ret_message)
{
    g_autoptr(GError) error = NULL;
    OkbLeft left = {fcntl(scratch->fd, F_DUPFD_CLOEXEC, 0),
                    openat(scratch->fd, "body.md", O_RDONLY | O_CLOEXEC),
                    openat(scratch->fd, "result.json", O_RDONLY | O_CLOEXEC)};
    OkbBundle *bundle = okb_bundle_read(&left, &limits, &error);
    okb_left_clear(&left);
    assert_true(bundle || g_error_matches(error, OKB_ERROR, OKB_ERROR_BUNDLE));
    *ret_message = error ? g_strdup(error->message) : NULL;
    return bundle;
}

static void assert_refused(const Scratch *scratch, const char *label, const char *complaint)
{
    g_autofree char *message = NULL;
    g_autoptr(OkbBundle) bundle = read_bundle(scratch, &message);
    if (bundle || !strstr(message, complaint))
        fail_msg("%s: %s", label, bundle ? "accepted" : message);
}

static void a_sound_bundle_is_read(void **state)
{
    g_autofree char *message = NULL;
    g_autoptr(OkbBundle) bundle = read_bundle(*state, &message);
    if (!bundle)
        fail_msg("%s", message);
    assert_int_equal(bundle->status, OKB_OK);
    assert_int_equal(g_bytes_get_size(bundle->body), strlen(body));
    assert_string_equal(g_array_index(bundle->pages, OkbPage, 0).label, "i");
    assert_int_equal(g_array_index(bundle->refs, OkbAssetRef, 0).asset, 0);
    assert_string_equal(g_array_index(bundle->assets, OkbAsset, 0).path, "assets/00000001.bin");
    assert_string_equal(okb_bundle_meta(bundle, "title"), "T");
    assert_null(okb_bundle_meta(bundle, "author"));
    okb_autofd int fd = okb_bundle_open(((Scratch *)*state)->fd,
                                        &g_array_index(bundle->assets, OkbAsset, 0), NULL);
    assert_true(fd >= 0);
}

static const struct {
    const char *label, *from, *to, *complaint;
} lies[] = {
    {"not JSON", "{\"format\"", "\"format\"", "line"},
    {"cut short", "}]}", "}]", "line"},
    {"a key twice", "\"status\":0", "\"status\":0,\"status\":0", "line"},
    {"an unknown key", "\"status\":0", "\"status\":0,\"extra\":0", "fields"},
    {"a key missing", "\"message\":null,", "", "fields"},
    {"another format", "\"format\":1", "\"format\":2", "format"},
    {"a status above 0", "\"status\":0", "\"status\":1", "status"},
    {"a status that is no number", "\"status\":0", "\"status\":\"ok\"", "status"},
    {"a status that is a fraction", "\"status\":0", "\"status\":0.5", "status"},
    {"a body shorter than said", "53", "55", "body"},
    {"a body longer than said", "53", "10", "body"},
    {"a negative length", "53", "-1", "body_bytes"},
    {"a length above the limit", "53", "100000", "body_bytes"},
    {"a length beyond 64 bits", "53", "99999999999999999999", "line"},
    {"a page where there is no mark", "\"offset\":0", "\"offset\":3", "mark"},
    {"a page behind the end", "\"offset\":0", "\"offset\":999", "offset"},
    {"a page at a negative offset", "\"offset\":0", "\"offset\":-1", "offset"},
    {"a label with an escape", "\"label\":\"i\"", "\"label\":\"\\u001b[2J\"", "label"},
    {"a label with NUL", "\"label\":\"i\"", "\"label\":\"\\u0000\"", "line"},
    {"a heading inside a character", "\"offset\":17", "\"offset\":22", "character"},
    {"a heading of level 7", "\"level\":1", "\"level\":7", "level"},
    {"a heading on a page that is not", "\"level\":1,\"page\":1", "\"level\":1,\"page\":2",
     "page"},
    {"a title of two lines", "\"title\":\"Größe\"", "\"title\":\"a\\nb\"", "title"},
    {"an outline that begins at depth 2", "\"depth\":1", "\"depth\":2", "depth"},
    {"a reference to no asset", "\"asset\":1", "\"asset\":2", "asset"},
    {"a reference to asset 0", "\"asset\":1", "\"asset\":0", "asset"},
    {"a reference without placeholder", "\"offset\":33", "\"offset\":32", "reference"},
    {"a reference behind the end", "\"offset\":33", "\"offset\":53", "reference"},
    {"an asset of another size", "\"size\":3", "\"size\":4", "long"},
    {"an asset that is not there", "\"size\":3}",
     "\"size\":3},{\"media_type\":\"\","
     "\"name\":\"\",\"size\":0}",
     "00000002"},
    {"an embed that is not there", "\"embeds\":[]",
     "\"embeds\":[{\"media_type\":\"\",\"name\":\"\",\"size\":0}]", "embeds"},
    {"an asset with a path", "\"size\":3", "\"size\":3,\"path\":\"/etc/passwd\"", "fields"},
    {"an object where a list should be", "\"embeds\":[]", "\"embeds\":{}", "embeds"},
    {"a list of numbers", "\"embeds\":[]", "\"embeds\":[1]", "embeds"},
    {"metadata that is no text", "\"value\":\"T\"", "\"value\":7", "value"},
    {"UTF-8 that is not", "\"value\":\"T\"", "\"value\":\"\xff\"", "line"},
    {"a lone surrogate", "\"value\":\"T\"", "\"value\":\"\\ud800\"", "line"},
};

static void every_lie_in_the_result_is_found(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        GString *text = g_string_new(sound);
        if (g_string_replace(text, lies[i].from, lies[i].to, 1) != 1)
            fail_msg("%s: changes nothing", lies[i].label);
        scratch_write(*state, "result.json", text->str);
        g_string_free(text, TRUE);
        assert_refused(*state, lies[i].label, lies[i].complaint);
    }
}

static void nesting_without_end_is_refused(void **state)
{
    g_autofree char *deep = g_strnfill(1000000, '[');
    scratch_write(*state, "result.json", deep);
    assert_refused(*state, "a million brackets", "line");
}

static void files_that_are_not_plain_are_refused(void **state)
{
    const Scratch *scratch = *state;
    const char *const name = "assets/00000001.bin";
    renameat(scratch->fd, name, scratch->fd, "kept");
    assert_refused(scratch, "missing", name);
    assert_int_equal(symlinkat("/etc/passwd", scratch->fd, name), 0);
    assert_refused(scratch, "a link", name);
    unlinkat(scratch->fd, name, 0);
    assert_int_equal(mkfifoat(scratch->fd, name, 0600), 0);
    assert_refused(scratch, "a FIFO", name);
    unlinkat(scratch->fd, name, 0);
    assert_int_equal(mkdirat(scratch->fd, name, 0700), 0);
    assert_refused(scratch, "a directory", name);
    unlinkat(scratch->fd, name, AT_REMOVEDIR);
    assert_int_equal(linkat(scratch->fd, "kept", scratch->fd, name, 0), 0);
    assert_refused(scratch, "two names", name);
    unlinkat(scratch->fd, "kept", 0);
    a_sound_bundle_is_read(state);
}

static void a_link_in_place_of_a_directory_is_refused(void **state)
{
    const Scratch *scratch = *state;
    renameat(scratch->fd, "assets", scratch->fd, "elsewhere");
    assert_int_equal(symlinkat("elsewhere", scratch->fd, "assets"), 0);
    assert_refused(scratch, "assets is a link", "assets");
}

static void a_body_that_is_not_utf8_is_refused(void **state)
{
    g_autofree char *bytes = g_strdup(body);
    bytes[19] = '\xff';
    scratch_write(*state, "body.md", bytes);
    assert_refused(*state, "a body of bytes", "UTF-8");
}

static void a_failure_needs_no_files(void **state)
{
    const Scratch *scratch = *state;
    GString *text = g_string_new(sound);
    g_string_replace(text, "\"status\":0,\"message\":null",
                     "\"status\":-3,\"message\":\"locked\"", 1);
    scratch_write(scratch, "result.json", text->str);
    g_string_free(text, TRUE);
    unlinkat(scratch->fd, "body.md", 0);
    g_autofree char *message = NULL;
    g_autoptr(OkbBundle) bundle = read_bundle(scratch, &message);
    if (!bundle)
        fail_msg("%s", message);
    assert_int_equal(bundle->status, OKB_E_ENCRYPTED);
    assert_string_equal(bundle->message, "locked");
    assert_int_equal(bundle->assets->len, 0);
}

static void statuses_have_names_and_permanence(void **state)
{
    (void)state;
    assert_string_equal(okb_status_name(OKB_E_MALFORMED), "malformed");
    assert_string_equal(okb_status_name(-999), "internal");
    assert_string_equal(okb_status_name(7), "internal");
    assert_true(okb_status_is_permanent(OKB_E_ENCRYPTED));
    assert_false(okb_status_is_permanent(OKB_E_NOMEM));
    assert_false(okb_status_is_permanent(-999));
}

#define WITH_BUNDLE(test) cmocka_unit_test_setup_teardown(test, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUNDLE(a_sound_bundle_is_read),
        WITH_BUNDLE(every_lie_in_the_result_is_found),
        WITH_BUNDLE(nesting_without_end_is_refused),
        WITH_BUNDLE(files_that_are_not_plain_are_refused),
        WITH_BUNDLE(a_link_in_place_of_a_directory_is_refused),
        WITH_BUNDLE(a_body_that_is_not_utf8_is_refused),
        WITH_BUNDLE(a_failure_needs_no_files),
        cmocka_unit_test(statuses_have_names_and_permanence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
