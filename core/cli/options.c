/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Command lines: the common options, the help, what a value means. GLib prints and exits on
 * --help by itself and converts strings from the locale's charset; both are kept away from it,
 * because our names are bytes and our stdout is watched.
 */
#include "cli/cli.h"

#include "cli/short-options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void okb_cli_init(OkbCli *cli, const OkbCommand *commands)
{
    *cli = (OkbCli){.commands = commands};
    okb_output_init(&cli->output, stdout, stderr);
}

void okb_cli_clear(OkbCli *cli)
{
    g_clear_pointer(&cli->kb_dir, g_free);
    g_clear_pointer(&cli->lock_timeout, g_free);
    g_clear_pointer(&cli->arguments, g_strfreev);
}

static void add_entries(GArray *all, const GOptionEntry *entries)
{
    for (; entries && entries->long_name; entries++)
        g_array_append_val(all, *entries);
}

/* `own`, then the common options that the command takes; free with g_array_unref(). */
static GArray *gather_entries(OkbCli *cli, guint takes, const GOptionEntry *own)
{
    const GOptionEntry always[] = {
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, "Say nothing but errors", NULL},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &cli->verbose, "Say more", NULL},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &cli->help, "Show this help", NULL},
        {NULL},
    };
    const GOptionEntry kb[] = {
        {"kb-dir", 0, 0, G_OPTION_ARG_FILENAME, &cli->kb_dir,
         "The knowledge base (else $OPENKB_DIR, else the nearest .openkb/ upwards)", "DIR"},
        {"lock-timeout", 0, 0, G_OPTION_ARG_FILENAME, &cli->lock_timeout,
         "Give up when another process has held the lock for so long (else wait)", "SECONDS"},
        {NULL},
    };
    const GOptionEntry json[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli->json, "Report as one JSON value on stdout",
         NULL},
        {NULL},
    };
    GArray *all = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    add_entries(all, own);
    add_entries(all, takes & OKB_CLI_KB ? kb : NULL);
    add_entries(all, takes & OKB_CLI_JSON ? json : NULL);
    add_entries(all, always);
    return all;
}

static void show_help(OkbCli *cli, GOptionContext *context)
{
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    okb_data(&cli->output, "%s", help);
}

/* GLib puts g_get_prgname() into the usage line. */
static GOptionContext *context_new(const OkbCommand *command)
{
    g_autofree char *name = g_strdup_printf("openkb %s", command->name);
    g_set_prgname(name);
    GOptionContext *context = g_option_context_new(command->arguments);
    g_autofree char *summary = g_strdup_printf("%s.", command->help);
    g_option_context_set_summary(context, summary);
    g_option_context_set_help_enabled(context, FALSE);
    return context;
}

static int usage_of(OkbCli *cli, const GError *error)
{
    return okb_cli_usage(cli, "%s", error->message);
}

static void take_levels(OkbCli *cli)
{
    cli->output.quiet = cli->quiet;
    cli->output.verbose = cli->verbose && !cli->quiet;
}

/* What was given before the command's name gives way to what was given after it. */
static bool parse_over(OkbCli *cli, GOptionContext *context, char ***argv, GError **error)
{
    g_autofree char *kb_dir = g_steal_pointer(&cli->kb_dir);
    g_autofree char *lock_timeout = g_steal_pointer(&cli->lock_timeout);
    if (!g_option_context_parse_strv(context, argv, error))
        return false;
    if (!cli->kb_dir)
        cli->kb_dir = g_steal_pointer(&kb_dir);
    if (!cli->lock_timeout)
        cli->lock_timeout = g_steal_pointer(&lock_timeout);
    take_levels(cli);
    return !cli->lock_timeout ||
           okb_cli_duration(cli->lock_timeout, &cli->lock_timeout_ms, error);
}

int okb_cli_parse(OkbCli *cli, guint takes, const GOptionEntry *own, char **argv)
{
    g_autoptr(GOptionContext) context = context_new(cli->command);
    const GOptionEntry rest[] = {
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cli->arguments, NULL, NULL},
        {NULL},
    };
    g_autoptr(GArray) all = gather_entries(cli, takes, own);
    const GOptionEntry *entries = (const GOptionEntry *)(void *)all->data;
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, rest, NULL);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) split = okb_short_options_split(entries, argv);
    if (!parse_over(cli, context, &split, &error))
        return usage_of(cli, error);
    if (!cli->arguments)
        cli->arguments = g_new0(char *, 1);
    if (!cli->help)
        return OKB_CLI_GO;
    show_help(cli, context);
    return OKB_EXIT_OK;
}

