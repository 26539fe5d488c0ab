/* SPDX-License-Identifier: Apache-2.0 */
/* SPDX-FileCopyrightText: the openkb authors */
/* A converter for openkb: the first line is the title, an empty line ends a paragraph. */
#include <openkb/markdown.h>
#include <openkb/plugin.hpp>

#include <algorithm>
#include <memory>

using writer = std::unique_ptr<okb_md, decltype(&okb_md_free)>;

static void write_title(okb_md *md, openkb::text line)
{
    okb_md_heading_begin(md, 1);
    okb_md_text(md, line);
    okb_md_heading_end(md);
}

static void write_line(okb_md *md, openkb::text line, bool &in_paragraph)
{
    if (line.empty() && in_paragraph)
        okb_md_paragraph_end(md);
    else if (!line.empty() && !in_paragraph)
        okb_md_paragraph_begin(md);
    else if (!line.empty())
        okb_md_text(md, openkb::text(" "));
    in_paragraph = !line.empty();
    okb_md_text(md, line);
}

static void convert(openkb::job &job)
{
    openkb::source_bytes bytes = job.bytes();
    if (!okb_md_is_text(bytes.as_text()))
        throw openkb::failure(OKB_E_MALFORMED, "the file is not text in UTF-8");
    writer md(okb_md_new_for_host(job.host(), job.raw()), okb_md_free);
    bool in_paragraph = false;
    for (const char *line = bytes.begin(), *stop; line < bytes.end(); line = stop + 1) {
        stop = std::find(line, bytes.end(), '\n');
        const char *last = stop > line && stop[-1] == '\r' ? stop - 1 : stop;
        openkb::text text(line, static_cast<std::size_t>(last - line));
        if (line == bytes.begin())
            write_title(md.get(), text);
        else
            write_line(md.get(), text, in_paragraph);
        job.progress(static_cast<std::uint64_t>(line - bytes.begin()), bytes.size());
    }
    okb_status status = okb_md_finish(md.get());
    if (status != OKB_OK)
        throw openkb::stopped(status);
}

OPENKB_PLUGIN("@NAME@", "1.0", 1, convert) // as in the manifest
