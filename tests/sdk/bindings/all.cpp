/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Does what the first line of its source says: every service, or one way to go wrong. bindings.sh
 * has what must come of it; all.rs does the same in Rust.
 */
#include <openkb/plugin.hpp>

#include <new>
#include <stdexcept>

static void picture(openkb::job &job)
{
    openkb::file file = job.open_sibling("dot.png");
    if (!file)
        throw openkb::failure(OKB_E_IO, "dot.png is not there");
    char buffer[512];
    openkb::asset begun = job.begin_asset("image/png", "dot");
    openkb::asset asset = std::move(begun);
    while (std::size_t n = file.read(buffer, sizeof buffer))
        asset.write(buffer, n);
    job.write("![dot](");
    job.asset_reference(asset.id(), "dot");
    job.write(")\n\n");
}

static void everything(openkb::job &job)
{
    if (job.open_sibling("none.png"))
        throw openkb::failure(OKB_E_INTERNAL, "a file that is not there was opened");
    job.meta(OKB_M_TITLE, "Everything");
    job.page(1, "i");
    job.heading(1, "Everything", 1);
    job.outline(1, "Everything", 1);
    job.write("# Everything\n\n");
    picture(job);
    openkb::embedded inner = job.begin_embedded("text/plain", "inner.txt");
    inner.write("inner\n");
    inner.end();
    job.progress(1, 2);
    job.warn("x-test", "a warning", 1);
    job.log(OKB_LOG_DEBUG, "a log line");
    std::string text = "name " + job.name().str() + ", word " + job.option("word").str();
    if (job.limits().max_body_bytes > 0)
        text += ", limits";
    job.write(text + "\n");
}

static void convert(openkb::job &job)
{
    openkb::source_bytes bytes = job.bytes();
    std::string what(bytes.begin(), bytes.end());
    what.erase(what.find_last_not_of('\n') + 1);
    if (what == "everything")
        return everything(job);
    if (what == "malformed")
        throw openkb::failure(OKB_E_MALFORMED, "the third byte is wrong");
    if (what == "declined")
        throw openkb::declined();
    if (what == "misuse")
        job.heading(9, "too deep");
    if (what == "memory")
        throw std::bad_alloc();
    if (what == "thrown")
        throw std::runtime_error("oh no");
    if (what == "odd")
        throw 42;
    throw openkb::failure(OKB_E_UNSUPPORTED, "what is " + what);
}

OPENKB_PLUGIN("all", "1.0", 1, convert)
