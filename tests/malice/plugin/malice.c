/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A plugin that tries to do harm, to things that the test made for it. Orders are lines "VERB
 * ARGUMENTS": those in the file "orders" beside the module, each after the word "constructor"
 * or "warm", are tried while it is loaded; a document's text is tried in prepare(). Nothing
 * here is believed: the test looks at the world.
 *
 * Bounded: at most 50 forks, each gone after 3 s.
 */
#include <openkb/plugin.h>

#include "attempts.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void try_line(char *line)
{
    char *argument = strchr(line, ' ');
    if (argument)
        *argument++ = '\0';
    malice_try(line, argument ? argument : line + strlen(line));
}

static void try_text(char *text)
{
    for (char *save = NULL, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        try_line(line);
}

static void try_orders(const char *stage)
{
    Dl_info info;
    char path[4096], line[4096];
    if (!dladdr((const void *)try_orders, &info))
        return;
    const char *slash = strrchr(info.dli_fname, '/');
    snprintf(path, sizeof path, "%.*s/orders", (int)(slash - info.dli_fname), info.dli_fname);
    FILE *orders = fopen(path, "r");
    while (orders && fgets(line, sizeof line, orders)) {
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, stage, strlen(stage)) == 0)
            try_line(line + strlen(stage) + 1);
    }
    if (orders)
        fclose(orders);
}

static void __attribute__((constructor)) construct(void)
{
    try_orders("constructor");
}

static okb_status warm(const okb_host *host)
{
    (void)host;
    try_orders("warm");
    return OKB_OK;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    char *text = calloc(1, source->size + 1);
    if (!text || pread(source->fd, text, source->size, 0) < 0)
        return OKB_E_IO;
    malice_loot_len = 0;
    try_text(text);
    free(text);
    host->body_write(job, malice_loot, malice_loot_len);
    return host->body_write(job, "tried\n", 6);
}

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    static const okb_plugin plugin = {
        .magic = OKB_PLUGIN_MAGIC,
        .struct_size = sizeof(okb_plugin),
        .abi_major = OKB_ABI_MAJOR,
        .abi_minor = OKB_ABI_MINOR,
        .output_version = 1,
        .id = "malice",
        .version = "1.0",
        .warm = warm,
        .prepare = prepare,
    };
    (void)host_minor;
    return &plugin;
}
