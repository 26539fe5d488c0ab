/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX-FileCopyrightText: the openkb authors */
/* A converter for openkb: the first line is the title, an empty line ends a paragraph. */
#include <openkb/markdown.h>
#include <openkb/plugin.h>

#include <stdbool.h>
#include <string.h>

/* Ends before the newline of the line that begins at `line`. */
static const char *end_of_line(const char *line, const char *end)
{
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    return newline ? newline : end;
}

static void write_title(okb_md *md, okb_str line)
{
    okb_md_heading_begin(md, 1);
    okb_md_text(md, line);
    okb_md_heading_end(md);
}

static void write_line(okb_md *md, okb_str line, bool *in_paragraph)
{
    if (line.len == 0 && *in_paragraph)
        okb_md_paragraph_end(md);
    else if (line.len > 0 && !*in_paragraph)
        okb_md_paragraph_begin(md);
    else if (line.len > 0)
        okb_md_text(md, OKB_STR(" "));
    *in_paragraph = line.len > 0;
    okb_md_text(md, line);
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    const char *start = source->data, *end = start + source->size;
    bool in_paragraph = false;
    if (!start)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file is too large to be mapped"));
    if (!okb_md_is_text((okb_str){start, (size_t)source->size}))
        return host->fail(job, OKB_E_MALFORMED, OKB_STR("the file is not text in UTF-8"));
    okb_md *md = okb_md_new_for_host(host, job);
    for (const char *line = start, *stop; line < end; line = stop + 1) {
        stop = end_of_line(line, end);
        okb_str text = {line, (size_t)(stop - line)};
        if (line == start)
            write_title(md, text);
        else
            write_line(md, text, &in_paragraph);
        if (host->progress(job, (uint64_t)(line - start), source->size) != OKB_OK)
            break; /* the host knows why, and okb_md_finish() says so */
    }
    okb_status status = okb_md_finish(md);
    okb_md_free(md);
    return status;
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1, /* these three as in the manifest */
    .id = "@NAME@",
    .version = "1.0",
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
