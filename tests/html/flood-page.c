/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * flood-page: lists the families, one a line. flood-page INDEX BYTES: writes a page of that
 * family, of about so many bytes, to stdout.
 */
#include "floods.h"

#include <stdio.h>

#define N (sizeof floods / sizeof *floods)

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 1 && i < N; i++)
        puts(floods[i].label);
    if (argc != 3)
        return argc != 1;
    size_t i = strtoul(argv[1], NULL, 10), bytes = strtoul(argv[2], NULL, 10), len;
    if (i >= N)
        return 2;
    char *page = repeat(floods[i].head, floods[i].unit, bytes / strlen(floods[i].unit),
                        floods[i].tail, &len);
    fwrite(page, 1, len, stdout);
    free(page);
    return 0;
}
