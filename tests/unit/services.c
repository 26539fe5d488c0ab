/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The host's services as a plugin sees them, over a scratch directory, and what of them reaches
 * the bundle that the owner reads.
 */
#include "worker/services.h"
#include "ingest/bundle.h"
#include "util/cleanup.h"
#include "worker/job.h"
#include "worker/result-writer.h"
#include "worker/utf8.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "misuses.h"
#include "scratch.h"

#include "check.h"

typedef struct {
    Scratch *scratch;
    OkbJobStart start;
    okb_job *job;
    const okb_host *host;
    int pool_end;
} Fixture;

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);
    int ends[2];
    if (scratch_setup((void **)&f->scratch) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    mkdirat(f->scratch->fd, "assets", 0700);
    mkdirat(f->scratch->fd, "embeds", 0700);
    f->start = (OkbJobStart){.output_bytes = MISUSE_BYTES,
                             .files = MISUSE_ASSETS,
                             .depth = MISUSE_DEPTH,
                             .wall_ms = 7,
                             .memory_bytes = 9};
    f->job = calloc(1, sizeof *f->job);
    f->job->start = &f->start;
    f->job->options = "level=7\n";
    f->job->defaults = "level=5\nkind=a=b\n";
    f->job->out = f->scratch->fd;
    f->job->channel = ends[1];
    f->job->body.fd = memfd_create("body.md", MFD_CLOEXEC);
    f->job->result = memfd_create("result.json", MFD_CLOEXEC);
    f->pool_end = ends[0];
    f->host = okb_services_host();
    *state = f;
    return okb_services_begin(f->job) == OKB_OK ? 0 : -1;
}

static void free_job(okb_job *job)
{
    json_t *const lists[] = {job->page_list, job->headings, job->outline,
                             job->refs,      job->metadata, job->warnings};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        json_decref(lists[i]);
    const OkbBlobs *const blobs[] = {&job->assets, &job->embeds};
    for (gsize b = 0; b < G_N_ELEMENTS(blobs); b++) {
        for (uint32_t i = 0; i < blobs[b]->n; i++) {
            free(blobs[b]->items[i].media_type);
            free(blobs[b]->items[i].name);
            okb_close_fd(&blobs[b]->items[i].fd);
        }
        free(blobs[b]->items);
    }
    close(job->body.fd);
    close(job->result);
    close(job->channel);
    free(job->message);
    free(job);
}

static int teardown(void **state)
{
    Fixture *f = *state;
    free_job(f->job);
    close(f->pool_end);
    int result = scratch_teardown((void **)&f->scratch);
    g_free(f);
    return result;
}

static OkbBundle *finish(Fixture *f, okb_status status)
{
    static const OkbLimits limits = {
        .output_bytes = MISUSE_BYTES, .files = MISUSE_ASSETS, .depth = MISUSE_DEPTH};
    g_autoptr(GError) error = NULL;
    okb_services_end(f->job, status);
    assert_true(okb_result_write(f->job, 1));
    const OkbLeft left = {f->scratch->fd, f->job->body.fd, f->job->result};
    OkbBundle *bundle = okb_bundle_read(&left, &limits, &error);
    if (!bundle)
        fail_msg("%s", error->message);
    return bundle;
}

static okb_status write_text(Fixture *f, const char *text)
{
    return f->host->body_write(f->job, text, strlen(text));
}

static void assert_body(const OkbBundle *bundle, const char *expected)
{
    gsize len;
    const char *body = g_bytes_get_data(bundle->body, &len);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(body ? body : "", expected, len);
}

