/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * openkb/plugin.h - the binary interface between openkb and a converter plugin.
 *
 * A plugin is a shared object that turns one source (a PDF, a page of HTML, ...) into Markdown
 * with assets. It exports exactly one function, openkb_plugin_v1(), and never calls a symbol of
 * openkb: everything the host offers arrives as a table of functions, `okb_host`.
 *
 * LIFE CYCLE
 *
 *     host                                plugin
 *     ----                                ------
 *     reads the manifest (no code runs)
 *     execs a worker, confines it
 *     dlopen()                            constructors, already confined
 *     openkb_plugin_v1(minor)        -->  returns a static descriptor; pure
 *     checks the descriptor
 *     descriptor->warm(host)         -->  fills read-only caches, once per worker; may be NULL
 *     for each document: fork(), confine further
 *       descriptor->prepare(job,...) -->  reads the source, calls the host's services, returns
 *       writes result.json, _exit()
 *
 * What prepare() left is checked by another process as hostile input, and only then committed.
 * A plugin has no path, descriptor or lock of the knowledge base and cannot obtain one.
 *
 * VERSIONS
 *
 * The major version is the number in the symbol's name. Within a major the structures only grow
 * at their ends; every structure that crosses the boundary begins with its size, and each side
 * reads no more than both sides have. A descriptor built against a newer minor is accepted when
 * its `min_host_minor` is not above the host's. A plugin that uses a host slot newer than its
 * own `min_host_minor` must first ask OKB_HAS(). Nothing is ever inserted, reordered, retyped
 * or given another meaning within a major.
 *
 * THREADS
 *
 * One process runs one job on one thread. Every host function is [prepare-thread]: call it only
 * from the thread that entered prepare(), and only before prepare() returns. openkb_plugin_v1()
 * is [any-thread]. warm() runs on the worker's only thread and must leave no thread, child
 * process, open descriptor or signal handler behind. Creating a thread or a process fails with
 * EPERM. No exception, panic or longjmp() may cross the boundary in either direction.
 *
 * OWNERSHIP
 *
 * Ownership never crosses. What the host passes in (source, options, job) lives until prepare()
 * returns; what a plugin passes to a host function is copied before that function returns. No
 * allocator is shared.
 *
 * STRINGS
 *
 * All text is UTF-8 and counted; okb_str needs no terminator. The host refuses ill-formed UTF-8
 * with OKB_E_MISUSE. The body must be well-formed as a whole: a character may be split
 * over two body_write() calls. C0 controls other than tab and newline become U+FFFD in the
 * body, with one warning, and are a misuse elsewhere; a title has no newline either. A title, a
 * value, a text is at most 64 KiB.
 *
 * ERRORS
 *
 * Functions return okb_status: OKB_OK or a negative code. The first failure of a host function
 * latches: every later call returns the same code, and the document fails with it even if
 * prepare() returns OKB_OK. So a plugin may check late, but must return soon. Use
 * `return host->fail(job, CODE, text)` to fail with a message for people: what is wrong with
 * this file. A code unknown to the reader counts as OKB_E_INTERNAL.
 *
 * DETERMINISM
 *
 * Same source bytes, output_version, options, siblings and declared data sets: the same bytes
 * out. No time, locale, random number, pid, pointer value, host name or path may reach the
 * output. The worker runs with LC_ALL=C.UTF-8, TZ=UTC, an otherwise empty environment and cwd
 * "/".
 *
 * C11, C17, C2x and C++11 to C++20. Needs nothing but the C library's headers.
 */
#ifndef OPENKB_PLUGIN_H
#define OPENKB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OKB_ABI_MAJOR 1
#define OKB_ABI_MINOR 0

/* okb_plugin.magic: the bytes "OKB1" read as a little-endian number. */
#define OKB_PLUGIN_MAGIC UINT32_C(0x31424b4f)

#if defined(OPENKB_STATIC) /* several plugins or a fuzzer linked into one program */
#define OKB_EXPORT
#elif defined(__GNUC__)
#define OKB_EXPORT __attribute__((visibility("default")))
#else
#define OKB_EXPORT
#endif

/* ---- Values ------------------------------------------------------------------------------ */

/* Counted UTF-8, not owned. {NULL, 0} is the absent string. */
typedef struct okb_str {
    const char *data;
    size_t len;
} okb_str;

