/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * How the file is opened:
 *
 *     writing   WAL and synchronous=FULL: one fdatasync a commit. On network file
 *               systems, where shared memory is not shared, DELETE and synchronous=EXTRA.
 *               No checkpoint when it is closed: closing must never write, because it also
 *               happens on the way out of an error whose outcome is not known.
 *     reading   like any reader of SQLite where that needs no file to be made; else, when
 *               no writer can be there (the shared lock is ours, or the medium is
 *               read-only) and no WAL holds anything, immutable; else a private copy of
 *               database and WAL.
 *
 * The file is opened by its path, because SQLite knows no descriptors; that this path leads to
 * the knowledge base we hold open is checked, and SQLITE_OPEN_NOFOLLOW refuses links.
 */
#include "store/database.h"

#include "store/barrier.h"
#include "store/fault.h"
#include "store/lock.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include "schema.sql.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    APPLICATION_ID = 0x6f6b6264, /* "okbd" */
    SCHEMA_VERSION = 2,
    BUSY_TIMEOUT_MS = 10000,
    WAL_PAGES = 16384, /* 64 MiB, when a lock is held very long */
};

#define DATABASE        ".openkb/openkb.db"
#define UNNAMED         ".openkb/.openkb-db.tmp"
#define UNNAMED_JOURNAL ".openkb-db.tmp-journal"

struct OkbDatabase {
    sqlite3 *handle;
    GHashTable *statements; /* SQL literal -> sqlite3_stmt */
    char *path;
    char *private_dir; /* of a private copy */
    int lock;          /* shared, while the file is taken as immutable; or -1 */
    bool memory, writable;
    bool unnamed; /* being made under another name */
};

/* ---- errors ------------------------------------------------------------------------------ */

/* SQLite says "I/O error" or "unable to open" where a disk is full; SHMSIZE comes without the
 * errno, and is the attempt to make its shared memory file longer. */
static bool is_no_space(int result, int system)
{
    return system == ENOSPC || system == EDQUOT || system == EROFS ||
           result == SQLITE_IOERR_SHMSIZE;
}

static OkbErrorCode code_of(int result, int system)
{
    if (((result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN) &&
        is_no_space(result, system))
        return OKB_ERROR_NO_SPACE;
    switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return OKB_ERROR_CORRUPT;
    case SQLITE_FULL:
    case SQLITE_READONLY:
        return OKB_ERROR_NO_SPACE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return OKB_ERROR_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return OKB_ERROR_IO;
    default:
        return OKB_ERROR_FAILED;
    }
}

static bool fail(OkbDatabase *db, const char *what, GError **error)
{
    int result = sqlite3_extended_errcode(db->handle);
    int system = sqlite3_system_errno(db->handle);
    OkbErrorCode code = code_of(result, system);
    const char *advice = code == OKB_ERROR_CORRUPT
                             ? "; nothing was touched; see `openkb recover --rebuild`"
                             : "";
    return okb_error_set(error, code, "%s: cannot %s: %s (%d)%s%s%s", db->path, what,
                         sqlite3_errmsg(db->handle), result, system ? ": " : "",
                         system ? g_strerror(system) : "", advice);
}

/* ---- statements -------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(OkbDatabase *db, const char *sql, GError **error)
{
    sqlite3_stmt *statement = g_hash_table_lookup(db->statements, sql);
    if (statement) {
        sqlite3_reset(statement);
        return statement;
    }
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        fail(db, "read the registry", error);
        return NULL;
    }
    g_hash_table_insert(db->statements, (gpointer)sql, statement);
    return statement;
}

/* `keep`: SQLITE_STATIC when the statement has ended before the caller's strings do. */
static sqlite3_stmt *bind(OkbDatabase *db, GError **error, sqlite3_destructor_type keep,
                          const char *sql, const char *types, va_list args)
{
    sqlite3_stmt *statement = prepare(db, sql, error);
    for (int i = 0; statement && types[i]; i++) {
        int result =
            types[i] == 's'
                ? sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, keep)
                : sqlite3_bind_int64(statement, i + 1, va_arg(args, gint64));
        if (result != SQLITE_OK) {
            fail(db, "bind a value", error);
            return NULL;
        }
    }
    return statement;
}

sqlite3_stmt *okb_database_query(OkbDatabase *db, GError **error, const char *sql,
                                 const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(db, error, SQLITE_TRANSIENT, sql, types, args);
    va_end(args);
    return statement;
}

int okb_database_step(OkbDatabase *db, sqlite3_stmt *statement, GError **error)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return 1;
    if (result != SQLITE_DONE)
        fail(db, "read or change the registry", error);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? 0 : -1;
}

