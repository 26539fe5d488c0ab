/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Command lines and their values. What is said goes to files in memory.
 */
#include "unit/check.h"

#include "cli/cli.h"
#include "cli/short-options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_nothing(OkbCli *cli, char **argv)
{
    (void)cli;
    (void)argv;
    return 0;
}

static const OkbCommand commands[] = {{"try", "THING...", "Try something", run_nothing},
                                      {NULL}};

int okb_cli_usage(OkbCli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    okb_complain(&cli->output, "%s", message);
    return OKB_EXIT_USAGE;
}

typedef struct {
    OkbCli cli;
    char *data, *talk;
    size_t data_len, talk_len;
} Fixture;

static int setup(void **state)
{
    Fixture *f = g_new0(Fixture, 1);
    okb_cli_init(&f->cli, commands);
    f->cli.command = &commands[0];
    f->cli.output.data = open_memstream(&f->data, &f->data_len);
    f->cli.output.talk = open_memstream(&f->talk, &f->talk_len);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    Fixture *f = *state;
    okb_cli_clear(&f->cli);
    fclose(f->cli.output.data);
    fclose(f->cli.output.talk);
    free(f->data);
    free(f->talk);
    g_free(f);
    return 0;
}

static void test_sizes_are_powers_of_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        guint64 bytes; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"1K", 1024},
        {"512M", 512ull << 20},
        {"2G", 2ull << 30},
        {"1.5k", 1536},
        {"1T", 1ull << 40},
        {"3MiB", 3ull << 20},
        {"", 0},
        {"0", 0},
        {"-1", 0},
        {"M", 0},
        {"1X", 0},
        {"1 M", 0},
        {"nan", 0},
        {"inf", 0},
        {"1e400", 0},
        {"9999999999T", 0},
        {"1M2", 0},
        {" 1", 0},
        {"0x10X", 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint64 bytes = 0;
        bool ok = okb_cli_size(cases[i].text, &bytes, &error);
        if (ok != (cases[i].bytes != 0) || bytes != cases[i].bytes)
            fail_msg("size “%s” gives %d, %llu", cases[i].text, ok, (unsigned long long)bytes);
        assert_int_equal(error == NULL, ok);
    }
}

static void test_times_are_seconds_unless_they_say_so(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int ms; /* -1: refused */
    } cases[] = {
        {"0", 0},       {"30", 30000},   {"1.5s", 1500}, {"500ms", 500},
        {"2m", 120000}, {"1h", 3600000}, {"0.2", 200},   {"", -1},
        {"-1", -1},     {"1d", -1},      {"99999h", -1}, {"soon", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint ms = 0;
        bool ok = okb_cli_duration(cases[i].text, &ms, &error);
        if (ok != (cases[i].ms >= 0) || (ok && (int)ms != cases[i].ms))
            fail_msg("time “%s” gives %d, %u", cases[i].text, ok, ms);
        if (!ok)
            assert_int_equal(okb_error_exit_code(error), OKB_EXIT_USAGE);
    }
}

static void test_values_attached_to_short_options_are_split_off(void **state)
{
    (void)state;
    static const GOptionEntry entries[] = {
        {"jobs", 'j', 0, G_OPTION_ARG_INT, NULL, NULL, NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, NULL, NULL, NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
        {NULL},
    };
    static const struct {
        const char *given, *split; /* words separated by blanks */
    } cases[] = {
        {"x -j2", "x -j 2"},
        {"x -j 2", "x -j 2"},
        {"x -vj2 a", "x -vj 2 a"},
        {"x -vq", "x -vq"},
        {"x -oa-b", "x -o a-b"},
        {"x -o -j2", "x -o -j2"},             /* a value that looks like an option */
        {"x --output -j2", "x --output -j2"}, /* likewise */
        {"x --output=f -j2", "x --output=f -j 2"},
        {"x --verbose -j2", "x --verbose -j 2"},
        {"x -- -j2", "x -- -j2"},
        {"x -z2 - a", "x -z2 - a"}, /* unknown: GLib says so; "-" is an argument */
        {"-j2", "-j2"},             /* argv[0] */
        {"x -o -- -j2", "x -o -- -j 2"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) given = g_strsplit(cases[i].given, " ", -1);
        g_auto(GStrv) split = okb_short_options_split(entries, given);
        g_autofree char *joined = g_strjoinv(" ", split);
        assert_string_equal(joined, cases[i].split);
    }
}

static int parse(Fixture *f, guint takes, const char *const *argv)
{
    return okb_cli_parse(&f->cli, takes, NULL, (char **)argv);
}

static void test_options_may_stand_before_and_after_arguments(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "one", "--kb-dir", "/kb", "two", "--json", NULL};
    assert_int_equal(parse(f, OKB_CLI_KB | OKB_CLI_JSON, argv), OKB_CLI_GO);
    assert_string_equal(f->cli.kb_dir, "/kb");
    assert_true(f->cli.json);
    assert_int_equal(g_strv_length(f->cli.arguments), 2);
    assert_string_equal(f->cli.arguments[1], "two");
}