/* A string literal as okb_str. */
#ifdef __cplusplus
#define OKB_STR(literal) (okb_str{"" literal, sizeof(literal) - 1})
#else
#define OKB_STR(literal) ((okb_str){"" literal, sizeof(literal) - 1})
#endif

/*
 * Outcome of a call. Whether another attempt makes sense follows from the code: MALFORMED,
 * ENCRYPTED and UNSUPPORTED are verdicts about the bytes; NOMEM, IO and LIMIT may pass.
 */
typedef int32_t okb_status;

#define OKB_OK            0
#define OKB_DECLINED      (-1)  /* not my kind of file: the next candidate plugin is asked */
#define OKB_E_MALFORMED   (-2)  /* the file is damaged or is not what it claims to be */
#define OKB_E_ENCRYPTED   (-3)  /* cannot be read without a password */
#define OKB_E_UNSUPPORTED (-4)  /* a well-formed file that uses something not handled */
#define OKB_E_NOMEM       (-5)  /* out of memory */
#define OKB_E_IO          (-6)  /* reading the source or writing the result failed */
#define OKB_E_LIMIT       (-7)  /* a limit of okb_limits was reached */
#define OKB_E_CANCELLED   (-8)  /* the host asked to stop; return at once */
#define OKB_E_MISUSE      (-9)  /* a host function was called wrongly: a bug of the plugin */
#define OKB_E_INTERNAL    (-10) /* anything else */

/*
 * Warning codes, for okb_host.warn(). A plugin's own codes begin with "x-". The host adds
 * "control-chars" itself.
 */
#define OKB_W_NEEDS_OCR        "needs-ocr"        /* a page without usable text */
#define OKB_W_FONT_SUBSTITUTED "font-substituted" /* the raster depends on local fonts */
#define OKB_W_TRUNCATED        "truncated"        /* something was cut at a stated limit */
#define OKB_W_ENCODING         "encoding"         /* bytes replaced or encoding guessed */
#define OKB_W_MISSING_ASSET    "missing-asset"    /* an image the source names was not found */
#define OKB_W_REFUSED_ASSET    "refused-asset"    /* ... leads outside, or is not an image */
#define OKB_W_STRUCTURE        "structure"        /* structure was flattened or guessed */
#define OKB_W_PERMISSIONS      "permissions"      /* the author forbids copying text */

/*
 * Metadata keys, for okb_host.meta(): this closed list, or a key that begins with "x-". A key
 * is set once; author and keyword may be repeated. Dates are ISO 8601: "2024-05-01" or
 * "2024-05-01T10:00:00Z". A language is a BCP 47 tag.
 */
#define OKB_M_TITLE       "title"
#define OKB_M_AUTHOR      "author"
#define OKB_M_LANGUAGE    "language"
#define OKB_M_CREATED     "created"
#define OKB_M_MODIFIED    "modified"
#define OKB_M_DESCRIPTION "description"
#define OKB_M_KEYWORD     "keyword"
#define OKB_M_SITE        "site"
#define OKB_M_URL         "url" /* canonical URL the document gives for itself */
#define OKB_M_LICENSE     "license"
#define OKB_M_GENERATOR   "generator" /* the program that made the source */

/* Levels for okb_host.log(). */
#define OKB_LOG_DEBUG   0u
#define OKB_LOG_INFO    1u
#define OKB_LOG_WARNING 2u

/* A number for an asset of this job; 0 is never one. */
typedef uint32_t okb_asset_id;

/* A number for an embedded source of this job; 0 is never one. */
typedef uint32_t okb_embed_id;

/* One running conversion: opaque, valid until prepare() returns. */
typedef struct okb_job okb_job;

/*
 * What to convert. `fd` is open for reading on a private copy that nobody else writes; its
 * offset is 0 and it may be read, pread or mapped. `data` maps the same bytes when they fit the
 * address space limit comfortably, else it is NULL and `fd` must be read.
 */
typedef struct okb_source {
    uint32_t struct_size;
    int32_t fd;
    const void *data;
    uint64_t size;
    okb_str name;       /* file name, "report.pdf"; a hint, may be empty */
    okb_str media_type; /* what selection matched, "application/pdf"; may be empty */
    okb_str charset;    /* what a server declared; usually empty */
    okb_str base_url;   /* where a page came from, to resolve its links; usually empty */
} okb_source;

