/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb convert FILE...: write Markdown; needs no knowledge base.
 */
#include "cli/commands.h"

#include "cli/report.h"
#include "cli/work.h"

#include <string.h>

typedef struct {
    char *output, *output_dir, *metadata;
    gboolean force;
} Convert;

static void convert_clear(Convert *flags)
{
    g_free(flags->output);
    g_free(flags->output_dir);
    g_free(flags->metadata);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Convert, convert_clear)

static bool to_stdout(const Convert *flags)
{
    return !flags->output && !flags->output_dir;
}

/* What of the flags does not go together, or NULL. */
static const char *contradiction(const Convert *flags, const OkbCli *cli)
{
    if (flags->output && flags->output_dir)
        return "-o and --output-dir exclude each other";
    if (flags->metadata && strcmp(flags->metadata, "none") != 0 &&
        strcmp(flags->metadata, "front-matter") != 0)
        return "--metadata is none or front-matter";
    if (cli->json && to_stdout(flags))
        return "--json needs -o or --output-dir, because stdout gets the Markdown";
    return NULL;
}

static int convert(OkbCli *cli, OkbWork *work, const Convert *flags)
{
    const OkbConvertTarget target = {
        .output = flags->output,
        .output_dir = flags->output_dir,
        .front_matter = g_strcmp0(flags->metadata, "front-matter") == 0,
        .force = flags->force,
    };
    g_autoptr(GError) error = NULL;
    OkbReport report;
    okb_report_init(&report, cli, false);
    bool ok = okb_ingest_convert(work->plugins, &work->ingest, &target, STDOUT_FILENO,
                                 &report.observer, &report.counts, &error);
    okb_work_tell_set_aside(work, &report.observer, &report.counts);
    return okb_report_finish(&report, ok ? NULL : error);
}

int okb_command_convert(OkbCli *cli, char **argv)
{
    g_auto(Convert) flags = {0};
    g_auto(OkbWork) work = {0};
    const GOptionEntry own[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &flags.output, "Write one document here",
         "FILE"},
        {"output-dir", 0, 0, G_OPTION_ARG_FILENAME, &flags.output_dir,
         "Write below DIR, with the relative paths of the sources", "DIR"},
        {"metadata", 0, 0, G_OPTION_ARG_FILENAME, &flags.metadata,
         "What to do with title, author, date: nothing (default) or YAML front matter",
         "none|front-matter"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &flags.force, "Replace files that exist", NULL},
        {NULL},
    };
    g_autofree GOptionEntry *entries = okb_work_entries(&work, own);
    int code = okb_cli_parse(cli, OKB_CLI_JSON, entries, argv);
    if (code != OKB_CLI_GO)
        return code;
    if (g_strcmp0(flags.output, "-") == 0)
        g_clear_pointer(&flags.output, g_free);
    if (contradiction(&flags, cli))
        return okb_cli_usage(cli, "%s", contradiction(&flags, cli));
    g_autoptr(GError) error = NULL;
    if (!okb_work_prepare(&work, cli, &error))
        return okb_cli_fail(cli, error);
    return convert(cli, &work, &flags);
}
