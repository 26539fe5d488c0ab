/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a conversion left, read as hostile input: sizes within limits, the body well-formed
 * UTF-8, result.json by a strict schema with every number checked against the files. No number
 * in it is believed.
 *
 *     body.md      the Markdown, with fixed-width placeholders for assets
 *     result.json  written last
 *
 * are files in memory that the pool made for it, and
 *
 *     assets/00000001.bin ...  embeds/00000001.bin ...
 *
 * are in its out directory: regular files with one link and our owner only.
 *
 * Errors: OKB_ERROR_BUNDLE, with what was wrong.
 */
#pragma once

#include "plugins/plugins.h"

#include <openkb/plugin.h>

typedef struct {
    guint64 offset; /* in the body, of the "<!-- page N -->" mark */
    char *label;    /* or NULL */
} OkbPage;

typedef struct {
    guint64 offset; /* in the body */
    guint level, page;
    char *title;
} OkbHeading;

typedef struct {
    guint depth, page;
    char *title;
} OkbOutlineEntry;

/* A placeholder in the body. */
typedef struct {
    guint64 offset;
    guint asset; /* index into assets, from 0 */
    char *alt;
} OkbAssetRef;

typedef struct {
    char *media_type, *name_hint;
    char *path; /* relative to the out directory */
    guint64 size;
} OkbAsset;

typedef struct {
    char *key, *value; /* metadata; or the code and text of a warning */
    guint page;        /* of a warning; 0: the document */
} OkbFact;

typedef struct {
    okb_status status; /* OKB_OK: the rest counts; else `message` says why */
    char *message;
    guint output_version;
    GBytes *body;
    GArray *pages;    /* OkbPage */
    GArray *headings; /* OkbHeading */
    GArray *outline;  /* OkbOutlineEntry */
    GArray *refs;     /* OkbAssetRef, ascending by offset */
    GArray *assets;   /* OkbAsset */
    GArray *embeds;   /* OkbAsset; name_hint is the member's name */
    GArray *metadata; /* OkbFact */
    GArray *warnings; /* OkbFact */
} OkbBundle;

/* What it left them in: descriptors of ours, -1 where there is nothing. `out` is the directory.
 */
typedef struct {
    int out, body, result;
} OkbLeft;

#define OKB_LEFT_NOTHING ((OkbLeft){-1, -1, -1})

void okb_left_clear(OkbLeft *left);

/* The width of a placeholder in the body, "okb-asset:00000001". */
enum { OKB_PLACEHOLDER_LEN = 18 };

OkbBundle *okb_bundle_read(const OkbLeft *left, const OkbLimits *limits, GError **error);
void okb_bundle_free(OkbBundle *bundle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbBundle, okb_bundle_free)

/* Opens an asset or embedded source for reading, and checks again that it is a regular file of
 * ours with one name and the recorded size. -1 and *error. */
int okb_bundle_open(int out, const OkbAsset *asset, GError **error);

/* First value of a metadata key, or NULL. Borrowed. */
const char *okb_bundle_meta(const OkbBundle *bundle, const char *key);

/* The reason of a status as records and summaries name it: "malformed", "encrypted", ... */
const char *okb_status_name(okb_status status);
/* Whether the status is a verdict about the bytes. */
bool okb_status_is_permanent(okb_status status);