static void what_a_plugin_says_reaches_the_bundle(void **state)
{
    Fixture *f = *state;
    const okb_host *h = f->host;
    okb_asset_id asset = 0;
    int32_t fd = -1;
    assert_int_equal(h->page_begin(f->job, 1, OKB_STR("iv")), OKB_OK);
    assert_int_equal(h->heading(f->job, 2, OKB_STR("Größe"), 1), OKB_OK);
    assert_int_equal(write_text(f, "## Größe\n\n![x]("), OKB_OK);
    assert_int_equal(h->asset_begin(f->job, OKB_STR("image/png"), OKB_STR("x"), &asset, &fd),
                     OKB_OK);
    assert_int_equal(h->body_asset_ref(f->job, asset, OKB_STR("alt")), OKB_OK);
    assert_int_equal(write_text(f, ")\n"), OKB_OK);
    assert_int_equal(write(fd, "direct", 6), 6);
    assert_int_equal(h->asset_end(f->job, asset), OKB_OK);
    assert_int_equal(h->outline(f->job, 1, OKB_STR("One"), 1), OKB_OK);
    assert_int_equal(h->meta(f->job, OKB_STR(OKB_M_TITLE), OKB_STR("T")), OKB_OK);
    assert_int_equal(h->meta(f->job, OKB_STR(OKB_M_AUTHOR), OKB_STR("A")), OKB_OK);
    assert_int_equal(h->meta(f->job, OKB_STR(OKB_M_AUTHOR), OKB_STR("B")), OKB_OK);
    assert_int_equal(h->warn(f->job, OKB_STR(OKB_W_STRUCTURE), 1, OKB_STR("flat")), OKB_OK);
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_int_equal(bundle->status, OKB_OK);
    assert_body(bundle, "<!-- page 1 -->\n\n## Größe\n\n![x](okb-asset:00000001)\n");
    assert_int_equal(g_array_index(bundle->headings, OkbHeading, 0).offset, 17);
    assert_int_equal(g_array_index(bundle->assets, OkbAsset, 0).size, 6);
    assert_string_equal(g_array_index(bundle->refs, OkbAssetRef, 0).alt, "alt");
    assert_int_equal(bundle->metadata->len, 3);
    assert_string_equal(g_array_index(bundle->warnings, OkbFact, 0).key, "structure");
}

static void a_character_may_be_split_over_two_calls(void **state)
{
    Fixture *f = *state;
    assert_int_equal(write_text(f, "a\xf0"), OKB_OK);
    assert_int_equal(write_text(f, "\x9f\x98"), OKB_OK);
    assert_int_equal(write_text(f, "\x80z"), OKB_OK);
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_body(bundle, "a\xf0\x9f\x98\x80z");
}

static void control_characters_are_replaced_with_one_warning(void **state)
{
    Fixture *f = *state;
    assert_int_equal(f->host->body_write(f->job, "a\0b\x1b[31m\tc\r\n", 12), OKB_OK);
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_body(bundle, "a\xef\xbf\xbd"
                        "b\xef\xbf\xbd[31m\tc\xef\xbf\xbd\n");
    assert_int_equal(bundle->warnings->len, 1);
    assert_string_equal(g_array_index(bundle->warnings, OkbFact, 0).key, "control-chars");
}

/* ---- Misuse latches ---------------------------------------------------------------------- */

static void the_first_failure_latches_and_fails_the_document(void **state)
{
    teardown(state);
    for (gsize i = 0; i < n_misuses; i++) {
        assert_int_equal(setup(state), 0);
        Fixture *f = *state;
        const Misuse *misuse = &misuses[i];
        if (misuse->act(f->job, f->host) != misuse->expected ||
            write_text(f, "more") != misuse->expected)
            fail_msg("%s: status %d", misuse->label, f->job->status);
        OkbBundle *bundle = finish(f, OKB_OK);
        if (bundle->status != misuse->expected || !*bundle->message)
            fail_msg("%s: bundle %d", misuse->label, bundle->status);
        okb_bundle_free(bundle);
        teardown(state);
    }
    assert_int_equal(setup(state), 0);
}

static void what_is_unfinished_at_the_end_fails(void **state)
{
    Fixture *f = *state;
    okb_asset_id id;
    f->host->asset_begin(f->job, OKB_STR(""), OKB_STR(""), &id, NULL);
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_int_equal(bundle->status, OKB_E_MISUSE);
}

static void the_first_ten_thousand_warnings_are_kept(void **state)
{
    Fixture *f = *state;
    for (int i = 0; i < 10001; i++) {
        char text[16];
        int len = snprintf(text, sizeof text, "%d", i);
        assert_int_equal(f->host->warn(f->job, OKB_STR("x-y"), 0, (okb_str){text, (size_t)len}),
                         OKB_OK);
    }
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_int_equal(bundle->status, OKB_OK);
    assert_int_equal(bundle->warnings->len, 10000);
    assert_string_equal(g_array_index(bundle->warnings, OkbFact, 9999).value, "9999");
}

static void fail_says_why_once(void **state)
{
    Fixture *f = *state;
    assert_int_equal((f->host->fail)(f->job, OKB_E_ENCRYPTED, OKB_STR("locked")),
                     OKB_E_ENCRYPTED);
    assert_int_equal((f->host->fail)(f->job, OKB_E_NOMEM, OKB_STR("later")), OKB_E_ENCRYPTED);
    g_autoptr(OkbBundle) bundle = finish(f, OKB_OK);
    assert_int_equal(bundle->status, OKB_E_ENCRYPTED);
    assert_string_equal(bundle->message, "locked");
}

