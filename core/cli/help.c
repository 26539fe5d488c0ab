/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb help [COMMAND]: what --help says.
 */
#include "cli/commands.h"

#include <string.h>

int okb_command_help(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, 0, NULL, argv, 0, 1);
    if (code != OKB_CLI_GO)
        return code;
    g_autofree char *name = g_strdup(cli->arguments[0]);
    if (!name) {
        okb_cli_show_commands(cli);
        return OKB_EXIT_OK;
    }
    for (const OkbCommand *command = cli->commands; command->name; command++) {
        if (strcmp(command->name, name) != 0)
            continue;
        char *help[] = {name, (char *)"--help", NULL};
        g_clear_pointer(&cli->arguments, g_strfreev);
        cli->command = command;
        return command->run(cli, help);
    }
    return okb_cli_usage(cli, "there is no command “%s”", name);
}
