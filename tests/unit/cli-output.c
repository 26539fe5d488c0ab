/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Columns, JSON of foreign text, and the text of the live line.
 */
#include "unit/check.h"

#include "cli/progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_wide_and_combining_characters_are_counted_as_terminals_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        guint columns;
    } cases[] = {{"", 0}, {"abc", 3}, {"äö", 2}, {"技术", 4}, {"e\xcc\x81", 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (okb_text_columns(cases[i].text) != cases[i].columns)
            fail_msg("“%s” takes %u", cases[i].text, okb_text_columns(cases[i].text));
}

static void test_text_is_cut_at_a_character_to_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        guint columns;
        const char *cut;
    } cases[] = {
        {"short", 10, "short"},   {"exactly", 7, "exactly"}, {"too long", 5, "too …"},
        {"技术报告", 5, "技术…"}, {"技术报告", 4, "技…"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *cut = okb_text_fit(cases[i].text, cases[i].columns);
        assert_string_equal(cut, cases[i].cut);
    }
}

static void test_json_keeps_text_and_spells_out_bytes_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"plain", "plain"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"latin\xe9!", "latin\\xe9!"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\x1b[31m", "\x1b[31m"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        json_t *value = okb_json_text(cases[i].text);
        assert_string_equal(json_string_value(value), cases[i].json);
        json_decref(value);
    }
    json_t *none = okb_json_text(NULL), *empty = okb_json_text_or_null("");
    assert_true(json_is_null(none));
    assert_true(json_is_null(empty));
}

static void test_progress_tells_rate_and_time_left_when_it_can(void **state)
{
    (void)state;
    static const struct {
        guint64 done, total;
        guint running;
        const char *slowest;
        gint64 elapsed_us;
        const char *text;
    } cases[] = {
        {0, 10, 2, NULL, 0, "0/10, 2 running"},
        {0, 10, 1, "a.pdf", 9000000, "0/10, 1 running: a.pdf"},
        {50, 100, 0, NULL, 10000000, "50/100, 5.0/s, 10 s left"},
        {1, 1000, 1, "b", 1000000, "1/1000, 1.0/s, 17 min left, 1 running: b"},
        {1, 10000, 1, NULL, 2000000, "1/10000, 0.5/s, 5 h 33 min left, 1 running"},
        {10, 10, 0, NULL, 2000000, "10/10, 5.0/s"},
        {1, 2, 1, "x\x1b[2J", 100, "1/2, 1 running: x\\x1b[2J"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            okb_progress_text(cases[i].done, cases[i].total, cases[i].running, cases[i].slowest,
                              cases[i].elapsed_us);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_a_file_is_no_terminal_so_there_is_no_live_line(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    OkbOutput output;
    okb_output_init(&output, stream, stream);
    OkbProgress progress;
    okb_progress_init(&progress, &output);
    okb_progress_update(&progress, 1, 2, 1, "x");
    fflush(stream);
    assert_int_equal(len, 0);
    okb_say(&output, "said"); /* control: the stream works */
    assert_string_equal(text, "said\n");
    fclose(stream);
    free(text);
}

static void test_quiet_silences_talk_but_not_complaints(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    OkbOutput output;
    okb_output_init(&output, stream, stream);
    output.quiet = true;
    okb_say(&output, "talk");
    okb_say_verb(&output, OKB_GOOD, "verb", "talk");
    okb_complain(&output, "complaint");
    fclose(stream);
    assert_string_equal(text, "complaint\n");
    free(text);
}

static void test_data_that_cannot_be_written_is_remembered(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    OkbOutput output;
    okb_output_init(&output, full, stderr);
    okb_data(&output, "data\n");
    assert_int_equal(okb_output_finish(&output), ENOSPC);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide_and_combining_characters_are_counted_as_terminals_do),
        cmocka_unit_test(test_text_is_cut_at_a_character_to_fit),
        cmocka_unit_test(test_json_keeps_text_and_spells_out_bytes_that_are_none),
        cmocka_unit_test(test_progress_tells_rate_and_time_left_when_it_can),
        cmocka_unit_test(test_a_file_is_no_terminal_so_there_is_no_live_line),
        cmocka_unit_test(test_quiet_silences_talk_but_not_complaints),
        cmocka_unit_test(test_data_that_cannot_be_written_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
