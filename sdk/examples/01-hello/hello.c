/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * 01-hello: the smallest plugin. Turns a file of one name into a greeting.
 */
#include <openkb/plugin.h>

#include <stdbool.h>

/* The host takes UTF-8 only; to keep this short a name is one of ASCII. */
static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return len > 0;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    const char *name = source->data;
    size_t len = (size_t)source->size;
    if (!name)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file is too large for a name"));
    while (len > 0 && (name[len - 1] == '\n' || name[len - 1] == '\r'))
        len--;
    if (!is_name(name, len))
        return host->fail(job, OKB_E_MALFORMED, OKB_STR("the file does not hold one name"));
    host->heading(job, 1, OKB_STR("Hello"), 0);
    host->body_write(job, "# Hello\n\n", 9);
    host->body_write(job, name, len);
    return host->body_write(job, "\n", 1); /* a failure before would be returned here, too */
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "hello",
    .version = "1.0",
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