/*
 * What this job may use; a plugin that respects it fails politely instead of being killed. The
 * plugin sets struct_size to what it has room for, the host fills no more than that and sets it
 * to what was filled.
 */
typedef struct okb_limits {
    uint32_t struct_size;
    uint32_t max_assets;      /* number of assets */
    uint64_t max_body_bytes;  /* bytes of body */
    uint64_t max_asset_bytes; /* bytes of one asset */
    uint64_t max_total_bytes; /* bytes of everything written */
    uint64_t memory_bytes;    /* address space */
    uint32_t wall_ms;         /* time from start to end */
    uint32_t idle_ms;         /* longest time without a host call that shows progress */
    uint32_t cpu_ms;
    uint32_t max_depth; /* nesting that the output may have: lists, quotes, outline */
} okb_limits;

/*
 * An open sibling: see okb_host.sibling_open. The plugin sets struct_size; `fd` belongs to it,
 * and it closes it.
 */
typedef struct okb_sibling {
    uint32_t struct_size;
    int32_t fd;
    uint64_t size;
} okb_sibling;

/* ---- The host's services ----------------------------------------------------------------- */

/*
 * Every slot of minor 0 is non-NULL. All are [prepare-thread]. In warm() only `limits`, `log`
 * and `option` may be called, with job NULL. "Latches" is said under ERRORS above.
 */
typedef struct okb_host okb_host;
struct okb_host {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    okb_str name;    /* "openkb" */
    okb_str version; /* for people; decide by abi_minor */

    /*
     * Append Markdown to the document's text, in order. Use the Markdown writer library
     * (openkb/markdown.h) unless the source is Markdown already.
     */
    okb_status (*body_write)(okb_job *job, const void *bytes, size_t len);

    /*
     * Append the destination of a link to an asset, as in "![alt](" HERE ")". The host writes a
     * placeholder of fixed width and remembers its offset; the final path is spliced in when
     * the document's name is known. `alt` describes the picture, for lists of images, in at
     * most 64 KiB; it is not written to the body. The asset may still be unfinished.
     */
    okb_status (*body_asset_ref)(okb_job *job, okb_asset_id asset, okb_str alt);

    /*
     * Begin an asset (an image, usually). The name in the knowledge base is the host's choice:
     * `name_hint` only gives its stem, and the true type is decided by the bytes. Either write
     * through asset_write(), or through *fd, which is opened for writing when `fd` is not NULL
     * and which asset_end() closes. Several may be open at once.
     */
    okb_status (*asset_begin)(okb_job *job, okb_str media_type, okb_str name_hint,
                              okb_asset_id *asset, int32_t *fd);
    okb_status (*asset_write)(okb_job *job, okb_asset_id asset, const void *bytes, size_t len);
    okb_status (*asset_end)(okb_job *job, okb_asset_id asset);

    /*
     * A page of a paginated source begins at the present end of the body. `index` counts from 1
     * and rises by one from call to call; `label` is what the page calls itself ("iv"), or
     * absent. The host writes the visible mark; a plugin writes none.
     */
    okb_status (*page_begin)(okb_job *job, uint32_t index, okb_str label);

    /*
     * The heading that begins at the present end of the body, before its text is written.
     * `level` is 1 to 6, `title` its plain text without a newline and at most 64 KiB, `page` 0
     * when there are no pages.
     */
    okb_status (*heading)(okb_job *job, uint32_t level, okb_str title, uint32_t page);

    /*
     * An entry of the outline the source itself carries (PDF bookmarks), in reading order.
     * `depth` begins at 1 and is at most one deeper than the entry before.
     */
    okb_status (*outline)(okb_job *job, uint32_t depth, okb_str title, uint32_t page);

    /* A fact about the document, in at most 64 KiB. See OKB_M_*. An empty value is ignored. */
    okb_status (*meta)(okb_job *job, okb_str key, okb_str value);

    /*
     * A source inside the source: a member of an archive, a mail's attachment. It is fed back
     * to selection under depth and count limits, as a document of its own.
     */
    okb_status (*embed_begin)(okb_job *job, okb_str media_type, okb_str name,
                              okb_embed_id *embed, int32_t *fd);
    okb_status (*embed_write)(okb_job *job, okb_embed_id embed, const void *bytes, size_t len);
    okb_status (*embed_end)(okb_job *job, okb_embed_id embed);

