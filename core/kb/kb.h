/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A knowledge base as a directory: finding it, opening it, making one.
 *
 * It is opened once as a directory descriptor and every path below is resolved beneath it, so
 * it can be moved while we run. `root` is opened before anything is staged: its error cursor
 * makes a later syncfs() report every write-back error since.
 *
 * Threads: none. Errors: GError.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What we read of .openkb/config.yaml. Unknown keys are left alone; the file is never
 * rewritten. */
typedef struct {
    guint pageindex_threshold; /* pages from which a document is long; default 20 */
    bool python_compat;        /* ingest.python_compat: keep hashes.json; default true */
} OkbConfig;

typedef struct {
    int root;   /* O_RDONLY | O_DIRECTORY */
    char *path; /* absolute, links resolved: for messages and for registry paths */
    OkbConfig config;
} OkbKb;

/*
 * The knowledge base a command means: `option` (--kb-dir), else $OPENKB_DIR; these two never
 * fall back. Else the nearest directory with .openkb/ from the working directory upwards, else
 * default_kb of the global configuration (read only). OKB_ERROR_NO_KB names what was tried and
 * what to do. g_free() the result.
 */
char *okb_kb_find(const char *option, GError **error);

/* Opens `dir`, which must hold a directory .openkb; OKB_ERROR_NO_KB otherwise. */
OkbKb *okb_kb_open(const char *dir, GError **error);
void okb_kb_close(OkbKb *kb);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbKb, okb_kb_close)

/*
 * Makes a knowledge base in `dir` (made if need be), laid out as Python OpenKB does, or adopts
 * the one that is there: nothing that exists is changed. *ret_adopted tells which.
 */
bool okb_kb_create(const char *dir, bool *ret_adopted, GError **error);

/*
 * The registry path of a source: links resolved, relative with "/" when inside the knowledge
 * base, else absolute. It must exist; NULL and `error` otherwise. g_free() the result.
 */
char *okb_kb_source_path(const OkbKb *kb, const char *path, GError **error);
