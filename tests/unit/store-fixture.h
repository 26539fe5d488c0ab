/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A knowledge base in a fresh directory, and documents put into it the way a command does.
 * A crash is simulated by closing the store without releasing it.
 */
#pragma once

#include "scratch.h"

#include "check.h"
#include "store/transaction.h"
#include "util/io.h"

static inline void assert_ok(const GError *error)
{
    if (error)
        fail_msg("%s", error->message);
}

typedef struct {
    Scratch *scratch;
    OkbKb *kb;
    OkbStore *store;
    OkbRecoveryReport report; /* of the last acquire */
} Fixture;

static inline void fixture_open(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.create = true, .command = "test"};
    fixture->kb = okb_kb_open(fixture->scratch->path, &error);
    assert_ok(error);
    fixture->store = okb_store_open(fixture->kb, &options, &error);
    assert_ok(error);
}

static inline bool fixture_try_acquire(Fixture *fixture, GError **error)
{
    okb_recovery_report_clear(&fixture->report);
    okb_recovery_report_init(&fixture->report);
    return okb_store_acquire(fixture->store, &fixture->report, error);
}

static inline void fixture_acquire(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    fixture_try_acquire(fixture, &error);
    assert_ok(error);
}

static inline void fixture_release(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    okb_store_release(fixture->store, &error);
    assert_ok(error);
}

/* As if the process had been killed; then a new one begins. */
static inline void fixture_crash(Fixture *fixture)
{
    okb_store_close(fixture->store);
    okb_kb_close(fixture->kb);
    fixture_open(fixture);
}

static inline int fixture_setup(void **state)
{
    Fixture *fixture = g_new0(Fixture, 1);
    if (scratch_setup((void **)&fixture->scratch) != 0 ||
        !okb_kb_create(fixture->scratch->path, NULL, NULL))
        return -1;
    fixture_open(fixture);
    fixture_acquire(fixture);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    Fixture *fixture = *state;
    okb_recovery_report_clear(&fixture->report);
    okb_store_close(fixture->store);
    okb_kb_close(fixture->kb);
    int result = scratch_teardown((void **)&fixture->scratch);
    g_free(fixture);
    return result;
}

static inline void digest_of(const char *text, char hash[static OKB_DIGEST_HEX])
{
    okb_digest_bytes(text, strlen(text), hash);
}

/* Stages `text` and publishes it at `dst`; `old` is what we wrote there before, or NULL. */
static inline OkbTxnStatus put_text(OkbTxn *txn, const char *dst, const char *text,
                                    const char *old)
{
    g_autoptr(GError) error = NULL;
    OkbStaged staged;
    char hash[OKB_DIGEST_HEX], old_hash[OKB_DIGEST_HEX];
    digest_of(text, hash);
    if (old)
        digest_of(old, old_hash);
    okb_txn_stage(txn, dst, &staged, &error);
    assert_ok(error);
    assert_int_equal(okb_io_write_all(staged.fd, text, strlen(text)), 0);
    close(staged.fd);
    OkbTxnStatus status = okb_txn_put(txn, &staged, dst, hash, old ? old_hash : NULL, &error);
    assert_ok(error);
    return status;
}

static inline void add_artifact_text(OkbDocument *document, OkbArtifactKind kind,
                                     const char *path, const char *text)
{
    char hash[OKB_DIGEST_HEX];
    digest_of(text, hash);
    okb_document_add_artifact(document, kind, path, hash, (gint64)strlen(text));
}

/* A document NAME whose raw file, source and summary all say `text`, made from `path`. */
static inline OkbDocument *document_of(const char *name, const char *path, const char *text)
{
    OkbDocument *document = okb_document_new();
    g_autofree char *raw = g_strconcat("raw/", name, ".md", NULL);
    g_autofree char *source = g_strconcat("wiki/sources/", name, ".md", NULL);
    g_autofree char *summary = g_strconcat("wiki/summaries/", name, ".md", NULL);
    document->name = g_strdup(name);
    document->path = g_strdup(path);
    document->type = g_strdup("md");
    document->source_name = g_path_get_basename(path);
    document->description = g_strconcat("About ", name, NULL);
    document->provenance.plugin = g_strdup("markdown");
    digest_of(text, document->hash);
    add_artifact_text(document, OKB_ARTIFACT_RAW, raw, text);
    add_artifact_text(document, OKB_ARTIFACT_SOURCE, source, text);
    add_artifact_text(document, OKB_ARTIFACT_SUMMARY, summary, text);
    return document;
}

/* Adds it, or updates it when `old` says what its files held, in the transaction. */
static inline gint64 put_document(Fixture *fixture, OkbTxn *txn, const char *name,
                                  const char *text, const char *old)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strconcat("/src/", name, ".md", NULL);
    g_autoptr(OkbDocument) document = document_of(name, path, text);
    g_autoptr(OkbDocument) before = okb_registry_by_path(fixture->store, path, &error);
    document->id = before ? before->id : 0;
    assert_true(okb_txn_document_begin(txn, &error));
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        assert_int_equal(put_text(txn, artifact->path, text, old), OKB_TXN_OK);
    }
    okb_registry_put(fixture->store, document, &error);
    assert_ok(error);
    assert_true(okb_txn_document_end(txn, &error));
    return document->id;
}

static inline OkbTxn *fixture_begin(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    OkbTxn *txn = okb_txn_begin(fixture->store, &error);
    assert_ok(error);
    return txn;
}

static inline void fixture_commit(OkbTxn *txn)
{
    g_autoptr(GError) error = NULL;
    okb_txn_commit(txn, &error);
    assert_ok(error);
}

/* One document in a transaction of its own. */
static inline gint64 add_document(Fixture *fixture, const char *name, const char *text,
                                  const char *old)
{
    OkbTxn *txn = fixture_begin(fixture);
    gint64 id = put_document(fixture, txn, name, text, old);
    fixture_commit(txn);
    return id;
}

/* A document "report" that says `text`, and then, under the lock anew, its raw file removed. */
static inline void add_and_remove_raw(Fixture *fixture, const char *text)
{
    g_autoptr(GError) error = NULL;
    char hash[OKB_DIGEST_HEX];
    digest_of(text, hash);
    add_document(fixture, "report", text, NULL);
    fixture_release(fixture);
    fixture_acquire(fixture);
    OkbTxn *txn = fixture_begin(fixture);
    assert_int_equal(okb_txn_remove(txn, "raw/report.md", hash, &error), OKB_TXN_OK);
    fixture_commit(txn);
}

static inline void assert_text(const Fixture *fixture, const char *path, const char *wanted)
{
    g_autofree char *text = scratch_read(fixture->scratch, path);
    if (!text && wanted)
        fail_msg("%s is missing", path);
    else if (text && !wanted)
        fail_msg("%s is there", path);
    else if (text)
        assert_string_equal(text, wanted);
}

static inline guint count_entries(const Fixture *fixture, const char *path)
{
    g_autofree char *full = g_build_filename(fixture->scratch->path, path, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    guint count = 0;
    while (dir && g_dir_read_name(dir))
        count++;
    return count;
}
