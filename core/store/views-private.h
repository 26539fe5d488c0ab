/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The two views, as views.c drives them: build() writes the file durably, clean() runs in the
 * SQL transaction that marks it clean.
 */
#pragma once

#include "store/store-private.h"
#include "store/views.h"

#include <jansson.h>

bool okb_view_index_build(OkbStore *store, GError **error);
bool okb_view_index_clean(OkbStore *store, GError **error);
/* What an interrupted swap of index.md left is judged: a person's text goes to conflicts/. */
bool okb_view_index_recover(OkbStore *store, GError **error);

bool okb_view_hashes_build(OkbStore *store, GError **error);
bool okb_view_hashes_clean(OkbStore *store, GError **error);

#define OKB_HASHES         ".openkb/hashes.json"
#define OKB_HASHES_CLOSING "\n}\n"

/* A document that is new to both views. */
typedef struct {
    gint64 id, position;
    char *name, *hash, *type, *description;
} OkbAddition;

/* All that happened since the views were written, by position, when it was a few additions and
 * nothing else; else NULL, also on an error. Only for a file that is as we left it. */
GPtrArray *okb_view_additions(OkbStore *store);

/* Whether the file of this digest is the one that was written when the rows were marked last;
 * `key` is hashes_written or index_written. */
bool okb_view_is_as_left(OkbStore *store, const char *key, const char *digest);

/* Rows were changed otherwise than view-additions.c can see: the next views go the long way. */
bool okb_view_forget_left(OkbStore *store, GError **error);

/* What the short way puts into hashes.json in the place of its last OKB_HASHES_CLOSING; `built`
 * has the entries, id -> text. NULL: the long way. */
GString *okb_view_hashes_tail(OkbStore *store, GBytes *left, GHashTable *built);

/* index.md with the lines of what was added, which are noted in `built`. NULL: the long way. */
GBytes *okb_view_index_insert(OkbStore *store, GBytes *left, GHashTable *built);

/* Of index.md: the start of a line of ours, the whole line, the heading above them. */
#define OKB_INDEX_LINK    "- [[summaries/"
#define OKB_INDEX_HEADING "## Documents"
char *okb_view_index_line(const char *name, const char *type, const char *description);
bool okb_view_index_is_heading(const char *line);

/* hashes.json parsed, its digest, and its text; all empty when there is no file. */
typedef struct {
    json_t *entries; /* NULL: no file, or damaged */
    GBytes *bytes;
    char digest[OKB_DIGEST_HEX];
    OkbDigest open; /* of all before its last OKB_HASHES_CLOSING, if that is its end */
    char *damage;   /* why it cannot be understood; or NULL */
} OkbHashes;

bool okb_hashes_read(OkbStore *store, OkbHashes *hashes, GError **error);
void okb_hashes_parse(OkbHashes *hashes); /* its bytes into entries or damage */
void okb_hashes_clear(OkbHashes *hashes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(OkbHashes, okb_hashes_clear)

/* An entry as it stands in the file, Python's way: two blanks of indent, ASCII. g_free() it. */
char *okb_hashes_entry_text(json_t *entry);

/* A document from an entry that another program wrote; NULL when it is no entry of one. */
OkbDocument *okb_hashes_document(const char *key, json_t *entry);
/* Its artifacts that are there and belong to no other document. */
bool okb_hashes_find_artifacts(OkbStore *store, OkbDocument *document, json_t *entry,
                               GError **error);
/* Whether a regular file is there, its digest and its size: 1, 0, or -1 with `error` when a
 * look failed for a cause that may be gone the next time. */
int okb_hashes_look(OkbStore *store, const char *path, char hash[static OKB_DIGEST_HEX],
                    gint64 *ret_size, GError **error);
/* The names in a directory but for hidden ones, sorted; none when it is not there, NULL with
 * `error` when it cannot be read just now. */
GPtrArray *okb_hashes_list(OkbStore *store, const char *path, GError **error);

/* Its title and description, as far as its summary page says them. */
void okb_summary_read(OkbStore *store, OkbDocument *document);

/* The images that are there under its name. */
bool okb_hashes_add_images(OkbStore *store, OkbDocument *document, GError **error);

/* The entry of a document; `base` is its entry so far or NULL: what we do not know in it stays.
 */
json_t *okb_hashes_entry(const OkbDocument *document, json_t *base);

/* Where the bytes of an artifact of ours are: the staged file of a live intent for its path, or
 * NULL; whether a file holds them: 1, 0, or -1 when it could not be looked at. */
char *okb_merge_staged_for(OkbStore *store, const char *path, GError **error);
int okb_merge_holds(OkbStore *store, const char *path, const char *hash, GError **error);

/* What another program made of a document after we had published it (overtaken.c): whether
 * bytes of ours are nowhere any more; and its intents are given up. */
bool okb_merge_is_overtaken(OkbStore *store, const OkbDocument *document, bool *ret_is,
                            GError **error);
bool okb_merge_abandon(OkbStore *store, const OkbDocument *document, GError **error);

/* Whether text and summary of a document that we removed are there again, and not because the
 * removal is still to be applied. */
bool okb_merge_is_back(OkbStore *store, const OkbDocument *document, bool *ret_is,
                       GError **error);

/* A foreign entry claims the name of a document of ours that was committed and is not exported:
 * ours gets another name (retarget.c). */
bool okb_merge_make_room(OkbStore *store, const char *name, GError **error);
