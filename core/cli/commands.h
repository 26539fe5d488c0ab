/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The functions of the command table in main.c.
 */
#pragma once

#include "cli/cli.h"
#include "store/registry.h"

int okb_command_add(OkbCli *cli, char **argv);
int okb_command_convert(OkbCli *cli, char **argv);
int okb_command_doctor(OkbCli *cli, char **argv);
int okb_command_help(OkbCli *cli, char **argv);
int okb_command_init(OkbCli *cli, char **argv);
int okb_command_list(OkbCli *cli, char **argv);
int okb_command_plugins(OkbCli *cli, char **argv);
int okb_command_recover(OkbCli *cli, char **argv);
int okb_command_remove(OkbCli *cli, char **argv);
int okb_command_show(OkbCli *cli, char **argv);
int okb_command_status(OkbCli *cli, char **argv);
int okb_command_verify(OkbCli *cli, char **argv);
int okb_command_version(OkbCli *cli, char **argv);