static bool run_bound(OkbDatabase *db, sqlite3_stmt *statement, GError **error)
{
    int result;
    while ((result = okb_database_step(db, statement, error)) > 0)
        continue;
    return result == 0;
}

bool okb_database_run(OkbDatabase *db, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(db, error, SQLITE_STATIC, sql, types, args);
    va_end(args);
    return statement && run_bound(db, statement, error);
}

bool okb_database_try(OkbDatabase *db, GError **error, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(db, error, SQLITE_STATIC, sql, types, args);
    va_end(args);
    g_autoptr(GError) local = NULL;
    if (statement && run_bound(db, statement, &local))
        return true;
    int result = sqlite3_extended_errcode(db->handle);
    if (result != SQLITE_CONSTRAINT_UNIQUE && result != SQLITE_CONSTRAINT_PRIMARYKEY && local)
        g_propagate_error(error, g_steal_pointer(&local));
    return false;
}

bool okb_database_number(OkbDatabase *db, gint64 *ret_value, GError **error, const char *sql,
                         const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *statement = bind(db, error, SQLITE_STATIC, sql, types, args);
    va_end(args);
    int got = statement ? okb_database_step(db, statement, error) : -1;
    if (got < 0)
        return false;
    *ret_value = got ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return true;
}

gint64 okb_database_last_id(const OkbDatabase *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

gint64 okb_database_changes(const OkbDatabase *db)
{
    return sqlite3_total_changes64(db->handle);
}

bool okb_database_in_transaction(const OkbDatabase *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

const char *okb_database_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

char *okb_database_dup(sqlite3_stmt *statement, int column)
{
    return g_strdup((const char *)sqlite3_column_text(statement, column));
}

char *okb_database_get_meta(OkbDatabase *db, const char *key, GError **error)
{
    sqlite3_stmt *statement =
        okb_database_query(db, error, "SELECT value FROM meta WHERE key = ?", "s", key);
    if (!statement || okb_database_step(db, statement, error) <= 0)
        return NULL;
    char *value = okb_database_dup(statement, 0);
    sqlite3_reset(statement);
    return value;
}

bool okb_database_set_meta(OkbDatabase *db, const char *key, const char *value, GError **error)
{
    return okb_database_run(db, error, "INSERT OR REPLACE INTO meta VALUES (?, ?)", "ss", key,
                            value);
}

/* ---- opening ----------------------------------------------------------------------------- */

static bool execute(OkbDatabase *db, const char *sql, GError **error)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    return fail(db, "set up the registry", error);
}

static void new_id(char hex[33])
{
    guint8 bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        for (gsize i = 0; i < sizeof bytes; i++)
            bytes[i] = (guint8)g_random_int();
    for (gsize i = 0; i < sizeof bytes; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static bool create_schema(OkbDatabase *db, GError **error)
{
    char kb_id[33], lineage[33];
    new_id(kb_id);
    new_id(lineage);
    g_autofree char *finish = g_strdup_printf("PRAGMA application_id = %d;"
                                              "PRAGMA user_version = %d;"
                                              "COMMIT;",
                                              APPLICATION_ID, SCHEMA_VERSION);
    if (!execute(db, "BEGIN EXCLUSIVE", error))
        return false;
    if (execute(db, schema_sql, error) && okb_database_set_meta(db, "kb_id", kb_id, error) &&
        okb_database_set_meta(db, "lineage", lineage, error) &&
        okb_database_run(db, error, "INSERT INTO meta VALUES ('txid', 0)", "") &&
        execute(db, finish, error)) {
        return true;
    }
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

/* Before anything else is believed: is it ours, and not of a version that we do not know? */
static bool check_version(OkbDatabase *db, bool create, GError **error)
{
    gint64 application, version, tables;
    if (!okb_database_number(db, &application, error, "PRAGMA application_id", "") ||
        !okb_database_number(db, &version, error, "PRAGMA user_version", "") ||
        !okb_database_number(db, &tables, error, "SELECT count(*) FROM sqlite_schema", ""))
        return false;
    if (application == APPLICATION_ID && version == SCHEMA_VERSION)
        return true;
    if (application == APPLICATION_ID && version > SCHEMA_VERSION)
        return okb_error_set(error, OKB_ERROR_NEWER,
                             "%s was made by a newer openkb (schema %" G_GINT64_FORMAT
                             ", this program knows %d); use that version",
                             db->path, version, SCHEMA_VERSION);
    if (application == APPLICATION_ID)
        return okb_error_set(error, OKB_ERROR_CORRUPT,
                             "%s was made by an older openkb, in development (schema "
                             "%" G_GINT64_FORMAT ", this program needs %d); nothing was "
                             "touched; move it away and run `openkb recover --rebuild`",
                             db->path, version, SCHEMA_VERSION);
    if (application == 0 && version == 0 && tables == 0 && create)
        return create_schema(db, error);
    return okb_error_set(
        error, OKB_ERROR_CORRUPT,
        "%s is not a registry of openkb; nothing was touched; move it away and "
        "run `openkb recover --rebuild`",
        db->path);
}

static bool set_journal(OkbDatabase *db, const OkbKb *kb, GError **error)
{
    if (okb_barrier_is_network(kb->root))
        return execute(db, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA", error);
    if (okb_fault("no-wal-full"))
        return execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", error);
    return execute(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", error);
}

static bool configure(OkbDatabase *db, const OkbKb *kb, GError **error)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
    /* Without it a statement that could use a partial index is compiled anew for each value. */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int persist = 1;
    sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
    if (!execute(db,
                 "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
                 "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384",
                 error))
        return false;
    sqlite3_wal_autocheckpoint(db->handle, WAL_PAGES);
    if (db->unnamed)
        return execute(db, "PRAGMA synchronous=EXTRA", error);
    return !db->writable || db->memory || set_journal(db, kb, error);
}

static OkbDatabase *new_handle(char *path)
{
    OkbDatabase *db = g_new0(OkbDatabase, 1);
    db->path = path;
    db->lock = -1;
    db->statements = g_hash_table_new(g_direct_hash, g_direct_equal);
    return db;
}

static OkbDatabase *open_file(const OkbKb *kb, const char *file, const char *uri, int flags,
                              GError **error)
{
    g_autoptr(OkbDatabase) db = new_handle(g_strdup(file));
    db->writable = flags & SQLITE_OPEN_READWRITE;
    db->memory = flags & SQLITE_OPEN_MEMORY;
    db->unnamed = flags & SQLITE_OPEN_CREATE;
    flags |= SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    bool create = flags & (SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY);
    if (sqlite3_open_v2(uri, &db->handle, flags, NULL) != SQLITE_OK) {
        fail(db, "open the registry", error);
        return NULL;
    }
    if (!configure(db, kb, error) || !check_version(db, create, error))
        return NULL;
    return g_steal_pointer(&db);
}

static char *file_uri(const char *path, const char *query)
{
    g_autofree char *escaped = g_uri_escape_string(path, "/", FALSE);
    return g_strconcat("file:", escaped, query, NULL);
}

int okb_database_exists(const OkbKb *kb, GError **error)
{
    struct stat st, named;
    g_autofree char *path = g_build_filename(kb->path, DATABASE, NULL);
    if (okb_io_stat_beneath(kb->root, DATABASE, &st) != 0) {
        if (errno == ENOENT)
            return 0;
        okb_error_errno(error, errno, "cannot look at %s", path);
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        okb_error_set(error, OKB_ERROR_CORRUPT, "%s is not a regular file", path);
        return -1;
    }
    if (lstat(path, &named) != 0 || named.st_ino != st.st_ino || named.st_dev != st.st_dev) {
        okb_error_set(error, OKB_ERROR_FAILED,
                      "%s was moved while this command started; run it again", kb->path);
        return -1;
    }
    return 1;
}

/* Whether a file of SQLite's beside the database holds anything, for all that we can see. */
static bool is_filled(const OkbKb *kb, const char *path)
{
    struct stat st;
    if (okb_io_stat_beneath(kb->root, path, &st) != 0)
        return okb_error_is_passing(errno);
    return st.st_size > 0;
}

static bool copy_to(const OkbKb *kb, const char *from, const char *to, GError **error)
{
    okb_autofd int in = okb_io_open_beneath(kb->root, from, O_RDONLY, 0);
    if (in < 0 && errno == ENOENT)
        return true;
    okb_autofd int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (in < 0 || out < 0 || okb_io_copy(in, out) < 0)
        return okb_error_errno(error, errno, "cannot copy %s/%s to %s", kb->path, from, to);
    return true;
}

static OkbDatabase *open_private_copy(const OkbKb *kb, GError **error)
{
    g_autofree char *dir = g_dir_make_tmp("openkb-XXXXXX", error);
    if (!dir)
        return NULL;
    g_autofree char *file = g_build_filename(dir, "openkb.db", NULL);
    g_autofree char *wal = g_strconcat(file, "-wal", NULL);
    g_autofree char *resolved = NULL;
    OkbDatabase *db = NULL;
    if (copy_to(kb, DATABASE, file, error) && copy_to(kb, DATABASE "-wal", wal, error)) {
        resolved = realpath(file, NULL);
        g_autofree char *uri = file_uri(resolved ? resolved : file, "");
        db = open_file(kb, file, uri, SQLITE_OPEN_READWRITE, error);
    }
    if (db) {
        db->private_dir = g_steal_pointer(&dir);
        return db;
    }
    unlink(wal);
    unlink(file);
    rmdir(dir);
    return NULL;
}

static OkbDatabase *open_reading(const OkbKb *kb, const char *path, GError **error)
{
    g_autofree char *uri = file_uri(path, "");
    g_autofree char *immutable = file_uri(path, "?immutable=1");
    g_autoptr(GError) local = NULL;
    /* A reader makes the shared memory file when there is none: only where one is there. */
    if (is_filled(kb, DATABASE "-shm")) {
        OkbDatabase *db = open_file(kb, path, uri, SQLITE_OPEN_READONLY, &local);
        if (db || !(local->code == OKB_ERROR_IO || local->code == OKB_ERROR_NO_SPACE)) {
            if (local)
                g_propagate_error(error, g_steal_pointer(&local));
            return db;
        }
    }
    okb_autofd int lock = -1;
    if (!okb_lock_try_shared(kb, &lock) || is_filled(kb, DATABASE "-wal"))
        return open_private_copy(kb, error);
    OkbDatabase *db = open_file(kb, path, immutable, SQLITE_OPEN_READONLY, error);
    if (db)
        db->lock = okb_steal_fd(&lock);
    return db;
}

/* Made whole under another name, so that openkb.db is a registry or is not there. */
static bool create_file(const OkbKb *kb, GError **error)
{
    g_autofree char *path = g_build_filename(kb->path, UNNAMED, NULL);
    g_autofree char *uri = file_uri(path, "");
    const char *name;
    okb_autofd int dir = okb_io_open_parent(kb->root, UNNAMED, &name);
    if (dir < 0)
        return okb_error_errno(error, errno, "cannot open %s/.openkb", kb->path);
    unlinkat(dir, name, 0);
    unlinkat(dir, UNNAMED_JOURNAL, 0);
    unlinkat(dir, "openkb.db-shm", 0);
    OkbDatabase *db =
        open_file(kb, path, uri, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
    if (!db)
        return false;
    okb_database_close(db);
    if (fsync(dir) == 0 && renameat(dir, name, dir, "openkb.db") == 0 && fsync(dir) == 0)
        return true;
    return okb_error_errno(error, errno, "cannot make %s/" DATABASE, kb->path);
}

OkbDatabase *okb_database_open(const OkbKb *kb, OkbDatabaseMode mode, GError **error)
{
    g_autofree char *path = g_build_filename(kb->path, DATABASE, NULL);
    if (mode == OKB_DATABASE_MEMORY)
        return open_file(kb, path, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
                         error);
    int exists = okb_database_exists(kb, error);
    if (exists < 0)
        return NULL;
    if (mode == OKB_DATABASE_READ)
        return open_reading(kb, path, error);
    if (mode == OKB_DATABASE_CREATE && !exists && !create_file(kb, error))
        return NULL;
    g_autofree char *uri = file_uri(path, "");
    return open_file(kb, path, uri, SQLITE_OPEN_READWRITE, error);
}

static void remove_private_copy(OkbDatabase *db)
{
    static const char *const names[] = {"openkb.db", "openkb.db-wal", "openkb.db-shm"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(db->private_dir, names[i], NULL);
        unlink(path);
    }
    rmdir(db->private_dir);
}

void okb_database_close(OkbDatabase *db)
{
    if (!db)
        return;
    GHashTableIter iter;
    gpointer statement;
    g_hash_table_iter_init(&iter, db->statements);
    while (g_hash_table_iter_next(&iter, NULL, &statement))
        sqlite3_finalize(statement);
    g_hash_table_destroy(db->statements);
    sqlite3_close(db->handle);
    if (db->private_dir)
        remove_private_copy(db);
    okb_close_fd(&db->lock);
    g_free(db->private_dir);
    g_free(db->path);
    g_free(db);
}

bool okb_database_is_memory(const OkbDatabase *db)
{
    return db->memory;
}

bool okb_database_check(OkbDatabase *db, GError **error)
{
    sqlite3_stmt *statement = okb_database_query(db, error, "PRAGMA quick_check(1)", "");
    if (!statement || okb_database_step(db, statement, error) < 0)
        return false;
    bool good = strcmp(okb_database_text(statement, 0), "ok") == 0;
    if (!good)
        okb_error_set(error, OKB_ERROR_CORRUPT,
                      "%s is damaged (%s); nothing was touched; see `openkb recover --rebuild`",
                      db->path, okb_database_text(statement, 0));
    sqlite3_reset(statement);
    return good;
}

void okb_database_checkpoint(OkbDatabase *db)
{
    sqlite3_busy_timeout(db->handle, 100);
    sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_busy_timeout(db->handle, BUSY_TIMEOUT_MS);
}
