/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A host in memory for plugins under test: runs prepare() in this process, without a sandbox,
 * and keeps what it said. It is strict where the real host is strict, so that a plugin that
 * passes here passes there. Link a plugin statically (-DOPENKB_STATIC) or open its module.
 *
 * Threads: none. Ownership: harness_result_free() frees all that harness_run() gave.
 */
#ifndef OPENKB_CHECK_HOST_H
#define OPENKB_CHECK_HOST_H

#include <openkb/plugin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The host's functions, by name: HARNESS_body_write, ... */
#define HARNESS_EACH_SLOT(X)                                                                   \
    X(body_write)                                                                              \
    X(body_asset_ref)                                                                          \
    X(asset_begin)                                                                             \
    X(asset_write)                                                                             \
    X(asset_end)                                                                               \
    X(page_begin)                                                                              \
    X(heading)                                                                                 \
    X(outline)                                                                                 \
    X(meta)                                                                                    \
    X(embed_begin)                                                                             \
    X(embed_write)                                                                             \
    X(embed_end)                                                                               \
    X(warn)                                                                                    \
    X(log)                                                                                     \
    X(fail)                                                                                    \
    X(progress)                                                                                \
    X(limits)                                                                                  \
    X(option)                                                                                  \
    X(sibling_open)

#define HARNESS_SLOT(name) HARNESS_##name,
typedef enum { HARNESS_EACH_SLOT(HARNESS_SLOT) HARNESS_SLOTS } harness_slot;
#undef HARNESS_SLOT

extern const char *const harness_slot_names[HARNESS_SLOTS];

typedef struct {
    char *media_type, *name_hint;
    uint8_t *bytes;
    size_t len;
    bool ended;
} harness_asset;

typedef struct {
    char *key, *value; /* meta; or warning code and text */
    uint32_t page;
} harness_pair;

typedef struct {
    uint32_t level; /* heading level, outline depth, or page index */
    uint32_t page;
    char *title; /* or page label */
    size_t offset;
} harness_mark;

typedef struct {
    size_t offset;
    okb_asset_id asset;
    char *alt;
} harness_ref;

typedef struct {
    okb_status status; /* of the document: the latched failure, else what prepare() returned */
    okb_status returned;    /* by prepare() */
    bool misused;           /* the plugin called a service wrongly */
    bool injected;          /* the failure asked for was given */
    double seconds;         /* of CPU that prepare() took */
    double cpu_after;       /* from the injected failure to the return */
    double longest_silence; /* CPU seconds without a call that shows progress, when watched */
    unsigned calls[HARNESS_SLOTS], calls_after; /* all; those after the injected failure */
    char *message;                              /* of fail(), or what the host found wrong */
    char *body;                                 /* NUL-terminated */
    size_t body_len;
    harness_asset *assets;
    size_t n_assets;
    harness_asset *embeds;
    size_t n_embeds;
    harness_pair *metas;
    size_t n_metas;
    harness_pair *warnings;
    size_t n_warnings;
    harness_mark *headings;
    size_t n_headings;
    harness_mark *outline;
    size_t n_outline;
    harness_mark *pages;
    size_t n_pages;
    harness_ref *refs;
    size_t n_refs;
    char **siblings; /* paths asked for */
    size_t n_siblings;
} harness_result;

typedef struct {
    const char *name;           /* file name hint */
    const char *media_type;     /* may be NULL */
    const char *charset;        /* may be NULL */
    const char *base_url;       /* may be NULL */
    const char *const *options; /* "key=value", NULL-terminated; may be NULL */
    const char *sibling_dir;    /* where sibling_open() looks; NULL answers DECLINED */
    int sibling_socket;         /* of harness_sibling_serve(); 0: files are opened here */
    bool no_map;                /* give the source as a descriptor only */
    unsigned fail_call;     /* the n-th host call (from 1) fails with fail_status; 0 never */
    harness_slot fail_slot; /* the fail_nth-th call (from 1) of this one fails so */
    unsigned fail_nth;
    okb_status fail_status;
    bool fences;     /* the host's table and the source's structure end where a page begins that
                        may not be touched */
    bool bounded;    /* so do the source's bytes, and they are read-only */
    bool newer_host; /* the table says it is longer, and goes on with addresses of nothing */
    bool watch;      /* measure longest_silence */
    bool *counting;  /* true while prepare() runs and no service does; or NULL */
    int *cut_fd;     /* gets the source's descriptor; or NULL */
    okb_limits limits; /* struct_size 0: generous defaults; a 0 in it is not enforced */
} harness_input;

/* Convert bytes. Returns a result, always. */
harness_result *harness_run(const okb_plugin *plugin, const void *bytes, size_t len,
                            const harness_input *input);
void harness_result_free(harness_result *result);

/* First value of a metadata key, or NULL. */
const char *harness_meta(const harness_result *result, const char *key);
/* Whether a warning with this code was given. */
bool harness_warned(const harness_result *result, const char *code);

/* dlopen() a module and return its descriptor; NULL with a message on stderr. */
const okb_plugin *harness_load(const char *path);

/* A process that opens files of this directory for harness_input.sibling_socket. It ends with
 * its parent. -1 when it cannot be made. */
int harness_sibling_serve(const char *directory);

/* The table that plugins get. */
extern const okb_host harness_host;

/* A copy of something that ends where a page begins that may not be touched. Never freed. */
void *harness_fence(const void *bytes, size_t len);

#endif
