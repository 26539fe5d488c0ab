/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The registry: what documents there are. Reads work on any open store and see, inside a
 * transaction, what that transaction has done. Writes need an open transaction (transaction.h)
 * and are undone with the document's savepoint.
 *
 * Every function that can fail reports through `error`; "no such row" is not an error: NULL
 * with *error unset.
 */
#pragma once

#include "store/store.h"
#include "util/digest.h"

/* size and times of a source when it was copied; `size` -1: not known. Like git's index. */
typedef struct {
    gint64 size, mtime_ns, ctime_ns, inode;
} OkbStat;

typedef enum {
    OKB_ARTIFACT_RAW,
    OKB_ARTIFACT_SOURCE, /* wiki/sources/NAME.md or .json */
    OKB_ARTIFACT_IMAGE,
    OKB_ARTIFACT_SUMMARY,
} OkbArtifactKind;

typedef struct {
    OkbArtifactKind kind;
    char *path; /* relative to the KB */
    char hash[OKB_DIGEST_HEX];
    gint64 size;
} OkbArtifact;

/* A path beside the source that the conversion asked for; `hash` is empty when it was absent.
 */
typedef struct {
    char *path;
    char hash[OKB_DIGEST_HEX];
    OkbStat stat; /* size -1: absent, or too fresh to be trusted */
} OkbSiblingUse;

/* Who converted it and under what: all of it decides "unchanged" together with the bytes. */
typedef struct {
    char *plugin, *plugin_version;
    gint64 output_version;
    char *options; /* canonical "name=value" lines that differ from the defaults; "" for none */
    char *choice;  /* okb_plugins_choice() then; "": the plugin was asked for by name */
    char *sandbox; /* "full", "reduced", "none" */
    gint64 landlock_abi;
} OkbProvenance;

typedef struct {
    gint64 id;     /* 0: not in the registry yet */
    char *name;    /* doc_name */
    char *path;    /* registry path of the primary source; "" for Python's oldest entries */
    gint64 parent; /* document this came out of, or 0 */
    char hash[OKB_DIGEST_HEX]; /* of the source's bytes */
    char *type;                /* Python's: suffix without dot, or "long_pdf" */
    char *source_name;         /* file name of the source */
    char *title, *description;
    gint64 pages; /* 0: not paginated */
    OkbStat stat;
    OkbProvenance provenance;
    char *added, *updated; /* UTC, ISO 8601; updated NULL until the first update */
    GPtrArray *artifacts;  /* OkbArtifact */
    GPtrArray *siblings;   /* OkbSiblingUse */
    char *foreign;         /* its hashes.json entry as last read or written; only ever read */
} OkbDocument;

OkbDocument *okb_document_new(void);
void okb_document_free(OkbDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbDocument, okb_document_free)
void okb_document_add_artifact(OkbDocument *document, OkbArtifactKind kind, const char *path,
                               const char *hash, gint64 size);
void okb_document_add_sibling(OkbDocument *document, const char *path, const char *hash,
                              const OkbStat *stat);

/* Another source with the same bytes as a document. */
typedef struct {
    char *path;
    gint64 document;
    char hash[OKB_DIGEST_HEX];
    OkbStat stat;
} OkbAlias;

void okb_alias_free(OkbAlias *alias);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbAlias, okb_alias_free)

/* A source that could not be converted: a result like any other, so that it need not be tried
 * again. `permanent` is a verdict about the bytes. */
typedef struct {
    char *path;
    char hash[OKB_DIGEST_HEX];
    char *reason; /* "malformed", "encrypted", "crashed", "timeout", "limit", ... */
    char *detail; /* the message */
    char *stage;  /* "copy", "select", "convert", "check", "commit" */
    char *plugin, *plugin_version, *options, *choice;
    gint64 output_version;
    gint64 signal; /* for crashed; else 0 */
    gint64 count;  /* times in a row with the same bytes and plugin */
    bool permanent;
    OkbStat stat;
} OkbFailure;

void okb_failure_free(OkbFailure *failure);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbFailure, okb_failure_free)

/* ---- Reading ----------------------------------------------------------------------------- */

OkbDocument *okb_registry_by_id(OkbStore *store, gint64 id, GError **error);
OkbDocument *okb_registry_by_name(OkbStore *store, const char *name, GError **error);
OkbDocument *okb_registry_by_path(OkbStore *store, const char *path, GError **error);
/* The oldest document with these bytes. */
OkbDocument *okb_registry_by_hash(OkbStore *store, const char *hash, GError **error);
/* An entry of Python's without a path whose name is `stem` under NFKC. */
OkbDocument *okb_registry_legacy(OkbStore *store, const char *stem, GError **error);
OkbAlias *okb_registry_alias(OkbStore *store, const char *path, GError **error);
OkbFailure *okb_registry_failure(OkbStore *store, const char *path, GError **error);
/* Whether a document other than `except` has this name, compared folded. -1 on error. */
int okb_registry_name_taken(OkbStore *store, const char *name, gint64 except, GError **error);
/* The recorded artifact at a path, with its document; NULL when nobody owns the path. */
OkbArtifact *okb_registry_artifact(OkbStore *store, const char *path, gint64 *ret_document,
                                   GError **error);
void okb_artifact_free(OkbArtifact *artifact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbArtifact, okb_artifact_free)

/* All documents in order of name. `visit` returns false to stop. Artifacts are filled in. */
typedef bool (*OkbDocumentVisitor)(const OkbDocument *document, gpointer data);
bool okb_registry_each(OkbStore *store, OkbDocumentVisitor visit, gpointer data,
                       GError **error);
gint64 okb_registry_count(OkbStore *store, GError **error);

/*
 * Where the bytes of an artifact are now: its place, or the staged file of an intent that is
 * not applied yet (a reader after a crash). A descriptor, or -1 with `error`. The bytes of a
 * file in its place are not checked against the hash: a person may have changed them.
 */
int okb_registry_open_artifact(OkbStore *store, const OkbArtifact *artifact, GError **error);

/* ---- Writing, in a transaction ----------------------------------------------------------- */

/* Inserts (id 0; sets it) or updates a document with its artifacts and siblings, notes the
 * change and marks the views dirty. It clears a failure recorded for its path. */
bool okb_registry_put(OkbStore *store, OkbDocument *document, GError **error);
bool okb_registry_delete(OkbStore *store, gint64 id, GError **error);
bool okb_registry_put_alias(OkbStore *store, const OkbAlias *alias, GError **error);
bool okb_registry_delete_alias(OkbStore *store, const char *path, GError **error);
/* The source at `path` still has the bytes `hash`: remember its new stat, wherever those bytes
 * are recorded for it, as document, alias or failure. Marks nothing dirty. */
bool okb_registry_touch(OkbStore *store, const char *path, const char *hash,
                        const OkbStat *stat, GError **error);
/* The document at `path` was converted by the plugin that `choice` would give it, too. */
bool okb_registry_touch_choice(OkbStore *store, const char *path, const char *choice,
                               GError **error);
/* The same for a sibling of a document. */
bool okb_registry_touch_sibling(OkbStore *store, gint64 document, const char *path,
                                const OkbStat *stat, GError **error);
bool okb_registry_put_failure(OkbStore *store, const OkbFailure *failure, GError **error);
bool okb_registry_clear_failure(OkbStore *store, const char *path, GError **error);
