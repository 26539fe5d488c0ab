/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * bench-commit KB DOCUMENTS GROUP [naive] [nosync] [delay=MICROSECONDS]
 *
 * Commits DOCUMENTS prepared documents (a raw copy and a text of 4 KB, a summary of 1 KB) into
 * the knowledge base KB, GROUP to a transaction, durably, and prints documents per second: the
 * store alone, no conversion. With "naive": the plain durable way, each file written and
 * synced, its directory synced, one SQL transaction for each document. With "nosync" every call
 * that syncs does nothing. With "delay" every call that syncs (fsync, fdatasync, syncfs) takes
 * so much longer: an emulation of a slower disk, and a kind one, since a real one would also
 * take longer for the bytes.
 *
 * Run it on a journalled file system; on one without a journal fsync is nearly free.
 */
#include "store/transaction.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum { TEXT = 4096, SUMMARY = 1024 };

static guint64 run_id;

/* ---- Syncs that can be left out: these stand in for libc's, SQLite's included ------------- */

/* For the dynamic linker: else SQLite goes on calling libc's. */
#define EXPORTED __attribute__((visibility("default")))

static bool no_syncs;

static gulong delay_us;
static guint64 syncs;

static int sync_unless_off(long call, int fd)
{
    syncs++;
    if (delay_us)
        g_usleep(delay_us);
    return no_syncs ? 0 : (int)syscall(call, fd);
}

EXPORTED int fsync(int fd)
{
    return sync_unless_off(SYS_fsync, fd);
}

EXPORTED int fdatasync(int fd)
{
    return sync_unless_off(SYS_fdatasync, fd);
}

EXPORTED int syncfs(int fd)
{
    return sync_unless_off(SYS_syncfs, fd);
}

/* ---- Documents --------------------------------------------------------------------------- */

static _Noreturn void die(const char *what, const GError *error)
{
    fprintf(stderr, "bench-commit: %s: %s\n", what, error ? error->message : g_strerror(errno));
    exit(1);
}

/* Bytes that differ from document to document and from run to run, at the cost of a copy: the
 * documents are prepared, so making them is not to be measured. */
static void fill(char bytes[static TEXT], guint64 document)
{
    static char base[TEXT];
    guint64 x = run_id;
    for (gsize i = 0; !base[TEXT - 1] && i < TEXT; i++) {
        x = x * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407u;
        base[i] = (char)('a' + (x >> 33) % 26);
    }
    memcpy(bytes, base, TEXT);
    guint64 stamp[] = {document, run_id};
    for (gsize i = 0; i < sizeof stamp * 2; i++)
        bytes[i] = (char)('a' + (stamp[i / 16] >> (i % 16 * 4) & 15));
}

/* ---- Through the store ------------------------------------------------------------------- */

static void put_file(OkbTxn *txn, OkbDocument *document, OkbArtifactKind kind, const char *dst,
                     const char *bytes, gsize len)
{
    GError *error = NULL;
    OkbStaged staged;
    char hash[OKB_DIGEST_HEX];
    if (!okb_txn_stage(txn, dst, &staged, &error) ||
        okb_io_write_all(staged.fd, bytes, len) != 0)
        die("stage", error);
    okb_close_fd(&staged.fd);
    okb_digest_bytes(bytes, len, hash);
    okb_document_add_artifact(document, kind, dst, hash, (gint64)len);
    if (okb_txn_put(txn, &staged, dst, hash, NULL, &error) != OKB_TXN_OK)
        die("put", error);
}

static void put_document(OkbStore *store, OkbTxn *txn, guint64 n)
{
    GError *error = NULL;
    char text[TEXT];
    fill(text, n);
    g_autoptr(OkbDocument) document = okb_document_new();
    document->name = g_strdup_printf("bench-%d-%" G_GUINT64_FORMAT, (int)run_id, n);
    document->path = g_strdup_printf("/bench/%s.md", document->name);
    document->type = g_strdup("md");
    document->source_name = g_strdup_printf("%s.md", document->name);
    document->title = g_strdup(document->name);
    document->description = g_strdup("");
    document->provenance.plugin = g_strdup("bench");
    okb_digest_bytes(text, TEXT, document->hash);
    static const struct {
        OkbArtifactKind kind;
        const char *format;
        gsize len;
    } files[] = {
        {OKB_ARTIFACT_SOURCE, "wiki/sources/%s.md", TEXT},
        {OKB_ARTIFACT_SUMMARY, "wiki/summaries/%s.md", SUMMARY},
        {OKB_ARTIFACT_RAW, "raw/%s.md", TEXT},
    };
    if (!okb_txn_document_begin(txn, &error))
        die("begin document", error);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        const char *slash = strchr(files[i].format, '%');
        g_autofree char *dst = g_strdup_printf("%.*s%s.md", (int)(slash - files[i].format),
                                               files[i].format, document->name);
        put_file(txn, document, files[i].kind, dst, text, files[i].len);
    }
    if (!okb_registry_put(store, document, &error) || !okb_txn_document_end(txn, &error))
        die("row", error);
}

