/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One error domain for the core. A code says what a caller can do about it and decides the exit
 * code; the message says what failed, on which file, why, and what to do.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define OKB_ERROR (okb_error_quark())
GQuark okb_error_quark(void);

typedef enum {
    OKB_ERROR_FAILED,      /* anything without a better name */
    OKB_ERROR_USAGE,       /* the command line or an argument is wrong */
    OKB_ERROR_IO,          /* the operating system refused; errno is in the message */
    OKB_ERROR_NOT_FOUND,   /* no such document, or no match */
    OKB_ERROR_NO_KB,       /* not a knowledge base */
    OKB_ERROR_LOCKED,      /* another process holds the lock */
    OKB_ERROR_PENDING,     /* committed file operations cannot be applied now */
    OKB_ERROR_NO_SPACE,    /* disk or quota full, or read-only */
    OKB_ERROR_NEWER,       /* made by a newer version */
    OKB_ERROR_CORRUPT,     /* our own data is damaged */
    OKB_ERROR_UNKNOWN,     /* COMMIT failed in a way that leaves its outcome open */
    OKB_ERROR_SANDBOX,     /* a sandbox is required and not available */
    OKB_ERROR_INTERRUPTED, /* the user asked to stop */
    OKB_ERROR_BUNDLE,      /* what a converter left is not acceptable */
    OKB_ERROR_CHANGED,     /* a source changed while it was read */
    OKB_ERROR_EXDEV,       /* would have to cross devices */
} OkbErrorCode;

/* Exit codes of the command: a promise to scripts. */
enum {
    OKB_EXIT_OK = 0,
    OKB_EXIT_FAILED = 1,
    OKB_EXIT_USAGE = 2,
    OKB_EXIT_SOME_FAILED = 3,
    OKB_EXIT_NOT_FOUND = 4,
    OKB_EXIT_FINDINGS = 5,
    OKB_EXIT_NO_KB = 10,
    OKB_EXIT_LOCKED = 11,
    OKB_EXIT_PENDING = 12,
    OKB_EXIT_NO_SPACE = 13,
    OKB_EXIT_NEWER = 14,
    OKB_EXIT_SANDBOX = 25,
    OKB_EXIT_INTERRUPTED = 130,
    OKB_EXIT_TERMINATED = 143,
};

/* The exit code that tells the truth about an error; errors of other domains are FAILED. */
int okb_error_exit_code(const GError *error);

/*
 * Sets an error from an errno value: "<message>: <strerror>". The code is NO_SPACE for ENOSPC,
 * EDQUOT and EROFS, EXDEV for EXDEV, else IO. Returns false, so that `return
 * okb_error_errno(...)` reads well.
 */
bool okb_error_errno(GError **error, int errnum, const char *format, ...) G_GNUC_PRINTF(3, 4);

/*
 * Whether a call failed for want of memory or descriptors, or because a signal came: that says
 * nothing of the file it was about, which is neither absent nor another's for it.
 */
bool okb_error_is_passing(int errnum);

/* Sets an error of this domain. Returns false. */
bool okb_error_set(GError **error, OkbErrorCode code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
