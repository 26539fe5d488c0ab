/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb/plugin.hpp - a converter plugin in C++11 to C++20, over openkb/plugin.h, whose rules
 * hold.
 *
 *     #include <openkb/plugin.hpp>
 *
 *     static void convert(openkb::job &job)
 *     {
 *         job.heading(1, "Hello");
 *         job.write("# Hello\n");
 *     }
 *
 *     OPENKB_PLUGIN("hello", "1.0", 1, convert)
 *
 * ERRORS
 *
 * Every call that the host refuses throws openkb::stopped; nobody needs to catch it. To fail
 * the document, throw openkb::failure(OKB_E_MALFORMED, "what is wrong with the file"); to pass
 * the file to the next plugin, throw openkb::declined(). No exception crosses to the host:
 * std::bad_alloc becomes OKB_E_NOMEM, any other OKB_E_INTERNAL with its what().
 *
 * OWNERSHIP
 *
 * A job, and what it refers to, lives until convert() returns. Assets, embedded sources and
 * files close themselves at the end of their scope; they are moved, not copied.
 */
#ifndef OPENKB_PLUGIN_HPP
#define OPENKB_PLUGIN_HPP

#include <openkb/plugin.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#if __cplusplus >= 201703L
#include <string_view>
#endif

namespace openkb {

/* Counted UTF-8 that something else owns; what every function takes. */
class text {
  public:
    text() noexcept : value{nullptr, 0} {}
    text(const char *terminated) noexcept : value{terminated, std::strlen(terminated)} {}
    text(const char *data, std::size_t size) noexcept : value{data, size} {}
    text(const std::string &string) noexcept : value{string.data(), string.size()} {}
    text(okb_str str) noexcept : value(str) {}
#if __cplusplus >= 201703L
    text(std::string_view view) noexcept : value{view.data(), view.size()} {}
    operator std::string_view() const noexcept
    {
        return {data(), size()};
    }
#endif
    operator okb_str() const noexcept
    {
        return value;
    }

    const char *data() const noexcept
    {
        return value.data ? value.data : "";
    }
    std::size_t size() const noexcept
    {
        return value.len;
    }
    bool empty() const noexcept
    {
        return value.len == 0;
    }
    const char *begin() const noexcept
    {
        return data();
    }
    const char *end() const noexcept
    {
        return data() + size();
    }
    std::string str() const
    {
        return std::string(data(), size());
    }

    friend bool operator==(text a, text b) noexcept
    {
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
    }
    friend bool operator!=(text a, text b) noexcept
    {
        return !(a == b);
    }

  private:
    okb_str value;
};

/* The document cannot be converted; `why` is for the person who added the file. */
class failure : public std::exception {
  public:
    failure(okb_status status, std::string why) : code(status), reason(std::move(why)) {}
    okb_status status() const noexcept { return code; }
    const char *what() const noexcept override { return reason.c_str(); }

  private:
    okb_status code;
    std::string reason;
};

/* Not my kind of file: to be thrown before anything is written. */
class declined : public std::exception {
  public:
    const char *what() const noexcept override { return "declined"; }
};

/* The host refused a call or wants the job to end; it knows why. */
class stopped : public std::exception {
  public:
    explicit stopped(okb_status status) noexcept : code(status) {}
    okb_status status() const noexcept { return code; }
    const char *what() const noexcept override { return "stopped by the host"; }

  private:
    okb_status code;
};

namespace detail {

/* `call` again for as long as a signal interrupts it. */
template <typename Call> ssize_t uninterrupted(Call call)
{
    ssize_t n;
    do
        n = call();
    while (n < 0 && errno == EINTR);
    return n;
}

inline void check(okb_status status)
{
    if (status != OKB_OK)
        throw stopped(status);
}

/* What an asset and an embedded source have in common: begun, written, ended once. */
template <okb_status (*okb_host::*write_slot)(okb_job *, uint32_t, const void *, std::size_t),
          okb_status (*okb_host::*end_slot)(okb_job *, uint32_t)>
class output {
  public:
    output(const okb_host *its_host, okb_job *its_job, uint32_t its_number) noexcept
        : host(its_host), job(its_job), number(its_number), open(true)
    {}
    output(output &&from) noexcept
        : host(from.host), job(from.job), number(from.number), open(from.open)
    {
        from.open = false;
    }
    output(const output &) = delete;
    output &operator=(const output &) = delete;
    output &operator=(output &&) = delete;
    ~output()
    {
        if (open)
            (host->*end_slot)(job, number); /* its failure latches */
    }

