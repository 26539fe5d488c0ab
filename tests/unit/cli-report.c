/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What is told of a batch.
 */
#include "unit/check.h"

#include "cli/reasons.h"
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

int okb_cli_fail(OkbCli *cli, const GError *error)
{
    okb_complain(&cli->output, "openkb: %s", error->message);
    return okb_error_exit_code(error);
}

typedef struct {
    OkbCli cli;
    OkbReport report;
    FILE *data_stream, *talk_stream;
    char *data, *talk;
    size_t data_len, talk_len;
} Fixture;

static Fixture *begin(bool json, bool jsonl)
{
    Fixture *f = g_new0(Fixture, 1);
    f->data_stream = open_memstream(&f->data, &f->data_len);
    f->talk_stream = open_memstream(&f->talk, &f->talk_len);
    okb_output_init(&f->cli.output, f->data_stream, f->talk_stream);
    f->cli.json = json;
    okb_report_init(&f->report, &f->cli, jsonl);
    return f;
}

static int finish(Fixture *f, const GError *error)
{
    int code = okb_report_finish(&f->report, error);
    fclose(f->data_stream);
    fclose(f->talk_stream);
    return code;
}

static void end(Fixture *f)
{
    free(f->data);
    free(f->talk);
    g_free(f);
}

static const OkbItem added = {
    .kind = OKB_ITEM_ADDED, .path = "a.md", .name = "a", .plugin = "markdown"};
static const OkbItem failed = {.kind = OKB_ITEM_FAILED,
                               .path = "b\n.pdf",
                               .stage = "convert",
                               .reason = "encrypted",
                               .detail = "needs a\npassword \x1b[31m"};

static void tell(Fixture *f, const OkbItem *item)
{
    f->report.observer.item(item, f->report.observer.data);
}

static void test_exit_codes_follow_the_counts(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        OkbCounts counts;
        int code;
    } cases[] = {
        {"nothing", {0}, OKB_EXIT_OK},
        {"all in", {.added = 2}, OKB_EXIT_OK},
        {"all failed", {.failed = 2}, OKB_EXIT_FAILED},
        {"all failed, all for want of room", {.failed = 2, .no_space = 2}, OKB_EXIT_NO_SPACE},
        {"all failed, one for want of room", {.failed = 2, .no_space = 1}, OKB_EXIT_FAILED},
        {"some failed", {.failed = 1, .added = 1}, OKB_EXIT_SOME_FAILED},
        {"some failed, the rest unchanged",
         {.failed = 1, .unchanged = 1},
         OKB_EXIT_SOME_FAILED},
        {"some failed, one a duplicate", {.failed = 1, .duplicates = 1}, OKB_EXIT_SOME_FAILED},
        {"some failed, one converted", {.failed = 1, .converted = 1}, OKB_EXIT_SOME_FAILED},
        {"skipped is not done", {.failed = 1, .skipped_unknown = 9}, OKB_EXIT_FAILED},
        {"interrupted", {.added = 1, .interrupted = true}, OKB_EXIT_INTERRUPTED},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (okb_report_exit_code(&cases[i].counts) != cases[i].code)
            fail_msg("%s: %d", cases[i].label, okb_report_exit_code(&cases[i].counts));
}

static void test_sums_leave_out_what_is_zero(void **state)
{
    (void)state;
    g_autofree char *none = okb_report_sums(&(OkbCounts){0});
    assert_string_equal(none, "nothing to do");
    g_autofree char *some =
        okb_report_sums(&(OkbCounts){.failed = 2, .added = 1, .duplicates = 3});
    assert_string_equal(some, "1 added, 3 duplicate, 2 failed");
}

static void test_a_failure_is_one_harmless_line_with_what_to_try(void **state)
{
    (void)state;
    g_autofree char *line = okb_report_failure(&failed);
    assert_string_equal(line, "b\\x0a.pdf: encrypted (convert): needs a password [31m; "
                              "try: save a copy without a password and add that");
}

static void test_the_hint_of_the_failure_goes_before_the_general_one(void **state)
{
    (void)state;
    OkbItem item = failed;
    item.hint = "ask Bob";
    item.remembered = true;
    g_autofree char *line = okb_report_failure(&item);
    assert_non_null(strstr(line, "; try: ask Bob"));
    assert_non_null(strstr(line, "not tried again"));
}

static void test_every_reason_has_advice_and_a_name_of_its_own(void **state)
{
    (void)state;
    for (const OkbReason *reason = okb_reasons; reason->name; reason++) {
        assert_non_null(reason->advice);
        assert_ptr_equal(okb_reason_advice(reason->name), reason->advice);
    }
    assert_null(okb_reason_advice("no such reason"));
    assert_null(okb_reason_advice(NULL));
}

static void test_a_warning_names_its_page(void **state)
{
    (void)state;
    OkbItem item = added;
    item.warnings = 1;
    item.first_warning = "no text";
    Fixture *f = begin(false, false);
    tell(f, &item);
    item.first_warning_page = 7;
    item.warnings = 2;
    tell(f, &item);
    finish(f, NULL);
    assert_non_null(strstr(f->talk, "a.md: no text\n"));
    assert_non_null(strstr(f->talk, "a.md: page 7: no text (and 1 more)\n"));
    end(f);
}