static char *commands_text(const OkbCli *cli)
{
    GString *text =
        g_string_new("Usage:\n  openkb [OPTION...] COMMAND [ARGUMENT...]\n\n"
                     "Turn files into a knowledge base that survives anything.\n\nCommands:\n");
    for (const OkbCommand *c = cli->commands; c->name; c++)
        g_string_append_printf(text, "  %-10s %s\n", c->name, c->help);
    g_string_append(text,
                    "\n\"openkb COMMAND --help\" and openkb-COMMAND(1) say more about each;\n"
                    "options of all commands may stand before the command:\n"
                    "  --kb-dir=DIR, --lock-timeout=SECONDS, --json, -q, -v");
    return g_string_free(text, FALSE);
}

void okb_cli_show_commands(OkbCli *cli)
{
    g_autofree char *text = commands_text(cli);
    okb_data(&cli->output, "%s\n", text);
}

static int no_command(OkbCli *cli)
{
    g_autofree char *text = commands_text(cli);
    okb_complain(&cli->output, "%s\n", text);
    return okb_cli_usage(cli, "name a command");
}

int okb_cli_parse_global(OkbCli *cli, char ***argv)
{
    gboolean version = FALSE;
    const GOptionEntry entries[] = {
        {"version", 0, 0, G_OPTION_ARG_NONE, &version, NULL, NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GArray) common = gather_entries(cli, OKB_CLI_KB | OKB_CLI_JSON, NULL);
    g_option_context_add_main_entries(context, (const GOptionEntry *)(void *)common->data,
                                      NULL);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse_strv(context, argv, &error))
        return usage_of(cli, error);
    take_levels(cli);
    if (version) {
        okb_data(&cli->output, "openkb %s\n", OPENKB_VERSION);
        return OKB_EXIT_OK;
    }
    if (cli->help) {
        okb_cli_show_commands(cli);
        return OKB_EXIT_OK;
    }
    return (*argv)[0] && (*argv)[1] ? OKB_CLI_GO : no_command(cli);
}

int okb_cli_want_arguments(OkbCli *cli, int min, int max)
{
    int n = (int)g_strv_length(cli->arguments);
    if (n < min)
        return okb_cli_usage(cli, "missing argument: %s", cli->command->arguments);
    if (max >= 0 && n > max)
        return okb_cli_usage(cli, "too many arguments, from “%s” on", cli->arguments[max]);
    return OKB_CLI_GO;
}

int okb_cli_parse_counted(OkbCli *cli, guint takes, const GOptionEntry *entries, char **argv,
                          int min, int max)
{
    int code = okb_cli_parse(cli, takes, entries, argv);
    return code == OKB_CLI_GO ? okb_cli_want_arguments(cli, min, max) : code;
}

static bool bad_value(const char *text, const char *wanted, GError **error)
{
    return okb_error_set(error, OKB_ERROR_USAGE, "“%s” is not %s", text, wanted);
}

typedef struct {
    const char *suffix;
    double factor;
} Unit;

/* A number, a unit of the table (the first is the default) and nothing after it. */
static bool scaled(const char *text, const Unit *units, double max, double *ret_value)
{
    char *end = NULL;
    double value = g_ascii_strtod(text, &end);
    if (end == text || !g_ascii_isdigit(*text) || !isfinite(value))
        return false;
    for (const Unit *unit = units; unit->suffix; unit++)
        if (g_ascii_strcasecmp(end, unit->suffix) == 0 && value * unit->factor <= max) {
            *ret_value = value * unit->factor;
            return true;
        }
    return false;
}

bool okb_cli_size(const char *text, guint64 *ret_bytes, GError **error)
{
    static const Unit units[] = {{"", 1},          {"K", 1024},       {"KiB", 1024},
                                 {"M", 1 << 20},   {"MiB", 1 << 20},  {"G", 1 << 30},
                                 {"GiB", 1 << 30}, {"T", 1ull << 40}, {NULL}};
    double value = 0;
    if (!scaled(text, units, 0x1p62, &value) || value < 1)
        return bad_value(text, "a size such as 512M or 2G", error);
    *ret_bytes = (guint64)value;
    return true;
}

bool okb_cli_duration(const char *text, guint *ret_ms, GError **error)
{
    static const Unit units[] = {
        {"", 1000},         {"s", 1000},        {"ms", 1}, {"m", 60 * 1000},
        {"min", 60 * 1000}, {"h", 3600 * 1000}, {NULL}};
    double value = 0;
    if (!scaled(text, units, 0x7fffffff, &value))
        return bad_value(text, "a time such as 30, 1.5s, 500ms, 2m or 1h", error);
    *ret_ms = (guint)value;
    return true;
}
