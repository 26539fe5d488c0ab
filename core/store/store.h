/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The store: lock, registry, transactions, recovery, reaper and views of one knowledge base.
 *
 * LIFE CYCLE
 *
 *     okb_store_open()         no lock; the registry can be read
 *     okb_store_acquire()      exclusive lock -> recover -> merge hashes.json -> reap
 *       okb_txn_begin() ... okb_txn_commit()      any number of groups (transaction.h)
 *     okb_store_release()      barrier -> delete intents -> drop staging -> views -> checkpoint
 *                              -> unlock
 *     okb_store_close()
 *
 * GUARANTEES, whatever instruction the machine died at
 *
 *   S1  A document is in the knowledge base whole or not at all after the next acquire.
 *   S2  What okb_txn_commit() returned true for survives power loss from that moment.
 *   S3  Only the holder of the exclusive lock writes to raw/, wiki/ or the registry.
 *   S4  A file that is not what the registry says we wrote is never overwritten or deleted: it
 *       is moved to .openkb/conflicts/.
 *   S5  Nothing is reaped before recovery has succeeded.
 *
 * Threads: none. Ownership: strings in records belong to the record.
 * Errors: OKB_ERROR_LOCKED names the holder; OKB_ERROR_PENDING names path, cause and remedy;
 * OKB_ERROR_NEWER when a newer version made the registry; OKB_ERROR_CORRUPT when it cannot be
 * read: then nothing was touched.
 */
#pragma once

#include "kb/kb.h"

typedef struct OkbStore OkbStore;

typedef struct {
    bool create;         /* make the registry if there is none (init, first add) */
    bool read_only;      /* never write, not even a WAL: for list, show, verify */
    int lock_timeout_ms; /* -1 waits for ever, 0 does not wait */
    const char *command; /* "add", for others who find us holding the lock */
} OkbStoreOptions;

/* What acquiring the lock had to do; counts for the summary, lines for the user. */
typedef struct {
    guint intents_applied; /* of transactions that were interrupted after their commit */
    guint documents_damaged;
    guint reaped; /* dead staging directories */
    guint reap_failures;
    guint imported;        /* documents that came from hashes.json */
    guint removed_outside; /* documents that another program removed from hashes.json */
    GPtrArray *messages;   /* char *: warnings, conflicts, quarantine */
} OkbRecoveryReport;

void okb_recovery_report_init(OkbRecoveryReport *report);
void okb_recovery_report_clear(OkbRecoveryReport *report);

OkbStore *okb_store_open(OkbKb *kb, const OkbStoreOptions *options, GError **error);
void okb_store_close(OkbStore *store); /* without release: as if killed; NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbStore, okb_store_close)

/* What acquire does while another process holds the lock, if there is something: lock.h. */
void okb_store_while_waiting(OkbStore *store, bool (*serve)(int ms, gpointer data),
                             gpointer data);

bool okb_store_acquire(OkbStore *store, OkbRecoveryReport *report, GError **error);
bool okb_store_is_held(const OkbStore *store);

/*
 * The end steps. On failure after a commit the intents stay, the lock is released all the same
 * and the error is OKB_ERROR_PENDING (exit 12): the next acquire tries again.
 */
bool okb_store_release(OkbStore *store, GError **error);

OkbKb *okb_store_kb(OkbStore *store);

/* What the user should hear since the last call: conflicts kept, files left alone. char *;
 * g_ptr_array_unref() it. What acquire found is in its report instead. */
GPtrArray *okb_store_take_messages(OkbStore *store);

/*
 * A batch's staging root, .openkb/staging/batch-<id>/, alive while its lock is held: needs no
 * lock of the knowledge base. Removed by okb_staging_close(); a dead one is removed by the
 * reaper.
 */
typedef struct OkbStaging OkbStaging;
OkbStaging *okb_staging_open(OkbKb *kb, GError **error);
int okb_staging_dir(const OkbStaging *staging); /* borrowed descriptor of batch-<id>/ */
const char *okb_staging_path(const OkbStaging *staging); /* relative to the KB, for messages */
void okb_staging_close(OkbStaging *staging);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbStaging, okb_staging_close)