static void test_the_summary_has_the_sums_and_each_failure_once(void **state)
{
    (void)state;
    Fixture *f = begin(false, false);
    f->report.counts = (OkbCounts){.added = 1, .failed = 1, .sandbox = "reduced"};
    tell(f, &added);
    tell(f, &failed);
    assert_int_equal(finish(f, NULL), OKB_EXIT_SOME_FAILED);
    assert_int_equal(f->data_len, 0);
    assert_non_null(strstr(f->talk, "added     a (a.md)\n"));
    assert_non_null(strstr(f->talk, "\n1 added, 1 failed, "));
    assert_non_null(strstr(f->talk, "\nsandbox: reduced; "));
    assert_non_null(strstr(f->talk, "\nfailed: b\\x0a.pdf: encrypted (convert): "));
    const char *detail = strstr(f->talk, "needs a password");
    assert_null(strstr(detail + 1, "needs a password"));
    end(f);
}

static void test_with_quiet_only_failures_are_told(void **state)
{
    (void)state;
    Fixture *f = begin(false, false);
    f->cli.output.quiet = true;
    f->report.counts = (OkbCounts){.added = 1, .failed = 1};
    tell(f, &added);
    tell(f, &failed);
    finish(f, NULL);
    assert_true(g_str_has_prefix(f->talk, "failed: "));
    assert_null(strstr(f->talk, "added"));
    end(f);
}

static void test_json_is_one_object_with_all_items(void **state)
{
    (void)state;
    Fixture *f = begin(true, false);
    f->report.counts =
        (OkbCounts){.added = 1, .failed = 1, .sandbox = "full", .landlock_abi = 4};
    tell(f, &added);
    tell(f, &failed);
    f->report.observer.notice("a notice", f->report.observer.data);
    finish(f, NULL);
    json_t *root = json_loads(f->data, 0, NULL);
    const char *event = NULL, *reason = NULL, *notice = NULL, *sandbox = NULL;
    int code = 0, count = 0;
    assert_int_equal(json_unpack(root, "{s:[{s:s}, {s:s}], s:[s], s:s, s:i, s:{s:i}}", "items",
                                 "event", &event, "reason", &reason, "notices", &notice,
                                 "sandbox", &sandbox, "exit_code", &code, "counts", "failed",
                                 &count),
                     0);
    assert_string_equal(event, "added");
    assert_string_equal(reason, "encrypted");
    assert_string_equal(notice, "a notice");
    assert_int_equal(code, OKB_EXIT_SOME_FAILED);
    assert_int_equal(count, 1);
    json_decref(root);
    end(f);
}

static void test_jsonl_is_an_event_a_line_and_the_summary_last(void **state)
{
    (void)state;
    Fixture *f = begin(false, true);
    f->report.counts = (OkbCounts){.added = 1, .failed = 1};
    tell(f, &added);
    tell(f, &failed);
    finish(f, NULL);
    g_auto(GStrv) lines = g_strsplit(f->data, "\n", -1);
    static const char *const events[] = {"added", "failed", "summary"};
    assert_int_equal(g_strv_length(lines), 4);
    for (int i = 0; i < 3; i++) {
        json_t *object = json_loads(lines[i], 0, NULL);
        assert_string_equal(json_string_value(json_object_get(object, "event")), events[i]);
        json_decref(object);
    }
    end(f);
}

static void test_what_stopped_a_batch_decides_its_exit_code(void **state)
{
    (void)state;
    Fixture *f = begin(true, false);
    g_autoptr(GError) error = NULL;
    okb_error_set(&error, OKB_ERROR_NO_SPACE, "disk full");
    f->report.counts = (OkbCounts){.added = 1};
    tell(f, &added);
    assert_int_equal(finish(f, error), OKB_EXIT_NO_SPACE);
    assert_non_null(strstr(f->talk, "openkb: disk full\n"));
    assert_non_null(strstr(f->data, "\"error\": \"disk full\""));
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes_follow_the_counts),
        cmocka_unit_test(test_sums_leave_out_what_is_zero),
        cmocka_unit_test(test_a_failure_is_one_harmless_line_with_what_to_try),
        cmocka_unit_test(test_the_hint_of_the_failure_goes_before_the_general_one),
        cmocka_unit_test(test_every_reason_has_advice_and_a_name_of_its_own),
        cmocka_unit_test(test_a_warning_names_its_page),
        cmocka_unit_test(test_the_summary_has_the_sums_and_each_failure_once),
        cmocka_unit_test(test_with_quiet_only_failures_are_told),
        cmocka_unit_test(test_json_is_one_object_with_all_items),
        cmocka_unit_test(test_jsonl_is_an_event_a_line_and_the_summary_last),
        cmocka_unit_test(test_what_stopped_a_batch_decides_its_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