    uint32_t id() const noexcept { return number; }
    void write(const void *bytes, std::size_t size)
    {
        check((host->*write_slot)(job, number, bytes, size));
    }
    void write(text bytes) { write(bytes.data(), bytes.size()); }
    void end()
    {
        open = false;
        check((host->*end_slot)(job, number));
    }

  private:
    const okb_host *host;
    okb_job *job;
    uint32_t number;
    bool open;
};

} /* namespace detail */

/* Bytes that become an image (a source) of their own; closed at the latest when it goes. */
typedef detail::output<&okb_host::asset_write, &okb_host::asset_end> asset;
typedef detail::output<&okb_host::embed_write, &okb_host::embed_end> embedded;

/* An open file beside the source, or none. */
class file {
  public:
    explicit file(const okb_sibling &sibling) noexcept : handle(sibling) {}
    file(file &&from) noexcept : handle(from.handle) { from.handle.fd = -1; }
    file(const file &) = delete;
    file &operator=(const file &) = delete;
    file &operator=(file &&) = delete;
    ~file()
    {
        if (handle.fd >= 0)
            ::close(handle.fd);
    }

    explicit operator bool() const noexcept { return handle.fd >= 0; }
    int fd() const noexcept { return handle.fd; }
    std::uint64_t size() const noexcept { return handle.size; }

    /* Up to `size` bytes from where the last read ended; 0 at the end. */
    std::size_t read(void *buffer, std::size_t size)
    {
        ssize_t n = detail::uninterrupted([&] { return ::read(handle.fd, buffer, size); });
        if (n < 0)
            throw failure(OKB_E_IO, "a file beside the document cannot be read");
        return static_cast<std::size_t>(n);
    }

  private:
    okb_sibling handle;
};

/* All bytes of a source: a view of the mapping, or a copy where there is none. */
class source_bytes {
  public:
    explicit source_bytes(const okb_source &source) : view(source.data), length(0)
    {
        if (source.size > SIZE_MAX)
            throw std::bad_alloc();
        length = static_cast<std::size_t>(source.size);
        if (!view && length > 0)
            read_all(source.fd);
    }
    const char *data() const noexcept
    {
        return view ? static_cast<const char *>(view) : copy.data();
    }
    std::size_t size() const noexcept { return length; }
    const char *begin() const noexcept { return data(); }
    const char *end() const noexcept { return data() + length; }
    text as_text() const noexcept { return text(data(), length); }

  private:
    void read_all(int fd)
    {
        copy.resize(length);
        for (std::size_t have = 0; have < length;) {
            ssize_t n = detail::uninterrupted([&] {
                return ::pread(fd, &copy[have], length - have, static_cast<off_t>(have));
            });
            if (n <= 0)
                throw failure(OKB_E_IO, "the file cannot be read whole");
            have += static_cast<std::size_t>(n);
        }
    }

    const void *view;
    std::size_t length;
    std::vector<char> copy;
};

/* One running conversion: the source and the host's services. */
class job {
  public:
    job(okb_job *raw, const okb_host *host, const okb_source *source) noexcept
        : raw_job(raw), raw_host(host), raw_source(source)
    {}
    job(const job &) = delete;
    job &operator=(const job &) = delete;

    /* For openkb/markdown.h and whatever is not wrapped. */
    okb_job *raw() const noexcept { return raw_job; }
    const okb_host *host() const noexcept { return raw_host; }
    const okb_source &source() const noexcept { return *raw_source; }

    source_bytes bytes() const { return source_bytes(*raw_source); }
    text name() const noexcept { return raw_source->name; }
    text media_type() const noexcept { return raw_source->media_type; }

    /* ---- Text ---- */

    void write(text markdown)
    {
        detail::check(raw_host->body_write(raw_job, markdown.data(), markdown.size()));
    }
    void asset_reference(uint32_t asset_id, text alt)
    {
        detail::check(raw_host->body_asset_ref(raw_job, asset_id, alt));
    }
    void page(uint32_t index, text label = text())
    {
        detail::check(raw_host->page_begin(raw_job, index, label));
    }
    void heading(uint32_t level, text title, uint32_t page_index = 0)
    {
        detail::check(raw_host->heading(raw_job, level, title, page_index));
    }
    void outline(uint32_t depth, text title, uint32_t page_index = 0)
    {
        detail::check(raw_host->outline(raw_job, depth, title, page_index));
    }

    /* ---- Assets and sources inside the source ---- */

