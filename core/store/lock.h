/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The lock of a knowledge base: flock(2) on .openkb/ingest.lock, the same file and the same
 * kind of lock as Python OpenKB. The file is never truncated, renamed or removed; the kernel
 * frees the lock when its holder dies. Who holds it stands in .openkb/ingest.holder, for
 * messages only: nothing is decided by it.
 *
 * Errors: OKB_ERROR_LOCKED names the holder; OKB_ERROR_INTERRUPTED when a signal came while
 * waiting.
 */
#pragma once

#include "kb/kb.h"

/* The exclusive lock as a descriptor; -1 with `error`. timeout_ms as in OkbStoreOptions. */
int okb_lock_exclusive(const OkbKb *kb, int timeout_ms, const char *command, GError **error);

/*
 * The same for a process that has something to do meanwhile: `serve` is called again and again
 * while another holds the lock, works for about `ms` and returns whether there is more to do.
 * When there is not, we queue for the lock like everybody.
 */
typedef bool (*OkbLockServe)(int ms, gpointer data);
int okb_lock_exclusive_serving(const OkbKb *kb, int timeout_ms, const char *command,
                               OkbLockServe serve, gpointer data, GError **error);

/* Gives it back, and sets *lock to -1. */
void okb_lock_release(const OkbKb *kb, int *lock);

/*
 * Whether no writer can be there: the shared lock without waiting in *ret_lock, or -1 in it
 * when there is no lock file, so that nobody ever wrote. False while somebody writes.
 */
bool okb_lock_try_shared(const OkbKb *kb, int *ret_lock);

/* "process 123 (add) since ...", or "another program"; g_free() it. */
char *okb_lock_holder(const OkbKb *kb);