    /*
     * Something a reader should know. `page` 0 means the document. See OKB_W_*. Never latches;
     * the first 10,000 of a document are kept.
     */
    okb_status (*warn)(okb_job *job, okb_str code, uint32_t page, okb_str text);

    /* For whoever debugs the plugin; not kept. Never fails. */
    void (*log)(okb_job *job, uint32_t level, okb_str text);

    /* Say why the document cannot be converted. Returns `status`, latched. */
    okb_status (*fail)(okb_job *job, okb_status status, okb_str text);

    /*
     * Heartbeat: `done` of `total` (0 when unknown). Returns OKB_E_CANCELLED when the host
     * wants the job to end. Call it at least every 100 ms of work; body_write and page_begin
     * count as progress too, but do not ask for cancellation.
     */
    okb_status (*progress)(okb_job *job, uint64_t done, uint64_t total);

    /* Fill `limits`, whose struct_size the caller has set. */
    okb_status (*limits)(okb_job *job, okb_limits *limits);

    /* The value of an option that the manifest declares: as the user gave it, else its default.
     * Absent when the manifest declares none of that name. */
    okb_str (*option)(okb_job *job, okb_str key);

    /*
     * Open a file beside the source, for "![](img/a.png)". `path` is relative, decoded, with
     * "/"; the host resolves it beneath the source's directory without following links, and
     * refuses hidden components, anything that is not a regular file, and more than the size
     * limit. Answers OKB_DECLINED, which does not latch, when there is no such file or it is
     * refused. What was asked for becomes part of what makes the document "unchanged".
     */
    okb_status (*sibling_open)(okb_job *job, okb_str path, okb_sibling *sibling);
};

/* Whether a host has a slot: OKB_HAS(host, sibling_open). */
#define OKB_HAS(host, slot)                                                                    \
    ((host)->struct_size >= offsetof(okb_host, slot) + sizeof((host)->slot))

/* ---- The plugin's descriptor ------------------------------------------------------------- */

typedef struct okb_plugin okb_plugin;
struct okb_plugin {
    uint32_t magic;          /* OKB_PLUGIN_MAGIC */
    uint32_t struct_size;    /* sizeof(okb_plugin) as the plugin's compiler saw it */
    uint16_t abi_major;      /* OKB_ABI_MAJOR */
    uint16_t abi_minor;      /* OKB_ABI_MINOR */
    uint16_t min_host_minor; /* oldest host the plugin can live with */
    uint16_t reserved0;      /* 0 */
    uint32_t flags;          /* low half: hints; high half: the host must understand them */
    uint32_t output_version; /* raise it when the same input gives other output */
    const char *id;          /* equal to the manifest's Id; NUL-terminated, static */
    const char *version;     /* equal to the manifest's Version */

    /* Fill caches that prepare() will only read. Once per worker, confined. May be NULL. */
    okb_status (*warm)(const okb_host *host);

    /* Convert one source. Required. */
    okb_status (*prepare)(okb_job *job, const okb_host *host, const okb_source *source);
};

/*
 * The one export. Pure: no input or output, no allocation, no threads; the same pointer each
 * time. `host_minor` is for a plugin that serves several; most ignore it. [any-thread]
 */
typedef const okb_plugin *(*okb_entry_v1)(uint32_t host_minor);
OKB_EXPORT const okb_plugin *openkb_plugin_v1(uint32_t host_minor);

/* ---- Layout, frozen ---------------------------------------------------------------------- */

#if defined(__cplusplus)
#define OKB_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define OKB_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#if UINTPTR_MAX == UINT64_MAX
OKB_STATIC_ASSERT(sizeof(okb_str) == 16, "okb_str");
OKB_STATIC_ASSERT(sizeof(okb_source) == 88, "okb_source");
OKB_STATIC_ASSERT(sizeof(okb_limits) == 56, "okb_limits");
OKB_STATIC_ASSERT(sizeof(okb_sibling) == 16, "okb_sibling");
OKB_STATIC_ASSERT(offsetof(okb_host, body_write) == 40, "okb_host");
OKB_STATIC_ASSERT(sizeof(okb_host) == 40 + 19 * sizeof(void *), "okb_host");
OKB_STATIC_ASSERT(offsetof(okb_plugin, id) == 24, "okb_plugin");
OKB_STATIC_ASSERT(sizeof(okb_plugin) == 56, "okb_plugin");
#endif

#ifdef __cplusplus
}
#endif

#endif /* OPENKB_PLUGIN_H */
