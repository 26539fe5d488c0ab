/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb version: the four numbers that are promised apart.
 */
#include "cli/commands.h"

#include <openkb/plugin.h>

enum { KB_SCHEMA = 1, BUNDLE_FORMAT = 1 };

static void print_json(OkbCli *cli)
{
    okb_output_json(&cli->output,
                    json_pack("{s:s, s:{s:i, s:i}, s:i, s:i}", "version", OPENKB_VERSION,
                              "plugin_abi", "major", OKB_ABI_MAJOR, "minor", OKB_ABI_MINOR,
                              "kb_schema", KB_SCHEMA, "bundle_format", BUNDLE_FORMAT));
}

int okb_command_version(OkbCli *cli, char **argv)
{
    int code = okb_cli_parse_counted(cli, OKB_CLI_JSON, NULL, argv, 0, 0);
    if (code != OKB_CLI_GO)
        return code;
    if (cli->json)
        print_json(cli);
    else
        okb_data(&cli->output,
                 "openkb %s\nplugin ABI %d.%d\nknowledge base schema %d\nbundle format %d\n",
                 OPENKB_VERSION, OKB_ABI_MAJOR, OKB_ABI_MINOR, KB_SCHEMA, BUNDLE_FORMAT);
    return OKB_EXIT_OK;
}
