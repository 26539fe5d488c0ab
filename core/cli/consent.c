/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/consent.h"

#include <unistd.h>

bool okb_consent_possible(const OkbCli *cli)
{
    return isatty(STDIN_FILENO) && cli->output.terminal;
}

bool okb_consent_ask(OkbCli *cli, const char *question)
{
    char answer[16] = "";
    fprintf(cli->output.talk, "%s? [y/N] ", question);
    fflush(cli->output.talk);
    return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}