static void a_message_keeps_what_can_be_said(void **state)
{
    Fixture *f = *state;
    char text[1200] = "a\x1b]0;b\xff\n";
    memset(text + 8, 'x', 1014);
    strcpy(text + 8 + 1014, "\xf0\x9f\x98\x80, which is cut within a character");
    (f->host->fail)(f->job, OKB_E_MALFORMED, (okb_str){text, strlen(text)});
    g_autoptr(OkbBundle) bundle = finish(f, OKB_E_MALFORMED);
    assert_true(g_str_has_prefix(bundle->message, "a\xef\xbf\xbd]0;b\xef\xbf\xbd\nxx"));
    assert_true(g_str_has_suffix(bundle->message, "xx\xef\xbf\xbd"));
    assert_int_equal(strlen(bundle->message), 8 + 1014 + 2 * 2 + 3);
}

static void statuses_that_are_none_are_internal(void **state)
{
    Fixture *f = *state;
    g_autoptr(OkbBundle) bundle = finish(f, 42);
    assert_int_equal(bundle->status, OKB_E_INTERNAL);
}

static void cancelling_reaches_progress(void **state)
{
    Fixture *f = *state;
    assert_int_equal(f->host->progress(f->job, 1, 2), OKB_OK);
    okb_message_send(f->pool_end, &(OkbOutgoing){.type = OKB_MESSAGE_CANCEL}, 0);
    assert_int_equal(f->host->progress(f->job, 1, 2), OKB_E_CANCELLED);
}

static void options_are_given_or_default_or_absent(void **state)
{
    Fixture *f = *state;
    okb_str level = f->host->option(f->job, OKB_STR("level"));
    okb_str kind = f->host->option(f->job, OKB_STR("kind"));
    assert_true(level.len == 1 && *level.data == '7');
    assert_true(kind.len == 3 && memcmp(kind.data, "a=b", 3) == 0);
    assert_null(f->host->option(f->job, OKB_STR("lev")).data);
    assert_null(f->host->option(f->job, OKB_STR("")).data);
}

static void limits_fill_no_more_than_the_caller_has(void **state)
{
    Fixture *f = *state;
    okb_limits limits;
    memset(&limits, 0x55, sizeof limits);
    limits.struct_size = offsetof(okb_limits, max_body_bytes);
    assert_int_equal(f->host->limits(f->job, &limits), OKB_OK);
    assert_int_equal(limits.max_assets, 3);
    assert_int_equal(limits.max_body_bytes, 0x5555555555555555);
    limits.struct_size = sizeof limits + 100;
    assert_int_equal(f->host->limits(f->job, &limits), OKB_OK);
    assert_int_equal(limits.struct_size, sizeof limits);
    assert_int_equal(limits.wall_ms, 7);
}

/* ---- UTF-8 ------------------------------------------------------------------------------- */

static const struct {
    const char *label, *bytes;
    int expected;
} characters[] = {
    {"ASCII", "a", 1},
    {"two bytes", "\xc3\xbc", 2},
    {"three bytes", "\xe2\x82\xac", 3},
    {"four bytes", "\xf0\x9f\x98\x80", 4},
    {"the last one", "\xf4\x8f\xbf\xbf", 4},
    {"above the last one", "\xf4\x90\x80\x80", 0},
    {"a long form", "\xc0\xaf", 0},
    {"a long form of three", "\xe0\x80\xaf", 0},
    {"a long form of four", "\xf0\x80\x80\xaf", 0},
    {"a surrogate", "\xed\xa0\x80", 0},
    {"a continuation first", "\x80", 0},
    {"a byte that is none", "\xff", 0},
    {"cut after one", "\xe2", -1},
    {"cut after two", "\xe2\x82", -1},
    {"wrong before its end", "\xe2\x28", 0},
    {"a surrogate, cut", "\xed\xa0", 0},
};

static void utf8_is_read_strictly(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(characters); i++)
        if (okb_utf8_next(characters[i].bytes, strlen(characters[i].bytes)) !=
            characters[i].expected)
            fail_msg("%s", characters[i].label);
}

#define WITH_JOB(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_JOB(what_a_plugin_says_reaches_the_bundle),
        WITH_JOB(a_character_may_be_split_over_two_calls),
        WITH_JOB(control_characters_are_replaced_with_one_warning),
        WITH_JOB(the_first_failure_latches_and_fails_the_document),
        WITH_JOB(what_is_unfinished_at_the_end_fails),
        WITH_JOB(the_first_ten_thousand_warnings_are_kept),
        WITH_JOB(fail_says_why_once),
        WITH_JOB(a_message_keeps_what_can_be_said),
        WITH_JOB(statuses_that_are_none_are_internal),
        WITH_JOB(cancelling_reaches_progress),
        WITH_JOB(options_are_given_or_default_or_absent),
        WITH_JOB(limits_fill_no_more_than_the_caller_has),
        cmocka_unit_test(utf8_is_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
