/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb: the table of commands, and nothing else.
 */
#include "cli/commands.h"

#include "cli/no-memory.h"
#include "cli/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const OkbCommand commands[] = {
    {"init", "[DIR]", "Make a knowledge base, or adopt the one that is there",
     okb_command_init},
    {"add", "PATH...", "Convert files and directories and put them in", okb_command_add},
    {"list", "[PATTERN...]", "Show the documents", okb_command_list},
    {"show", "DOC", "Print a document", okb_command_show},
    {"remove", "DOC...", "Take documents out", okb_command_remove},
    {"status", "", "Show what there is and what wants attention", okb_command_status},
    {"verify", "", "Hold every file against the registry", okb_command_verify},
    {"recover", "", "Finish now what an interrupted command left", okb_command_recover},
    {"convert", "FILE...", "Write Markdown, without a knowledge base", okb_command_convert},
    {"plugins", "list|info|explain|enable|check", "Show the plugins, and who gets a file",
     okb_command_plugins},
    {"doctor", "", "Show what this machine offers: sandbox, plugins, file system",
     okb_command_doctor},
    {"help", "[COMMAND]", "Show help", okb_command_help},
    {"version", "", "Show version numbers", okb_command_version},
    {NULL},
};

static const OkbCommand *find_command(const char *name)
{
    for (const OkbCommand *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static int run(OkbCli *cli, char ***argv)
{
    int code = okb_cli_parse_global(cli, argv);
    if (code != OKB_CLI_GO)
        return code;
    cli->command = find_command((*argv)[1]);
    if (!cli->command)
        return okb_cli_usage(cli, "there is no command “%s”", (*argv)[1]);
    return cli->command->run(cli, *argv + 1);
}

/* Data that did not reach its reader is a failure; a reader who has left (EPIPE) is told
 * nothing. */
static int finish(OkbCli *cli, int code)
{
    int errnum = okb_output_finish(&cli->output);
    if (errnum == 0)
        return code;
    if (errnum != EPIPE)
        okb_complain(&cli->output, "openkb: cannot write to standard output: %s",
                     g_strerror(errnum));
    return code == OKB_EXIT_OK ? OKB_EXIT_FAILED : code;
}

/* A standard stream that came closed must not become a file of the knowledge base. What stands
 * in for it refuses use as the closed one did. */
static void hold_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    okb_no_memory_install();
    okb_signals_install();
    g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);
    for (int i = 0; i < argc; i++)
        arguments[i] = g_strdup(argv[i]);
    OkbCli cli;
    okb_cli_init(&cli, commands);
    int code = finish(&cli, run(&cli, &arguments));
    okb_cli_clear(&cli);
    return code;
}
