/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX-FileCopyrightText: the openkb authors */
/* A converter for openkb: the first line is the title, an empty line ends a paragraph. */
#include <openkb/markdown.h>
#include <openkb/plugin.h>

#include <stdbool.h>
#include <string.h>

/* Takes the next line from what is left, without what ends it. */
static okb_str next_line(okb_str *left)
{
    const char *newline = memchr(left->data, '\n', left->len);
    okb_str line = {left->data, newline ? (size_t)(newline - left->data) : left->len};
    size_t taken = line.len + (newline != NULL);
    *left = (okb_str){left->data + taken, left->len - taken};
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    return line;
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
    okb_str left = {source->data, (size_t)source->size};
    okb_status status = OKB_OK;
    bool in_paragraph = false;
    if (!left.data)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file is too large to be mapped"));
    if (!okb_md_is_text(left))
        return host->fail(job, OKB_E_MALFORMED, OKB_STR("the file is not text in UTF-8"));
    okb_md *md = okb_md_new_for_host(host, job);
    if (left.len > 0)
        write_title(md, next_line(&left));
    while (left.len > 0 && status == OKB_OK) {
        write_line(md, next_line(&left), &in_paragraph);
        status = host->progress(job, source->size - left.len, source->size);
    }
    okb_status finished = okb_md_finish(md);
    okb_md_free(md);
    return status != OKB_OK ? status : finished;
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