static void run_engine(OkbKb *kb, guint64 documents, guint64 group)
{
    GError *error = NULL;
    OkbRecoveryReport report;
    OkbStoreOptions options = {.create = true, .lock_timeout_ms = -1, .command = "bench"};
    g_autoptr(OkbStore) store = okb_store_open(kb, &options, &error);
    okb_recovery_report_init(&report);
    if (!store || !okb_store_acquire(store, &report, &error))
        die("open", error);
    okb_recovery_report_clear(&report);
    syncs = 0;
    gint64 start = g_get_monotonic_time();
    for (guint64 n = 0; n < documents;) {
        OkbTxn *txn = okb_txn_begin(store, &error);
        if (!txn)
            die("begin", error);
        for (guint64 i = 0; i < group && n < documents; i++, n++)
            put_document(store, txn, n);
        if (!okb_txn_commit(txn, &error))
            die("commit", error);
    }
    double seconds = (double)(g_get_monotonic_time() - start) / 1e6;
    double each = (double)syncs / (double)documents;
    if (!okb_store_release(store, &error))
        die("release", error);
    double whole = (double)(g_get_monotonic_time() - start) / 1e6;
    printf("engine group %" G_GUINT64_FORMAT ": %.0f documents/s committed and published, "
           "%.0f with all views; %.2f syncs a document\n",
           group, (double)documents / seconds, (double)documents / whole, each);
}

/* ---- The plain way ----------------------------------------------------------------------- */

static void naive_file(const OkbKb *kb, const char *dir, const char *name, const char *bytes,
                       gsize len)
{
    g_autofree char *path = g_strdup_printf("%s/%s", dir, name);
    g_autofree char *temp = g_strdup_printf("%s.tmp", path);
    okb_autofd int fd = openat(kb->root, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 || okb_io_write_all(fd, bytes, len) != 0 || fsync(fd) != 0 ||
        renameat(kb->root, temp, kb->root, path) != 0 || okb_io_sync_dir(kb->root, dir) != 0)
        die(path, NULL);
}

static void naive_row(sqlite3 *db, sqlite3_stmt *insert, const char *name, const char *hash)
{
    sqlite3_bind_text(insert, 1, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(insert, 2, hash, -1, SQLITE_TRANSIENT);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_step(insert) != SQLITE_DONE || sqlite3_reset(insert) != SQLITE_OK ||
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        die("sqlite", NULL);
}

static void run_naive(OkbKb *kb, guint64 documents)
{
    sqlite3 *db;
    sqlite3_stmt *insert;
    g_autofree char *path = g_build_filename(kb->path, ".openkb", "bench-naive.db", NULL);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                     "CREATE TABLE IF NOT EXISTS d(name TEXT PRIMARY KEY, hash TEXT)",
                     NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO d VALUES(?,?)", -1, &insert, NULL) != SQLITE_OK)
        die("sqlite", NULL);
    syncs = 0;
    gint64 start = g_get_monotonic_time();
    for (guint64 n = 0; n < documents; n++) {
        char text[TEXT], hash[OKB_DIGEST_HEX];
        g_autofree char *name =
            g_strdup_printf("naive-%d-%" G_GUINT64_FORMAT ".md", (int)run_id, n);
        fill(text, n);
        okb_digest_bytes(text, TEXT, hash);
        naive_file(kb, "raw", name, text, TEXT);
        naive_file(kb, "wiki/sources", name, text, TEXT);
        naive_file(kb, "wiki/summaries", name, text, SUMMARY);
        naive_row(db, insert, name, hash);
    }
    printf("naive: %.0f documents/s; %.2f syncs a document\n",
           (double)documents * 1e6 / (double)(g_get_monotonic_time() - start),
           (double)syncs / (double)documents);
    sqlite3_finalize(insert);
    sqlite3_close(db);
}

/* Whether the words are understood. */
static bool read_words(char **words, bool *ret_naive)
{
    for (; *words; words++) {
        if (strcmp(*words, "naive") == 0)
            *ret_naive = true;
        else if (strcmp(*words, "nosync") == 0)
            no_syncs = true;
        else if (g_str_has_prefix(*words, "delay="))
            delay_us = strtoul(*words + strlen("delay="), NULL, 10);
        else
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    GError *error = NULL;
    bool naive = false;
    if (argc < 4 || !read_words(argv + 4, &naive)) {
        fprintf(stderr, "usage: bench-commit KB DOCUMENTS GROUP [naive] [nosync] "
                        "[delay=MICROSECONDS]\n");
        return 2;
    }
    bool adopted;
    run_id = (guint64)getpid();
    g_autoptr(OkbKb) kb =
        okb_kb_create(argv[1], &adopted, &error) ? okb_kb_open(argv[1], &error) : NULL;
    if (!kb)
        die(argv[1], error);
    if (naive)
        run_naive(kb, strtoull(argv[2], NULL, 10));
    else
        run_engine(kb, strtoull(argv[2], NULL, 10), MAX(1, strtoull(argv[3], NULL, 10)));
    return 0;
}
