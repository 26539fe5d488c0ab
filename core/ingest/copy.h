/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The one reading of a source: copied and hashed in the same pass, so that hash, raw copy and
 * text can never disagree. Whoever converts gets the copy, never the user's file.
 */
#pragma once

#include "store/registry.h"

#include <sys/stat.h>

typedef struct {
    char hash[OKB_DIGEST_HEX];
    guint64 size;
    OkbStat stat;     /* of the source; size -1 when it is too fresh to be trusted later */
    OkbStat observed; /* the same, as it was seen: to tell whether the source changed since */
} OkbCopy;

/* The stat of a file as we compare it. */
OkbStat okb_stat_of(const struct stat *st);
bool okb_stat_equal(const OkbStat *a, const OkbStat *b);
/* As git does with its index: times within two seconds of now prove nothing; size becomes -1. A
 * modification time far in the future was set by somebody; then the time of change counts. */
OkbStat okb_stat_distrust_fresh(OkbStat stat);

/*
 * Copies the regular file `path` (absolute, no link as its last component) to the new file
 * `name` in `dir`. Three tries while it changes under us, then OKB_ERROR_CHANGED. On failure
 * nothing is left in `dir`.
 */
bool okb_copy_source(const char *path, int dir, const char *name, OkbCopy *copy,
                     GError **error);

/* The same for a small file, to a sealed file without a name: *ret_fd, read-only. Failing to
 * make one is no error: *ret_fd is -1 then, as it is for a file above `most` bytes. */
bool okb_copy_to_memory(const char *path, guint64 most, OkbCopy *copy, int *ret_fd,
                        GError **error);

/* Whether the source still has the bytes that were copied: its stat, and when that differs its
 * hash. 1 yes, 0 no, -1 it cannot be read any more (errno). */
int okb_copy_is_current(const char *path, OkbCopy *copy);
