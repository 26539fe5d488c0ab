/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Applying one intent by what is on the disk: safe to repeat at any moment, after any crash.
 *
 * Errors: OKB_ERROR_PENDING with path, cause and remedy; nothing was lost then.
 */
#pragma once

#include "store/store.h"
#include "util/digest.h"

/* A file operation of a committed transaction; see transaction.h. */
typedef struct {
    char *txid;
    char *dst;
    char *src;                     /* staged file; of a removal: where dst is moved to */
    char hash[OKB_DIGEST_HEX];     /* "": remove */
    char old_hash[OKB_DIGEST_HEX]; /* "": we wrote nothing there before */
    bool done;
} OkbIntent;

OkbIntent *okb_intent_new(const char *txid, const char *dst, const char *src, const char *hash,
                          const char *old_hash);
void okb_intent_free(OkbIntent *intent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbIntent, okb_intent_free)

typedef enum {
    OKB_PUBLISH_DONE,
    OKB_PUBLISH_LOST,   /* neither dst nor src holds the bytes */
    OKB_PUBLISH_FAILED, /* *error is set; to be tried again */
} OkbPublishStatus;

/* `replay`: nothing is known of what was done before. Otherwise src was written by this process
 * and the intent was not applied yet, so that the common case needs no reading. */
OkbPublishStatus okb_publish_apply(OkbStore *store, const OkbIntent *intent, bool replay,
                                   GError **error);

/* Gives an intent up whose target belongs to another program now: what it had brought out is
 * judged, the target is left as it is. */
bool okb_publish_abandon(OkbStore *store, const OkbIntent *intent, GError **error);

/* What is at a path beneath the root. */
typedef enum {
    OKB_CONTENT_ABSENT,
    OKB_CONTENT_FILE, /* a regular file; its digest was read */
    OKB_CONTENT_DIRECTORY,
    OKB_CONTENT_OTHER,  /* a link, a device, ... or a file that cannot be read */
    OKB_CONTENT_FAILED, /* its directory cannot be opened, or we lack what a look takes; errno
                         */
} OkbContent;
OkbContent okb_publish_look(int root, const char *path, char hash[static OKB_DIGEST_HEX]);

/* Whether the file has these bytes: 1, 0, or -1 and errno when a look failed for a cause that
 * may be gone the next time. */
int okb_publish_holds(int root, const char *path, const char *hash);

/* The same in a directory that is open; -1 with its errno when it could not be opened. */
OkbContent okb_publish_look_in(int dir, const char *name, char hash[static OKB_DIGEST_HEX]);

/* After a look that FAILED, with its errno: a file or a link stands where a directory of the
 * path was, so that whatever is behind it is nothing we wrote. */
bool okb_publish_is_elsewhere(OkbContent content);

/* Moves `src` to `dst` where nothing stands. 0, or -1 and errno (EEXIST). */
int okb_publish_place(int src_dir, const char *src, int dst_dir, const char *dst);

/*
 * Puts `src` in the place of `dst`. What stood at `dst` is afterwards at `src`, or, on file
 * systems that cannot exchange, at `src` with OKB_PUBLISH_OUT appended. 0, or -1 and errno.
 */
#define OKB_PUBLISH_OUT ".out"
int okb_publish_swap(int src_dir, const char *src, int dst_dir, const char *dst);

/* What is replaced keeps its mode and, where we may, its owner: gives them to `src`. */
void okb_publish_keep_mode(int root, const char *dst, const char *src);

/* Takes a file that is a person's out of the way, to conflicts/<txid>/<name>. */
bool okb_publish_save(OkbStore *store, const char *path, const char *txid, const char *name,
                      GError **error);
