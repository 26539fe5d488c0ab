/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The registry's file as a database handle with prepared statements.
 *
 * A statement is cached under the address of its SQL, which must therefore be a literal, and is
 * busy between okb_database_query() and the step that returned 0 or -1: do not run the same
 * literal meanwhile.
 *
 * `types` names the arguments that follow: s a string or NULL, i a gint64.
 *
 * Errors: OKB_ERROR_NEWER, OKB_ERROR_CORRUPT (nothing was touched), OKB_ERROR_NO_SPACE,
 * OKB_ERROR_LOCKED, else OKB_ERROR_IO or OKB_ERROR_FAILED.
 */
#pragma once

#include "kb/kb.h"

#include <sqlite3.h>

typedef struct OkbDatabase OkbDatabase;

typedef enum {
    OKB_DATABASE_READ,   /* as it is, on any medium, without writing a byte */
    OKB_DATABASE_WRITE,  /* it exists */
    OKB_DATABASE_CREATE, /* made when it does not exist: only under the exclusive lock */
    OKB_DATABASE_MEMORY, /* an empty one that is nowhere on disk */
} OkbDatabaseMode;

/* 1 when the knowledge base has a registry, 0 when not, -1 with `error`. */
int okb_database_exists(const OkbKb *kb, GError **error);

OkbDatabase *okb_database_open(const OkbKb *kb, OkbDatabaseMode mode, GError **error);
void okb_database_close(OkbDatabase *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OkbDatabase, okb_database_close)
bool okb_database_is_memory(const OkbDatabase *db);

/* PRAGMA quick_check: OKB_ERROR_CORRUPT when the file is damaged. */
bool okb_database_check(OkbDatabase *db, GError **error);
/* Moves the WAL into the database. Failure is harmless: the WAL stays. */
void okb_database_checkpoint(OkbDatabase *db);

sqlite3_stmt *okb_database_query(OkbDatabase *db, GError **error, const char *sql,
                                 const char *types, ...);
/* 1: a row; 0: no more; -1: failed. */
int okb_database_step(OkbDatabase *db, sqlite3_stmt *statement, GError **error);
/* Runs a statement that gives no rows. */
bool okb_database_run(OkbDatabase *db, GError **error, const char *sql, const char *types, ...);
/* As run, and a UNIQUE or PRIMARY KEY conflict gives false with *error unset. */
bool okb_database_try(OkbDatabase *db, GError **error, const char *sql, const char *types, ...);
/* The first column of the first row as a number; 0 when there is none or it is NULL. */
bool okb_database_number(OkbDatabase *db, gint64 *ret_value, GError **error, const char *sql,
                         const char *types, ...);
gint64 okb_database_last_id(const OkbDatabase *db);
/* Rows changed since the database was opened. */
gint64 okb_database_changes(const OkbDatabase *db);
bool okb_database_in_transaction(const OkbDatabase *db);

/* A text column; "" for NULL. Borrowed until the next step. */
const char *okb_database_text(sqlite3_stmt *statement, int column);
/* A text column, copied; NULL stays NULL. */
char *okb_database_dup(sqlite3_stmt *statement, int column);

char *okb_database_get_meta(OkbDatabase *db, const char *key, GError **error);
bool okb_database_set_meta(OkbDatabase *db, const char *key, const char *value, GError **error);