    asset begin_asset(text type, text name_hint)
    {
        okb_asset_id id = 0;
        detail::check(raw_host->asset_begin(raw_job, type, name_hint, &id, nullptr));
        return asset(raw_host, raw_job, id);
    }
    embedded begin_embedded(text type, text its_name)
    {
        okb_embed_id id = 0;
        detail::check(raw_host->embed_begin(raw_job, type, its_name, &id, nullptr));
        return embedded(raw_host, raw_job, id);
    }
    /* False when there is no such file, or it is refused. */
    file open_sibling(text path)
    {
        okb_sibling opened = {sizeof(okb_sibling), -1, 0};
        okb_status status = raw_host->sibling_open(raw_job, path, &opened);
        if (status != OKB_OK && status != OKB_DECLINED)
            throw stopped(status);
        if (status == OKB_DECLINED)
            opened.fd = -1;
        return file(opened);
    }

    /* ---- Facts ---- */

    void meta(text key, text value) { detail::check(raw_host->meta(raw_job, key, value)); }
    /* Never fails the document. */
    void warn(text code, text about, uint32_t page_index = 0) noexcept
    {
        raw_host->warn(raw_job, code, page_index, about);
    }
    void log(uint32_t level, text about) noexcept { raw_host->log(raw_job, level, about); }

    /* ---- Control ---- */

    void progress(std::uint64_t done, std::uint64_t total = 0)
    {
        detail::check(raw_host->progress(raw_job, done, total));
    }
    okb_limits limits() const
    {
        okb_limits limits = okb_limits();
        limits.struct_size = sizeof limits;
        detail::check(raw_host->limits(raw_job, &limits));
        return limits;
    }
    text option(text key) const noexcept { return raw_host->option(raw_job, key); }
    bool option_is_true(text key) const noexcept { return option(key) == text("true"); }

  private:
    okb_job *raw_job;
    const okb_host *raw_host;
    const okb_source *raw_source;
};

namespace detail {

/* Tells the host why, with nothing that could fail: what() of a stranger may hold any bytes. */
inline okb_status fail(okb_job *job, const okb_host *host, okb_status status,
                       const char *why) noexcept
{
    char plain[256];
    std::size_t n = 0;
    for (; why[n] && n < sizeof plain; n++)
        plain[n] = why[n] >= ' ' && why[n] <= '~' ? why[n] : '?';
    return host->fail(job, status, text(plain, n));
}

typedef void (*converter)(job &);
typedef void (*warmer)(const okb_host &);

template <converter convert>
okb_status prepare(okb_job *raw, const okb_host *host, const okb_source *source) noexcept
{
    try {
        job wrapped(raw, host, source);
        convert(wrapped);
        return OKB_OK;
    } catch (const stopped &stop) {
        return stop.status();
    } catch (const declined &) {
        return OKB_DECLINED;
    } catch (const failure &known) {
        return host->fail(raw, known.status(), text(known.what()));
    } catch (const std::bad_alloc &) {
        return fail(raw, host, OKB_E_NOMEM, "not enough memory for this file");
    } catch (const std::exception &unknown) {
        return fail(raw, host, OKB_E_INTERNAL, unknown.what());
    } catch (...) {
        return fail(raw, host, OKB_E_INTERNAL, "the plugin threw what is no std::exception");
    }
}

template <warmer warm> okb_status warm_up(const okb_host *host) noexcept
{
    try {
        warm(*host);
        return OKB_OK;
    } catch (const std::bad_alloc &) {
        return OKB_E_NOMEM;
    } catch (...) {
        return OKB_E_INTERNAL;
    }
}

} /* namespace detail */
} /* namespace openkb */

/*
 * The plugin: `id`, `version` (literals) and `output_version` as in its manifest, and
 * void convert(openkb::job &). Once, outside of any namespace.
 */
#define OPENKB_PLUGIN(id, version, output_version, convert)                                    \
    OPENKB_PLUGIN_EXPORT(id, version, output_version, convert, nullptr)

/* The same with void warm(const okb_host &), which fills caches once per worker. */
#define OPENKB_PLUGIN_WITH_WARM(id, version, output_version, convert, warm)                    \
    OPENKB_PLUGIN_EXPORT(id, version, output_version, convert, openkb::detail::warm_up<warm>)

/* clang-format off */
#define OPENKB_PLUGIN_EXPORT(id, version, output_version, convert, warm)                       \
    extern "C" const okb_plugin *openkb_plugin_v1(uint32_t)                                    \
    {                                                                                          \
        static const okb_plugin plugin = {                                                     \
            OKB_PLUGIN_MAGIC, sizeof(okb_plugin), OKB_ABI_MAJOR,  OKB_ABI_MINOR, 0,    0,      \
            0,                output_version,     "" id,          "" version,    warm,         \
            openkb::detail::prepare<convert>};                                                 \
        return &plugin;                                                                        \
    }
/* clang-format on */

#endif /* OPENKB_PLUGIN_HPP */