static void test_after_two_dashes_all_are_arguments(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "--", "--json", "-x", NULL};
    assert_int_equal(parse(f, OKB_CLI_JSON, argv), OKB_CLI_GO);
    assert_false(f->cli.json);
    assert_string_equal(f->cli.arguments[0], "--json");
    assert_string_equal(f->cli.arguments[1], "-x");
}

static void test_a_name_that_is_not_utf8_arrives_as_it_is(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "latin\xe9", "--kb-dir", "d\xe9", NULL};
    assert_int_equal(parse(f, OKB_CLI_KB, argv), OKB_CLI_GO);
    assert_string_equal(f->cli.arguments[0], "latin\xe9");
    assert_string_equal(f->cli.kb_dir, "d\xe9");
}

static void test_what_stands_after_the_command_wins(void **state)
{
    Fixture *f = *state;
    f->cli.kb_dir = g_strdup("/before");
    f->cli.lock_timeout = g_strdup("7");
    const char *const argv[] = {"try", "--kb-dir=/after", NULL};
    assert_int_equal(parse(f, OKB_CLI_KB, argv), OKB_CLI_GO);
    assert_string_equal(f->cli.kb_dir, "/after");
    assert_int_equal(f->cli.lock_timeout_ms, 7000);
}

static void test_an_unknown_option_is_usage_and_named(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "--nonsense", NULL};
    assert_int_equal(parse(f, 0, argv), OKB_EXIT_USAGE);
    fflush(f->cli.output.talk);
    assert_non_null(strstr(f->talk, "--nonsense"));
}

static void test_an_option_that_a_command_does_not_take_is_unknown(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "--json", NULL};
    assert_int_equal(parse(f, OKB_CLI_KB, argv), OKB_EXIT_USAGE);
}

static void test_help_is_data_and_names_every_option(void **state)
{
    static const char *const wanted[] = {"openkb try", "THING...",  "Try something",
                                         "--kb-dir",   "--json",    "--lock-timeout",
                                         "--quiet",    "--verbose", "--help"};
    Fixture *f = *state;
    const char *const argv[] = {"try", "--help", NULL};
    assert_int_equal(parse(f, OKB_CLI_KB | OKB_CLI_JSON, argv), OKB_EXIT_OK);
    fflush(f->cli.output.data);
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        if (!strstr(f->data, wanted[i]))
            fail_msg("the help lacks “%s”", wanted[i]);
}

static void test_quiet_outdoes_verbose(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "-v", "-q", NULL};
    assert_int_equal(parse(f, 0, argv), OKB_CLI_GO);
    assert_true(f->cli.output.quiet);
    assert_false(f->cli.output.verbose);
}

static void test_the_number_of_arguments_is_checked(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"try", "one", "two", NULL};
    assert_int_equal(parse(f, 0, argv), OKB_CLI_GO);
    assert_int_equal(okb_cli_want_arguments(&f->cli, 1, 2), OKB_CLI_GO);
    assert_int_equal(okb_cli_want_arguments(&f->cli, 0, -1), OKB_CLI_GO);
    assert_int_equal(okb_cli_want_arguments(&f->cli, 3, 3), OKB_EXIT_USAGE);
    assert_int_equal(okb_cli_want_arguments(&f->cli, 0, 1), OKB_EXIT_USAGE);
}

static void test_global_options_end_at_the_command(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"openkb", "--kb-dir", "/kb", "-v", "try", "--json", NULL};
    g_auto(GStrv) copy = g_strdupv((char **)argv);
    assert_int_equal(okb_cli_parse_global(&f->cli, &copy), OKB_CLI_GO);
    assert_string_equal(copy[1], "try");
    assert_string_equal(copy[2], "--json");
    assert_string_equal(f->cli.kb_dir, "/kb");
    assert_true(f->cli.output.verbose);
    assert_false(f->cli.json);
}

static void test_without_a_command_there_is_usage(void **state)
{
    Fixture *f = *state;
    const char *const argv[] = {"openkb", NULL};
    g_auto(GStrv) copy = g_strdupv((char **)argv);
    assert_int_equal(okb_cli_parse_global(&f->cli, &copy), OKB_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_are_powers_of_1024),
        cmocka_unit_test(test_values_attached_to_short_options_are_split_off),
        cmocka_unit_test(test_times_are_seconds_unless_they_say_so),
        cmocka_unit_test_setup_teardown(test_options_may_stand_before_and_after_arguments,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_two_dashes_all_are_arguments, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_not_utf8_arrives_as_it_is, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_stands_after_the_command_wins, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_an_unknown_option_is_usage_and_named, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_an_option_that_a_command_does_not_take_is_unknown,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_help_is_data_and_names_every_option, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_quiet_outdoes_verbose, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_number_of_arguments_is_checked, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_global_options_end_at_the_command, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_without_a_command_there_is_usage, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
