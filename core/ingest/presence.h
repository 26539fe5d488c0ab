/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whether a source is gone. It is when nothing has its name any more, in a directory that can
 * be read and holds something. Everything else leaves a doubt, and who doubts deletes nothing:
 * a directory that cannot be searched, a link that leads nowhere, an error of the disk, and an
 * empty directory, which is what a file system that is not mounted looks like.
 *
 * Threads: none. Ownership: what is returned belongs to the OkbPresence.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { OKB_PRESENCE_THERE, OKB_PRESENCE_GONE, OKB_PRESENCE_DOUBT } OkbPresenceKind;

typedef struct {
    OkbPresenceKind kind;
    /* a doubt: */
    const char *place;  /* the directory, or the path itself */
    const char *reason; /* "unreadable" or "empty-directory" */
    const char *detail;
} OkbPresenceAnswer;

/* Remembers what it saw of directories, so that thousands of sources cost one look each. */
typedef struct OkbPresence OkbPresence;

OkbPresence *okb_presence_new(void);
void okb_presence_free(OkbPresence *presence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbPresence, okb_presence_free)

/* `path` is absolute. */
OkbPresenceAnswer okb_presence_look(OkbPresence *presence, const char *path);
